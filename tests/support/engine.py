"""A query engine over S3 and Glue in memory."""

from itertools import count

from moto_featurestore.athena.results import Query, csv_page
from moto_featurestore.athena.statements import run

_ids = count()


class Engine:
    """A query engine over S3 and Glue."""

    def __init__(self, database, services):
        self.database, self.services = database, services

    def run(self, text, parameters=(), database="db", folder="s3://bucket/results/"):
        """Run a query, and return its outcome with the query's id."""
        query = Query(f"q{next(_ids)}", text, database, folder, list(parameters))
        outcome = run(self.database, self.services, query)
        outcome.id = query.id
        return outcome

    def rows(self, text, parameters=(), **options):
        """Run a query, and return its values as texts, without the header. Null values are None."""
        outcome = self.run(text, parameters, **options)
        assert outcome.error is None, outcome.error.reason
        stored = self.services.objects("bucket", f"results/{outcome.id}{outcome.suffix}")[0]
        if outcome.suffix == ".txt":
            return stored.body.decode().split("\n")[:-1]
        page = csv_page(stored, 0, 10**6)
        return [[value.get("VarCharValue") for value in row["Data"]] for row in page.rows[1:]]

    def reason(self, text, parameters=(), **options):
        """Run a query that fails, and return the reason."""
        outcome = self.run(text, parameters, **options)
        assert outcome.error is not None, f"the query succeeded: {text}"
        return outcome.error.reason

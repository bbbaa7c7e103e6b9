"""The implementation of the SQL engine's interface to Glue, S3 and prepared statements with moto's backends."""

from collections.abc import Iterator, MutableMapping
from typing import Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.s3_glue import MotoGlue, MotoS3
from moto_featurestore.aws.ports import Dict

DEFAULT = "default"
"""The database of queries that do not name a database.

Source: https://docs.aws.amazon.com/athena/latest/ug/creating-databases.html
"""


class PreparedStatements(MutableMapping[str, str]):
    """The prepared statements of a work group in moto's Athena, as a mapping from name to SQL text."""

    def __init__(self, athena: Any, work_group: str) -> None:
        self._athena, self._work_group = athena, work_group

    def _statements(self) -> dict[str, str]:
        statements = self._athena.prepared_statements.items()
        return {
            name: prepared.query_statement for name, prepared in statements if prepared.workgroup == self._work_group
        }

    def __getitem__(self, name: str) -> str:
        return self._statements()[name]

    def __setitem__(self, name: str, statement: str) -> None:
        self._athena.create_prepared_statement(
            statement_name=name, workgroup=self._work_group, query_statement=statement, description=""
        )

    def __delitem__(self, name: str) -> None:
        del self._athena.prepared_statements[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements())

    def __len__(self) -> int:
        return len(self._statements())


class MotoS3AndGlue(MotoS3, MotoGlue):
    """The interface to moto's Glue and S3 for an account in a region, and to a work group's prepared statements."""

    def __init__(self, athena: Any, work_group: str = "primary") -> None:
        from moto.glue.models import glue_backends
        from moto.s3.models import s3_backends

        account_id, region = athena.account_id, athena.region_name
        MotoS3.__init__(self, s3_backends[account_id][get_partition(region)])
        MotoGlue.__init__(self, glue_backends[account_id][region])
        self.prepared_statements: MutableMapping[str, str] = PreparedStatements(athena, work_group)

    def databases(self) -> list[str]:
        """Return the names of the databases. ``default`` always exists, as in an AWS account that has used Athena."""
        return list(dict.fromkeys([*super().databases(), DEFAULT]))

    def database(self, name: str) -> Dict:
        """Return a database in the form of Glue's Database structure."""
        is_missing_default = name == DEFAULT and name not in super().databases()
        return {"Name": DEFAULT} if is_missing_default else super().database(name)

"""The catalog of the Iceberg tables that statements change.

This module needs pyiceberg. Import it only where a statement needs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.table import Table as IcebergMetadata

from moto_featurestore.athena.catalog import Lake, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.aws.iceberg_catalog import PortCatalog


class LakeCatalog(PortCatalog):
    """pyiceberg's catalog of the Iceberg tables of a lake."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake, lake)

    def open(self, table: Table) -> IcebergMetadata:
        """Return the table in the state of the look-up. A commit fails if the table has changed since."""
        return self._convert_glue_to_iceberg(deepcopy(table.glue))  # pyiceberg modifies its argument

    @contextmanager
    def changing_table(self, database: str, name: str) -> Iterator[None]:
        """Run a change of a table. If it fails, delete the files that it wrote.

        :param database: database of the table
        :param name: name of the table
        :raises QueryFailed: if another writer changed the table at the same time
        """
        try:
            with self.changing():
                yield
        except (CommitFailedException, NoSuchTableError, TableAlreadyExistsError):
            # The text: https://github.com/aws/aws-sdk-pandas/discussions/2422.
            raise commit_error(database, name) from None


def commit_error(database: str, name: str) -> QueryFailed:
    """Return the error of a change that conflicts with the change of another writer."""
    return QueryFailed("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {database}.{name}")

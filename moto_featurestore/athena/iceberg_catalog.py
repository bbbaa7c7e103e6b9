"""The pyiceberg catalog through which statements change Iceberg tables.

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
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
    """The pyiceberg catalog of the Iceberg tables in Glue."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake, lake)

    def open(self, table: Table) -> IcebergMetadata:
        """Return the pyiceberg table for a table read from Glue. A commit fails if the table has changed since that read."""
        return self._convert_glue_to_iceberg(deepcopy(table.glue))  # pyiceberg modifies its argument

    @contextmanager
    def changing_table(self, database: str, name: str) -> Iterator[None]:
        """Return a context manager for a change of a table. If the change fails, delete the files that it wrote.

        :param database: database of the table
        :param name: name of the table
        :raises QueryFailed: if another writer changed the table at the same time
        """
        try:
            with self.changing():
                yield
        except (CommitFailedException, NoSuchTableError, TableAlreadyExistsError):
            # The message is from https://github.com/aws/aws-sdk-pandas/discussions/2422.
            raise commit_error(database, name) from None


def commit_error(database: str, name: str) -> QueryFailed:
    """Return the error for a change that conflicts with a change of another writer."""
    return QueryFailed("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {database}.{name}")

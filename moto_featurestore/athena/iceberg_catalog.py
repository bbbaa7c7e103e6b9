"""A catalog for pyiceberg over the engine's ``Lake``, for changes of Iceberg tables.

This module needs pyiceberg. Import it only where a statement needs it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.table import Table as IcebergMetadata
from pyiceberg.typedef import EMPTY_DICT, Properties

from moto_featurestore.athena.catalog import Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.iceberg import LakeIO, find_object
from moto_featurestore.athena.lake import Lake
from moto_featurestore.athena.scan import bucket_and_key
from moto_featurestore.aws.iceberg import GlueErrors, Upload


class LakeCatalog(GlueCatalog):
    """pyiceberg's catalog of the Iceberg tables of a lake."""

    def __init__(self, lake: Lake) -> None:
        glue = _Glue(lake)
        super().__init__("glue", client=glue)
        self.files, self.removed = LakeFiles(lake), glue.removed

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:  # noqa: ARG002
        """Return the file access of the lake. It ignores the io properties of the table."""
        return self.files

    def open(self, table: Table) -> IcebergMetadata:
        """Return the table in the state of the look-up. A commit fails if the table has changed since."""
        return self._convert_glue_to_iceberg(deepcopy(table.glue))  # pyiceberg modifies its argument

    @contextmanager
    def changing(self, database: str, name: str) -> Iterator[None]:
        """Run a change of a table. If it fails, delete the files that it wrote.

        :param database: database of the table
        :param name: name of the table
        :raises QueryFailed: if another writer changed the table at the same time
        """
        try:
            yield
        except BaseException as error:
            for uri in self.files.written:
                self.files.delete(uri)
            if isinstance(error, CommitFailedException | NoSuchTableError | TableAlreadyExistsError):
                # The text: https://github.com/aws/aws-sdk-pandas/discussions/2422.
                raise commit_error(database, name) from None
            raise


def commit_error(database: str, name: str) -> QueryFailed:
    """Return the error of a change that conflicts with the change of another writer."""
    return QueryFailed("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {database}.{name}")


class LakeFiles(LakeIO):
    """File access for pyiceberg that can also write and delete."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.written: list[str] = []
        """The URIs of the objects that were written."""

    def new_output(self, location: str) -> OutputFile:
        """Return an object for writing."""
        return _Output(self, location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object if it exists."""
        uri = location if isinstance(location, str) else location.location
        bucket, key = bucket_and_key(uri)
        if self.new_input(uri).exists():
            self._lake.delete_objects(bucket, [key])

    def put(self, uri: str, body: bytes) -> None:
        """Write a whole object."""
        self._lake.put_object(*bucket_and_key(uri), body)
        self.written.append(uri)

    def size(self, uri: str) -> int:
        """Return the size of an object in bytes."""
        return find_object(self._lake, uri).size


class _Output(OutputFile):
    def __init__(self, files: LakeFiles, location: str) -> None:
        super().__init__(location)
        self._files = files

    def __len__(self) -> int:
        return self._files.size(self.location)

    def exists(self) -> bool:
        return self.to_input_file().exists()

    def create(self, overwrite: bool = False) -> Upload:  # noqa: FBT001, FBT002 - pyiceberg's signature
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return Upload(self._files.put, self.location)

    def to_input_file(self) -> InputFile:
        return self._files.new_input(self.location)


class _Glue:
    """The part of the Glue client that pyiceberg uses. A real client would need the network."""

    exceptions = GlueErrors

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.removed: set[str] = set()
        """Names of removed table properties. Without them, pyiceberg would leave the properties in Glue."""

    def get_database(self, Name: str) -> Mapping[str, Any]:  # noqa: N803 - the API's name
        """Return a database. pyiceberg calls this to check whether S3 Tables contains it."""
        return {"Database": self._lake.database(Name)}

    def get_table(self, *, DatabaseName: str, Name: str) -> Mapping[str, Any]:  # noqa: N803
        if Name not in self._lake.tables(DatabaseName):
            raise self.exceptions.EntityNotFoundException
        return {"Table": deepcopy(self._lake.table(DatabaseName, Name))}  # pyiceberg modifies the result

    def create_table(self, *, DatabaseName: str, TableInput: dict[str, Any]) -> None:  # noqa: N803
        if TableInput["Name"] in self._lake.tables(DatabaseName):
            raise self.exceptions.AlreadyExistsException
        self._lake.put_table(DatabaseName, TableInput["Name"], TableInput)

    def update_table(self, *, DatabaseName: str, TableInput: dict[str, Any], VersionId: str, **_: Any) -> None:  # noqa: N803
        parameters = {name: value for name, value in TableInput["Parameters"].items() if name not in self.removed}
        table_input = {**TableInput, "Parameters": parameters}
        if not self._lake.replace_table(DatabaseName, TableInput["Name"], table_input, VersionId):
            raise self.exceptions.ConcurrentModificationException

"""pyiceberg's own Glue catalog, over a lake: what changes tables of Iceberg.

To be imported where pyiceberg is needed only: it imports it.
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
    """The tables of a lake."""

    def __init__(self, lake: Lake) -> None:
        glue = _Glue(lake)
        super().__init__("glue", client=glue)
        self.files, self.removed = LakeFiles(lake), glue.removed

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:  # noqa: ARG002
        """The lake's, whatever the properties of the table say to others."""
        return self.files

    def open(self, table: Table) -> IcebergMetadata:
        """A table of Glue's as it was when it was looked up: what has become of it since is told by its commit."""
        return self._convert_glue_to_iceberg(deepcopy(table.glue))  # the catalog changes what it is given

    @contextmanager
    def changing(self, database: str, name: str) -> Iterator[None]:
        """A change of a table, of which nothing is left where it fails.

        :raises QueryFailed: where somebody else has changed the table meanwhile
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
    """The failure of a change of a table that somebody else has changed meanwhile."""
    return QueryFailed("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {database}.{name}")


class LakeFiles(LakeIO):
    """The objects of a lake, that can be written and deleted too."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.written: list[str] = []
        """All that was written, by its URI."""

    def new_output(self, location: str) -> OutputFile:
        """An object to be written."""
        return _Output(self, location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object; one that is not there is gone already."""
        uri = location if isinstance(location, str) else location.location
        bucket, key = bucket_and_key(uri)
        if self.new_input(uri).exists():
            self._lake.delete_objects(bucket, [key])

    def put(self, uri: str, body: bytes) -> None:
        """Write an object as a whole."""
        self._lake.put_object(*bucket_and_key(uri), body)
        self.written.append(uri)

    def size(self, uri: str) -> int:
        """The size of an object, in bytes."""
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
    """As much of a Glue client as the catalog uses: a client would go out to the network."""

    exceptions = GlueErrors

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.removed: set[str] = set()
        """Properties that a table has no longer: the catalog would keep them in Glue."""

    def get_database(self, Name: str) -> Mapping[str, Any]:  # noqa: N803 - the API's name
        """As the catalog asks whether S3 Tables is behind a database."""
        return {"Database": self._lake.database(Name)}

    def get_table(self, *, DatabaseName: str, Name: str) -> Mapping[str, Any]:  # noqa: N803
        if Name not in self._lake.tables(DatabaseName):
            raise self.exceptions.EntityNotFoundException
        return {"Table": deepcopy(self._lake.table(DatabaseName, Name))}  # the catalog changes what it is given

    def create_table(self, *, DatabaseName: str, TableInput: dict[str, Any]) -> None:  # noqa: N803
        if TableInput["Name"] in self._lake.tables(DatabaseName):
            raise self.exceptions.AlreadyExistsException
        self._lake.put_table(DatabaseName, TableInput["Name"], TableInput)

    def update_table(self, *, DatabaseName: str, TableInput: dict[str, Any], VersionId: str, **_: Any) -> None:  # noqa: N803
        kept = {name: value for name, value in TableInput["Parameters"].items() if name not in self.removed}
        given = {**TableInput, "Parameters": kept}
        if not self._lake.replace_table(DatabaseName, TableInput["Name"], given, VersionId):
            raise self.exceptions.ConcurrentModificationException

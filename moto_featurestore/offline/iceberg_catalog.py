"""pyiceberg's Glue catalog over the World's Glue and S3. A real Glue client would use the network.

This module imports pyiceberg. Import it only where pyiceberg is required.
"""

from collections.abc import Mapping
from copy import deepcopy
from io import BytesIO
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.typedef import EMPTY_DICT, Properties

from moto_featurestore.aws.iceberg import GlueErrors, Upload
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.world import Files, World


class _CachedMetadata(NamedTuple):
    location: str
    metadata: TableMetadata


_metadata_cache: WeakKeyDictionary[FeatureGroup, _CachedMetadata] = WeakKeyDictionary()
"""The table metadata that was read or written last. The time to read metadata grows with the number of snapshots."""


class GroupCatalog(GlueCatalog):
    """The catalog that holds the table of one feature group."""

    def __init__(self, world: World, group: FeatureGroup, replaced: Mapping[str, Any] | None = None) -> None:
        """Initialize the catalog.

        :param replaced: a table, as Glue's GetTable shows it, that a new table replaces; None if the name is free
        """
        super().__init__("glue", client=_Glue(world, group, replaced))
        self._group, self._io = group, ObjectIO(world.files(group))

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:  # noqa: ARG002
        """Return this catalog's FileIO, whatever the table's properties configure for other readers."""
        return self._io

    def _convert_glue_to_iceberg(self, glue_table: Any) -> Table:
        """Return the current table. Read its metadata only if its location has changed."""
        cached, location = _metadata_cache.get(self._group), glue_table.get("Parameters", {}).get("metadata_location")
        if cached is None or cached.location != location or not self._io.new_input(location).exists():
            table = super()._convert_glue_to_iceberg(glue_table)
            _metadata_cache[self._group] = _CachedMetadata(table.metadata_location, table.metadata)
            return table
        name = glue_table["DatabaseName"], glue_table["Name"]
        return Table(name, cached.metadata, cached.location, self._io, self)

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Commit a change, and cache the new metadata."""
        response = super().commit_table(table, requirements, updates)
        _metadata_cache[self._group] = _CachedMetadata(response.metadata_location, response.metadata)
        return response


class _Glue:
    """The part of a Glue client that the catalog uses, for the table of one feature group."""

    exceptions = GlueErrors

    def __init__(self, world: World, group: FeatureGroup, replaced: Mapping[str, Any] | None) -> None:
        self._world, self._group, self._replaced = world, group, replaced

    def get_database(self, Name: str) -> Mapping[str, Any]:  # noqa: N803 - the API's name
        """Return a plain database. The catalog calls this to detect a database of S3 Tables."""
        return {"Database": {"Name": Name}}

    def get_table(self, **_: str) -> Mapping[str, Any]:
        table = self._world.table(self._group)
        if table is None:
            raise self.exceptions.EntityNotFoundException
        return {"Table": deepcopy(table)}  # the catalog changes the response

    def create_table(self, *, TableInput: dict[str, Any], **_: str) -> None:  # noqa: N803 - the API's name
        if self._replaced is None:
            is_created = self._world.create_table(self._group, TableInput)
        else:
            is_created = self._world.replace_table(self._group, TableInput, self._replaced["VersionId"])
        if not is_created:  # do not leave metadata of a table that does not exist
            self._world.files(self._group).delete(TableInput["Parameters"]["metadata_location"])
            raise self.exceptions.AlreadyExistsException

    def update_table(self, *, TableInput: dict[str, Any], VersionId: str, **_: Any) -> None:  # noqa: N803
        if not self._world.replace_table(self._group, TableInput, VersionId):
            raise self.exceptions.ConcurrentModificationException


class ObjectIO(FileIO):
    """pyiceberg's file interface over objects that are read and written as a whole."""

    def __init__(self, files: Files, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._files = files

    def new_input(self, location: str) -> InputFile:
        """Return an object for reading."""
        return _Input(self._files, location)

    def new_output(self, location: str) -> OutputFile:
        """Return an object for writing."""
        return _Output(self._files, location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object. Do nothing if it does not exist."""
        self._files.delete(location if isinstance(location, str) else location.location)


class _Object:
    location: str

    def __init__(self, files: Files, location: str) -> None:
        super().__init__(location)  # type: ignore[call-arg] # the __init__ of InputFile or OutputFile
        self._files = files

    def __len__(self) -> int:
        return len(self._files.read(self.location))

    def exists(self) -> bool:
        """Return True if the object exists."""
        try:
            self._files.read(self.location)
        except FileNotFoundError:
            return False
        return True


class _Input(_Object, InputFile):
    def open(self, seekable: bool = True) -> BytesIO:  # noqa: ARG002, FBT001, FBT002
        return BytesIO(self._files.read(self.location))


class _Output(_Object, OutputFile):
    def create(self, overwrite: bool = False) -> Upload:  # noqa: FBT001, FBT002
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return Upload(self._files.write, self.location)

    def to_input_file(self) -> InputFile:
        return _Input(self._files, self.location)

"""pyiceberg's own Glue catalog, over what the world has of Glue and S3: a client of Glue would go out to the network.

To be imported where pyiceberg is needed only: it imports it.
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


class _Known(NamedTuple):
    location: str
    metadata: TableMetadata


_last_metadata: WeakKeyDictionary[FeatureGroup, _Known] = WeakKeyDictionary()
"""As it was read or written last: to read it takes the longer, the more snapshots there are."""


class GroupCatalog(GlueCatalog):
    """The catalog that holds the table of one feature group."""

    def __init__(self, world: World, group: FeatureGroup, replaced: Mapping[str, Any] | None = None) -> None:
        """A catalog, whose table is made in the place of the one that is ``replaced``, where there is one."""
        super().__init__("glue", client=_Glue(world, group, replaced))
        self._group, self._io = group, ObjectIO(world.files(group))

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:  # noqa: ARG002
        """Ours, whatever the properties of the table say to others."""
        return self._io

    def _convert_glue_to_iceberg(self, glue_table: Any) -> Table:
        """The table as it is; its metadata is read only where it is elsewhere than the last time."""
        known, location = _last_metadata.get(self._group), glue_table.get("Parameters", {}).get("metadata_location")
        if known is None or known.location != location or not self._io.new_input(location).exists():
            table = super()._convert_glue_to_iceberg(glue_table)
            _last_metadata[self._group] = _Known(table.metadata_location, table.metadata)
            return table
        name = glue_table["DatabaseName"], glue_table["Name"]
        return Table(name, known.metadata, known.location, self._io, self)

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Make a change, and keep what the metadata has become."""
        response = super().commit_table(table, requirements, updates)
        _last_metadata[self._group] = _Known(response.metadata_location, response.metadata)
        return response


class _Glue:
    """As much of a Glue client as the catalog uses, for the table of one feature group."""

    exceptions = GlueErrors

    def __init__(self, world: World, group: FeatureGroup, replaced: Mapping[str, Any] | None) -> None:
        self._world, self._group, self._replaced = world, group, replaced

    def get_database(self, Name: str) -> Mapping[str, Any]:  # noqa: N803 - the API's name
        """As the catalog asks whether S3 Tables is behind a database."""
        return {"Database": {"Name": Name}}

    def get_table(self, **_: str) -> Mapping[str, Any]:
        table = self._world.table(self._group)
        if table is None:
            raise self.exceptions.EntityNotFoundException
        return {"Table": deepcopy(table)}  # the catalog changes what it is given

    def create_table(self, *, TableInput: dict[str, Any], **_: str) -> None:  # noqa: N803 - the API's name
        if self._replaced is None:
            is_made = self._world.create_table(self._group, TableInput)
        else:
            is_made = self._world.replace_table(self._group, TableInput, self._replaced["VersionId"])
        if not is_made:  # of a table that is not there, no metadata stays
            self._world.files(self._group).delete(TableInput["Parameters"]["metadata_location"])
            raise self.exceptions.AlreadyExistsException

    def update_table(self, *, TableInput: dict[str, Any], VersionId: str, **_: Any) -> None:  # noqa: N803
        if not self._world.replace_table(self._group, TableInput, VersionId):
            raise self.exceptions.ConcurrentModificationException


class ObjectIO(FileIO):
    """pyiceberg's access to files, over objects that are read and written as a whole."""

    def __init__(self, files: Files, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._files = files

    def new_input(self, location: str) -> InputFile:
        """An object to be read."""
        return _Input(self._files, location)

    def new_output(self, location: str) -> OutputFile:
        """An object to be written."""
        return _Output(self._files, location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object; one that is not there is gone already."""
        self._files.delete(location if isinstance(location, str) else location.location)


class _Object:
    location: str

    def __init__(self, files: Files, location: str) -> None:
        super().__init__(location)  # type: ignore[call-arg] # of InputFile, or of OutputFile
        self._files = files

    def __len__(self) -> int:
        return len(self._files.read(self.location))

    def exists(self) -> bool:
        """Whether it is there."""
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

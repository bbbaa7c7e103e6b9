"""pyiceberg's Glue catalog and file access, which use the interfaces S3 and Glue of the module ``ports``.

By default, pyiceberg uses clients of Glue and S3, which would send requests over the network.

This module imports pyiceberg. Import it only where pyiceberg is required.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from io import BytesIO
from typing import Any

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.typedef import EMPTY_DICT, Properties

from moto_featurestore.aws.identifiers import S3Uri
from moto_featurestore.aws.ports import S3, Dict, Glue, StoredObject


class ObjectIO(FileIO):
    """An implementation of pyiceberg's file interface with S3. It reads and writes each object as a whole."""

    def __init__(self, s3: S3, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._s3 = s3
        self.written: list[str] = []
        """The URIs of the objects that this instance has written."""

    def new_input(self, location: str) -> InputFile:
        """Return a pyiceberg InputFile, which reads an object."""
        return _Input(self, location)

    def new_output(self, location: str) -> OutputFile:
        """Return a pyiceberg OutputFile, which writes an object."""
        return _Output(self, location)

    def find(self, location: str) -> StoredObject:
        """Return an object.

        :raises FileNotFoundError: if the object does not exist
        """
        return self._s3.find(S3Uri.parse(location))

    def put(self, location: str, body: bytes) -> None:
        """Write a whole object."""
        self._s3.put_object(*S3Uri.parse(location), body)
        self.written.append(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object. Do nothing if it does not exist."""
        uri = S3Uri.parse(location if isinstance(location, str) else location.location)
        self._s3.delete_objects(uri.bucket, [uri.key])


class _Object:
    location: str

    def __init__(self, files: ObjectIO, location: str) -> None:
        super().__init__(location)  # type: ignore[call-arg] # the __init__ of InputFile or OutputFile
        self._files = files

    def __len__(self) -> int:
        return self._files.find(self.location).size

    def exists(self) -> bool:
        """Return True if the object exists."""
        try:
            self._files.find(self.location)
        except FileNotFoundError:
            return False
        return True


class _Input(_Object, InputFile):
    def open(self, seekable: bool = True) -> BytesIO:  # noqa: ARG002, FBT001, FBT002 - pyiceberg's signature
        return BytesIO(self._files.find(self.location).read())


class _Output(_Object, OutputFile):
    def create(self, overwrite: bool = False) -> "_Upload":  # noqa: FBT001, FBT002 - pyiceberg's signature
        if not overwrite and self.exists():
            raise FileExistsError(f"The object [{self.location}] already exists.")
        return _Upload(self._files.put, self.location)

    def to_input_file(self) -> InputFile:
        return _Input(self._files, self.location)


class _Upload(BytesIO):
    """A buffer that creates an object with its content when it is closed, like an upload to S3.

    :param write: a function that writes an object; its arguments are the location and the content
    :param location: URI of the object
    """

    def __init__(self, write: Callable[[str, bytes], None], location: str) -> None:
        super().__init__()
        self._write, self._location = write, location

    def close(self) -> None:
        """Write the object at the first call. Later calls do nothing."""
        if self.closed:
            return
        body = self.getvalue()
        super().close()  # before the write: after an error, the garbage collector must not try to write again
        self._write(self._location, body)


class PortCatalog(GlueCatalog):
    """pyiceberg's catalog of the Iceberg tables in a Glue catalog.

    :param replaced: a Table structure. The next table that is created replaces this table. By default, creating a table
        fails if a table with its name exists.
    """

    def __init__(self, s3: S3, glue: Glue, replaced: Dict | None = None) -> None:
        client = _GlueClient(glue, replaced)
        super().__init__("glue", client=client)
        self.files, self.removed = ObjectIO(s3), client.removed

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:  # noqa: ARG002
        """Return this catalog's file access. Ignore the table's properties, which configure access for other programs."""
        return self.files

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Return a context manager for a change of a table.

        If the ``with`` block raises an exception, delete the objects that the change has written.
        """
        try:
            yield
        except BaseException:
            for uri in self.files.written:
                self.files.delete(uri)
            raise


class _GlueErrors:
    """The exceptions of a Glue client that pyiceberg's catalog handles."""

    class AlreadyExistsException(Exception):
        """An error for a table that exists already."""

    class ConcurrentModificationException(Exception):
        """An error for a table that another writer has changed."""

    class EntityNotFoundException(Exception):
        """An error for a table that does not exist."""


class _GlueClient:
    """The part of a Glue client that pyiceberg's catalog uses."""

    exceptions = _GlueErrors

    def __init__(self, glue: Glue, replaced: Dict | None) -> None:
        self._glue, self._replaced = glue, replaced
        self.removed: set[str] = set()
        """Names of the table properties to remove from Glue. pyiceberg removes them only from the table's metadata."""

    def get_database(self, Name: str) -> Mapping[str, Any]:  # noqa: N803 - the API's name
        """Return a database. pyiceberg calls this method to find out if the database belongs to S3 Tables."""
        return {"Database": self._glue.database(Name) if Name in self._glue.databases() else {"Name": Name}}

    def get_table(self, *, DatabaseName: str, Name: str) -> Mapping[str, Any]:  # noqa: N803
        if Name not in self._glue.tables(DatabaseName):
            raise self.exceptions.EntityNotFoundException
        return {"Table": deepcopy(self._glue.table(DatabaseName, Name))}  # pyiceberg changes the response

    def create_table(self, *, DatabaseName: str, TableInput: Dict) -> None:  # noqa: N803
        name = TableInput["Name"]
        if self._replaced is None:
            is_created = self._glue.create_table(DatabaseName, name, TableInput)
        else:
            is_created = self._glue.replace_table(DatabaseName, name, TableInput, self._replaced["VersionId"])
        if not is_created:
            raise self.exceptions.AlreadyExistsException

    def update_table(self, *, DatabaseName: str, TableInput: Dict, VersionId: str, **_: Any) -> None:  # noqa: N803
        parameters = {name: value for name, value in TableInput["Parameters"].items() if name not in self.removed}
        table_input = {**TableInput, "Parameters": parameters}
        if not self._glue.replace_table(DatabaseName, TableInput["Name"], table_input, VersionId):
            raise self.exceptions.ConcurrentModificationException

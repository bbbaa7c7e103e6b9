"""Subclasses of pyiceberg's Glue catalog and FileIO that use the S3 and Glue interfaces of ``aws.ports``.

pyiceberg's own classes would send requests over the network.

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
    """A pyiceberg FileIO that uses the S3 interface. It reads and writes each object as a whole."""

    def __init__(self, s3: S3, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._s3 = s3
        self.written: list[str] = []
        """The URIs of the objects that this instance has written."""

    def new_input(self, location: str) -> InputFile:
        """Return pyiceberg's InputFile for the object at an S3 URI."""
        return _Input(self, location)

    def new_output(self, location: str) -> OutputFile:
        """Return pyiceberg's OutputFile for the object at an S3 URI."""
        return _Output(self, location)

    def find(self, location: str) -> StoredObject:
        """Return the object at an S3 URI.

        :raises FileNotFoundError: if the object does not exist
        """
        return self._s3.find(S3Uri.parse(location))

    def put(self, location: str, body: bytes) -> None:
        """Write an object, and add its URI to ``written``."""
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
    """A buffer in memory. ``close()`` writes its content to an object.

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
    """pyiceberg's Glue catalog with the S3 and Glue interfaces of this package.

    :param replaced: the Table structure of the Glue table that ``create_table()`` replaces. If None, ``create_table()``
        raises an error if the table exists.
    """

    def __init__(self, s3: S3, glue: Glue, replaced: Dict | None = None) -> None:
        client = _GlueClient(glue, replaced)
        super().__init__("glue", client=client)
        self.files, self.removed = ObjectIO(s3), client.removed

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:  # noqa: ARG002
        """Return this catalog's FileIO. Ignore ``properties``: they configure file access for other programs."""
        return self.files

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Return a context manager for changing a table.

        If the ``with`` block raises an exception, delete all objects that this catalog has written.
        """
        try:
            yield
        except BaseException:
            for uri in self.files.written:
                self.files.delete(uri)
            raise


class _GlueErrors:
    """The attribute ``exceptions`` of a Glue client. It has the exception classes that pyiceberg catches."""

    class AlreadyExistsException(Exception):
        """An error for a table that exists already."""

    class ConcurrentModificationException(Exception):
        """An error for a table that another writer has changed."""

    class EntityNotFoundException(Exception):
        """An error for a table that does not exist."""


class _GlueClient:
    """A replacement for boto3's Glue client. It has only the methods that pyiceberg's catalog calls."""

    exceptions = _GlueErrors

    def __init__(self, glue: Glue, replaced: Dict | None) -> None:
        self._glue, self._replaced = glue, replaced
        self.removed: set[str] = set()
        """Names of the table properties to remove from Glue. pyiceberg removes them only from Iceberg's metadata."""

    def get_database(self, Name: str) -> Mapping[str, Any]:  # noqa: N803 - the API's name
        """Return the GetDatabase response. If the database does not exist, the response contains only its name.

        pyiceberg calls this method to find out if the database belongs to S3 Tables.
        """
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

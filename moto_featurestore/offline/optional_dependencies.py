"""Late imports of the optional libraries of the offline store, with an error that names a missing extra."""

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec


class MissingExtraError(ImportError):
    """An error for a missing library. The message names the extra that installs it.

    :param library: name of the library
    :param extra: name of this package's extra
    :param purpose: subject of the message: what needs the library
    """

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {library}: pip install 'moto-featurestore[{extra}]'", name=library)


@contextmanager
def _real_time() -> Iterator[None]:
    """Replace freezegun's fake date classes by the real ones during an import.

    A C extension that is imported while the fake classes are in place crashes the interpreter. This also imports pandas
    if it is installed, because pyarrow would import it later.
    """
    freezegun = sys.modules.get("freezegun.api")
    faked = dt.datetime, dt.date
    if freezegun is None or faked == (freezegun.real_datetime, freezegun.real_date):
        yield
        return
    dt.datetime, dt.date = freezegun.real_datetime, freezegun.real_date  # type: ignore[misc]
    try:
        with suppress(ImportError):
            import_module("pandas")
        yield
    finally:
        dt.datetime, dt.date = faked  # type: ignore[misc]


def check_pyarrow() -> None:
    """Check that pyarrow is installed, without importing it.

    :raises MissingExtraError: if it is not installed
    """
    if find_spec("pyarrow") is None:
        raise MissingExtraError("pyarrow", "offline", "Writing rows to the offline store")


def require_pyarrow() -> None:
    """Import pyarrow.

    :raises MissingExtraError: if it is not installed
    """
    try:
        with _real_time():
            import pyarrow.parquet  # noqa: F401 - imported for the side effect
    except ImportError:
        raise MissingExtraError("pyarrow", "offline", "Writing rows to the offline store") from None


def require_pyiceberg() -> None:
    """Import pyiceberg and its dependencies for Glue and Parquet.

    :raises MissingExtraError: if one of them is not installed
    """
    try:
        with _real_time():
            import pyiceberg.catalog.glue
            import pyiceberg.io.pyarrow  # noqa: F401 - imported for the side effect
    except ImportError:
        raise MissingExtraError("pyiceberg", "iceberg", "The table format Iceberg") from None

"""Imports of the offline store's optional libraries. If a library is missing, the error names the extra."""

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec


class MissingExtraError(ImportError):
    """An error for a missing library. The message names the extra that installs the library.

    :param library: name of the library
    :param extra: name of this package's extra
    :param purpose: the feature that needs the library. It is the subject of the message.
    """

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {library}: pip install 'moto-featurestore[{extra}]'", name=library)


@contextmanager
def _real_time() -> Iterator[None]:
    """Replace freezegun's fake date classes with the real classes during an import.

    If a C extension is imported while the fake classes are active, the interpreter crashes. If pandas is installed,
    import pandas too. Otherwise pyarrow would import pandas later, when the fake classes are active again.
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
    """Check that pyarrow is installed, without importing pyarrow.

    :raises MissingExtraError: if pyarrow is not installed
    """
    if find_spec("pyarrow") is None:
        raise MissingExtraError("pyarrow", "offline", "Writing rows to the offline store")


def require_pyarrow(purpose: str = "Writing rows to the offline store") -> None:
    """Import pyarrow.

    :param purpose: the feature that needs pyarrow, for the error message
    :raises MissingExtraError: if pyarrow is not installed
    """
    try:
        with _real_time():
            import pyarrow.parquet  # noqa: F401 - imported for the side effect
    except ImportError:
        raise MissingExtraError("pyarrow", "offline", purpose) from None


def require_pyiceberg() -> None:
    """Import pyiceberg and its dependencies for Glue and Parquet.

    :raises MissingExtraError: if one of these libraries is not installed
    """
    try:
        with _real_time():
            import pyiceberg.catalog.glue
            import pyiceberg.io.pyarrow  # noqa: F401 - imported for the side effect
    except ImportError:
        raise MissingExtraError("pyiceberg", "iceberg", "The table format Iceberg") from None

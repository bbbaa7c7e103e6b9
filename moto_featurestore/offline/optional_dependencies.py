"""The libraries that only the offline store needs: imported late, and named where they are missing."""

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module


class MissingExtraError(ImportError):
    """A library is missing that the package has as an extra."""

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {library}: pip install 'moto-featurestore[{extra}]'", name=library)


@contextmanager
def _real_time() -> Iterator[None]:
    """Freezegun's classes put aside: a C extension that is imported while they are in place crashes the interpreter.

    pandas is imported too, as pyarrow would do later where it is installed.
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


def require_pyarrow() -> None:
    """Import pyarrow, or say what to install.

    :raises MissingExtraError: where it is missing
    """
    try:
        with _real_time():
            import pyarrow.parquet  # noqa: F401 - to have it imported is all that is wanted
    except ImportError:
        raise MissingExtraError("pyarrow", "offline", "Writing rows to the offline store") from None


def require_pyiceberg() -> None:
    """Import pyiceberg, with what it needs for Glue and Parquet, or say what to install.

    :raises MissingExtraError: where it is missing
    """
    try:
        with _real_time():
            import pyiceberg.catalog.glue
            import pyiceberg.io.pyarrow  # noqa: F401 - to have them imported is all that is wanted
    except ImportError:
        raise MissingExtraError("pyiceberg", "iceberg", "The table format Iceberg") from None

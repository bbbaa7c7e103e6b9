"""The libraries that only the offline store needs: imported late, and named where they are missing."""


class MissingExtraError(ImportError):
    """A library is missing that the package has as an extra."""

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {library}: pip install 'moto-featurestore[{extra}]'", name=library)


def require_pyarrow() -> None:
    """Import pyarrow, or say what to install.

    :raises MissingExtraError: where it is missing
    """
    try:
        import pyarrow.parquet  # noqa: F401 - to have it imported is all that is wanted
    except ImportError:
        raise MissingExtraError("pyarrow", "offline", "Writing rows to the offline store") from None


def require_pyiceberg() -> None:
    """Import pyiceberg, with what it needs for Glue and Parquet, or say what to install.

    :raises MissingExtraError: where it is missing
    """
    try:
        import pyiceberg.catalog.glue
        import pyiceberg.io.pyarrow  # noqa: F401 - to have them imported is all that is wanted
    except ImportError:
        raise MissingExtraError("pyiceberg", "iceberg", "The table format Iceberg") from None

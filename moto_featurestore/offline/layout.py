"""The layout of the offline store in S3: one directory for each hour of the event time, in UTC.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html. Evidence, observed in October 2026:
https://github.com/EasonZhuu/cs401r-easonzhu (docs/lab2-feature-store-verification.json).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from moto_featurestore.aws.identifiers import S3Uri
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import calendar

HOUR = 3600
TOKEN_DIGITS = 16
"""Number of hexadecimal digits in the random part of a file name."""


def location(group: FeatureGroup) -> S3Uri:
    """Return ResolvedOutputS3Uri, the location of a group's files, without a final slash."""
    assert group.offline_store is not None
    return S3Uri.parse(group.offline_store["S3StorageConfig"]["ResolvedOutputS3Uri"])


def table_uri(group: FeatureGroup) -> S3Uri:
    """Return the URI of a group's Iceberg table. ResolvedOutputS3Uri is the data directory below this URI."""
    bucket, prefix = location(group)
    return S3Uri(bucket, prefix.removesuffix("/data"))


def creation_object(group: FeatureGroup) -> S3Uri:
    """Return the URI of the object that CreateFeatureGroup writes beside the data. The object's key is an assumption.

    The integration tests of the SageMaker Python SDK expect that a group without rows has an object in its directory:
    https://github.com/aws/sagemaker-python-sdk (test_feature_processor_integ.py).
    """
    bucket, prefix = table_uri(group).folder
    return S3Uri(bucket, f"{prefix}_created")


def table_names(group: FeatureGroup) -> tuple[str, str]:
    """Return the names of a group's database and table in Glue."""
    assert group.offline_store is not None
    catalog = group.offline_store["DataCatalogConfig"]
    return catalog["Database"], catalog["TableName"]


def files_by(spans: Iterable[Hashable]) -> list[Sequence[int]]:
    """Distribute rows to files: one file for all rows of a time span. Return the positions of the rows of each file.

    If a single file would contain all rows, return two files. The service creates several objects, and some programs
    wait until several objects exist: https://github.com/aws/amazon-sagemaker-examples (sagemaker-featurestore).

    :param spans: for each row, the time span (such as an hour) that contains its event time
    """
    by_span: defaultdict[Hashable, list[int]] = defaultdict(list)
    for position, span in enumerate(spans):
        by_span[span].append(position)
    files: list[Sequence[int]] = list(by_span.values())
    if len(files) == 1 and len(files[0]) > 1:
        [positions] = files
        files = [positions[: len(positions) // 2], positions[len(positions) // 2 :]]
    return files


def partition(event_time: int) -> str:
    """Return the path of the directory for the hour of an event time, such as ``year=2026/month=10/day=31/hour=23``.

    :param event_time: seconds since 1970
    """
    year, moment = calendar(event_time)
    return f"year={year:04}/month={moment:%m}/day={moment:%d}/hour={moment:%H}"


def file_name(latest_event_time: int, token: str) -> str:
    """Return the name of a Parquet file, such as ``20261031T235959Z_`` + token + ``.parquet``.

    :param latest_event_time: the latest event time in the file, in seconds since 1970
    :param token: the random part of the name
    """
    year, moment = calendar(latest_event_time)
    return f"{year:04}{moment:%m%dT%H%M%SZ}_{token}.parquet"

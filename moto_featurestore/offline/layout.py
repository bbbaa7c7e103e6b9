"""The layout of the offline store in S3: directories by the hour of the event time in UTC.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html. Evidence, observed in October 2026:
https://github.com/EasonZhuu/cs401r-easonzhu (docs/lab2-feature-store-verification.json).
"""

from collections.abc import Hashable, Iterable, Sequence

from moto_featurestore.aws.identifiers import S3Uri
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import calendar

HOUR = 3600
TOKEN_DIGITS = 16
"""Number of hexadecimal digits in the random part of a file name."""


def location(group: FeatureGroup) -> S3Uri:
    """Return the location of a group's files, without a final slash, from ResolvedOutputS3Uri."""
    assert group.offline_store is not None
    return S3Uri.parse(group.offline_store["S3StorageConfig"]["ResolvedOutputS3Uri"])


def table_uri(group: FeatureGroup) -> S3Uri:
    """Return the URI of a group's Iceberg table. ResolvedOutputS3Uri is its data directory, below this URI."""
    bucket, prefix = location(group)
    return S3Uri(bucket, prefix.removesuffix("/data"))


def table_names(group: FeatureGroup) -> tuple[str, str]:
    """Return the names of a group's database and table in Glue."""
    assert group.offline_store is not None
    catalog = group.offline_store["DataCatalogConfig"]
    return catalog["Database"], catalog["TableName"]


def files_by(spans: Iterable[Hashable]) -> list[Sequence[int]]:
    """Return the positions of the rows of each file. Rows with the same time span, in order of arrival, share a file.

    If a single file would contain all rows, return two files. Programs that read the offline store wait until several
    objects exist, as the service creates them: https://github.com/aws/amazon-sagemaker-examples (sagemaker-featurestore).

    :param spans: the time span of each row's event time
    """
    by_span: dict[Hashable, list[int]] = {}
    for position, span in enumerate(spans):
        by_span.setdefault(span, []).append(position)
    files: list[Sequence[int]] = list(by_span.values())
    if len(files) == 1 and len(files[0]) > 1:
        [positions] = files
        files = [positions[: len(positions) // 2], positions[len(positions) // 2 :]]
    return files


def partition(event_time: int) -> str:
    """Return the directories for the hour of an event time.

    :param event_time: seconds since 1970
    """
    year, moment = calendar(event_time)
    return f"year={year:04}/month={moment:%m}/day={moment:%d}/hour={moment:%H}"


def file_name(latest_event_time: int, token: str) -> str:
    """Return a file name.

    :param latest_event_time: the latest event time in the file, in seconds since 1970
    :param token: the random part of the name
    """
    year, moment = calendar(latest_event_time)
    return f"{year:04}{moment:%m%dT%H%M%SZ}_{token}.parquet"

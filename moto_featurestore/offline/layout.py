"""Where rows lie in S3: by the hour of their event time in UTC.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html, and as observed in October 2026:
https://github.com/EasonZhuu/cs401r-easonzhu (docs/lab2-feature-store-verification.json).
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import calendar

HOUR = 3600
TOKEN_DIGITS = 16
"""Hexadecimal ones, of the random part of a file's name."""


class Location(NamedTuple):
    """A prefix in a bucket, without a slash at its end."""

    bucket: str
    prefix: str


def location(group: FeatureGroup) -> Location:
    """Where a group's files are: what ResolvedOutputS3Uri says."""
    assert group.offline_store is not None
    uri: str = group.offline_store["S3StorageConfig"]["ResolvedOutputS3Uri"]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return Location(bucket, prefix)


def table_uri(group: FeatureGroup) -> str:
    """Where a group's table of Iceberg is: its data is where ResolvedOutputS3Uri says."""
    bucket, prefix = location(group)
    return f"s3://{bucket}/{prefix.removesuffix('/data')}"


def files_by(spans: Iterable[Hashable]) -> list[Sequence[int]]:
    """The places of rows that share a file: those of one span of event times, in the order of arrival.

    Where that would make a single file of several rows, two: readers wait until there are several objects, as the
    service makes them, https://github.com/aws/amazon-sagemaker-examples (sagemaker-featurestore).
    """
    by_span: dict[Hashable, list[int]] = {}
    for place, span in enumerate(spans):
        by_span.setdefault(span, []).append(place)
    files: list[Sequence[int]] = list(by_span.values())
    if len(files) == 1 and len(files[0]) > 1:
        [places] = files
        files = [places[: len(places) // 2], places[len(places) // 2 :]]
    return files


def partition(event_time: int) -> str:
    """The directories of the hour of an event time, which is in seconds since 1970."""
    year, moment = calendar(event_time)
    return f"year={year:04}/month={moment:%m}/day={moment:%d}/hour={moment:%H}"


def file_name(latest_event_time: int, token: str) -> str:
    """A file's name, by the latest event time in it, in seconds since 1970."""
    year, moment = calendar(latest_event_time)
    return f"{year:04}{moment:%m%dT%H%M%SZ}_{token}.parquet"

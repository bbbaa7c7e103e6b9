"""The layout of the offline store in S3."""

import pytest

from moto_featurestore.offline.layout import file_name, partition


@pytest.mark.parametrize(
    ("event_time", "directories", "name"),
    [
        # Evidence, observed: https://github.com/EasonZhuu/cs401r-easonzhu (docs/lab2-feature-store-verification.json)
        (1791073484, "year=2026/month=10/day=04/hour=00", "20261004T002444Z_034f0fc2ffcecaf8.parquet"),
        (0, "year=1970/month=01/day=01/hour=00", "19700101T000000Z_034f0fc2ffcecaf8.parquet"),
        (-1, "year=1969/month=12/day=31/hour=23", "19691231T235959Z_034f0fc2ffcecaf8.parquet"),
        (-62_167_219_200, "year=0000/month=01/day=01/hour=00", "00000101T000000Z_034f0fc2ffcecaf8.parquet"),
        (-62_135_596_800, "year=0001/month=01/day=01/hour=00", "00010101T000000Z_034f0fc2ffcecaf8.parquet"),
        (253_402_300_799, "year=9999/month=12/day=31/hour=23", "99991231T235959Z_034f0fc2ffcecaf8.parquet"),
    ],
)
def test_partition_and_file_name_of_an_object_use_the_event_time_in_utc(event_time, directories, name):
    assert partition(event_time) == directories
    assert file_name(event_time, "034f0fc2ffcecaf8") == name

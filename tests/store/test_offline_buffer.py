"""Rows that wait for the offline store, by column."""

import pytest

from moto_featurestore.store.offline_buffer import OfflineRow, OfflineRows

SECOND = 10**9


@pytest.fixture
def rows():
    """Three rows, of which the second is a delete marker; they came a microsecond and a bit after each other."""
    rows = OfflineRows()
    for number in range(3):
        now = 1_790_000_000 * SECOND + 999_999_000 + number * 1001
        rows.append((f"c-{number}",), number * SECOND + 5, now, is_deleted=number == 1)
    return rows


def identifiers(rows):
    return [row.values[0] for row in rows]


def test_times_are_kept_in_whole_seconds(rows):
    # As observed of api_invocation_time: https://github.com/marshmellow77/sm-feature-store-backfill
    assert list(rows) == [
        OfflineRow(("c-0",), 0, 1_790_000_000, is_deleted=False),
        OfflineRow(("c-1",), 1, 1_790_000_001, is_deleted=True),
        OfflineRow(("c-2",), 2, 1_790_000_001, is_deleted=False),
    ]
    assert len(rows) == 3


def test_times_before_1970_are_rounded_down():
    rows = OfflineRows()
    rows.append(("c",), -1, 0, is_deleted=False)
    assert rows.event_times[0] == -1


def test_a_copy_goes_its_own_way(rows):
    before, copied = list(rows), rows.copy()
    copied.append(("c-3",), 0, 0, is_deleted=True)
    assert list(rows) == before == list(copied)[:3]
    assert len(copied.arrivals) == 4


def test_some_are_selected_and_others_left_out(rows):
    assert identifiers(rows.select([2, 0])) == ["c-2", "c-0"]
    assert list(rows.select([1])) == [list(rows)[1]]
    assert identifiers(rows.without([1])) == ["c-0", "c-2"]
    assert len(rows) == 3
    assert not rows.without(range(3))


def test_who_had_come_by_a_moment_is_told_by_the_microsecond(rows):
    first = 1_790_000_000_999_999
    assert rows.arrived_by(first - 1) == []
    assert rows.arrived_by(first) == [0]
    assert rows.arrived_by(first + 1.5) == [0, 1]
    assert rows.arrived_by(first + 2) == [0, 1, 2]

"""The buffer of the offline store."""

import pytest

from moto_featurestore.store.offline_buffer import NewRow, OfflineRow, OfflineRows

SECOND = 10**9


@pytest.fixture
def rows():
    """Return three rows, which arrived 1.001 microseconds apart. The second is a delete marker."""
    rows = OfflineRows()
    for number in range(3):
        now = 1_790_000_000 * SECOND + 999_999_000 + number * 1001
        rows.append(NewRow(number, (f"c-{number}",), number * SECOND + 5, now, is_deleted=number == 1))
    return rows


def identifiers(rows):
    return [row.values[0] for row in rows]


def test_append_to_offline_buffer_stores_whole_seconds(rows):
    # Observed for api_invocation_time: https://github.com/marshmellow77/sm-feature-store-backfill
    assert list(rows) == [
        OfflineRow(("c-0",), 0, 1_790_000_000, is_deleted=False),
        OfflineRow(("c-1",), 1, 1_790_000_001, is_deleted=True),
        OfflineRow(("c-2",), 2, 1_790_000_001, is_deleted=False),
    ]
    assert len(rows) == 3


def test_append_to_offline_buffer_rounds_event_time_before_1970_down():
    rows = OfflineRows()
    rows.append(NewRow(0, ("c",), -1, 0, is_deleted=False))
    assert rows.event_times[0] == -1


def test_change_to_copy_of_offline_buffer_does_not_affect_the_original(rows):
    before, twin = list(rows), rows.copy()
    twin.append(NewRow(3, ("c-3",), 0, 0, is_deleted=True))
    assert list(rows) == before == list(twin)[:3]
    assert len(twin.arrivals) == 4
    assert (rows.next_number, twin.next_number) == (3, 4)


def test_offline_buffer_methods_select_and_without_accept_positions_of_rows(rows):
    assert identifiers(rows.select([2, 0])) == ["c-2", "c-0"]
    assert list(rows.select([1])) == [list(rows)[1]]
    assert identifiers(rows.without([1])) == ["c-0", "c-2"]
    assert rows.without([1]).numbers_at([1]) == [2]
    assert rows.without([2]).next_number == 3
    assert len(rows) == 3
    assert not rows.without(range(3))


def test_offline_buffer_method_arrived_by_has_microsecond_precision(rows):
    first = 1_790_000_000_999_999
    assert rows.arrived_by(first - 1) == []
    assert rows.arrived_by(first) == [0]
    assert rows.arrived_by(first + 1.5) == [0, 1]
    assert rows.arrived_by(first + 2) == [0, 1, 2]

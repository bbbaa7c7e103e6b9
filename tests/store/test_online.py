"""The records of the online store: their order and their expiry."""

from moto_featurestore.store.online import OnlineRecords, Record


def record(number, expires_at):
    return Record(f"c-{number}", number, 0, ("value",), expires_at)


def test_take_due_after_a_rebuild_of_the_heap_returns_records_in_the_order_of_expiry():
    records, count = OnlineRecords(), 100
    for number in range(count):  # later records expire earlier
        records.store(record(number, 10_000 + count - number))
    before = len(records.expiring)
    for expires_at in range(20_000, 20_200):  # outdated entries of one record, until the heap is rebuilt
        records.store(record(0, expires_at))
    assert len(records.expiring) < before + 200
    assert not records.is_due(10_000)
    assert [due.identifier for due in records.take_due(10_003)] == ["c-99", "c-98", "c-97"]
    assert [due.identifier for due in records.take_due(10_100)][-1] == "c-1"
    assert [due.identifier for due in records.take_due(20_199)] == ["c-0"]
    assert records.expiring == []

"""The records of a group, compared with a simple model of the event time rules."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.memory import MemoryWorld, Service, is_modelled, needs

from moto_featurestore.store.changes import NO_OBSERVER, Observer

IDENTIFIERS = st.sampled_from(["a", "b", "c", "ä"])
SECONDS = st.integers(0, 9)
BASE_TIME = 4_000_000_000


class OnlineStore(RuleBasedStateMachine):
    """Random puts, deletes, expiries and listings of one group, compared with a dict.

    Sources: an equal event time overwrites (verbatim: aws-samples' end-to-end workshop, m5_nb6). Deletes:
    API_feature_store_DeleteRecord.html. Expiry: feature-store-time-to-live.html.
    """

    def __init__(self):
        super().__init__()
        self.service = Service(MemoryWorld())
        self.service.create(
            "g",
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="time",
            FeatureDefinitions=[
                {"FeatureName": "id", "FeatureType": "String"},
                {"FeatureName": "time", "FeatureType": "Fractional"},
                {"FeatureName": "value", "FeatureType": "String"},
            ],
        )
        self.model = {}
        self.now = BASE_TIME
        self.move(0)

    def move(self, seconds):
        self.now += seconds
        self.service.world.time = self.now * 10**9
        self.model = {
            key: entry for key, entry in self.model.items() if entry["expires"] is None or entry["expires"] > self.now
        }

    @rule(identifier=IDENTIFIERS, second=SECONDS, value=st.text(max_size=3), ttl=st.none() | st.integers(1, 20))
    def put(self, identifier, second, value, ttl):
        params = {"TtlDuration": {"Unit": "Seconds", "Value": ttl}} if ttl else {}
        time = BASE_TIME + second
        record = {"id": identifier, "time": str(time), "value": value}
        assert self.service.put("g", record, **params).status == 200
        old = self.model.get(identifier)
        if old is None or time >= old["time"]:
            expires = time + ttl if ttl else None
            # A dict keeps the position of an existing key. This is the order of the first write.
            self.model[identifier] = {"time": time, "value": value, "expires": expires, "deleted": False}
            self.move(0)

    @rule(identifier=IDENTIFIERS, second=SECONDS)
    def soft_delete(self, identifier, second):
        assert self.service.delete("g", identifier, str(BASE_TIME + second)).status == 200
        old = self.model.get(identifier)
        if old and BASE_TIME + second > old["time"]:
            old.update(time=BASE_TIME + second, value=None, deleted=True)

    @rule(identifier=IDENTIFIERS, second=SECONDS)
    def hard_delete(self, identifier, second):
        answer = self.service.delete("g", identifier, str(BASE_TIME + second), DeletionMode="HardDelete")
        old = self.model.get(identifier)
        is_rejected = old is not None and BASE_TIME + second <= old["time"]
        assert answer.status == (400 if is_rejected else 200)
        if old and not is_rejected:
            del self.model[identifier]

    @rule(seconds=st.integers(1, 5))
    def time_passes(self, seconds):
        self.move(seconds)

    @precondition(lambda self: is_modelled("ListRecords"))
    @rule(size=st.integers(1, 3), deleted=st.booleans())
    def list_in_pages(self, size, deleted):
        identifiers, token = [], {}
        while True:
            page = self.service.list_records("g", MaxResults=size, IncludeSoftDeletedRecords=deleted, **token).body
            assert len(page["RecordIdentifiers"]) <= size
            identifiers += page["RecordIdentifiers"]
            if page["NextToken"] is None:
                break
            token = {"NextToken": page["NextToken"]}
        assert identifiers == [key for key, entry in self.model.items() if deleted or not entry["deleted"]]

    @invariant()
    def reads_agree_with_the_model(self):
        for identifier in ("a", "b", "c", "ä"):
            entry = self.model.get(identifier)
            record = self.service.get("g", identifier).body["Record"]
            if entry is None or entry["deleted"]:
                assert record is None
            else:
                assert [feature["ValueAsString"] for feature in record] == [
                    identifier,
                    str(entry["time"]),
                    entry["value"],
                ]

    @invariant()
    def size_is_that_of_names_and_values(self):
        group = self.service.world.store("123456789012", "us-east-1").groups["g"]
        with group.lock:
            records = list(group.records_from(0, self.service.world.now()))
        assert group.online_bytes == sum(
            len(name.encode()) + len(value.encode())
            for record in records
            for name, value in zip(("id", "time", "value"), record.values, strict=False)
            if value is not None
        )


TestOnlineStore = OnlineStore.TestCase
TestOnlineStore.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.fixture
def group(service):
    service.create("g")
    return service.world.store("123456789012", "us-east-1").groups["g"]


def put_all(service, count):
    for number in range(count):
        assert service.put("g", {"customer_id": str(number), "event_time": "2026-01-01T00:00:00Z"}).status == 200


def test_removal_of_most_records_also_shrinks_the_list_of_their_order(service, group):
    put_all(service, 10)
    for number in range(9):
        service.delete("g", str(number), "2026-01-02T00:00:00Z", DeletionMode="HardDelete")
    assert len(group.records.order) <= 2
    assert list(group.records.by_identifier) == ["9"]


def test_list_records_with_changes_between_pages_skips_no_records(service, group):
    needs("ListRecords")
    put_all(service, 10)
    first = service.list_records("g", MaxResults=4).body
    for number in range(6):
        service.delete("g", str(number), "2026-01-02T00:00:00Z", DeletionMode="HardDelete")
    service.put("g", {"customer_id": "0", "event_time": "2020-01-01T00:00:00Z"})
    second = service.list_records("g", MaxResults=100, NextToken=first["NextToken"]).body
    assert first["RecordIdentifiers"] == ["0", "1", "2", "3"]
    assert second["RecordIdentifiers"] == ["6", "7", "8", "9", "0"]


def test_removal_of_old_group_does_not_remove_new_group_of_the_same_name(service, group):
    store = service.world.store("123456789012", "us-east-1")
    store.remove_group(group)
    service.create("g")
    store.remove_group(group)
    assert list(store.groups) == ["g"]


class FailingObserver(Observer):
    """An observer that cannot save anything."""

    def save_group(self, group):
        raise OSError("full")

    def save_change(self, group, change):
        raise OSError("full")


def test_update_of_members_whose_save_fails_leaves_members_unchanged(group):
    group.observer = FailingObserver()
    with pytest.raises(OSError, match="full"):
        group.update_members(tags={"a": "b"})
    assert group.tags == {}


def test_change_whose_save_fails_leaves_records_unchanged(service, group):
    put_all(service, 2)
    before = list(group.records), group.online_bytes, len(group.buffer)
    group.observer = FailingObserver()
    with pytest.raises(OSError, match="full"):
        put_all(service, 1)
    assert (list(group.records), group.online_bytes, len(group.buffer)) == before


def buffer_row_and_fail(change):
    change.buffer_row(("c-1", "2026-01-01T00:00:00Z"), 0)
    raise LookupError


def test_exception_inside_a_change_block_leaves_records_unchanged(service, group):
    with pytest.raises(LookupError), group.change(service.world.now) as change:
        buffer_row_and_fail(change)
    assert not group.buffer
    assert group.lock.acquire(blocking=False)


def test_expiry_whose_save_fails_is_retried_later(service, group):
    expiring = {"customer_id": "1", "event_time": "2026-09-21T14:13:20Z"}
    service.put("g", expiring, TtlDuration={"Unit": "Seconds", "Value": 5})
    service.world.time += 10 * 10**9
    group.observer = FailingObserver()
    with pytest.raises(OSError, match="full"):
        service.get("g", "1")
    with pytest.raises(OSError, match="full"), group.change(service.world.now):
        pass
    group.observer = NO_OBSERVER
    assert service.get("g", "1").body["Record"] is None


def written(change, identifier, event_time, expires_at=None):
    values = (identifier, str(event_time))
    change.write(values, change.group.size(values), event_time, expires_at)


def test_change_block_with_several_writes_reads_its_earlier_writes(service, group):
    put_all(service, 1)
    now = service.world.now()
    with group.change(service.world.now) as change:
        written(change, "1", now - 20)
        written(change, "1", now - 30)
        assert change.find("1").event_time == now - 20
        written(change, "2", now - 20, now - 10)
        assert change.find("2") is None
        written(change, "3", now)
        change.remove(change.find("3"))
        change.remove(change.find("0"))
        assert change.find("0") is None
        written(change, "0", now)
        written(change, "4", now)
        change.soft_delete(change.find("4"), ("4", "time"), now + 1)
    assert [(record.identifier, record.is_deleted) for record in group.records] == [
        ("1", False),
        ("0", False),
        ("4", True),
    ]
    assert group.online_bytes == sum(group.size(record.values) for record in group.records)


def test_close_of_a_group_does_not_cancel_expiries_of_its_copy(service, group):
    service.put(
        "g", {"customer_id": "1", "event_time": "2026-09-21T14:13:20Z"}, TtlDuration={"Unit": "Days", "Value": 5}
    )
    twin = group.copy()
    group.close()
    assert len(twin.records.expiring) == 1

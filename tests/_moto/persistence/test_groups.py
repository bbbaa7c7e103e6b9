"""The data directory: what was kept comes back, and what is damaged is told and kept."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.memory import MemoryWorld, Service

from moto_featurestore._moto.persistence.groups import Data, DataError
from moto_featurestore._moto.persistence.journal_lines import Lines, NotKeptError, decode, encode
from moto_featurestore.store.group import FeatureGroup, Store
from moto_featurestore.store.online import OnlineRecords

ACCOUNT, REGION = "123456789012", "us-east-1"
OFFLINE = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket/p"}},
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
}
UNITS = {"ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 1}
RECORD = {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"}


class Kept:
    """A service whose stores are kept in a folder."""

    def __init__(self, folder, *, looks=0):
        self.syncs = 0
        self.data = Data(folder, self.sync)
        self.world = MemoryWorld()
        self.world.looks = looks
        self.told = self.data.load(self.world.store, self.has_object)
        store = self.store
        store.journal = self.data.journal(store)
        self.service = Service(self.world)

    def sync(self):
        self.syncs += 1

    def has_object(self, group, key):
        return key in self.world.buckets["bucket"]

    @property
    def store(self):
        return self.world.store(ACCOUNT, REGION)

    def state(self):
        """All that the store holds, comparable: field by field, so that none is forgotten."""
        return _compared(self.store)

    @property
    def group(self):
        return self.store.groups["a"]


OF_THIS_PROCESS = {"lock", "flush_lock", "journal"}
ELSEWHERE = {
    # What is tested by itself, or follows from what is compared.
    Store: {"denials"},  # of a test's handle, in its own process; they end with the mock
    FeatureGroup: {
        "pending",  # the store's
        "transition",  # arrived, see the tests of statuses on their way; so is "update"
        "_is_shared",  # a store that is kept has no snapshots
    },
    OnlineRecords: {
        "by_identifier",  # "order" has them
        "expiring",  # follows from the records; what expires is tested
        "left",  # says when to tidy "order" up
    },
}
AS_COMPARED = {
    "groups": lambda groups: {name: _compared(group) for name, group in groups.items()},
    "pending": lambda groups: sorted(group.name for group in groups),
    "update": lambda update: update and update.last,
    "order": lambda records: [record for record in records if record.values],
}


def _compared(thing):
    names = {field.name for field in fields(thing)} - OF_THIS_PROCESS - ELSEWHERE[type(thing)]
    return {name: AS_COMPARED.get(name, lambda value: value)(getattr(thing, name)) for name in names}


AS_COMPARED["records"] = _compared


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def kept(folder):
    """A service with a group and two records, one of which waits for the offline store too."""
    kept = Kept(folder)
    kept.service.create("a", **OFFLINE)
    for number in ("1", "2"):
        kept.service.put("a", RECORD | {"customer_id": number})
    yield kept
    kept.data.close()


def reopened(kept, folder):
    """The folder as after a kill: nothing was said goodbye to."""
    kept.data._lock.close()
    return Kept(folder)


def test_groups_records_and_rows_come_back(kept, folder):
    again = reopened(kept, folder)
    assert again.told == []
    assert again.state() == kept.state()
    assert len(again.group.buffer) == 2


def test_what_was_put_after_a_restart_comes_back_too(kept, folder):
    second = reopened(kept, folder)
    second.service.put("a", RECORD | {"customer_id": "3"})
    assert reopened(second, folder).state() == second.state()
    assert len(second.group.buffer) == 3


def test_the_event_time_rule_holds_over_a_restart(kept, folder):
    again = reopened(kept, folder)
    again.service.put("a", RECORD | {"event_time": "2025-01-01T00:00:00Z"})
    assert again.service.get("a", "1").body["Record"][1]["ValueAsString"] == RECORD["event_time"]


def test_changes_of_a_group_come_back(kept, folder):
    additions = [{"FeatureName": "more", "FeatureType": "String"}]
    kept.service.control("UpdateFeatureGroup", FeatureGroupName="a", FeatureAdditions=additions)
    metadata = {"FeatureName": "more", "Description": "d", "ParameterAdditions": [{"Key": "k", "Value": "v"}]}
    kept.service.control("UpdateFeatureMetadata", FeatureGroupName="a", **metadata)
    kept.service.control(
        "AddTags", ResourceArn=kept.group.arn, Tags=[{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "v"}]
    )
    kept.service.control("DeleteTags", ResourceArn=kept.group.arn, TagKeys=["l"])
    again = reopened(kept, folder)
    assert again.state() == kept.state()
    described = again.service.control("DescribeFeatureGroup", FeatureGroupName="a").body
    assert described["LastUpdateStatus"] == {"Status": "Successful"}
    assert again.group.tags == {"k": "v"}
    assert again.group.definitions["more"].parameters == {"k": "v"}


def test_a_status_on_its_way_has_arrived_after_a_restart(folder):
    slow = Kept(folder, looks=3)
    slow.service.create("a", **OFFLINE)
    assert slow.group.status == "Creating"
    assert reopened(slow, folder).group.status == "Created"


def test_a_deletion_on_its_way_has_ended_after_a_restart(kept, folder):
    kept.world.looks = 3
    kept.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    again = reopened(kept, folder)
    assert again.store.groups == {}
    assert len(again.store.pending) == 1


def test_records_that_expired_meanwhile_leave_their_marker(kept, folder):
    kept.service.put(
        "a",
        RECORD | {"customer_id": "3", "event_time": "2026-09-21T14:13:20Z"},
        TtlDuration={"Unit": "Seconds", "Value": 5},
    )
    again = reopened(kept, folder)
    again.world.time = kept.world.time + 10 * 10**9
    assert again.service.get("a", "3").body["Record"] is None
    assert [row.is_deleted for row in again.group.buffer] == [False, False, False, True]
    third = reopened(again, folder)
    third.world.time = again.world.time
    assert third.state() == again.state()


def test_rows_of_a_deleted_group_wait_until_they_are_written(kept, folder):
    kept.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    again = reopened(kept, folder)
    assert again.store.groups == {}
    [deleted] = again.store.pending
    deleted.take_written([0, 1])
    assert list((folder / "groups").iterdir()) == []


def test_a_deleted_group_leaves_no_file(folder):
    kept = Kept(folder)
    kept.service.create("a")
    group = kept.group
    kept.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    assert list((folder / "groups").iterdir()) == []
    group.changed()  # of who still holds it
    kept.data.forget(ACCOUNT, REGION)


def test_a_kill_before_the_file_of_a_deleted_group_goes_is_made_up_for(folder):
    kept = Kept(folder)
    kept.service.create("a")
    [path] = (folder / "groups").iterdir()
    with path.open("ab") as file:
        file.write(encode("deleted"))
    assert reopened(kept, folder).store.groups == {}
    assert list((folder / "groups").iterdir()) == []


def test_every_member_comes_back(kept, folder):
    store, group = kept.store, kept.group
    control = kept.service.control
    for changes in (
        {"FeatureAdditions": [{"FeatureName": "more", "FeatureType": "String"}]},
        {"ThroughputConfig": {"ThroughputMode": "Provisioned", **UNITS}},
        {"ThroughputConfig": {"ThroughputMode": "OnDemand"}},
    ):
        assert control("UpdateFeatureGroup", FeatureGroupName="a", **changes).status == 200
    metadata = {"Description": "d", "ParameterAdditions": [{"Key": "k", "Value": "v"}]}
    control("UpdateFeatureMetadata", FeatureGroupName="a", FeatureName="more", **metadata)
    control("AddTags", ResourceArn=group.arn, Tags=[{"Key": "k", "Value": "v"}])
    kept.service.put("a", RECORD | {"customer_id": "3"}, TtlDuration={"Unit": "Weeks", "Value": 52})
    kept.service.delete("a", "3", "2026-01-02T00:00:00Z")
    kept.service.put("a", RECORD | {"customer_id": "4"})
    kept.service.delete("a", "4", "2026-01-02T00:00:00Z", DeletionMode="HardDelete")  # its sequence is not used again
    group.offline_store_status, group.failure_reason = {"Status": "Active"}, "why"
    group.begin(kept.world.transition("Deleting", "DeleteFailed"))
    [record] = [record for record in group.records if record.identifier == "3"]
    definition = group.definitions["more"]
    assert {type(thing).__name__: _untouched(thing) for thing in (store, group, group.buffer, record, definition)} == {
        "Store": [],
        "FeatureGroup": [],
        "OfflineRows": [],
        "Record": [],
        "FeatureDefinition": [],
    }
    once = reopened(kept, folder)
    twice = reopened(once, folder)  # what is written anew at the start is read too
    assert (once.told, once.state(), twice.state()) == ([], kept.state(), kept.state())


def _untouched(thing):
    """The members that are as they were at first: they could not show that they come back."""
    members = [
        field for field in fields(thing) if field.name not in OF_THIS_PROCESS | ELSEWHERE.get(type(thing), set())
    ]
    fresh = [
        (field.name, field.default if field.default_factory is MISSING else field.default_factory())
        for field in members
    ]
    return [name for name, default in fresh if getattr(thing, name) == default]


def test_a_reset_forgets(kept, folder):
    kept.data.forget(ACCOUNT, REGION)
    kept.service.put("a", RECORD)  # of who was under way
    kept.service.create("b", **OFFLINE)
    kept.data.forget("210987654321", REGION)
    again = reopened(kept, folder)
    assert set(again.store.groups) == {"b"}


def test_rows_are_safe_before_they_are_said_to_be_written(kept, folder):
    kept.group.intend("p/key", [0])
    kept.group.take_written([0])
    assert kept.syncs == 1
    kept.group.take_written([])
    assert kept.syncs == 1
    assert len(reopened(kept, folder).group.buffer) == 1


@pytest.mark.parametrize(("is_there", "rows"), [(True, 1), (False, 2)])
def test_a_kill_in_the_middle_of_a_flush_neither_loses_nor_doubles_rows(kept, folder, is_there, rows, monkeypatch):
    kept.group.intend("p/key", [0])
    monkeypatch.setattr(Kept, "has_object", lambda *_: is_there)
    assert len(reopened(kept, folder).group.buffer) == rows


def test_a_journal_that_grows_is_written_anew(kept, folder, monkeypatch):
    kept.group.intend("p/key", [0])
    kept.group.journal._limit = 0
    [path] = (folder / "groups").iterdir()
    for _ in range(50):
        kept.service.put("a", RECORD, TargetStores=["OnlineStore"])
    before = path.stat().st_size
    kept.group.journal._limit = 0
    kept.service.put("a", RECORD | {"customer_id": "9"}, TargetStores=["OfflineStore"])
    assert path.stat().st_size < before
    again = reopened(kept, folder)
    assert again.state() == kept.state()


def test_a_removal_whose_record_is_lost_removes_nothing(kept, folder):
    damage(folder, lambda lines: [*lines, encode("remove", "9")])
    assert reopened(kept, folder).state() == kept.state()


def test_a_journal_ends_once(kept):
    kept.group.journal.end()
    kept.group.journal.end()


def test_what_a_kill_left_half_written_goes(kept, folder):
    for part in ("groups", "stores"):
        (folder / part / "half.new").write_bytes(b"half")
    again = reopened(kept, folder)
    assert (again.told, again.state()) == ([], kept.state())
    assert list(folder.rglob("*.new")) == []


def test_the_names_of_tables_of_deleted_groups_stay_taken(kept, folder):
    kept.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    kept.service.create("a", **OFFLINE)  # at the same second of the world's clock
    names = kept.store.table_names
    again = reopened(kept, folder)
    again.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    again.service.create("a", **OFFLINE)
    assert again.store.table_names > names
    assert len(again.store.table_names) == 3


@pytest.mark.parametrize("failing", ["sync", "append"])
def test_rows_that_are_written_are_so_be_it_kept_or_not(failing, kept, folder, monkeypatch):
    """They must not be written twice: neither by this server nor by the next one, for which their object is there."""

    def fail(*_):
        raise OSError("No space left on device")

    kept.group.intend("p/key", [0])
    with monkeypatch.context() as patch:
        if failing == "sync":
            patch.setattr(kept.group.journal, "_before_written", fail)
        else:
            patch.setattr(Lines, "append", fail)
        with pytest.raises(OSError, match="No space"):
            kept.group.take_written([0])
    assert [row.values[0] for row in kept.group.buffer] == ["2"]
    monkeypatch.setattr(Kept, "has_object", lambda *_: True)
    assert reopened(kept, folder).state() == kept.state()


# What is damaged.


def damage(folder, change):
    [path] = (folder / "groups").iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))
    return path


def test_a_tail_that_is_not_whole_is_told_and_kept(kept, folder):
    path = damage(folder, lambda lines: [*lines, encode("remove", "1")[:-5]])
    again = reopened(kept, folder)
    assert again.state() == kept.state()
    [told] = again.told
    assert told.startswith(
        f"{path}: line 6 is incomplete: its change was never acknowledged. A copy of the file is in "
    )
    assert Path(told.rpartition(" is in ")[2].rstrip(".")).read_bytes().endswith(b'["remove",')


def test_a_line_that_is_damaged_is_told_and_all_others_hold(kept, folder):
    damage(folder, lambda lines: [*lines[:1], lines[1].replace(b'"1"', b'"8"'), *lines[2:]])
    again = reopened(kept, folder)
    assert [record.identifier for record in again.group.records] == ["2"]
    assert "line 2 is damaged" in again.told[0]
    assert len(list((folder / "damaged").iterdir())) == 1


def test_a_journal_without_its_group_is_told_and_kept(kept, folder):
    damage(folder, lambda lines: [b"x\n", *lines[1:]])
    again = reopened(kept, folder)
    assert again.store.groups == {}
    assert "line 1 is damaged" in again.told[0]
    assert "line 2 comes before any description of the group" in again.told[1]
    assert len(list((folder / "damaged").iterdir())) == 1


def test_a_store_s_journal_without_its_place_is_told_and_kept(kept, folder):
    [path] = (folder / "stores").iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([b"x\n", *lines[1:]]))
    again = reopened(kept, folder)
    assert [told.partition(": ")[2].partition(". ")[0] for told in again.told] == [
        "line 1 is damaged",
        "it does not name the account and region of its store",
    ]
    assert again.store.table_names == set()
    assert len(list((folder / "damaged").iterdir())) == 1


@pytest.mark.parametrize("line", [b"", b"\n", b"00000000 []\n", b'c2e95c7f ["a"]', b"xxxxxxxxx\n"])
def test_only_a_whole_line_with_its_checksum_is_an_entry(line):
    assert decode(line) is None
    assert decode(encode("a", "ü\ud800")) == ["a", "ü\ud800"]


@pytest.mark.parametrize(
    ("call", "change"),
    [
        ("write", lambda kept: kept.service.put("a", RECORD | {"customer_id": "3"})),
        ("fsync", lambda kept: kept.group.journal.rewrite()),
    ],
)
def test_a_disk_that_takes_nothing_is_told(call, change, kept, monkeypatch):
    before = kept.state()

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(NotKeptError, match=r"a-\w+\.jsonl: No space left on device"):
            change(kept)
    assert kept.state() == before


def test_a_disk_that_is_full_changes_nothing(kept, folder, monkeypatch):
    before = kept.state()
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:5]))
    with pytest.raises(OSError, match=r"5 of \d+ bytes were written"):
        kept.service.put("a", RECORD | {"customer_id": "3"})
    monkeypatch.undo()
    assert kept.state() == before
    again = reopened(kept, folder)
    assert (again.told, again.state()) == ([], before)


# Who may use it.


def test_one_server_at_a_time(kept, folder):
    code = f"from pathlib import Path; from moto_featurestore._moto.persistence.groups import Data; Data(Path({str(folder)!r}), None)"
    second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"DataError: another server uses {folder}" in second.stderr


def test_another_format_is_refused(folder):
    folder.mkdir()
    (folder / "format.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(DataError, match="has format 2; this release reads format 1"):
        Kept(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "x"])
def test_a_format_that_cannot_be_read_is_told(content, folder):
    folder.mkdir()
    (folder / "format.json").write_text(content)
    with pytest.raises(DataError, match=r"format.json is damaged"):
        Kept(folder)


def test_a_system_without_locks_is_refused(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(DataError, match="--data requires a POSIX system"):
        Kept(folder)


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot use"):
        Kept(tmp_path / "file")


# Whatever happens.

_NUMBERS = st.integers(0, 3)
_TIMES = st.integers(0, 5).map(lambda second: f"2026-01-01T00:00:0{second}Z")
_STEPS = st.one_of(
    st.tuples(st.just("put"), _NUMBERS, _TIMES, st.sampled_from([None, ["OnlineStore"], ["OfflineStore"]])),
    st.tuples(st.just("delete"), _NUMBERS, _TIMES, st.sampled_from(["SoftDelete", "HardDelete"])),
    st.tuples(st.just("written"), _NUMBERS),
    st.tuples(st.just("rewrite")),
    st.tuples(st.just("restart")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEPS, max_size=25))
def test_whatever_happens_comes_back(steps, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    kept = Kept(folder)
    kept.service.create("a", **OFFLINE)
    for kind, *given_ in steps:
        if kind == "put":
            number, event_time, stores = given_
            record = {"customer_id": str(number), "event_time": event_time}
            kept.service.put("a", record, **({"TargetStores": stores} if stores else {}))
        elif kind == "delete":
            number, event_time, mode = given_
            kept.service.delete("a", str(number), event_time, DeletionMode=mode)
        elif kind == "written":
            kept.group.take_written(range(min(given_[0], len(kept.group.buffer))))
        elif kind == "rewrite":
            kept.group.journal.rewrite()
        else:
            before = kept.state()
            kept = reopened(kept, folder)
            assert kept.state() == before
    before = kept.state()
    assert reopened(kept, folder).state() == before

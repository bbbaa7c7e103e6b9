"""Tests of the files of feature groups in the data directory: saved state is restored, and damaged files are reported and copied."""

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
from moto_featurestore._moto.persistence.journal import KeptStore
from moto_featurestore._moto.persistence.journal_lines import Lines, NotKeptError, decode, encode
from moto_featurestore.store.group import FeatureGroup, Store
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.store.online import OnlineRecords

ACCOUNT, REGION = "123456789012", "us-east-1"
OFFLINE = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket/p"}},
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
}
UNITS = {"ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 1}
RECORD = {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"}


class PersistentService:
    """A service that saves its stores in a directory."""

    def __init__(self, folder, *, looks=0):
        self.syncs = 0
        self.data = Data(folder, self.sync)
        self.world = MemoryWorld()
        self.world.looks = looks
        self.store.observer = self.data
        self.messages = self.data.load(self.world.store, self.has_object)
        self.service = Service(self.world)

    def sync(self):
        self.syncs += 1

    def has_object(self, group, key):
        return key in self.world.buckets["bucket"]

    @property
    def store(self):
        return self.world.store(ACCOUNT, REGION)

    def state(self):
        """Return the whole state of the store in a comparable form. It includes all fields, so that no test misses one."""
        return _compared(self.store)

    @property
    def group(self):
        return self.store.groups["a"]


OF_THIS_PROCESS = {"lock", "flush_lock", "observer"}
ELSEWHERE = {
    # Fields that other tests cover, or that follow from compared fields.
    OfflineRows: {"next_number"},  # numbers of written rows can be used again
    FeatureGroup: {
        "pending",  # a field of the store
        "transition",  # complete after a restart, and so is "update"; see the tests of unfinished transitions
        "_is_shared",  # a saved store has no snapshots
        "rows_written",  # a count of this process, which the console shows
    },
    OnlineRecords: {
        "by_identifier",  # "order" contains the same records
        "expiring",  # follows from the records; other tests cover expiration
        "placeholders",  # determines when "order" is cleaned up
        "changes",  # a count of this process, which tells the console of changes
    },
}
AS_COMPARED = {
    "groups": lambda groups: {name: _compared(group) for name, group in groups.items()},
    "pending": lambda groups: sorted(group.name for group in groups),
    "update": lambda update: update and update.last,
    "order": lambda records: [record for record in records if record.values],
}


def _compared(value):
    names = {field.name for field in fields(value)} - OF_THIS_PROCESS - ELSEWHERE.get(type(value), set())
    return {name: AS_COMPARED.get(name, lambda value: value)(getattr(value, name)) for name in names}


AS_COMPARED["records"] = _compared
AS_COMPARED["buffer"] = _compared


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def original(folder):
    """Create a service with a group and two records, whose rows wait for the offline store."""
    original = PersistentService(folder)
    original.service.create("a", **OFFLINE)
    for number in ("1", "2"):
        original.service.put("a", RECORD | {"customer_id": number})
    yield original
    original.data.close()


def reopened(original, folder):
    """Open the directory as after a kill, without a clean stop."""
    original.data._lock.close()
    return PersistentService(folder)


def test_restart_restores_groups_records_and_rows(original, folder):
    again = reopened(original, folder)
    assert again.messages == []
    assert again.state() == original.state()
    assert len(again.group.buffer) == 2


def test_second_restart_restores_records_put_after_the_first_restart(original, folder):
    second = reopened(original, folder)
    second.service.put("a", RECORD | {"customer_id": "3"})
    assert reopened(second, folder).state() == second.state()
    assert len(second.group.buffer) == 3


def test_put_record_with_older_event_time_after_restart_keeps_the_newer_record(original, folder):
    again = reopened(original, folder)
    again.service.put("a", RECORD | {"event_time": "2025-01-01T00:00:00Z"})
    assert again.service.get("a", "1").body["Record"][1]["ValueAsString"] == RECORD["event_time"]


def test_restart_restores_updates_metadata_and_tags_of_a_group(original, folder):
    additions = [{"FeatureName": "more", "FeatureType": "String"}]
    original.service.control("UpdateFeatureGroup", FeatureGroupName="a", FeatureAdditions=additions)
    metadata = {"FeatureName": "more", "Description": "d", "ParameterAdditions": [{"Key": "k", "Value": "v"}]}
    original.service.control("UpdateFeatureMetadata", FeatureGroupName="a", **metadata)
    original.service.control(
        "AddTags", ResourceArn=original.group.arn, Tags=[{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "v"}]
    )
    original.service.control("DeleteTags", ResourceArn=original.group.arn, TagKeys=["l"])
    again = reopened(original, folder)
    assert again.state() == original.state()
    described = again.service.control("DescribeFeatureGroup", FeatureGroupName="a").body
    assert described["LastUpdateStatus"] == {"Status": "Successful"}
    assert again.group.tags == {"k": "v"}
    assert again.group.definitions["more"].parameters == {"k": "v"}


def test_restart_completes_an_unfinished_creation(folder):
    slow = PersistentService(folder, looks=3)
    slow.service.create("a", **OFFLINE)
    assert slow.group.status == "Creating"
    assert reopened(slow, folder).group.status == "Created"


def test_restart_completes_an_unfinished_deletion(original, folder):
    original.world.looks = 3
    original.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    again = reopened(original, folder)
    assert again.store.groups == {}
    assert len(again.store.pending) == 1


def test_restart_adds_delete_markers_for_records_that_expired_meanwhile(original, folder):
    original.service.put(
        "a",
        RECORD | {"customer_id": "3", "event_time": "2026-09-21T14:13:20Z"},
        TtlDuration={"Unit": "Seconds", "Value": 5},
    )
    again = reopened(original, folder)
    again.world.time = original.world.time + 10 * 10**9
    assert again.service.get("a", "3").body["Record"] is None
    assert [row.is_deleted for row in again.group.buffer] == [False, False, False, True]
    third = reopened(again, folder)
    third.world.time = again.world.time
    assert third.state() == again.state()


def test_restart_restores_buffered_rows_of_a_deleted_group(original, folder):
    original.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    again = reopened(original, folder)
    assert again.store.groups == {}
    [deleted] = again.store.pending
    deleted.take_written([0, 1])
    assert list((folder / "groups").iterdir()) == []


def test_deletion_of_a_group_removes_its_file(folder):
    original = PersistentService(folder)
    original.service.create("a")
    group = original.group
    original.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    assert list((folder / "groups").iterdir()) == []
    group.update_members(tags={})  # by a caller that still has a reference
    original.data.forget(ACCOUNT, REGION)


def test_restart_removes_the_file_of_a_deleted_group(folder):
    original = PersistentService(folder)
    original.service.create("a")
    [path] = (folder / "groups").iterdir()
    with path.open("ab") as file:
        file.write(encode("deleted"))
    assert reopened(original, folder).store.groups == {}
    assert list((folder / "groups").iterdir()) == []


def test_restart_restores_every_field_of_a_group(original, folder):
    store, group = original.store, original.group
    control = original.service.control
    for changes in (
        {"FeatureAdditions": [{"FeatureName": "more", "FeatureType": "String"}]},
        {"ThroughputConfig": {"ThroughputMode": "Provisioned", **UNITS}},
        {"ThroughputConfig": {"ThroughputMode": "OnDemand"}},
    ):
        assert control("UpdateFeatureGroup", FeatureGroupName="a", **changes).status == 200
    metadata = {"Description": "d", "ParameterAdditions": [{"Key": "k", "Value": "v"}]}
    control("UpdateFeatureMetadata", FeatureGroupName="a", FeatureName="more", **metadata)
    control("AddTags", ResourceArn=group.arn, Tags=[{"Key": "k", "Value": "v"}])
    original.service.put("a", RECORD | {"customer_id": "3"}, TtlDuration={"Unit": "Weeks", "Value": 52})
    original.service.delete("a", "3", "2026-01-02T00:00:00Z")
    original.service.put("a", RECORD | {"customer_id": "4"})
    original.service.delete(
        "a", "4", "2026-01-02T00:00:00Z", DeletionMode="HardDelete"
    )  # its sequence number is not used again
    group.offline_store_status, group.failure_reason = {"Status": "Active"}, "why"
    group.begin(original.world.transition("Deleting", "DeleteFailed"))
    [record] = [record for record in group.records if record.identifier == "3"]
    definition = group.definitions["more"]
    assert {type(value).__name__: _untouched(value) for value in (store, group, group.buffer, record, definition)} == {
        "Store": [],
        "FeatureGroup": [],
        "OfflineRows": [],
        "Record": [],
        "FeatureDefinition": [],
    }
    once = reopened(original, folder)
    twice = reopened(once, folder)  # the second restart reads the files that the first one wrote
    assert (once.messages, once.state(), twice.state()) == ([], original.state(), original.state())


def _untouched(value):
    """Return the fields with default values. They could not show that a restart restores them."""
    members = [
        field for field in fields(value) if field.name not in OF_THIS_PROCESS | ELSEWHERE.get(type(value), set())
    ]
    fresh = [
        (field.name, field.default if field.default_factory is MISSING else field.default_factory())
        for field in members
    ]
    return [name for name, default in fresh if getattr(value, name) == default]


def test_forgetting_an_account_and_region_removes_their_groups(original, folder):
    original.data.forget(ACCOUNT, REGION)
    original.service.put("a", RECORD)  # a concurrent request
    original.service.create("b", **OFFLINE)
    original.data.forget("210987654321", REGION)
    again = reopened(original, folder)
    assert set(again.store.groups) == {"b"}


def test_take_written_saves_s3_objects_before_it_removes_buffered_rows(original, folder):
    original.group.intend("p/key", [0])
    original.group.take_written([0])
    assert original.syncs == 1
    original.group.take_written([])
    assert original.syncs == 1
    assert len(reopened(original, folder).group.buffer) == 1


@pytest.mark.parametrize(("is_there", "rows"), [(True, 1), (False, 2)])
def test_restart_after_kill_during_flush_does_not_lose_or_duplicate_rows(original, folder, is_there, rows, monkeypatch):
    original.group.intend("p/key", [0])
    monkeypatch.setattr(PersistentService, "has_object", lambda *_: is_there)
    assert len(reopened(original, folder).group.buffer) == rows


def test_journal_over_its_limit_is_rewritten(original, folder, monkeypatch):
    original.group.intend("p/key", [0])
    original.data._of_groups[original.group]._limit = 0
    [path] = (folder / "groups").iterdir()
    for _ in range(50):
        original.service.put("a", RECORD, TargetStores=["OnlineStore"])
    before = path.stat().st_size
    original.data._of_groups[original.group]._limit = 0
    original.service.put("a", RECORD | {"customer_id": "9"}, TargetStores=["OfflineStore"])
    assert path.stat().st_size < before
    again = reopened(original, folder)
    assert again.state() == original.state()


def test_restart_ignores_journaled_removal_of_an_unknown_record(original, folder):
    damage(folder, lambda lines: [*lines, encode("remove", "9")])
    assert reopened(original, folder).state() == original.state()


def test_second_close_of_a_journal_does_nothing(original):
    journal = original.data._of_groups[original.group]
    journal.end()
    journal.end()


def test_restart_deletes_incomplete_files_of_a_killed_server(original, folder):
    for part in ("groups", "stores"):
        (folder / part / "half.new").write_bytes(b"half")
    again = reopened(original, folder)
    assert (again.messages, again.state()) == ([], original.state())
    assert list(folder.rglob("*.new")) == []


def test_restart_does_not_reuse_table_names_of_deleted_groups(original, folder):
    original.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    original.service.create("a", **OFFLINE)  # at the same second of the world's clock
    names = original.store.table_names
    again = reopened(original, folder)
    again.service.control("DeleteFeatureGroup", FeatureGroupName="a")
    again.service.create("a", **OFFLINE)
    assert again.store.table_names > names
    assert len(again.store.table_names) == 3


@pytest.mark.parametrize("failing", ["sync", "append"])
def test_take_written_on_failing_disk_does_not_cause_duplicate_rows(failing, original, folder, monkeypatch):
    """Neither this server nor the next one, which finds their object, writes the rows again."""

    def fail(*_):
        raise OSError("No space left on device")

    original.group.intend("p/key", [0])
    with monkeypatch.context() as patch:
        if failing == "sync":
            patch.setattr(original.data._of_groups[original.group], "_before_written", fail)
        else:
            patch.setattr(Lines, "append", fail)
        with pytest.raises(OSError, match="No space"):
            original.group.take_written([0])
    assert [row.values[0] for row in original.group.buffer] == ["2"]
    monkeypatch.setattr(PersistentService, "has_object", lambda *_: True)
    assert reopened(original, folder).state() == original.state()


# Damaged files.


def damage(folder, change):
    [path] = (folder / "groups").iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))
    return path


def test_restart_reports_and_copies_an_incomplete_last_journal_line(original, folder):
    path = damage(folder, lambda lines: [*lines, encode("remove", "1")[:-5]])
    again = reopened(original, folder)
    assert again.state() == original.state()
    [message] = again.messages
    assert message.startswith(
        f"{path}: line 6 is incomplete: its change was never acknowledged. A copy of the file is in "
    )
    assert Path(message.rpartition(" is in ")[2].rstrip(".")).read_bytes().endswith(b'["remove",')


def test_restart_reports_a_damaged_journal_line_and_reads_the_valid_lines(original, folder):
    damage(folder, lambda lines: [*lines[:1], lines[1].replace(b'"1"', b'"8"'), *lines[2:]])
    again = reopened(original, folder)
    assert [record.identifier for record in again.group.records] == ["2"]
    assert "line 2 is damaged" in again.messages[0]
    assert len(list((folder / "damaged").iterdir())) == 1


def test_restart_reports_and_copies_a_journal_without_its_group(original, folder):
    damage(folder, lambda lines: [b"x\n", *lines[1:]])
    again = reopened(original, folder)
    assert again.store.groups == {}
    assert "line 1 is damaged" in again.messages[0]
    assert "line 2 comes before any description of the group" in again.messages[1]
    assert len(list((folder / "damaged").iterdir())) == 1


def test_restart_reports_and_copies_a_store_journal_without_account_and_region(original, folder):
    [path] = (folder / "stores").iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([b"x\n", *lines[1:]]))
    again = reopened(original, folder)
    assert [message.partition(": ")[2].partition(". ")[0] for message in again.messages] == [
        "line 1 is damaged",
        "it does not name the account and region of its store",
    ]
    assert again.store.table_names == set()
    assert len(list((folder / "damaged").iterdir())) == 1


@pytest.mark.parametrize("line", [b"", b"\n", b"00000000 []\n", b'c2e95c7f ["a"]', b"xxxxxxxxx\n"])
def test_decode_line_of_line_without_valid_checksum_returns_none(line):
    assert decode(line) is None
    assert decode(encode("a", "ü\ud800")) == ["a", "ü\ud800"]


@pytest.mark.parametrize(
    ("call", "change"),
    [
        ("write", lambda original: original.service.put("a", RECORD | {"customer_id": "3"})),
        ("fsync", lambda original: original.data._of_groups[original.group].rewrite()),
    ],
)
def test_journal_write_on_full_disk_raises_not_kept_error(call, change, original, monkeypatch):
    before = original.state()

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(NotKeptError, match=r"a-\w+\.jsonl: No space left on device"):
            change(original)
    assert original.state() == before


def test_partial_journal_write_on_full_disk_changes_nothing(original, folder, monkeypatch):
    before = original.state()
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:5]))
    with pytest.raises(OSError, match=r"5 of \d+ bytes were written"):
        original.service.put("a", RECORD | {"customer_id": "3"})
    monkeypatch.undo()
    assert original.state() == before
    again = reopened(original, folder)
    assert (again.messages, again.state()) == ([], before)


# Access to the directory.


def test_data_directory_in_use_raises_data_error(original, folder):
    code = f"from pathlib import Path; from moto_featurestore._moto.persistence.groups import Data; Data(Path({str(folder)!r}), None)"
    second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"DataError: another server uses {folder}" in second.stderr


def test_data_directory_of_unknown_format_raises_data_error(folder):
    folder.mkdir()
    (folder / "format.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(DataError, match="has format 2; this release reads format 1"):
        PersistentService(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "x"])
def test_data_directory_with_damaged_format_file_raises_data_error(content, folder):
    folder.mkdir()
    (folder / "format.json").write_text(content)
    with pytest.raises(DataError, match=r"format.json is damaged"):
        PersistentService(folder)


def test_data_directory_without_file_locks_raises_data_error(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(DataError, match="--data requires a POSIX system"):
        PersistentService(folder)


def test_data_directory_whose_parent_is_a_file_raises_data_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot use"):
        PersistentService(tmp_path / "file")


# Random sequences of steps.

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
def test_restart_after_random_operations_restores_the_state(steps, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    original = PersistentService(folder)
    original.service.create("a", **OFFLINE)
    for kind, *arguments in steps:
        if kind == "put":
            number, event_time, stores = arguments
            record = {"customer_id": str(number), "event_time": event_time}
            original.service.put("a", record, **({"TargetStores": stores} if stores else {}))
        elif kind == "delete":
            number, event_time, mode = arguments
            original.service.delete("a", str(number), event_time, DeletionMode=mode)
        elif kind == "written":
            original.group.take_written(range(min(arguments[0], len(original.group.buffer))))
        elif kind == "rewrite":
            original.data._of_groups[original.group].rewrite()
        else:
            before = original.state()
            original = reopened(original, folder)
            assert original.state() == before
    before = original.state()
    assert reopened(original, folder).state() == before


def test_data_ignores_changes_of_a_group_without_a_journal(original, folder):
    service = Service(MemoryWorld())
    service.create("b", **OFFLINE)
    group = service.world.store("123456789012", "us-east-1").groups["b"]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    original.data.intend(group, "key", [0])
    original.data.take_written(group, [0])
    original.data.close_group(group)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_journal_of_a_store_without_table_names_has_no_file(tmp_path):
    journal = KeptStore(tmp_path / "store.jsonl", Store("123456789012", "us-east-1"))
    journal.release()
    journal.end()
    assert list(tmp_path.iterdir()) == []


def test_lines_append_after_close_writes_nothing(tmp_path):
    lines = Lines(tmp_path / "lines.jsonl", [])
    lines.close()
    lines.append(encode("entry"))
    assert lines.path.read_bytes() == b""

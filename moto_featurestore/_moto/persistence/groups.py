"""The journals of all stores and groups in a data directory. Only one server at a time can use a data directory."""

import json
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import TextIO
from urllib.parse import quote

from moto_featurestore._moto.persistence.journal import KeptGroup, KeptStore
from moto_featurestore._moto.persistence.journal_replay import Replay, StoreReplay
from moto_featurestore.aws.identifiers import Arn
from moto_featurestore.store.changes import Change, Observer
from moto_featurestore.store.group import FeatureGroup, Store

FORMAT = 1
"""The version of the directory's format, which docs/internals/data_directory.md describes."""
_OPEN_FILES = 65_536

HasObject = Callable[[FeatureGroup, str], bool]
"""A function that returns True if the bucket of a group's offline store contains an object with a key."""
StoreOf = Callable[[str, str], Store]
"""A function that returns the store of an account in a region."""


class DataError(Exception):
    """An error for a data directory that cannot be used. The message contains the reason."""


class Data(Observer):
    """A data directory with the journals of stores and groups. While this object exists, this process locks the directory.

    :param sync: a function that saves S3 and Glue, and with them the rows that were written to the offline store
    :raises DataError: if another server uses the directory, or if this release does not support its format
    """

    def __init__(self, folder: Path, sync: Callable[[], None]) -> None:
        self._groups, self._stores, self._damaged = folder / "groups", folder / "stores", folder / "damaged"
        self._sync = sync
        self._of_stores: dict[tuple[str, str], KeptStore] = {}
        self._of_groups: dict[FeatureGroup, KeptGroup] = {}
        try:
            for directory in (self._groups, self._stores):
                directory.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
        except OSError as error:
            raise DataError(f"cannot use {folder}: {error}") from error
        _check_format(folder)
        _raise_open_files()

    def take_table_name(self, store: Store, name: str) -> None:
        """Save that the name of a Glue table is in use."""
        place = store.account_id, store.region
        if place not in self._of_stores:
            self._of_stores[place] = KeptStore(self._stores / f"{_name(*place)}.jsonl", store)
        self._of_stores[place].take_table_name(name)

    def add_group(self, group: FeatureGroup) -> None:
        """Save a new group."""
        self._keep(self._groups / f"{_name(*_place(group))}_{group.name}-{token_hex(4)}.jsonl", group)

    def save_group(self, group: FeatureGroup) -> None:
        """Save the definition and status of a group, without its records and rows."""
        if group in self._of_groups:
            self._of_groups[group].describe()

    def save_change(self, group: FeatureGroup, change: Change) -> None:
        """Save changes of a group's records and rows."""
        if group in self._of_groups:
            self._of_groups[group].save(change)

    def intend(self, group: FeatureGroup, key: str, numbers: Sequence[int]) -> None:
        """Save the intent to write the rows with these numbers to the S3 object with this key."""
        if group in self._of_groups:
            self._of_groups[group].intend(key, numbers)

    def take_written(self, group: FeatureGroup, numbers: Sequence[int]) -> None:
        """Record that the rows with these numbers have been written to the offline store."""
        if group in self._of_groups:
            self._of_groups[group].take_written(numbers)

    def close_group(self, group: FeatureGroup) -> None:
        """Save that a group is deleted."""
        if group in self._of_groups:
            self._of_groups[group].close()

    def load(self, store_of: StoreOf, has_object: HasObject) -> list[str]:
        """Restore all stores and groups. Return a message for each damaged line, with the path of a copy of its file.

        :param store_of: a function that returns the store of an account in a region
        :param has_object: a function that returns True if a group's bucket contains an object with a key
        """
        for partial_file in (*self._stores.glob("*.new"), *self._groups.glob("*.new")):  # of a killed server
            partial_file.unlink()
        reports = [text for path in sorted(self._stores.glob("*.jsonl")) for text in self._load_store(path, store_of)]
        for path in sorted(self._groups.glob("*.jsonl")):
            reports += self._load_group(path, store_of, has_object)
        return reports

    def _load_store(self, path: Path, store_of: StoreOf) -> Iterable[str]:
        replay = StoreReplay()
        replay.read(path)
        reports = self._copy_damaged(path, replay.damage)
        if replay.place is None:
            path.unlink()
        else:
            store = store_of(*replay.place)
            store.table_names |= replay.table_names
            self._of_stores[replay.place] = KeptStore(path, store)
        return reports

    def _load_group(self, path: Path, store_of: StoreOf, has_object: HasObject) -> Iterable[str]:
        replay = Replay()
        replay.read(path)
        reports = self._copy_damaged(path, replay.damage)
        group = replay.group
        if group is not None:
            replay.settle(partial(has_object, group))
        if group is None or (replay.is_deleted and not replay.rows):
            path.unlink()
        else:
            store_of(*_place(group)).restore_group(group, is_deleted=replay.is_deleted)
            self._keep(path, group, is_deleted=replay.is_deleted)
        return reports

    def forget(self, account_id: str, region: str) -> None:
        """Delete the journals of a store and of its groups."""
        place = account_id, region
        for group, journal in list(self._of_groups.items()):
            if _place(group) == place:
                journal.end()
        if place in self._of_stores:
            self._of_stores.pop(place).end()

    def close(self) -> None:
        """Close all files, and unlock the directory."""
        for of_store in self._of_stores.values():
            of_store.release()
        for of_group in self._of_groups.values():
            of_group.release()
        self._lock.close()

    def _keep(self, path: Path, group: FeatureGroup, *, is_deleted: bool = False) -> None:
        def when_ended() -> None:
            self._of_groups.pop(group, None)  # the journal may have ended before

        self._of_groups[group] = KeptGroup(path, group, self._sync, when_ended, is_deleted=is_deleted)

    def _copy_damaged(self, path: Path, damages: list[str]) -> list[str]:
        """Copy a damaged journal to the directory ``damaged``. Return a message for each damage."""
        if not damages:
            return []
        self._damaged.mkdir(exist_ok=True)
        copy = self._damaged / f"{time.time_ns()}-{path.name}"
        shutil.copy2(path, copy)
        return [f"{path}: {damage}. A copy of the file is in {copy}." for damage in damages]


def _name(account_id: str, region: str) -> str:
    """Return the first part of the names of a store's journal files."""
    return f"{quote(account_id, safe='')}_{quote(region, safe='')}"


def _place(group: FeatureGroup) -> tuple[str, str]:
    """Return the account and region of a group."""
    arn = Arn.parse(group.arn)
    return arn.account_id, arn.region


def _lock(folder: Path) -> TextIO:
    try:
        import fcntl
    except ImportError:
        raise DataError(f"cannot lock {folder}: --data requires a POSIX system") from None
    file = (folder / "lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DataError(f"another server uses {folder}") from None
    return file


def _check_format(folder: Path) -> None:
    marker = folder / "format.json"
    if not marker.exists():
        replacement = marker.with_suffix(".new")
        replacement.write_text(json.dumps({"format": FORMAT}) + "\n")
        replacement.replace(marker)
    try:
        version = json.loads(marker.read_text())["format"]
    except (LookupError, TypeError, ValueError) as error:
        raise DataError(f"{marker} is damaged: {error!r}") from error
    if version != FORMAT:
        raise DataError(f"{folder} has format {version}; this release reads format {FORMAT}. Use another directory")


def _raise_open_files() -> None:
    """Raise this process's limit of open files, up to _OPEN_FILES, because each group needs an open file."""
    import resource

    current, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = max(current, _OPEN_FILES if maximum == resource.RLIM_INFINITY else min(_OPEN_FILES, maximum))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, maximum))

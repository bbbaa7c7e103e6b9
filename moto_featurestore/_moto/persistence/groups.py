"""The data directory: the journals of all stores and groups, one server's at a time, read back at its start."""

import json
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from secrets import token_hex
from typing import TextIO
from urllib.parse import quote

from moto_featurestore._moto.persistence.journal import KeptGroup, KeptStore
from moto_featurestore._moto.persistence.journal_replay import Replay, StoreReplay
from moto_featurestore.store.group import FeatureGroup, Store

FORMAT = 1
"""Of the directory: docs/server.md."""
_OPEN_FILES = 65_536

HasObject = Callable[[FeatureGroup, str], bool]
"""Whether the bucket of a group's offline store has an object of a key."""
StoreOf = Callable[[str, str], Store]
"""The store of an account in a region."""


class DataError(Exception):
    """Why a directory cannot be used."""


class Data:
    """A directory with the journals of stores and groups, held by this process alone.

    :param sync: makes what rows were written to safe
    :raises DataError: where another server holds the directory, or its format is another one
    """

    def __init__(self, folder: Path, sync: Callable[[], None]) -> None:
        self._groups, self._stores, self._damaged = folder / "groups", folder / "stores", folder / "damaged"
        self._sync = sync
        self._of_stores: dict[tuple[str, str], KeptStore] = {}
        self._of_groups: dict[tuple[str, str], list[KeptGroup]] = {}
        try:
            for made in (self._groups, self._stores):
                made.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
        except OSError as error:
            raise DataError(f"cannot use {folder}: {error}") from error
        _check_format(folder)
        _raise_open_files()

    def journal(self, store: Store) -> KeptStore:
        """The journal of a store, from now on."""
        place = store.account_id, store.region
        kept = KeptStore(self._stores / f"{_name(*place)}.jsonl", store, partial(self._keep_new, _name(*place)))
        self._of_stores[place] = kept
        return kept

    def load(self, store_of: StoreOf, has_object: HasObject) -> list[str]:
        """Bring back all stores and groups; says what is damaged, and where the damaged file is kept."""
        for half in (*self._stores.glob("*.new"), *self._groups.glob("*.new")):  # a kill came in between
            half.unlink()
        told = [told for path in sorted(self._stores.glob("*.jsonl")) for told in self._load_store(path, store_of)]
        for path in sorted(self._groups.glob("*.jsonl")):
            told += self._load_group(path, store_of, has_object)
        return told

    def _load_store(self, path: Path, store_of: StoreOf) -> Iterable[str]:
        replay = StoreReplay()
        replay.read(path)
        told = self._set_aside(path, replay.damage)
        if replay.place is None:
            path.unlink()
        else:
            store = store_of(*replay.place)
            store.table_names |= replay.table_names
            store.journal = self.journal(store)
        return told

    def _load_group(self, path: Path, store_of: StoreOf, has_object: HasObject) -> Iterable[str]:
        replay = Replay()
        replay.read(path)
        told = self._set_aside(path, replay.damage)
        group = replay.group
        if group is not None:
            replay.settle(partial(has_object, group))
        if group is None or (replay.is_deleted and not replay.rows):
            path.unlink()
        else:
            store_of(*_place(group)).bring_back(group, is_deleted=replay.is_deleted)
            group.journal = self._keep(path, group, is_deleted=replay.is_deleted)
        return told

    def forget(self, account_id: str, region: str) -> None:
        """Forget all of a store."""
        place = account_id, region
        for journal in list(self._of_groups.get(place, ())):
            journal.end()
        if place in self._of_stores:
            self._of_stores.pop(place).end()

    def close(self) -> None:
        """Let go of the directory."""
        for of_store in self._of_stores.values():
            of_store.release()
        for of_group in chain(*self._of_groups.values()):
            of_group.release()
        self._lock.close()

    def _keep_new(self, name: str, group: FeatureGroup) -> KeptGroup:
        return self._keep(self._groups / f"{name}_{group.name}-{token_hex(4)}.jsonl", group)

    def _keep(self, path: Path, group: FeatureGroup, *, is_deleted: bool = False) -> KeptGroup:
        journals = self._of_groups.setdefault(_place(group), [])

        def when_ended(journal: KeptGroup) -> None:
            with suppress(ValueError):  # it has ended before
                journals.remove(journal)

        journal = KeptGroup(path, group, self._sync, when_ended, is_deleted=is_deleted)
        journals.append(journal)
        return journal

    def _set_aside(self, path: Path, damages: list[str]) -> list[str]:
        """Keep a file as it was, where it is damaged; says so."""
        if not damages:
            return []
        self._damaged.mkdir(exist_ok=True)
        kept = self._damaged / f"{time.time_ns()}-{path.name}"
        shutil.copy2(path, kept)
        return [f"{path}: {damage}. The file is kept as {kept}." for damage in damages]


def _name(account_id: str, region: str) -> str:
    """How the names of a store's files begin."""
    return f"{quote(account_id, safe='')}_{quote(region, safe='')}"


def _place(group: FeatureGroup) -> tuple[str, str]:
    """The account and the region."""
    _, _, _, region, account_id, _ = group.arn.split(":", 5)
    return account_id, region


def _lock(folder: Path) -> TextIO:
    try:
        import fcntl
    except ImportError:
        raise DataError(f"cannot hold {folder}: --data needs a POSIX system") from None
    file = (folder / "lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DataError(f"another server holds {folder}") from None
    return file


def _check_format(folder: Path) -> None:
    marker = folder / "format.json"
    if not marker.exists():
        anew = marker.with_suffix(".new")
        anew.write_text(json.dumps({"format": FORMAT}) + "\n")
        anew.replace(marker)
    try:
        found = json.loads(marker.read_text())["format"]
    except (LookupError, TypeError, ValueError) as error:
        raise DataError(f"{marker} is damaged: {error!r}") from error
    if found != FORMAT:
        raise DataError(f"{folder} has the format {found}; this version knows {FORMAT}")


def _raise_open_files() -> None:
    """Each group has a file open: let there be as many as the system lets this process have."""
    import resource

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(now, _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))

"""The data directory: the journals of all feature groups, one server's at a time, read back at its start."""

import json
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TextIO
from urllib.parse import quote

from moto_featurestore.server.journal import GroupJournal
from moto_featurestore.server.replay import Replay
from moto_featurestore.store import FeatureGroup, Journal, Store

FORMAT = 1
"""Of the directory: docs/server.md."""
_OPEN_FILES = 65_536


class DataError(Exception):
    """Why a directory cannot be used."""


class Data:
    """A directory with the journals of feature groups, held by this process alone.

    :param sync: makes what rows were written to safe
    :raises DataError: where another server holds the directory, or its format is another one
    """

    def __init__(self, folder: Path, sync: Callable[[], None]) -> None:
        self._groups, self._damaged = folder / "groups", folder / "damaged"
        self._sync = sync
        self._journals: dict[tuple[str, str], list[GroupJournal]] = {}
        try:
            self._groups.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
        except OSError as error:
            raise DataError(f"cannot use {folder}: {error}") from error
        _check_format(folder)
        _raise_open_files()

    def journals(self, account_id: str, region: str) -> Callable[[FeatureGroup], Journal]:
        """Makes the journals of the groups of a store."""

        def journal(group: FeatureGroup) -> Journal:
            name = f"{quote(account_id, safe='')}_{quote(region, safe='')}_{group.name}-{token_hex(4)}.jsonl"
            return self._keep(self._groups / name, group)

        return journal

    def load(self, store_of: Callable[[str, str], Store], has_object: Callable[[FeatureGroup, str], bool]) -> list[str]:
        """Bring back all groups; says what is damaged, and where the damaged file is kept.

        :param store_of: the store of an account in a region
        :param has_object: whether the bucket of a group's offline store has an object of a key
        """
        told = []
        for path in sorted(self._groups.glob("*.jsonl")):
            replay = Replay()
            replay.read(path)
            if replay.damage:
                kept = self._set_aside(path)
                told += [f"{path}: {damage}. The file is kept as {kept}." for damage in replay.damage]
            if replay.group is None:
                path.unlink()
                continue
            self._bring_back(path, replay, store_of, has_object)
        return told

    def _bring_back(
        self,
        path: Path,
        replay: Replay,
        store_of: Callable[[str, str], Store],
        has_object: Callable[[FeatureGroup, str], bool],
    ) -> None:
        group = replay.group
        assert group is not None
        replay.settle(lambda key: has_object(group, key))
        if replay.is_deleted and not replay.rows:
            path.unlink()
            return
        store_of(*_place(group)).bring_back(group, is_deleted=replay.is_deleted)
        group.journal = self._keep(path, group, is_deleted=replay.is_deleted)

    def forget(self, account_id: str, region: str) -> None:
        """Forget all groups of a store."""
        for journal in list(self._journals.get((account_id, region), ())):
            journal.end()

    def close(self) -> None:
        """Let go of the directory."""
        for journals in self._journals.values():
            for journal in journals:
                journal.release()
        self._lock.close()

    def _keep(self, path: Path, group: FeatureGroup, *, is_deleted: bool = False) -> GroupJournal:
        journals = self._journals.setdefault(_place(group), [])

        def when_ended(journal: GroupJournal) -> None:
            with suppress(ValueError):  # it has ended before
                journals.remove(journal)

        journal = GroupJournal(path, group, self._sync, when_ended, is_deleted=is_deleted)
        journals.append(journal)
        return journal

    def _set_aside(self, path: Path) -> Path:
        self._damaged.mkdir(exist_ok=True)
        kept = self._damaged / f"{time.time_ns()}-{path.name}"
        shutil.copy2(path, kept)
        return kept


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
        marker.write_text(json.dumps({"format": FORMAT}) + "\n")
    found = json.loads(marker.read_text())["format"]
    if found != FORMAT:
        raise DataError(f"{folder} has the format {found}; this version knows {FORMAT}")


def _raise_open_files() -> None:
    """Each group has a file open: let there be as many as the system lets this process have."""
    import resource

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(now, _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))

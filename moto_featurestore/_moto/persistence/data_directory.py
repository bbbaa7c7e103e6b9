"""The directory of ``--data``: it stores the server's state, and restores it at the next start."""

import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any

import moto

from moto_featurestore._moto.backend import FeatureStoreBackend, MotoWorld
from moto_featurestore._moto.entry_points.wsgi import render_service_error
from moto_featurestore._moto.persistence.codec import Bodies
from moto_featurestore._moto.persistence.database import TABLES, Database, DataError, NotSavedError, encode
from moto_featurestore._moto.persistence.saved_aws import AwsState
from moto_featurestore._moto.persistence.saved_groups import (
    BITS,
    add_record,
    add_row,
    all_rows,
    describe,
    key_of,
    record_row,
    restored,
    waiting_row,
)
from moto_featurestore.aws.identifiers import Arn
from moto_featurestore.store.changes import Change, Observer
from moto_featurestore.store.group import DELETED, FeatureGroup, Store

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_MAX_DELAY = 1.0
"""Maximum delay in seconds before changes of S3 and Glue are saved."""
_LOCK_TIMEOUT = 5
"""Maximum time that a change of a feature group waits for a flush, in seconds."""


class DataDirectory(Observer):
    """Feature groups, S3 and Glue in a directory.

    :param folder: the directory
    :param report: a function that shows the user a message about a failure to save
    :raises DataError: if the directory cannot be used
    """

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        self._report = report
        self._database = Database(folder)
        self._aws = AwsState(Bodies(folder / "bodies"), report)
        self._aws_lock = RLock()
        """Held during a flush and while S3 and Glue are saved, so that no half of a flush is saved."""
        self._keys: dict[tuple[Any, ...], int] = {}
        """The keys of documents: of groups by identity, of stores by account and region, and of S3 and Glue by name."""
        self._next_key = 1
        self._to_delete: list[tuple[str, int]] = []
        """Tables and keys of rows to delete together with the next documents of S3 and Glue."""
        self._is_failing = False
        self._touched, self._stop = Event(), Event()
        self._thread = Thread(target=self._run, name="moto-featurestore: S3 and Glue", daemon=True)

    # Start and stop.

    def start(self) -> list[str]:
        """Restore the saved state, and save changes from now on. Return messages about damaged data."""
        FeatureStoreBackend.data = self
        try:
            messages = self._load()
        except BaseException:
            self._release()
            raise
        self._thread.start()
        return messages

    def stop(self) -> None:
        """Save the last changes, and release the directory."""
        self._stop.set()
        self._touched.set()
        self._thread.join()
        self._sync_or_report()
        self._release()

    def _release(self) -> None:
        FeatureStoreBackend.data = None
        self._database.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._touched.wait()
            self._touched.clear()
            self._sync_or_report()
            self._stop.wait(_MAX_DELAY)

    def watch(self, app: App) -> App:
        """Return a WSGI application that saves changes of feature groups before it responds."""

        def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            try:
                answer = app(environ, start_response)
            except NotSavedError as error:
                self._report_failure(error)
                return _failure(error, environ, start_response)
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                if _changes_groups(environ.get("HTTP_X_AMZ_TARGET", "")):
                    self._sync_or_report()
                elif not environ["PATH_INFO"].startswith("/FeatureGroup/"):
                    self._touched.set()
            return answer

        return watched

    # What the store calls.

    def reserve_table_name(self, store: Store, name: str) -> None:
        """Save that a table name is in use."""
        with self._database.transaction():
            self._put_store(store, store.table_names | {name})

    def add_group(self, group: FeatureGroup) -> None:
        """Save a new group."""
        try:
            with self._database.transaction():
                self._put_document(_identity(group), "group", describe(group))
        except BaseException:
            self._keys.pop(_identity(group), None)
            raise

    def save_group(self, group: FeatureGroup) -> None:
        """Save a group without its records and rows."""
        if _identity(group) in self._keys:
            with self._database.transaction():
                self._put_document(_identity(group), "group", describe(group))

    def save_change(self, group: FeatureGroup, change: Change) -> None:
        """Save changes of a group's records and rows."""
        key, database = self._keys.get(_identity(group)), self._database
        if key is None:
            return
        with database.transaction():
            if change.removed:
                database.delete("r", [key_of(key, record.sequence) for record in change.removed.values()])
                self._put_document(_identity(group), "group", describe(group) | {"next_sequence": change.next_sequence})
            database.put("r", [record_row(key, record) for record in change.records.values()])
            database.put("w", [waiting_row(key, row) for row in change.rows])

    @contextmanager
    def flushing(self, timeout: float) -> Iterator[bool]:
        """Prevent S3 and Glue from being saved while a flush changes them. Yield False if it has to wait too long."""
        is_locked = self._aws_lock.acquire(timeout=timeout)
        try:
            yield is_locked
        finally:
            if is_locked:
                self._aws_lock.release()

    def save_written_rows(self, group: FeatureGroup, numbers: Sequence[int]) -> None:
        """Save S3 and Glue, and that rows are in the offline store, in one transaction.

        If that fails, it happens with the next change of S3 and Glue: until then, the rows are saved as waiting ones.
        """
        key = self._keys.get(_identity(group))
        if key is None:
            return
        self._to_delete += [("w", key_of(key, number)) for number in numbers]
        if group.is_closed and len(numbers) == len(group.buffer):
            self._to_delete += [("d", key), ("c", key)]
            del self._keys[_identity(group)]
        self.sync()

    def close_group(self, group: FeatureGroup) -> None:
        """Save that a group is deleted. Its waiting rows remain."""
        key, database = self._keys.get(_identity(group)), self._database
        if key is None:
            return
        with database.transaction():
            database.delete_range("r", key << BITS, (key + 1) << BITS)
            if group.buffer:
                self._put_document(_identity(group), "group", describe(group) | {"status": DELETED})
            else:
                self._delete_document(key)
        if not group.buffer:
            del self._keys[_identity(group)]

    def forget(self, account_id: str, region: str) -> None:
        """Delete a store with its groups."""
        place = account_id, region
        gone: list[tuple[Any, ...]] = [
            holder
            for holder in self._keys
            if holder == place or (isinstance(holder[-1], int) and _place_of(holder[0]) == place)
        ]
        with self._database.transaction():
            for holder in gone:
                key = self._keys[holder]
                self._delete_document(key)
                for table in "rw":
                    self._database.delete_range(table, key << BITS, (key + 1) << BITS)
        for holder in gone:
            del self._keys[holder]

    # S3 and Glue.

    def sync(self) -> None:
        """Save changes of S3 and Glue.

        :raises NotSavedError: if they cannot be saved; all are tried again at the next call
        """
        with self.flushing(_LOCK_TIMEOUT) as is_locked:
            if not is_locked:  # a subscriber of a flush waits for this request, and the flush waits for the subscriber
                self._touched.set()
                return
            try:
                documents, removed = self._aws.changes()
            except OSError as error:
                raise NotSavedError(f"{self._aws.bodies.folder}: {error.strerror or error}") from error
            if not (documents or removed or self._to_delete):
                return
            with self._database.transaction():
                for document in documents:
                    self._put_document(document.name, "aws", document.name, b64encode(document.pickled).decode())
                for name in removed:
                    self._delete_document(self._keys[name])
                for table, key in self._to_delete:
                    self._database.delete(table, [key])
            for name in removed:
                del self._keys[name]
            self._to_delete.clear()
            self._aws.settle(documents, removed)

    def _sync_or_report(self) -> None:
        """Save changes of S3 and Glue. If that fails, report it the first time, and try again later."""
        try:
            self.sync()
        except NotSavedError as error:
            self._report_failure(error)
            self._touched.set()
        else:
            self._is_failing = False

    def _report_failure(self, error: NotSavedError) -> None:
        if not self._is_failing:
            self._is_failing = True
            self._report(f"changes cannot be saved: {error}")

    # Documents.

    def _put_document(self, holder: tuple[Any, ...], *members: Any) -> None:
        key = self._keys.get(holder)
        if key is None:
            key = self._keys[holder] = self._next_key
            self._next_key += 1
        for table in "dc":
            self._database.put(table, [encode(table, key, *members)])

    def _put_store(self, store: Store, table_names: Iterable[str]) -> None:
        place = store.account_id, store.region
        self._put_document(place, "store", *place, sorted(table_names))

    def _delete_document(self, key: int) -> None:
        for table in "dc":
            self._database.delete(table, [key])

    def replacing(self) -> AbstractContextManager[Any]:
        """Return a context in which the whole state is replaced. S3 and Glue are not saved meanwhile."""
        return self._aws_lock

    def save_all(self) -> None:
        """Replace all saved data by the current state.

        :raises NotSavedError: if the state cannot be saved; then the saved data stays unchanged
        """
        before = self._keys, self._aws.saved, self._to_delete
        self._keys, self._aws.saved, self._to_delete = {}, {}, []
        try:
            with self._aws_lock, self._database.transaction():
                for table in TABLES:
                    self._database.delete_range(table, 0, 1 << 62)
                self._put_document(("moto",), "moto", moto.__version__)
                for store in MotoWorld.all_stores():
                    self._save_store(store)
                self.sync()
        except BaseException:
            self._keys, self._aws.saved, self._to_delete = before
            raise

    def _save_store(self, store: Store) -> None:
        self._put_store(store, store.table_names)
        for group in {*store.groups.values(), *store.pending}:
            is_listed = store.groups.get(group.name) is group
            self._put_document(_identity(group), "group", describe(group) | ({} if is_listed else {"status": DELETED}))
            key = self._keys[_identity(group)]
            self._database.put("r", (record_row(key, record) for record in group.records if is_listed))
            self._database.put("w", (waiting_row(key, row) for row in all_rows(group)))

    def _load(self) -> list[str]:
        """Restore everything. Return messages about damage. If there is any, keep a copy of the damaged files."""
        is_sound = self._database.is_sound()
        documents: dict[str, dict[int, list[Any]]] = {kind: {} for kind in ("store", "group", "aws", "moto")}
        for table in "cd":
            for key, (kind, *members) in self._database.rows(table, is_sound=is_sound):
                documents[kind][key] = members
                self._next_key = max(self._next_key, key + 1)
        self._load_groups(documents["group"], is_sound=is_sound)
        for key, (account_id, region, table_names) in documents["store"].items():
            MotoWorld().store(account_id, region).table_names |= set(table_names)
            self._keys[account_id, region] = key
        self._load_aws(documents["aws"])
        versions = {version for [version] in documents["moto"].values()}
        return self._end_of_load(versions)

    def _load_groups(self, documents: dict[int, list[Any]], *, is_sound: bool) -> None:
        groups = {key: self._group(description) for key, [description] in documents.items()}
        self._fill(groups, is_sound=is_sound)
        for key, group in groups.items():
            self._keys[_identity(group)] = key
            MotoWorld().store(*_place_of(group.arn)).restore_group(group, is_deleted=group.final_status == DELETED)

    def _load_aws(self, documents: dict[int, list[Any]]) -> None:
        keys = {tuple(name): key for key, (name, _) in documents.items()}
        pickles = {tuple(name): b64decode(text) for name, text in documents.values()}
        self._database.damage += self._aws.restore(pickles)
        self._keys |= keys

    def _group(self, description: dict[str, Any]) -> FeatureGroup:
        try:
            return restored(description)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{self._database.folder} was written by another build of moto-featurestore, whose feature groups have"
                f" other members: {error}. Use another directory"
            ) from error

    def _fill(self, groups: dict[int, FeatureGroup], *, is_sound: bool) -> None:
        """Add the saved records and rows to their groups."""
        lost = 0
        for letter, add in (("r", add_record), ("w", add_row)):
            for key, members in self._database.rows(letter, is_sound=is_sound):
                group = groups.get(key >> BITS)
                if group is None:
                    lost += 1
                else:
                    add(group, key & ((1 << BITS) - 1), members)
        if lost:
            self._database.damage.append(f"{lost} records and rows belong to feature groups that cannot be read")

    def _end_of_load(self, moto_versions: set[str]) -> list[str]:
        """Save what could be read if files are damaged or another release of moto wrote them. Return messages."""
        unused = set(self._aws.bodies.names()) - self._aws.used()
        messages = [
            f"S3 and Glue were saved by moto {version}. This is moto {moto.__version__}, which may read them differently."
            for version in moto_versions - {moto.__version__}
        ]
        if damage := self._database.damage:
            kept = self._database.replace()
            for name in unused:
                shutil.move(self._aws.bodies.folder / name, kept)
            shown = "; ".join(damage[:5]) + (f"; and {len(damage) - 5} more" if len(damage) > 5 else "")  # noqa: PLR2004
            messages.append(
                f"{self._database.path} is damaged: {shown}. All else was read. The damaged files are in {kept}."
            )
        else:
            self._aws.delete_unused(unused)
        if moto_versions != {moto.__version__} or damage:
            self.save_all()
        else:
            self._touched.set()
        return messages


def _identity(group: FeatureGroup) -> tuple[str, int]:
    """Return the ARN and the creation time of a group, which its copies share."""
    return group.arn, group.creation_time


def _place_of(group_arn: str) -> tuple[str, str]:
    """Return the account and region of a group."""
    arn = Arn.parse(group_arn)
    return arn.account_id, arn.region


def _failure(error: NotSavedError, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Return an error that clients retry.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html documents the code. A request to list
    objects can fail too, because it flushes the offline store first.
    """
    headers, body = render_service_error(environ, "InternalFailure", f"The server cannot save the change: {error}")
    start_response("500 Internal Server Error", headers)
    return [body]


def _changes_groups(target: str) -> bool:
    """Return True if a request changes feature groups, and with them their tables in Glue."""
    return target.startswith("SageMaker.") and target.endswith("FeatureGroup") and ".Describe" not in target

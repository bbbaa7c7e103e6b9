"""The directory of the option ``--data``, in which the server saves its state. The next start restores the state."""

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
"""Maximum time in seconds that a request waits for a flush, before it leaves S3 and Glue to be saved later."""


class DataDirectory(Observer):
    """An observer that saves feature groups, S3 and Glue in a directory.

    :param folder: the directory
    :param report: a function that shows the user a message about a failure to save
    :raises DataError: if the directory cannot be used
    """

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        self._report = report
        self._database = Database(folder)
        self._aws = AwsState(Bodies(folder / "bodies"), report)
        self._aws_lock = RLock()
        """Held during a flush, and while S3 and Glue are saved, so that an unfinished flush is never saved."""
        self._keys: dict[tuple[Any, ...], int] = {}
        """A dict to the key of each document in the database.

        The dict maps from ``_identity(group)`` for a group, from account and region for a store, and from the document's
        name for S3 and Glue.
        """
        self._next_key = 1
        self._to_delete: list[tuple[str, int]] = []
        """The table letters and keys of the rows that the next save of S3 and Glue deletes in the same transaction."""
        self._is_failing = False
        self._touched, self._stop = Event(), Event()
        self._thread = Thread(target=self._run, name="moto-featurestore: S3 and Glue", daemon=True)

    # Start and stop.

    def start(self) -> list[str]:
        """Restore the saved state, and save changes from now on. Return warnings for the user, such as about damaged files."""
        FeatureStoreBackend.data = self
        try:
            messages = self._load()
        except BaseException:
            self._release()
            raise
        self._thread.start()
        return messages

    def stop(self) -> None:
        """Save the last changes of S3 and Glue, close the database, and unlock the directory."""
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
        """Return a WSGI application that calls ``app``, and saves the changes of S3 and Glue that a request makes.

        If a request changes a feature group, the application saves S3 and Glue before it responds. For other requests,
        a thread saves S3 and Glue within a second. If ``app`` raises NotSavedError, the response is an InternalFailure.
        """

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

    # Methods that the store calls.

    def reserve_table_name(self, store: Store, name: str) -> None:
        """Save that the name of a Glue table is in use."""
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
        """Save the definition and status of a group, without its records and rows."""
        if _identity(group) in self._keys:
            with self._database.transaction():
                self._put_document(_identity(group), "group", describe(group))

    def save_change(self, group: FeatureGroup, change: Change) -> None:
        """Save all changes of one request to a group's records and rows, in one transaction."""
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
        """Prevent other threads from saving S3 and Glue while a flush changes S3 and Glue.

        Yield True. Yield False if another thread does not finish its flush or save in time.

        :param timeout: seconds
        """
        is_locked = self._aws_lock.acquire(timeout=timeout)
        try:
            yield is_locked
        finally:
            if is_locked:
                self._aws_lock.release()

    def save_written_rows(self, group: FeatureGroup, numbers: Sequence[int]) -> None:
        """Save S3 and Glue, and delete the rows with these numbers from the table ``waiting_row``, in one transaction.

        If the transaction fails, the rows stay in the table until a later save of S3 and Glue succeeds.

        :raises NotSavedError: if the transaction fails
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
        """Save that a group is deleted. Keep its rows that are not yet written to the offline store."""
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
        """Delete the saved store of an account and region, with all of its groups."""
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
        """Save changes of S3 and Glue. If another thread holds the lock too long, let the background thread save them later.

        :raises NotSavedError: if the changes cannot be saved; the next call tries again to save all of them
        """
        with self.flushing(_LOCK_TIMEOUT) as is_locked:
            if not is_locked:  # otherwise a deadlock: a flush can wait for an S3 subscriber that sent this request
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
        """Save changes of S3 and Glue. If that fails, let the background thread try again.

        Report only the first of several failures in a row.
        """
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
        """Return a context manager for a replacement of the whole state. Inside it, no other thread saves S3 and Glue."""
        return self._aws_lock

    def save_all(self) -> None:
        """Replace all data in the database by the current state.

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
        """Restore the saved state. Return warnings for the user. Move damaged files to the folder ``damaged``."""
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
        """Add the saved records and waiting rows to the groups.

        :param groups: a dict from the key of each group's document to the group
        :param is_sound: if false, search the database file for rows without SQLite, because the file is damaged
        """
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
        """Return warnings for the user. Move damaged files to the folder ``damaged``.

        If files are damaged, or were written by another release of moto, save the restored state again.

        :param moto_versions: the moto versions in the database
        """
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
    """Return the ARN and the creation time of a group. Copies of a group have the same identity."""
    return group.arn, group.creation_time


def _place_of(group_arn: str) -> tuple[str, str]:
    """Return the account and region of a group."""
    arn = Arn.parse(group_arn)
    return arn.account_id, arn.region


def _failure(error: NotSavedError, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Return the response to a request whose changes cannot be saved: the error InternalFailure, which clients retry.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html documents the error code. A request to
    list S3 objects can also fail, because the server first flushes the offline store.
    """
    headers, body = render_service_error(environ, "InternalFailure", f"The server cannot save the change: {error}")
    start_response("500 Internal Server Error", headers)
    return [body]


def _changes_groups(target: str) -> bool:
    """Return True if a request creates, updates or deletes a feature group, because this can change Glue tables.

    :param target: the header ``X-Amz-Target``
    """
    return target.startswith("SageMaker.") and target.endswith("FeatureGroup") and ".Describe" not in target

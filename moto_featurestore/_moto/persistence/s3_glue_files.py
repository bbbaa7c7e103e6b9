"""Saving of moto's S3 and Glue to files in a directory, and restoring them.

There is a file for each bucket, for each S3 object, and for Glue in each account and region. A file contains a checksum and
a pickle of moto's own objects. A file is written only if its content has changed. For an S3 object, a comparison of the
attributes detects changes, so that the body is not read again.
"""

import pickle
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import quote
from zlib import crc32

import moto

from moto_featurestore._moto.patching import imported
from moto_featurestore._moto.persistence.journal_lines import NotKeptError
from moto_featurestore.offline.layout import location
from moto_featurestore.store.group import FeatureGroup

_MAX_DELAY = 1.0
"""Maximum delay in seconds before changes of S3 and Glue are written."""
_ATTEMPTS = 20
_NOT_KEPT = {"keys", "multiparts"}
"""The attributes of a bucket that its file omits. Objects have their own files. Multipart uploads are lost at a restart."""

State = dict[str, Any]
Evidence = tuple[Any, ...]
"""Values that show if a file must be written again: a digest of the content, or the attributes of an S3 object's versions.

Attributes are compared by identity. The references in this tuple prevent Python from reusing the identity of a value.
"""
Changed = tuple[Evidence, bytes]


class AwsKeeper:
    """An object that saves the state of S3 and Glue, and restores it. Any thread may call ``sync``.

    :param folder: the directory of the files
    :param damaged: the directory to which unreadable files are moved
    :param report: a function that shows the user a message
    """

    def __init__(self, folder: Path, damaged: Path, report: Callable[[str], None]) -> None:
        self._folder, self._damaged, self._report = folder, damaged, report
        self._seen: dict[Path, Evidence] = {}
        self._unkept: set[Path] = set()
        """The paths of files that could not be pickled or written, and whose failure was reported."""
        self._lock, self._touched, self._stop = Lock(), Event(), Event()
        self._thread = Thread(target=self._run, name="moto-featurestore: S3 and Glue", daemon=True)

    def start(self) -> None:
        """Start the thread that writes changes, at most once per second."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, and write the last changes."""
        self._stop.set()
        self._touched.set()
        self._thread.join()
        self.sync_or_report()

    def touch(self) -> None:
        """Tell the thread that the state may have changed."""
        self._touched.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._touched.wait()
            self._touched.clear()
            self.sync_or_report()
            self._stop.wait(_MAX_DELAY)

    def sync_or_report(self) -> None:
        """Write changes. If a file cannot be written, report the first failure, and retry later."""
        try:
            self.sync()
        except NotKeptError:
            self._touched.set()

    def sync(self) -> None:
        """Write all files whose content has changed. If a file cannot be written, still write the remaining files.

        The method reads the state of Glue before S3, and writes Glue after S3. Therefore no saved table points to an
        object that is not saved.

        :raises NotKeptError: if a file cannot be written. The failure is reported, and the next call retries the file
        """
        with self._lock:
            tables = [(path, self._changed(path, *file)) for path, file in _glue_files()]
            objects = dict(_s3_files())
            errors = [self._attempt(path, self._write, self._changed(path, *file)) for path, file in objects.items()]
            errors += [self._attempt(path, self._write, changed) for path, changed in tables]
            removed = self._seen.keys() - objects.keys() - {path for path, _ in tables}
            errors += [self._attempt(path, self._remove) for path in removed]
        failed = [error for error in errors if error]
        if failed:
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            raise NotKeptError(f"{failed[0]}{more}")

    def _attempt(self, path: Path, change: Callable[..., None], *args: Any) -> str | None:
        """Write or remove a file. If this fails, return an error message, and report it unless this file failed before.

        :param change: ``_write`` or ``_remove``
        """
        try:
            change(path, *args)
        except OSError as error:
            problem = f"{self._folder / path} cannot be saved: {error.strerror or error}"
            self._report_once(path, problem)
            return problem
        return None

    def _report_once(self, path: Path, problem: str) -> None:
        if path not in self._unkept:
            self._unkept.add(path)
            self._report(problem)

    def _changed(self, path: Path, evidence: Evidence | None, content: Callable[[], Any]) -> Changed | None:
        """Return what ``_write`` must write to a file, or None if the content has not changed since the last write.

        :param evidence: the values that show a change; None compares the content itself
        :param content: a function that returns the objects to pickle
        """
        if evidence is not None and _is_same(self._seen.get(path), evidence):
            return None
        try:
            body = _pickled(content)
        except (AttributeError, TypeError, pickle.PicklingError) as error:
            self._report_once(path, f"{path} cannot be saved: {error}")
            return None
        if evidence is not None:
            return evidence, body
        digest = (sha256(body).digest(),)
        return None if self._seen.get(path) == digest else (digest, body)

    def _write(self, path: Path, changed: Changed | None) -> None:
        if changed is None:
            return
        evidence, body = changed
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_suffix(".new")
        temporary.write_bytes(b"%08x\n" % crc32(body) + body)
        temporary.replace(place)
        self._seen[path] = evidence
        self._unkept.discard(path)

    def _remove(self, path: Path) -> None:
        (self._folder / path).unlink(missing_ok=True)
        del self._seen[path]
        self._unkept.discard(path)

    def load(self) -> list[str]:
        """Restore S3 and Glue. Move damaged files away. Return a message for each, with its old and new path."""
        messages = list(self._check_version())
        for leftover in self._folder.rglob("*.new"):  # incomplete; the original file is unchanged
            leftover.unlink()
        for path in sorted(self._folder.rglob("*.pickle"), key=lambda path: len(path.parts)):
            try:
                _RESTORE[path.relative_to(self._folder).parts[0]](*_unpickled(path))
            except Exception as error:  # noqa: BLE001 - a file of another moto release can raise anything
                self._damaged.mkdir(parents=True, exist_ok=True)
                moved = self._damaged / f"{time.time_ns()}-{path.name}"
                shutil.move(path, moved)
                messages.append(f"{path} cannot be read: {error!r}. It was moved to {moved}.")
        self.sync_or_report()
        return messages

    def _check_version(self) -> Iterator[str]:
        marker = self._folder / "moto"
        self._folder.mkdir(parents=True, exist_ok=True)
        if marker.exists() and (before := marker.read_text().strip()) != moto.__version__:
            yield f"S3 and Glue were saved by moto {before}. This is moto {moto.__version__}, which may read them differently."
        marker.write_text(f"{moto.__version__}\n")


def has_object(group: FeatureGroup, key: str) -> bool:
    """Return True if the bucket of a group's offline store contains an object with this key."""
    from moto.s3.models import s3_backends

    bucket = location(group).bucket
    partition, account_id = s3_backends.bucket_accounts.get(bucket, ("", ""))
    return bool(account_id) and key in s3_backends[account_id][partition].buckets[bucket].keys


def _is_same(before: Evidence | None, now: Evidence) -> bool:
    return before is not None and len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))


def _pickled(content: Callable[[], Any]) -> bytes:
    """Return the pickled content. Retry if another thread changes a dict during pickling."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return pickle.dumps(content())
        except RuntimeError:
            time.sleep(0.001)
    return pickle.dumps(content())


def _unpickled(path: Path) -> Any:
    checksum, _, body = path.read_bytes().partition(b"\n")
    if checksum != b"%08x" % crc32(body):
        raise ValueError("its checksum does not match")
    return pickle.loads(body)  # noqa: S301 - the user's own files


# The files: for each file its path, the evidence of changes, and a function that returns the content.

File = tuple[Path, tuple[Evidence | None, Callable[[], Any]]]


def _glue_files() -> Iterator[File]:
    for account_id, region, backend in _backends("glue"):
        path = Path("glue", f"{quote(account_id, safe='')}_{region}.pickle")
        yield path, (None, lambda a=account_id, r=region, b=backend: (a, r, vars(b)))  # type: ignore[misc]


def _s3_files() -> Iterator[File]:
    for account_id, partition, backend in _backends("s3"):
        folder = Path("s3", f"{quote(account_id, safe='')}_{partition}")
        path = _sibling_path(folder)
        yield path, (None, lambda a=account_id, p=partition, b=backend: (a, p, _without(b, {"buckets"})))  # type: ignore[misc]
        for bucket in list(backend.buckets.values()):
            yield from _bucket_files(folder / f"bucket-{quote(bucket.name, safe='')}", bucket)


def _bucket_files(folder: Path, bucket: Any) -> Iterator[File]:
    place = bucket.account_id, bucket.name
    yield _sibling_path(folder), (None, lambda: (*place, bucket.region_name, _without(bucket, _NOT_KEPT)))
    for name, versions in list(dict.items(bucket.keys)):
        version_list = versions if isinstance(versions, list) else [versions]
        evidence = tuple(chain.from_iterable([*vars(version).values()] for version in version_list))
        path = folder / f"{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}.pickle"
        yield path, (evidence, lambda n=name, v=version_list: (*place, n, v))  # type: ignore[misc]


def _sibling_path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.pickle")


def _backends(service: str) -> Iterable[tuple[str, str, Any]]:
    module = imported(f"moto.{service}.models")
    return list(getattr(module, f"{service}_backends").iter_backends()) if module else []


def _without(thing: Any, names: set[str]) -> State:
    return {name: value for name, value in vars(thing).items() if name not in names}


# Restoring.


def _restore_glue(account_id: str, region: str, state: State) -> None:
    from moto.glue.models import glue_backends

    vars(glue_backends[account_id][region]).update(state)


def _restore_s3(*content: Any) -> None:
    """Restore the content of one file: an account's S3, a bucket or an object.

    A bucket is restored before its objects, because ``load`` sorts the files by the depth of their paths.
    """
    from moto.s3.models import FakeBucket, s3_backends

    if isinstance(content[-1], list):
        account_id, bucket_name, key, versions = content
        partition, account_id = s3_backends.bucket_accounts[bucket_name]
        s3_backends[account_id][partition].buckets[bucket_name].keys.setlist(key, versions)
    elif len(content) == 4:  # noqa: PLR2004 - the tuple that _bucket_files builds
        account_id, bucket_name, region, state = content
        bucket = FakeBucket(bucket_name, account_id, region)  # type: ignore[abstract] # as moto does
        vars(bucket).update(state)
        s3_backends[account_id][bucket.partition].buckets[bucket_name] = bucket
    else:
        account_id, partition, state = content
        vars(s3_backends[account_id][partition]).update(state)


_RESTORE: dict[str, Callable[..., None]] = {"glue": _restore_glue, "s3": _restore_s3}

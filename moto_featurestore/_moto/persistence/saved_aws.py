"""The state of S3 and Glue as documents of the database: one document for each backend, bucket and object.

A document contains a pickle. Long bytes values, such as the bodies of S3 objects, are in separate files.

A document is saved only if its state has changed. For S3 objects, a comparison of moto's attributes shows changes
without reading the bodies.
"""

import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import chain
from typing import Any, NamedTuple

from moto_featurestore._moto.patching import imported
from moto_featurestore._moto.persistence.codec import Bodies, dumps, loads

_ATTEMPTS = 20
_NOT_SAVED = {"keys", "multiparts"}
"""The attributes that a bucket's document omits. Objects have their own documents. Multipart uploads are not saved."""

Name = tuple[str, ...]
"""The name of a document.

- ``glue``, account ID, region
- ``s3``, account ID, partition
- ``bucket``, bucket name
- ``object``, bucket name, key
"""
Evidence = tuple[Any, ...]
"""The values that show whether a document has changed: a hash of the pickle, or the attributes of an S3 object's versions.

Attributes are compared by identity. The tuple keeps the old attributes in memory, so that no new object can get the
identity of an old one.
"""


class Document(NamedTuple):
    """A new or changed document, which must be saved."""

    name: Name
    evidence: Evidence
    pickled: bytes
    bodies: frozenset[str]
    """The names of the files to which the pickle refers."""


class _Saved(NamedTuple):
    evidence: Evidence
    bodies: frozenset[str]


class AwsState:
    """The documents of S3 and Glue that are saved in a data directory.

    :param bodies: the files with long bytes values
    :param report: a function that shows the user a message
    """

    def __init__(self, bodies: Bodies, report: Callable[[str], None]) -> None:
        self.bodies, self._report = bodies, report
        self.saved: dict[Name, _Saved] = {}
        """A dict from the name of each saved document to its evidence and its files."""
        self._reported: set[Name] = set()

    def changes(self) -> tuple[list[Document], list[Name]]:
        """Return the new and changed documents, and the names of the documents to delete. Write long bytes values to files.

        The method reads Glue before S3, so that no saved table refers to an object that is not saved.
        """
        sources = dict(_glue())
        changed = [self._changed(name, *source) for name, source in sources.items()]
        objects = dict(_s3())
        changed += [self._changed(name, *source) for name, source in objects.items()]
        return [document for document in changed if document], list(self.saved.keys() - sources.keys() - objects.keys())

    def _changed(self, name: Name, evidence: Evidence | None, state: Callable[[], Any]) -> Document | None:
        """Return the document, or None if its state has not changed or cannot be pickled.

        :param evidence: values that show whether the state has changed. If None, compare a hash of the pickled state.
        :param state: a function that returns the state
        """
        saved = self.saved.get(name)
        if evidence is not None and saved is not None and _is_same(saved.evidence, evidence):
            return None
        try:
            pickled, bodies = _pickled(state, self.bodies)
        except (AttributeError, TypeError, pickle.PicklingError) as error:
            if name not in self._reported:
                self._reported.add(name)
                self._report(f"{' '.join(name)} cannot be saved: {error}")
            return None
        if evidence is None:
            evidence = (sha256(pickled).hexdigest(),)
            if saved is not None and saved.evidence == evidence:
                return None
        return Document(name, evidence, pickled, bodies)

    def settle(self, documents: Iterable[Document], removed: Iterable[Name]) -> None:
        """Update ``saved`` after a save. Delete the files to which no document refers any more.

        :param documents: the documents that were saved
        :param removed: the names of the documents that were deleted
        """
        before: set[str] = set()
        for name in removed:
            before |= self.saved.pop(name).bodies
        for document in documents:
            if document.name in self.saved:
                before |= self.saved[document.name].bodies
            self.saved[document.name] = _Saved(document.evidence, document.bodies)
        if before:
            self.delete_unused(before)

    def delete_unused(self, names: Iterable[str]) -> None:
        """Delete the files with these names, except the files to which a saved document refers."""
        used = self.used()
        for name in names:
            if name not in used:
                (self.bodies.folder / name).unlink(missing_ok=True)

    def used(self) -> set[str]:
        """Return the names of the files to which saved documents refer."""
        return set(chain.from_iterable(saved.bodies for saved in self.saved.values()))

    def restore(self, documents: dict[Name, bytes]) -> list[str]:
        """Restore S3 and Glue. Return a description of each document that cannot be restored.

        :param documents: a dict from the name of each document to its pickle
        """
        failures = []
        for name in sorted(documents, key=lambda name: list(_RESTORE).index(name[0])):
            try:
                state, bodies = loads(documents[name], self.bodies)
                _RESTORE[name[0]](*name[1:], state)
            except Exception as error:  # noqa: BLE001 - a document of another moto release can raise anything
                failures.append(f"{' '.join(name)} cannot be read: {error!r}")
            else:
                is_object = name[0] == "object"
                evidence = _evidence(state) if is_object else (sha256(documents[name]).hexdigest(),)
                self.saved[name] = _Saved(evidence, bodies)
        return failures


def _is_same(before: Evidence, now: Evidence) -> bool:
    return len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))


def _pickled(state: Callable[[], Any], bodies: Bodies) -> tuple[bytes, frozenset[str]]:
    """Pickle a state. Return the pickle, and the names of the files with the long bytes values of the state.

    Retry if another thread changes a dict at the same time.

    :param state: a function that returns the state
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return dumps(state(), bodies)
        except RuntimeError:
            time.sleep(0.001)
    return dumps(state(), bodies)


# The documents: names, evidence of change, and state.

_Source = tuple[Name, tuple[Evidence | None, Callable[[], Any]]]


def _glue() -> Iterator[_Source]:
    for account_id, region, backend in _backends("glue"):
        yield ("glue", account_id, region), (None, lambda b=backend: vars(b))  # type: ignore[misc]


def _s3() -> Iterator[_Source]:
    for account_id, partition, backend in _backends("s3"):
        yield ("s3", account_id, partition), (None, lambda b=backend: _without(b, {"buckets"}))  # type: ignore[misc]
        for bucket in list(backend.buckets.values()):
            place = bucket.account_id, bucket.region_name
            yield ("bucket", bucket.name), (None, lambda b=bucket, p=place: (*p, _without(b, _NOT_SAVED)))  # type: ignore[misc]
            for key, versions in list(dict.items(bucket.keys)):
                version_list = versions if isinstance(versions, list) else [versions]
                yield ("object", bucket.name, key), (_evidence(version_list), lambda v=version_list: v)  # type: ignore[misc]


def _evidence(versions: list[Any]) -> Evidence:
    return tuple(chain.from_iterable([*vars(version).values()] for version in versions))


def _backends(service: str) -> Iterable[tuple[str, str, Any]]:
    module = imported(f"moto.{service}.models")
    return list(getattr(module, f"{service}_backends").iter_backends()) if module else []


def _without(thing: Any, names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in vars(thing).items() if name not in names}


def _restore_glue(account_id: str, region: str, state: dict[str, Any]) -> None:
    from moto.glue.models import glue_backends

    vars(glue_backends[account_id][region]).update(state)


def _restore_s3(account_id: str, partition: str, state: dict[str, Any]) -> None:
    from moto.s3.models import s3_backends

    vars(s3_backends[account_id][partition]).update(state)


def _restore_bucket(name: str, content: tuple[str, str, dict[str, Any]]) -> None:
    from moto.s3.models import FakeBucket, s3_backends

    account_id, region, state = content
    bucket = FakeBucket(name, account_id, region)  # type: ignore[abstract] # as moto does
    vars(bucket).update(state)
    s3_backends[account_id][bucket.partition].buckets[name] = bucket


def _restore_object(bucket: str, key: str, versions: list[Any]) -> None:
    from moto.s3.models import s3_backends

    partition, account_id = s3_backends.bucket_accounts[bucket]
    s3_backends[account_id][partition].buckets[bucket].keys.setlist(key, versions)


_RESTORE: dict[str, Callable[..., None]] = {
    "glue": _restore_glue,
    "s3": _restore_s3,
    "bucket": _restore_bucket,
    "object": _restore_object,
}
"""A dict from the first part of a document's name to the function that restores the document, in the order of restoring."""

"""The methods of the handle that set up feature groups, records and snapshots."""

import json
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

from moto_featurestore.testing.definitions import creation
from moto_featurestore.testing.part import Part
from moto_featurestore.testing.remote import as_it_is, shared
from moto_featurestore.testing.rows import check_rows, rows_of

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd


class Snapshot:
    """A snapshot of all feature stores, taken by ``FeatureStore.snapshot()``.

    In process, its memory is freed with the last reference to it. On a server, it is freed by ``forget()``, or when the
    server ends.
    """

    def __init__(self, handle: "Preparer", members: dict[str, Any]) -> None:
        self.id: str = members["id"]
        self.left_out: dict[str, str] = members["left_out"]
        """The moto services that could not be saved, by moto's name, with the reason. ``restore`` does not change them."""
        self._forget = handle._forget_snapshot
        if handle.url is None:
            finalize(self, handle._forget_snapshot, self.id)
        for service, reason in self.left_out.items():
            warnings.warn(
                f"The snapshot does not include moto's {service}, because its state cannot be saved: {reason}",
                stacklevel=3,
            )

    def forget(self) -> None:
        """Free the snapshot. It can no longer be restored."""
        self._forget(self.id)


class Preparer(Part):
    """The part of the handle that sets up the state of a test."""

    def create_group(
        self,
        name: str,
        features: "pd.DataFrame | Mapping[str, str | Mapping[str, Any]]",
        *,
        record_identifier: str,
        event_time: str,
        offline: bool | str = False,
        **options: Any,
    ) -> str:
        """Create a feature group with an online store and, on request, an offline store, and return its ARN.

        ```python
        types = {"id": "String", "time": "String", "total": "Fractional"}
        featurestore.create_group("orders", types, record_identifier="id", event_time="time", offline=True)
        ```

        :param name: the name of the feature group
        :param features: a pandas DataFrame, whose dtypes determine the feature types as in the SageMaker SDKs. Or a
            mapping from feature name to ``Integral``, ``Fractional`` or ``String``, or to the other members of a
            ``FeatureDefinition``
        :param record_identifier: the name of the feature that identifies a record
        :param event_time: the name of the feature that has the event time
        :param offline: True for an offline store, or its S3Uri. A missing bucket and a missing role are created
        :param options: parameters of CreateFeatureGroup by their API names; they override all others
        :raises ValueError: if the parameters are invalid, or the service rejects them; the message gives the reason
        :raises TypeError: if ``features`` or ``offline`` has the wrong type
        """
        names = {"record_identifier": record_identifier, "event_time": event_time}
        arns: list[str] = self._create_groups([creation(name, features, **names, offline=offline, options=options)])
        return arns[0]

    def create_groups_from(
        self, source: "Mapping[str, Any] | str | PathLike[str]", *, parameters: Mapping[str, str] | None = None
    ) -> list[str]:
        """Create the feature groups that a document describes, and return their ARNs.

        The document is one of these: the output of ``aws sagemaker describe-feature-group``, a CloudFormation template
        (YAML or JSON), or a Terraform state (the output of ``terraform show -json``, or a ``terraform.tfstate``).
        Missing buckets and roles are created. All groups are checked before the first one is created.

        :param source: the document, or the path of a file
        :param parameters: the parameters of a template; those with a default can be left out
        :raises OSError: if the file cannot be read
        :raises ValueError: if the document has another format, or the service rejects a group
        """
        document = source if isinstance(source, Mapping) else Path(source).read_text(encoding="utf-8")
        text = document if isinstance(document, str) else json.dumps(document, default=str)
        arns: list[str] = self._create_groups_from(text, dict(parameters or {}))
        return arns

    def load(self, group: str, records: "pd.DataFrame | Iterable[Mapping[str, Any]]", **options: Any) -> int:
        """Put many records at once, and return their number.

        All records are checked as in PutRecord. If one is rejected, none is written. Permissions are not checked, faults
        do not apply, and no call is logged. Missing values, such as None and NaN, are left out.

        ```python
        featurestore.load("customers", [{"id": "1", "time": "2026-01-01T00:00:00Z", "age": 30}])
        ```

        :param group: a feature group's name
        :param records: a pandas DataFrame with a column for each feature, or mappings from feature name to value
        :param options: other parameters of PutRecord, for all records: ``TargetStores`` and ``TtlDuration``
        :raises LookupError: if there is no such group
        :raises ValueError: if a record or an option is invalid; the message names it and gives the reason
        :raises TypeError: if ``records`` has the wrong type
        """
        count: int = self._load(group, list(rows_of(records, self._types(group))), **options)
        return count

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Save the state of all accounts and regions, for ``restore``.

        The snapshot has all feature groups with their records, buffered rows and offline stores, the denials, and the
        call log. It is cheap, even with many records.

        ```python
        snapshot = featurestore.snapshot()
        write_customer()
        featurestore.restore(snapshot)
        assert featurestore.records("customers").online == {}
        ```

        :param everything: save all other moto services too; a warning names those that cannot be saved
        :raises RuntimeError: if the server keeps its state in a directory (``--data``)
        """
        return Snapshot(self, self._snapshot(everything=everything))

    def restore(self, snapshot: Snapshot) -> None:
        """Restore the state that a snapshot saved. Later changes are lost.

        A snapshot can be restored any number of times. Faults and the clock do not change.

        :param snapshot: the result of ``snapshot()``
        :raises LookupError: if the snapshot was forgotten, or was taken in another process
        :raises TypeError: if it is not a snapshot
        """
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"snapshot must be the result of snapshot(), not {snapshot!r}.")
        self._restore(snapshot.id)

    # The rest runs where the state is: in this process or on the server.

    @shared(as_it_is)
    def _create_groups(self, groups: list[dict[str, Any]]) -> list[str]:
        from moto_featurestore._moto import provisioning

        if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
            raise TypeError(f"groups must be a list of parameters of CreateFeatureGroup, not {groups!r}.")
        _, store = self._here()
        return provisioning.create(store, groups)

    @shared(as_it_is)
    def _create_groups_from(self, text: str, parameters: dict[str, str]) -> list[str]:
        from moto_featurestore._moto import provisioning, templates
        from moto_featurestore.testing import sources

        if not isinstance(text, str) or not isinstance(parameters, dict):
            raise TypeError("text must be a string, and parameters must be an object.")
        _, store = self._here()
        try:
            document = json.loads(text) if text.lstrip().startswith("{") else templates.read(text)
        except json.JSONDecodeError:  # a YAML document can also start with a brace
            document = templates.read(text)
        if sources.is_template(document):
            return provisioning.create(store, templates.groups_of(store, document, parameters))
        return provisioning.create(store, sources.groups_of(document))

    @shared(as_it_is)
    def _load(self, /, group: str, rows: list[Any], **options: Any) -> int:
        from moto_featurestore.testing.loading import load

        check_rows(rows)
        world, _ = self._here()
        return load(world, self._group(world, group), rows, options)

    @shared(as_it_is)
    def _snapshot(self, *, everything: bool = False) -> dict[str, Any]:
        from moto_featurestore._moto.persistence import snapshots
        from moto_featurestore.store.changes import NO_OBSERVER

        _, store = self._here()
        if store.observer is not NO_OBSERVER:
            raise RuntimeError(
                "This server keeps its state in a directory (--data). Snapshots need a server without --data."
            )
        snapshot = snapshots.take(of_everything=everything)
        return {"id": snapshots.keep(snapshot), "left_out": dict(snapshot.left_out)}

    @shared(as_it_is)
    def _restore(self, snapshot: str) -> None:
        from moto_featurestore._moto.persistence import snapshots

        self._here()
        snapshots.put_back(snapshots.find(snapshot))

    @shared(as_it_is)
    def _forget_snapshot(self, snapshot: str) -> None:
        from moto_featurestore._moto.persistence import snapshots

        snapshots.forget(snapshot)

"""What testers prepare, on the handle: groups in a line, records at once, snapshots."""

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
    """What there was at one moment. It ends with its last reference; in a server, with ``forget`` or with the server."""

    def __init__(self, handle: "Preparer", told: dict[str, Any]) -> None:
        self.id: str = told["id"]
        self.left_out: dict[str, str] = told["left_out"]
        """Services of moto's that could not be kept, by moto's name, and why: ``restore`` leaves them as they are."""
        self._forget = handle._forget_snapshot
        if handle.url is None:
            finalize(self, handle._forget_snapshot, self.id)
        for service, reason in self.left_out.items():
            warnings.warn(f"The snapshot is without moto's {service}, which cannot be kept: {reason}", stacklevel=3)

    def forget(self) -> None:
        """Let it go: it cannot be restored any more."""
        self._forget(self.id)


class Preparer(Part):
    """The part of the handle that makes what tests begin with."""

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
        """Make a feature group with an online store, and with an offline store where it is wanted; gives its ARN.

        :param features: a DataFrame, whose dtypes tell the types as with the SageMaker SDKs; or names with Integral,
            Fractional or String, or with the other members of a FeatureDefinition
        :param record_identifier: the feature's name, as event_time is
        :param offline: True, or the S3Uri of an offline store; bucket and role are made where they are missing
        :param options: CreateFeatureGroup's own parameters, which go before all else
        :raises ValueError: where it is refused, with the service's reason
        :raises TypeError: where features is something else
        """
        names = {"record_identifier": record_identifier, "event_time": event_time}
        arns: list[str] = self._create_groups([creation(name, features, **names, offline=offline, options=options)])
        return arns[0]

    def create_groups_from(
        self, source: "Mapping[str, Any] | str | PathLike[str]", *, parameters: Mapping[str, str] | None = None
    ) -> list[str]:
        """Make the feature groups that somebody else has described; gives their ARNs.

        What ``aws sagemaker describe-feature-group`` prints, a template of CloudFormation (YAML or JSON), or Terraform's
        state: ``terraform show -json``, or a terraform.tfstate. Buckets and roles are made where they are missing.

        :param source: the document, or the path of a file
        :param parameters: of a template; those with a default can be left out
        :raises OSError: where there is no such file
        :raises ValueError: where it is none of these, or a group is refused
        """
        document = source if isinstance(source, Mapping) else Path(source).read_text(encoding="utf-8")
        text = document if isinstance(document, str) else json.dumps(document, default=str)
        arns: list[str] = self._create_groups_from(text, dict(parameters or {}))
        return arns

    def load(self, group: str, records: "pd.DataFrame | Iterable[Mapping[str, Any]]", **options: Any) -> int:
        """Put many records at once, none where one of them is refused; gives their number.

        They are checked as PutRecord checks them. Nobody's permissions are looked at, no fault happens, and no call is
        logged: it is what a test begins with. What is missing, such as None and NaN, is left out.

        :param group: a feature group's name
        :param records: a DataFrame with a column a feature, or mappings of features to values
        :param options: PutRecord's other parameters, for all of them: TargetStores, TtlDuration
        :raises LookupError: where there is no such group
        :raises ValueError: where a record is refused: with its row, and the service's reason; or a parameter that is none
        """
        count: int = self._load(group, list(rows_of(records, self._types(group))), **options)
        return count

    def snapshot(self, *, everything: bool = False) -> Snapshot:
        """Keep what there is now, in all accounts and regions, to come back to it with ``restore``.

        Feature groups, their records, rows and offline stores, denials, and the calls that are logged. It costs little,
        however many records there are.

        :param everything: all of moto's services besides; a warning names those that cannot be kept
        """
        return Snapshot(self, self._snapshot(everything=everything))

    def restore(self, snapshot: Snapshot) -> None:
        """Let all be as it was; what was made since is gone. A snapshot can be restored as often as wanted.

        Faults and the clock stay as they are.

        :raises LookupError: where the snapshot is forgotten, or of another process
        :raises TypeError: where it is none
        """
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"A snapshot is restored that snapshot() has given, not {snapshot!r}.")
        self._restore(snapshot.id)

    # Where the state is.

    @shared(as_it_is)
    def _create_groups(self, groups: list[dict[str, Any]]) -> list[str]:
        from moto_featurestore._moto import provisioning

        if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
            raise TypeError(f"groups must be a list of CreateFeatureGroup's parameters, not {groups!r}.")
        _, store = self._here()
        return provisioning.create(store, groups)

    @shared(as_it_is)
    def _create_groups_from(self, text: str, parameters: dict[str, str]) -> list[str]:
        from moto_featurestore._moto import provisioning, templates
        from moto_featurestore.testing import sources

        if not isinstance(text, str) or not isinstance(parameters, dict):
            raise TypeError("text must be a text, and parameters texts by name.")
        _, store = self._here()
        try:
            document = json.loads(text) if text.lstrip().startswith("{") else templates.read(text)
        except json.JSONDecodeError:  # YAML can begin with a brace too
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

        _, store = self._here()
        if store.journal is not None:
            raise RuntimeError("This server keeps what it holds (--data): snapshots are for servers that do not.")
        kept = snapshots.take(of_everything=everything)
        return {"id": snapshots.keep(kept), "left_out": dict(kept.left_out)}

    @shared(as_it_is)
    def _restore(self, snapshot: str) -> None:
        from moto_featurestore._moto.persistence import snapshots

        self._here()
        snapshots.put_back(snapshots.find(snapshot))

    @shared(as_it_is)
    def _forget_snapshot(self, snapshot: str) -> None:
        from moto_featurestore._moto.persistence import snapshots

        snapshots.forget(snapshot)

"""Seeds (``--seed FILE``): feature groups and records that a server contains from its start."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from moto_featurestore.testing.record_files import Row, SeedError, record_of, rows_of

_MEMBERS = ("AccountId", "Region", "Buckets", "FeatureGroups")
_RECORDS = "Records"


class Ground(Protocol):
    """The target of a seed: an account in a region."""

    def create_bucket(self, name: str) -> None:
        """Create an S3 bucket, unless it exists."""

    def has_group(self, name: str) -> bool:
        """Return True if a feature group exists."""

    def create_group(self, params: dict[str, Any]) -> None:
        """Call CreateFeatureGroup.

        :raises SeedError: if the service rejects the parameters
        """

    def delete_group(self, name: str) -> None:
        """Call DeleteFeatureGroup."""

    def put_record(self, group: str, features: list[dict[str, Any]]) -> None:
        """Call PutRecord.

        :raises SeedError: if the service rejects the record
        """


@dataclass(frozen=True)
class Seed:
    """The content of a seed file."""

    path: Path
    account_id: str | None
    region: str | None
    buckets: list[str]
    groups: list[tuple[str, dict[str, Any], list[Path]]]
    """The position in the file, the parameters of CreateFeatureGroup, and the files with records."""


def read_seed(path: Path) -> Seed:
    """Read a seed in YAML or JSON.

    :param path: the seed file
    :raises SeedError: if the file is not a valid seed
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        content, node = yaml.safe_load(text), yaml.compose(text, yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SeedError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise SeedError(f"{path}: a seed must be a mapping with the members {', '.join(_MEMBERS)}")
    for name in content:
        if name not in _MEMBERS:
            raise SeedError(f"{path}: a seed has no member {name!r}; its members are {', '.join(_MEMBERS)}")
    lines = _lines(node, "FeatureGroups")
    groups = [
        _group(path, f"line {line}", group)
        for line, group in zip(lines, _list(path, content, "FeatureGroups"), strict=True)
    ]
    account_id = content.get("AccountId")
    return Seed(path, account_id and str(account_id), content.get("Region"), _list(path, content, "Buckets"), groups)


def _list(path: Path, content: dict[str, Any], name: str) -> list[Any]:
    value = content.get(name) or []
    if not isinstance(value, list):
        raise SeedError(f"{path}: {name} must be a list")
    return value


def _lines(node: Any, name: str) -> list[int]:
    """Return the line numbers of the elements of a member."""
    sequences = (value for key, value in node.value if key.value == name and isinstance(value.value, list))
    return [element.start_mark.line + 1 for sequence in sequences for element in sequence.value]


def _group(path: Path, place: str, group: Any) -> tuple[str, dict[str, Any], list[Path]]:
    if not isinstance(group, dict) or not isinstance(group.get("FeatureGroupName"), str):
        raise SeedError(f"{path}, {place}: a feature group must have a FeatureGroupName")
    files = group.get(_RECORDS) or []
    names = [files] if isinstance(files, str) else files
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SeedError(f"{path}, {place}: {_RECORDS} must be the name of a file, or a list of them")
    params = {name: value for name, value in group.items() if name != _RECORDS}
    return place, params, [path.parent / name for name in names]


def plant(seed: Seed, ground: Ground) -> None:
    """Create the buckets, groups and records of a seed.

    Groups that exist already are unchanged and receive no records.

    :raises SeedError: if the service rejects a group or a record; its group does not exist then
    """
    for name in seed.buckets:
        ground.create_bucket(name)
    for place, params, files in seed.groups:
        name = params["FeatureGroupName"]
        if ground.has_group(name):
            continue
        try:
            ground.create_group(params)
        except SeedError as error:
            raise SeedError(f"{seed.path}, {place}: {error}") from error
        try:
            _put_records(ground, params, files)
        except SeedError:
            ground.delete_group(name)
            raise


def _put_records(ground: Ground, params: dict[str, Any], files: list[Path]) -> None:
    definitions = params["FeatureDefinitions"]
    types = {definition["FeatureName"]: definition["FeatureType"] for definition in definitions}
    collections = {definition["FeatureName"] for definition in definitions if "CollectionType" in definition}
    for path in files:
        for place, row in _with_progress(rows_of(path), path):
            try:
                ground.put_record(params["FeatureGroupName"], record_of(row, types, collections))
            except (SeedError, ValueError) as error:
                raise SeedError(f"{path}, {place}: {error}") from error


def _with_progress(rows: Iterator[tuple[str, Row]], path: Path) -> Iterable[tuple[str, Row]]:
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise SeedError("tqdm is missing: pip install 'moto-featurestore[server]'") from error
    progress: Iterable[tuple[str, Row]] = tqdm(rows, path.name, unit=" records", disable=None, file=sys.stderr)
    return progress

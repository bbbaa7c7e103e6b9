"""Seeds (``--seed FILE``): files with feature groups and records that a server loads when it starts."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto_featurestore.store.group import Store
from moto_featurestore.testing import commands
from moto_featurestore.testing.commands import AdminWorld
from moto_featurestore.testing.record_files import rows_of_file
from moto_featurestore.testing.record_sources import Row, RowError

_MEMBERS = ("AccountId", "Region", "Buckets", "FeatureGroups")
_RECORDS = "Records"
_BATCH = 1000
"""The number of records to check and write at a time. The number limits the memory that loading requires."""


class SeedError(Exception):
    """An error that is raised if a seed cannot be loaded. The message contains the reason and the line in the file."""


@dataclass(frozen=True)
class Seed:
    """The content of a seed file."""

    path: Path
    account_id: str | None
    region: str | None
    buckets: list[str]
    groups: list[tuple[str, dict[str, Any], list[Path]]]
    """A tuple for each group: its line in the seed file, the parameters of CreateFeatureGroup, files with records."""


def read_seed(path: Path) -> Seed:
    """Parse a seed file in YAML or JSON. Do not read the files with records.

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
        raise SeedError(f"{path}: a seed file must contain a mapping with the members {', '.join(_MEMBERS)}")
    for name in content:
        if name not in _MEMBERS:
            raise SeedError(f"{path}: unknown member {name!r}; the members of a seed file are {', '.join(_MEMBERS)}")
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
    """Return the line number of each element in the list ``name`` of the seed file.

    :param node: the root node of the parsed YAML document
    """
    sequences = (value for key, value in node.value if key.value == name and isinstance(value.value, list))
    return [element.start_mark.line + 1 for sequence in sequences for element in sequence.value]


def _group(path: Path, key: str, group: Any) -> tuple[str, dict[str, Any], list[Path]]:
    if not isinstance(group, dict) or not isinstance(group.get("FeatureGroupName"), str):
        raise SeedError(f"{path}, {key}: a feature group must have a FeatureGroupName")
    files = group.get(_RECORDS) or []
    names = [files] if isinstance(files, str) else files
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SeedError(f"{path}, {key}: {_RECORDS} must be a file name or a list of file names")
    params = {name: value for name, value in group.items() if name != _RECORDS}
    return key, params, [path.parent / name for name in names]


def load_seed(seed: Seed, world: AdminWorld, store: Store) -> None:
    """Create the buckets, groups and records of a seed in a store.

    If a group already exists, do not change it, and do not load its records.

    :raises SeedError: if the service rejects a group or a record; after a rejected record, the function first deletes
        the record's group
    """
    for name in seed.buckets:
        world.create_bucket(store, name)
    for key, params, files in seed.groups:
        name = params["FeatureGroupName"]
        if store.find(name) is not None:
            continue
        try:
            commands.create_groups(world, store, [params])
        except ValueError as error:
            raise SeedError(f"{seed.path}, {key}: {error}") from error
        try:
            for path in files:
                _load_file(world, store, params, path)
        except SeedError:
            world.delete_group(store, name)
            raise


def _load_file(world: AdminWorld, store: Store, params: dict[str, Any], path: Path) -> None:
    rows = rows_of_file(path, params["FeatureDefinitions"])
    try:
        for batch in _batches(_with_progress(rows, path)):
            commands.load(world, store, params["FeatureGroupName"], batch)
    except RowError as error:
        raise SeedError(f"{error.label}: {error.reason}") from error
    except ValueError as error:
        raise SeedError(str(error)) from error
    except (ImportError, OSError) as error:
        raise SeedError(f"{path}: {error}") from error


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows in lists of _BATCH rows. The last list may be shorter.

    If a row cannot be read, first yield the rows before this row. The service may reject one of these earlier rows, and
    the user must see the first error in the file.
    """
    batch: list[Row] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except ValueError:
        yield batch
        raise
    yield batch


def _with_progress(rows: Iterator[Row], path: Path) -> Iterable[Row]:
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise SeedError("tqdm is missing: pip install 'moto-featurestore[server]'") from error
    progress: Iterable[Row] = tqdm(rows, path.name, unit=" records", disable=None, file=sys.stderr)
    return progress

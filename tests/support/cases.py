"""The conformance cases: the behaviour towards clients, as data.

Each file in ``tests/conformance`` contains the cases of the operation in its name. A case has these keys:

- ``id``: the behaviour in a few words; it is part of the test's name.
- ``given``: the initial state. ``groups`` names groups of ``groups.toml``, whose buckets exist too. ``buckets`` names more
  buckets. ``calls`` lists earlier calls.
- ``when``: the ``operation`` and its ``params``, sent without validation by the client.
- ``then``: the ``status``. For an error, the ``code`` and the full ``message``. For a success, the full ``result``. Members
  in ``varying`` must be present with any value; dots separate the names of nested members.
- ``evidence``: a kind of ``KINDS``, and the source.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "conformance"

KINDS = {
    "verbatim": "printed by the real service in a public log, issue or notebook",
    "asserted": "asserted by a public test that runs against the real service",
    "documented": "documented by AWS, or stated by botocore's model",
    "second-hand": "relied on by public code that was written against the real service",
    "inferred": "follows from the above",
    "assumed": "not known: this project's decision",
}


@dataclass(frozen=True)
class Case:
    """One behaviour."""

    subject: str
    """The operation that the case describes. The last call can be another operation, which shows the effect."""
    id: str
    operation: str
    params: dict[str, Any]
    status: int
    kind: str
    source: str
    buckets: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    code: str | None = None
    message: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    varying: list[str] = field(default_factory=list)


def load_groups() -> dict[str, dict[str, Any]]:
    """Return the groups that cases can start from: parameters of CreateFeatureGroup by group name."""
    groups = tomllib.loads((FOLDER / "groups.toml").read_text(encoding="utf-8"))
    return {name: {"FeatureGroupName": name, **params} for name, params in groups.items()}


def load_cases() -> list[Case]:
    """Return all cases, in the order of their files."""
    files = sorted(path for path in FOLDER.glob("*.toml") if path.name != "groups.toml")
    return [case for path in files for case in parse_cases(_subject(path), path.read_text(encoding="utf-8"))]


def _subject(path: Path) -> str:
    return "".join(map(str.capitalize, path.stem.split("_")))


def parse_cases(subject: str, text: str) -> list[Case]:
    """Return the cases in a TOML text, which describe an operation."""
    return [_case(subject, case) for case in tomllib.loads(text)["case"]]


def _case(subject: str, case: dict[str, Any]) -> Case:
    kind, _, source = case["evidence"].partition(" ")
    return Case(
        subject, id=case["id"], **case.get("given", {}), **case["when"], **case["then"], kind=kind, source=source
    )


def bucket_of(group: dict[str, Any]) -> list[str]:
    """Return a list of the bucket of a group's offline store, from the parameters of CreateFeatureGroup.

    The list is empty if the group has no offline store.
    """
    offline = group.get("OfflineStoreConfig")
    return [offline["S3StorageConfig"]["S3Uri"].split("/")[2]] if offline else []

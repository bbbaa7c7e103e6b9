"""The conformance cases: behaviour towards the client, written down once, as data.

A file of ``tests/conformance`` holds the cases of one operation, after which it is named. A case has

- ``id``: the behaviour in a few words, which name the test;
- ``given``: the groups of ``groups.toml`` that exist, with the buckets of their offline stores (``groups``), more buckets
  (``buckets``), and what was called before (``calls``);
- ``when``: the ``operation`` and its ``params``, sent without the client's own validation;
- ``then``: the ``status``, and of an error the ``code`` and the whole ``message``, of a success the ``result``: the whole
  of it, but for the members that ``varying`` names, with dots on the way to inner ones, which only have to be there;
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
    """The operation whose behaviour it is; what is called last may be another one, which shows it."""
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
    """The groups that cases can start from: parameters of CreateFeatureGroup by their name."""
    groups = tomllib.loads((FOLDER / "groups.toml").read_text(encoding="utf-8"))
    return {name: {"FeatureGroupName": name, **params} for name, params in groups.items()}


def load_cases() -> list[Case]:
    """All cases, by file."""
    files = sorted(path for path in FOLDER.glob("*.toml") if path.name != "groups.toml")
    return [
        _case("".join(map(str.capitalize, path.stem.split("_"))), case)
        for path in files
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


def _case(subject: str, case: dict[str, Any]) -> Case:
    kind, _, source = case["evidence"].partition(" ")
    return Case(
        subject, id=case["id"], **case.get("given", {}), **case["when"], **case["then"], kind=kind, source=source
    )


def bucket_of(group: dict[str, Any]) -> list[str]:
    """The bucket of a group's offline store, where it has one, from the parameters of CreateFeatureGroup."""
    offline = group.get("OfflineStoreConfig")
    return [offline["S3StorageConfig"]["S3Uri"].split("/")[2]] if offline else []

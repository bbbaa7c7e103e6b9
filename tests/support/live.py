"""A run of the conformance cases against an AWS account.

The names in a case are replaced by names in the account, and the names in the responses are replaced by those of the case. The names
and S3 keys of all created resources begin with the run's prefix. All of them are deleted at the end of the run.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from support.cases import Case, bucket_of
from support.raw_requests import actual_result, call, expected_result

from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME

ACCOUNT, REGION, ROLE = "123456789012", "us-east-1", "arn:aws:iam::123456789012:role/FeatureStoreRole"
"""The account, region and role in the cases."""

CREATIONS = 4
"""Maximum number of feature groups that are Creating at the same time (from the message of ResourceLimitExceeded)."""

LISTINGS = {"ListFeatureGroups", "Search", "GetSearchSuggestions"}

PRICES = {"writes": 1.25e-6, "reads": 0.25e-6, "S3 requests": 5e-6}
"""US dollars per unit in us-east-1. Assumed; for current prices, see https://aws.amazon.com/sagemaker/pricing/."""

_UNCHANGED = {"FeatureName", "FeatureNames", "ValueAsString", "RecordIdentifierFeatureName", "EventTimeFeatureName"}
"""Members whose values are not group names, although they can look like one."""


def why_not(case: Case, region: str) -> str | None:
    """Return the reason why a case cannot run in a region of a shared account, or None if it can."""
    if region != REGION and region in str([case.params, case.calls]):
        return "the case uses this region as another region"
    if case.operation in LISTINGS and case.status == 200:
        return "needs an account without other feature groups"
    if case.buckets or any(
        call["operation"] == "CreateFeatureGroup" and "RoleArn" in call["params"] for call in case.calls
    ):
        return "needs its own buckets or tables"
    return None


def needs_its_own(case: Case) -> bool:
    """Return True if a case changes its groups, so that no other case can use them."""
    return bool(case.calls) or case.status == 200


@dataclass
class Estimate:
    """The resources, requests and cost of a run."""

    cases: int
    groups: int
    units: Counter[str]

    @property
    def dollars(self) -> float:
        """The cost of the units at ``PRICES``, in US dollars."""
        return sum(PRICES[unit] * number for unit, number in self.units.items())

    def __str__(self) -> str:
        units = ", ".join(f"{number} {unit}" for unit, number in self.units.items())
        return (
            f"{self.cases} cases, {self.groups} feature groups, at most {units}: about ${self.dollars:.4f} at the prices of"
            f" us-east-1 (see https://aws.amazon.com/sagemaker/pricing/), plus the cost per minute of the InMemory groups."
        )


def estimate(cases: list[Case], region: str) -> Estimate:
    """Return a high estimate of a run: each call counts as a success, and each write with its files."""
    tried = [case for case in cases if not why_not(case, region)]
    own = sum(len(case.groups) for case in tried if needs_its_own(case))
    shared = {group for case in tried if not needs_its_own(case) for group in case.groups}
    operations = [
        operation for case in tried for operation in (case.operation, *(call["operation"] for call in case.calls))
    ]
    writes = sum(
        25 if name == "BatchWriteRecord" else 1 for name in operations if re.match("Put|Update|Delete|BatchW", name)
    )
    reads = sum(100 if name == "BatchGetRecord" else 1 for name in operations if re.match("Get|List|BatchG", name))
    units = Counter({"writes": writes, "reads": reads, "S3 requests": 4 * writes})
    return Estimate(len(tried), own + len(shared), units)


@dataclass
class Outcome:
    """The outcome of a case against an account."""

    case: Case
    verdict: str
    """``confirmed``, ``refuted`` or ``not tried``."""
    detail: str = ""


@dataclass
class Account:
    """An AWS account that cases can run against."""

    session: Any
    bucket: str
    role: str
    prefix: str
    definitions: dict[str, Any]
    """Parameters of CreateFeatureGroup by the group name in the cases."""
    endpoint_url: str | None = None
    client_timeout: float = 600
    """Maximum seconds to wait until a group is Created or gone."""
    pause: float = 2
    _made: dict[str, Future[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = Config(parameter_validation=False, retries={"mode": "standard", "total_max_attempts": 5})
        services = (RUNTIME, CONTROL_PLANE, "s3", "glue", "sts")
        self.clients = {
            name: self.session.client(name, config=config, endpoint_url=self.endpoint_url) for name in services
        }
        self.region = self.session.region_name
        self.id = self.clients["sts"].get_caller_identity()["Account"]
        self._pool = ThreadPoolExecutor(CREATIONS, "groups")

    def prepare(self, cases: dict[int, Case]) -> None:
        """Start to create the initial groups of the cases, in the order of the cases.

        :param cases: the cases by number
        """
        for number, case in cases.items():
            if not why_not(case, self.region):
                for group in case.groups:
                    self._prepare(case, number, group)

    def face(self, number: int, case: Case) -> Outcome:
        """Run a case.

        :param number: the number of the case in ``prepare``
        """
        if reason := why_not(case, self.region):
            return Outcome(case, "not tried", reason)
        names = Names(self, case, number)
        for group in case.groups:
            self._made[names.out(group)].result()
        for step in case.calls:
            status, response = call(self.clients, step["operation"], names.out(step["params"]))
            if status != 200:
                return Outcome(
                    case, "refuted", f"the earlier call {step['operation']} returned {status} {names.back(response)}"
                )
            self._settle(step["operation"], names.out(step["params"]))
        status, response = call(self.clients, case.operation, names.out(case.params))
        if status == 200:
            self._settle(case.operation, names.out(case.params))
        got = status, actual_result(case, names.back(response))
        expected = case.status, expected_result(case)
        if needs_its_own(case):
            self._pool.submit(self._delete_all, names.group_names())
        return (
            Outcome(case, "confirmed")
            if got == expected
            else Outcome(case, "refuted", f"expected {expected}, got {got}")
        )

    def clean(self) -> list[str]:
        """Delete all resources with the run's prefix, and return descriptions of those that could not be deleted."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        left = []
        for group in list(self._groups()):
            try:
                self._delete(group)
            except (ClientError, TimeoutError) as error:
                left.append(f"feature group {group}: {error}")
        with suppress(self.clients["glue"].exceptions.EntityNotFoundException):
            for page in (
                self.clients["glue"].get_paginator("get_tables").paginate(DatabaseName="sagemaker_featurestore")
            ):
                for table in page["TableList"]:
                    if table["Name"].startswith(self.prefix.replace("-", "_")):
                        self.clients["glue"].delete_table(DatabaseName="sagemaker_featurestore", Name=table["Name"])
        for page in (
            self.clients["s3"].get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{self.prefix}/")
        ):
            for item in page.get("Contents", ()):
                self.clients["s3"].delete_object(Bucket=self.bucket, Key=item["Key"])
        return left

    def _prepare(self, case: Case, number: int, group: str) -> None:
        names = Names(self, case, number)
        name = names.out(group)
        if name not in self._made:
            params = names.out({"FeatureGroupName": group, **self.definitions[group]})
            self._made[name] = self._pool.submit(self._create, params)

    def _create(self, params: dict[str, Any]) -> None:
        self.clients[CONTROL_PLANE].create_feature_group(**params)
        self._settle("CreateFeatureGroup", params)

    def _settle(self, operation: str, params: dict[str, Any]) -> None:
        """Wait until the change that an operation started is complete."""
        name = params.get("FeatureGroupName")
        if operation == "CreateFeatureGroup":
            self._await(lambda: self._status(name) != "Creating", f"{name} to be Created")
        elif operation == "UpdateFeatureGroup":
            self._await(lambda: self._update_status(name) != "InProgress", f"{name} to be updated")
        elif operation == "DeleteFeatureGroup":
            self._await(lambda: self._status(name) is None, f"{name} to be gone")

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + self.client_timeout
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError(f"waited {self.client_timeout:.0f} seconds for {what}")
            time.sleep(self.pause)

    def _described(self, name: str) -> dict[str, Any] | None:
        try:
            return self.clients[CONTROL_PLANE].describe_feature_group(FeatureGroupName=name)  # type: ignore[no-any-return]
        except self.clients[CONTROL_PLANE].exceptions.ResourceNotFound:
            return None

    def _status(self, name: str) -> str | None:
        described = self._described(name)
        return described["FeatureGroupStatus"] if described else None

    def _update_status(self, name: str) -> str | None:
        return ((self._described(name) or {}).get("LastUpdateStatus") or {}).get("Status")

    def _delete(self, name: str) -> None:
        with suppress(self.clients[CONTROL_PLANE].exceptions.ResourceNotFound):
            self.clients[CONTROL_PLANE].delete_feature_group(FeatureGroupName=name)
            self._settle("DeleteFeatureGroup", {"FeatureGroupName": name})

    def _delete_all(self, names: list[str]) -> None:
        for name in names:
            self._delete(name)

    def _groups(self) -> Iterator[str]:
        pages = self.clients[CONTROL_PLANE].get_paginator("list_feature_groups").paginate(NameContains=self.prefix)
        for page in pages:
            yield from (summary["FeatureGroupName"] for summary in page["FeatureGroupSummaries"])


class Names:
    """The names of resources in a case, and their names in an account."""

    def __init__(self, account: Account, case: Case, number: int) -> None:
        created = (
            call["params"].get("FeatureGroupName") for call in case.calls if call["operation"] == "CreateFeatureGroup"
        )
        tested = [case.params.get("FeatureGroupName")] if case.operation == "CreateFeatureGroup" else []
        names = [name for name in (*case.groups, *created, *tested) if _is_name(name, account.prefix)]
        place = str(number) if needs_its_own(case) else "shared"
        self._groups = {name: f"{account.prefix}-{place}-{name}" for name in dict.fromkeys(names)}
        buckets = set(chain(*(bucket_of(account.definitions[group]) for group in case.groups)))
        self._account_names = (
            self._groups
            | {f"s3://{bucket}": f"s3://{account.bucket}/{account.prefix}/{bucket}" for bucket in buckets}
            | {ROLE: account.role, ACCOUNT: account.id, REGION: account.region}
        )

    def group_names(self) -> list[str]:
        """Return the names of the case's groups in the account."""
        return list(self._groups.values())

    def out(self, value: Any) -> Any:
        """Replace the names of the case by those of the account."""
        return _renamed(value, self._account_names, _UNCHANGED)

    def back(self, value: Any) -> Any:
        """Replace the names of the account by those of the case."""
        return _renamed(value, {account: case for case, account in self._account_names.items()}, set())


def _is_name(name: Any, prefix: str) -> bool:
    """Return True if a value is a valid name of a feature group, also with a prefix before it."""
    pattern = r"[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}"
    return isinstance(name, str) and bool(re.fullmatch(pattern, name)) and len(name) + len(prefix) + 8 <= 64


def _renamed(value: Any, names: dict[str, str], unchanged: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: item if key in unchanged else _renamed(item, names, unchanged) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names, unchanged) for item in value]
    if not isinstance(value, str):
        return value
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"(?<![\w-])(?:{longest_first})(?![\w-])", lambda match: names[match[0]], value)


def report(outcomes: list[Outcome], account: Account, left: list[str]) -> str:
    """Return the report of a run, in Markdown."""
    verdicts = ("confirmed", "refuted", "not tried")
    counts = Counter((outcome.case.kind, outcome.verdict) for outcome in outcomes)
    lines = ["# Conformance with an AWS account", "", f"Region {account.region}, {len(outcomes)} cases.", ""]
    lines += ["| evidence | confirmed | refuted | not tried |", "| --- | --- | --- | --- |"]
    for kind in dict.fromkeys(outcome.case.kind for outcome in outcomes):
        lines.append(f"| {kind} | " + " | ".join(str(counts[kind, verdict]) for verdict in verdicts) + " |")
    for verdict, title in zip(verdicts, ("Confirmed", "Refuted", "Not tried"), strict=True):
        rows = [outcome for outcome in outcomes if outcome.verdict == verdict]
        if rows:
            lines += ["", f"## {title}: {len(rows)}", ""]
            lines += [f"- {row.case.subject}: {row.case.id} ({row.case.kind}){_detail(row)}" for row in rows]
    if left:
        lines += ["", "## Not deleted", "", *(f"- {resource}" for resource in left)]
    return "\n".join(lines) + "\n"


def _detail(outcome: Outcome) -> str:
    return f": {outcome.detail}" if outcome.detail else ""

"""``pytest tests/conformance --live`` runs the cases against an AWS account, to confirm or refute the assumptions."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from support.cases import Case, load_groups
from support.live import Account, Outcome, estimate, report


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("live", "conformance with an AWS account")
    group.addoption("--live", action="store_true", help="run the cases against the account of your credentials")
    group.addoption("--live-yes", action="store_true", help="create feature groups there, at the estimated cost")
    group.addoption(
        "--live-bucket", metavar="NAME", help="a bucket of the account for offline stores, in the same region"
    )
    group.addoption(
        "--live-role", metavar="ARN", help="a role that SageMaker may assume and that may write to the bucket"
    )
    group.addoption(
        "--live-report",
        metavar="FILE",
        default="conformance.md",
        help="file for the report of confirmed and refuted cases",
    )
    group.addoption("--live-endpoint-url", metavar="URL", help="endpoint of AWS, instead of boto3's default")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: runs against an AWS account; needs --live")
    if _is_live(config):
        # Create the session before any test sets fake credentials in the environment.
        config.stash[_SESSION] = _session(config)


def _is_live(config: pytest.Config) -> bool:
    """Return True if ``--live`` is set. If pytest loads this file late, for another directory, the option does not exist."""
    return bool(config.getoption("live", default=False))


_SESSION = pytest.StashKey[Any]()
_ACCOUNT = pytest.StashKey["_Run"]()


def _session(config: pytest.Config) -> Any:
    if config.getoption("numprocesses", None):
        raise pytest.UsageError(
            "--live does not work with -n, because AWS limits the number of groups that are created at the same time"
        )
    missing = [name for name in ("bucket", "role") if not config.getoption(f"live_{name}")]
    if missing:
        raise pytest.UsageError(f"--live needs --live-{' and --live-'.join(missing)}")
    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None or session.region_name is None:
        raise pytest.UsageError("--live needs credentials and a region in boto3's configuration")
    frozen = credentials.get_frozen_credentials()
    return boto3.Session(frozen.access_key, frozen.secret_key, frozen.token, region_name=session.region_name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    live = _is_live(config)
    others = [item for item in items if (item.get_closest_marker("live") is not None) != live]
    items[:] = [item for item in items if item not in set(others)]
    if live:
        config.hook.pytest_deselected(items=others)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    if not _is_live(config) or not session.items:
        return
    cases = [item.callspec.params["case"] for item in session.items]  # type: ignore[attr-defined]
    numbers = [item.callspec.params["number"] for item in session.items]  # type: ignore[attr-defined]
    groups = load_groups()
    config.get_terminal_writer().line(f"\nlive: {estimate(cases, config.stash[_SESSION].region_name)}")
    if config.option.collectonly:
        return
    if not config.getoption("live_yes"):
        raise pytest.UsageError("--live creates these resources in your account only with --live-yes")
    config.stash[_ACCOUNT] = _Run(config, groups, dict(zip(numbers, cases, strict=True)))


class _Run:
    """A run of cases against an account."""

    def __init__(self, config: pytest.Config, groups: dict[str, Any], cases: dict[int, Case]) -> None:
        try:
            self.account = Account(
                config.stash[_SESSION],
                config.getoption("live_bucket"),
                config.getoption("live_role"),
                f"conf-{uuid.uuid4().hex[:8]}",
                groups,
                config.getoption("live_endpoint_url"),
            )
        except (BotoCoreError, ClientError) as error:
            raise pytest.UsageError(f"--live: {error}") from error
        self.outcomes: list[Outcome] = []
        self._report = Path(config.getoption("live_report"))
        self.account.prepare(cases)

    def face(self, number: int, case: Case) -> Outcome:
        outcome = self.account.face(number, case)
        self.outcomes.append(outcome)
        return outcome

    def end(self) -> str:
        left = self.account.clean()
        self._report.write_text(report(self.outcomes, self.account, left), encoding="utf-8")
        return f"live: the report is in {self._report}" + "".join(
            f"\nlive: not deleted: {resource}" for resource in left
        )


@pytest.fixture(scope="session")
def live(request: pytest.FixtureRequest) -> Iterator[_Run]:
    run = request.config.stash[_ACCOUNT]
    yield run
    request.config.get_terminal_writer().line(f"\n{run.end()}")

"""Tests of the conformance run against an AWS account. This package's server stands in for AWS."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from support.cases import load_cases, load_groups
from support.live import REGION, Account, estimate, needs_its_own, report, why_not

FOLDER = Path(__file__).parent
ROLE = "arn:aws:iam::111122223333:role/WriterOfFeatures"
CASES = load_cases()


@pytest.fixture
def elsewhere(server_clients, server_url):
    """Return a session of an account and a region that the cases do not use, with a bucket."""
    del server_clients  # the fixture empties the server's state
    sts = boto3.client("sts", endpoint_url=server_url)
    keys = sts.assume_role(RoleArn=ROLE, RoleSessionName="tester")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name="eu-west-1")
    s3 = session.client("s3", endpoint_url=server_url)
    s3.create_bucket(Bucket="ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return session


@pytest.fixture
def account(elsewhere, server_url):
    return Account(elsewhere, "ours", ROLE, "conf-1", load_groups(), server_url, pause=0)


def run(tmp_path, session, *arguments):
    keys = session.get_credentials().get_frozen_credentials()
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token,
        "AWS_DEFAULT_REGION": session.region_name,
    }
    return run_pytest(tmp_path, environment, *arguments)


def run_pytest(tmp_path, environment, *arguments):
    """Run the conformance tests in another directory, without the plugins that they do not need."""
    root = FOLDER.parents[1]
    options = ["-p", "no:cacheprovider", "-p", "asyncio", f"--rootdir={root}", "-c", str(root / "pyproject.toml"), "-q"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", str(FOLDER), *options, "--live", *arguments],
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def options(server_url):
    return ["--live-bucket", "ours", "--live-role", ROLE, "--live-endpoint-url", server_url]


def groups_of(session, url):
    return session.client("sagemaker", endpoint_url=url).list_feature_groups()["FeatureGroupSummaries"]


def test_live_run_confirms_cases_and_deletes_all_resources(elsewhere, server_url, tmp_path):
    done = run(tmp_path, elsewhere, *options(server_url), "--live-yes", "-k", "GetRecord and not BatchGetRecord")
    assert done.returncode == 0, done.stdout + done.stderr
    written = (tmp_path / "conformance.md").read_text(encoding="utf-8")
    number = sum(case.subject == "GetRecord" for case in CASES)
    assert f"Region eu-west-1, {number} cases." in written
    assert "Refuted" not in written
    assert groups_of(elsewhere, server_url) == []
    assert "Contents" not in elsewhere.client("s3", endpoint_url=server_url).list_objects_v2(Bucket="ours")


def test_live_run_without_option_live_yes_prints_an_estimate_and_creates_nothing(elsewhere, server_url, tmp_path):
    done = run(tmp_path, elsewhere, *options(server_url), "-k", "PutRecord")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "feature groups, at most" in done.stdout
    assert "only with --live-yes" in done.stdout + done.stderr
    assert groups_of(elsewhere, server_url) == []
    assert not (tmp_path / "conformance.md").exists()


def test_live_run_without_bucket_role_or_credentials_exits_with_usage_error(
    elsewhere, server_url, tmp_path, monkeypatch
):
    done = run(tmp_path, elsewhere)
    assert "--live needs --live-bucket and --live-role" in done.stderr
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    nowhere = str(tmp_path / "nothing")
    environment = (
        {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        | dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), nowhere)
        | {"AWS_EC2_METADATA_DISABLED": "true"}
    )
    done = run_pytest(tmp_path, environment, *options(server_url))
    assert "--live needs credentials and a region" in done.stderr


def case_of(subject, status):
    cases = (case for case in CASES if case.groups and (case.subject, case.status) == (subject, status))
    return next(case for case in cases if "eu-west-1" not in str(case.params))


def test_conformance_case_with_different_response_has_verdict_refuted(account):
    wrong = replace(case_of("PutRecord", 400), message="Something else")
    account.prepare({0: wrong})
    outcome = account.face(0, wrong)
    left = account.clean()
    assert outcome.verdict == "refuted"
    assert "expected (400, {'Code': 'ValidationError', 'Message': 'Something else'}), got (400, " in outcome.detail
    written = report([outcome], account, left)
    assert "## Refuted: 1" in written
    assert account.id == "111122223333"


def test_conformance_case_whose_earlier_call_fails_has_verdict_refuted(account):
    case = case_of("GetRecord", 200)
    wrong = replace(case, calls=[{"operation": "PutRecord", "params": {"FeatureGroupName": "nobody", "Record": []}}])
    account.prepare({0: wrong})
    outcome = account.face(0, wrong)
    account.clean()
    assert outcome.verdict == "refuted"
    assert outcome.detail.startswith("the earlier call PutRecord returned 400")


def test_cost_estimate_counts_a_group_shared_by_read_only_cases_once():
    cases = [case for case in CASES if not why_not(case, REGION)]
    own = sum(len(case.groups) for case in cases if needs_its_own(case))
    total = estimate(CASES, REGION)
    assert total.cases == len(cases)
    assert own < total.groups <= own + len(load_groups())
    assert 0 < total.dollars < 1


def test_conformance_case_that_requires_an_empty_account_has_verdict_not_tried(account):
    case = case_of("Search", 200)
    assert account.face(0, case).verdict == "not tried"


def test_function_why_not_for_case_that_uses_the_region_of_the_account_returns_a_reason():
    case = next(case for case in CASES if "eu-west-1" in str(case.params))
    assert why_not(case, REGION) is None
    assert why_not(case, "eu-west-1") == "the case uses this region as another region"

"""The pytest plugin, tested in generated test suites."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from support.suites import make_suite

import moto_featurestore
from moto_featurestore import mock_featurestore, pytest_fixtures, pytest_plugin
from moto_featurestore.server import process

pytestmark = pytest.mark.process

HELPERS = """
import os

import boto3

DEFINITIONS = [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")]
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]


def create(client, name="group"):
    return client.create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=DEFINITIONS,
        OnlineStoreConfig={"EnableOnlineStore": True},
    )["FeatureGroupArn"]


def groups(client):
    return [group["FeatureGroupName"] for group in client.list_feature_groups()["FeatureGroupSummaries"]]


def identity():
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    return make_suite(pytester, monkeypatch, HELPERS)


# Cost for suites that do not use the plugin.


def test_plugin_is_a_pytest_entry_point():
    (entry_point,) = entry_points(group="pytest11", name="moto_featurestore")
    assert entry_point.load() is pytest_plugin


def test_import_of_plugin_loads_few_modules():
    code = """
import sys, pytest
before = {*sys.modules}
import moto_featurestore.pytest_plugin
print(*{*sys.modules} - before)
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    modules = (
        "",
        ".credentials",
        ".pytest_fixtures",
        ".pytest_plugin",
        ".settings",
        ".testing",
        ".testing.fault_usage",
    )
    assert set(loaded) <= {*(f"moto_featurestore{name}" for name in modules), "difflib"}


def test_plugin_in_suite_without_its_fixtures_does_not_import_moto(suite):
    code = """
import sys

def test_moto_is_not_imported(request):
    assert not {"moto", "botocore", "boto3"} & {*sys.modules}
    assert not [name for name in request.fixturenames if "featurestore" in name]
"""
    (suite.path / "test_it.py").write_text(code)
    suite.run_files(in_process=False).assert_outcomes(passed=1)


def test_report_header_shows_versions(suite):
    versions = (
        f"moto-featurestore: {moto_featurestore.__version__} (moto {version('moto')}, botocore {version('botocore')})"
    )
    suite.run("def test(): pass").stdout.fnmatch_lines([versions])


def test_report_header_with_moto_ext_shows_its_version(monkeypatch):
    def version(name):
        if name == "moto":
            raise PackageNotFoundError
        return "1.2"

    monkeypatch.setattr(pytest_plugin, "version", version)
    assert pytest_plugin.pytest_report_header().endswith("(moto-ext 1.2, botocore 1.2)")


# Fixtures.


def test_fixtures_of_a_test_share_one_mock(suite):
    code = """
def test_put_record_is_visible_in_the_featurestore_fixture(featurestore, featurestore_client, sagemaker_client):
    assert create(sagemaker_client) == "arn:aws:sagemaker:us-east-1:123456789012:feature-group/group"
    featurestore_client.put_record(FeatureGroupName="group", Record=RECORD)
    assert featurestore.records("group").online["1"] == {"id": "1", "time": "2026-01-01T00:00:00Z"}

def test_next_test_sees_no_groups(sagemaker_client):
    assert groups(sagemaker_client) == []

def test_client_created_by_test_needs_no_region(featurestore):
    create(boto3.client("sagemaker"))
    boto3.client("s3").create_bucket(Bucket="bucket")
    assert featurestore.records("group").online == {}
"""
    suite.run(code).assert_outcomes(passed=3)


def test_fixtures_use_the_region_of_aws_default_region(suite, monkeypatch):
    code = """
def test_clients_and_environment_have_the_region(featurestore, featurestore_client, sagemaker_client):
    assert {featurestore_client.meta.region_name, sagemaker_client.meta.region_name} == {REGION}
    assert (os.environ["AWS_DEFAULT_REGION"], os.environ["AWS_REGION"]) == (REGION, REGION)
    create(sagemaker_client)
    assert featurestore.records("group").online == {}
"""
    monkeypatch.setenv("AWS_REGION", "ap-south-1")  # boto3 ignores it
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    suite.run(f"REGION = 'eu-west-1'\n{code}").assert_outcomes(passed=1)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    suite.run(f"REGION = 'us-east-1'\n{code}").assert_outcomes(passed=1)


def test_fixtures_use_overridden_region_account_and_config(suite, monkeypatch):
    code = """
import pytest
from moto.core.config import default_user_config

@pytest.fixture
def featurestore_region():
    return "eu-west-1"

@pytest.fixture
def featurestore_account_id():
    return "210987654321"

@pytest.fixture
def featurestore_config():
    return {"iam": {"load_aws_managed_policies": True}}

def test_overridden_region_account_and_config_apply(featurestore, sagemaker_client):
    assert create(sagemaker_client) == "arn:aws:sagemaker:eu-west-1:210987654321:feature-group/group"
    assert featurestore.records("group").online == {}
    assert featurestore(region_name="eu-west-1", account_id="210987654321").records("group").online == {}
    assert default_user_config["iam"] == {"load_aws_managed_policies": True}

@pytest.mark.parametrize("featurestore_region", ["us-west-2"])
@pytest.mark.parametrize("featurestore_account_id", [None])
@pytest.mark.parametrize("featurestore_config", [{"core": {"mock_credentials": False}}])
def test_parametrized_overrides_apply_to_one_test(sagemaker_client):
    assert create(sagemaker_client) == "arn:aws:sagemaker:us-west-2:999999999999:feature-group/group"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"

def test_overridden_account_is_reset_after_the_test():
    assert default_user_config["iam"] == {"load_aws_managed_policies": False}
    assert os.environ["MOTO_ACCOUNT_ID"] == "999999999999"
"""
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    suite.run(code).assert_outcomes(passed=3)


OVERRIDE = """
import pytest

@pytest.fixture{}
def featurestore_region():
    return "eu-west-1"

def test_client_uses_the_region(sagemaker_client):
    assert sagemaker_client.meta.region_name == "eu-west-1"
"""


def test_override_with_narrower_scope_than_the_option_fails_with_the_scope_to_use(suite):
    scope = ("-o", "featurestore_scope=module")
    result = suite.run(OVERRIDE.format(""), *scope)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        "The fixture featurestore_region has the scope function, but the fixture sagemaker_client has the scope module,"
        ' by the option featurestore_scope. Define featurestore_region with scope="module": *'
    )
    for wide in ("module", "session"):
        suite.run(OVERRIDE.format(f'(scope="{wide}")'), *scope).assert_outcomes(passed=1)


def test_parametrized_override_with_narrower_scope_than_the_option_fails_with_the_scope_to_use(suite):
    code = """
import pytest

@pytest.mark.parametrize("featurestore_region", ["eu-west-1"]{})
def test_client_uses_the_region(sagemaker_client):
    assert sagemaker_client.meta.region_name == "eu-west-1"
"""
    scope = ("-o", "featurestore_scope=module")
    result = suite.run(code.format(""), *scope)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines('*Define featurestore_region with scope="module": *parametrize(..., scope="module").')
    suite.run(code.format(', scope="module"'), *scope).assert_outcomes(passed=1)


def test_override_that_no_fixture_uses_may_have_a_narrower_scope(suite):
    code = (
        OVERRIDE.format("")
        .replace("sagemaker_client", "featurestore_region")
        .replace("featurestore_region.meta.region_name", "featurestore_region")
    )
    suite.run(code, "-o", "featurestore_scope=module").assert_outcomes(passed=1)


def test_option_fixtures_shows_one_line_for_each_fixture(suite):
    lines = suite.run("", "--fixtures").outlines
    start = next(number for number, line in enumerate(lines) if "defined from moto_featurestore" in line)
    names = [name for name, value in vars(pytest_fixtures).items() if hasattr(value, "_fixture_function_marker")]
    blocks = {}
    for line in lines[start + 1 :]:
        if line.startswith(("--", "==")):
            break
        if " -- " in line:
            texts = blocks.setdefault(line.split(" ")[0], [])
        elif line:
            texts.append(line.strip())
    assert set(blocks) == set(names)
    for texts in blocks.values():
        assert len(texts) == 1
        assert texts[0].endswith(".")


REAL = {
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/real",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/real",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/real",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_SAGEMAKER": "http://127.0.0.1:1",
    "AWS_CONFIG_FILE": "/real",
}


@pytest.mark.parametrize("fixtures", ["featurestore", "featurestore_credentials", "sagemaker_execution_role"])
def test_fixtures_hide_real_credentials(suite, monkeypatch, fixtures):
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_STORAGE_BUCKET_NAME", "bucket of the suite")
    code = f"""
REAL = {REAL}

def test_real_credentials_are_hidden({fixtures}):
    assert not [name for name, value in REAL.items() if os.environ.get(name) == value]
    assert os.environ["AWS_STORAGE_BUCKET_NAME"] == "bucket of the suite"
    session = boto3.Session()
    assert session.available_profiles == []
    assert session.get_credentials().access_key == os.environ["AWS_ACCESS_KEY_ID"]

def test_real_credentials_are_restored():
    assert [name for name, value in REAL.items() if os.environ.get(name) == value] == [*REAL]
"""
    suite.run(code).assert_outcomes(passed=2)


def test_sagemaker_execution_role_is_the_caller(suite):
    code = """
import moto

from moto_featurestore import mock_featurestore

USER = "arn:aws:sts::123456789012:user/moto"
SESSION = "arn:aws:sts::123456789012:assumed-role/AmazonSageMaker-ExecutionRole/SageMaker"

def test_caller_is_an_assumed_role_that_exists_in_iam(sagemaker_execution_role):
    assert identity() == SESSION
    assert sagemaker_execution_role == "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole"
    role = boto3.client("iam").get_role(RoleName="AmazonSageMaker-ExecutionRole")["Role"]
    assert role["Arn"] == sagemaker_execution_role
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}

def test_role_applies_to_default_session_created_before_the_fixture(request, featurestore):
    assert identity() == USER
    request.getfixturevalue("sagemaker_execution_role")
    assert identity() == SESSION

@moto.mock_aws
@mock_featurestore
def test_role_applies_in_inner_mocks(sagemaker_execution_role):
    assert identity() == SESSION

def test_role_of_previous_test_does_not_apply(featurestore):
    assert identity() == USER
    assert "AWS_SESSION_TOKEN" not in os.environ
"""
    suite.run(code).assert_outcomes(passed=4)


def test_sagemaker_execution_role_fixture_in_an_outer_mock_can_be_used_repeatedly(suite):
    code = """
import pytest

@pytest.mark.parametrize("time", [1, 2])
def test_execution_role_exists_in_iam(time, sagemaker_execution_role):
    assert ":assumed-role/" in identity()
"""
    with mock_featurestore():
        suite.run(code).assert_outcomes(passed=2)


# Scope.

NOTES = """
def note(text):
    with open("notes", "a") as file:
        file.write(text)

def pytest_fixture_setup(fixturedef):
    if fixturedef.argname == "featurestore":
        note("s")

def pytest_runtest_call():
    note(".")
"""
TESTS = """
class TestClass:
    def test_first_method_of_decorated_class_passes(self, featurestore):
        pass

    def test_second_method_of_decorated_class_passes(self, featurestore):
        pass

def test_function_outside_of_class_uses_a_separate_mock(featurestore):
    pass
"""


@pytest.mark.parametrize(
    ("scope", "notes"),
    [
        ("function", "s.s.s. s.s.s. s.s.s."),
        ("class", "s..s. s..s. s..s."),
        ("module", "s... s... s..."),
        ("package", "s... ... ..."),  # in pytest, the package of a plugin's fixture is the whole session
        ("session", "s... ... ..."),
    ],
)
def test_scope_option_sets_the_scope_of_the_mock(suite, scope, notes):
    (suite.path / "conftest.py").write_text(NOTES)
    for name in ("one/test_a.py", "one/test_b.py", "two/test_c.py"):
        path = suite.path / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(TESTS)
    suite.run_files("-o", f"featurestore_scope={scope}").assert_outcomes(passed=9)
    assert (suite.path / "notes").read_text() == notes.replace(" ", "")


def test_scope_option_applies_to_all_in_process_fixtures(suite):
    code = """
def test_create_group_in_module_scope_succeeds(featurestore, featurestore_client, sagemaker_client, sagemaker_execution_role):
    create(sagemaker_client)

def test_group_of_previous_test_exists_in_module_scope(sagemaker_client, sagemaker_execution_role):
    assert groups(sagemaker_client) == ["group"]

def test_every_fixture_has_module_scope(request, featurestore_client, sagemaker_execution_role):
    names = [name for name in request.fixturenames if name != "request"]
    assert {request._get_active_fixturedef(name).scope for name in names} == {"module"}
    assert len(names) == 7
"""
    suite.run(code, "-o", "featurestore_scope=module").assert_outcomes(passed=3)


def test_scope_option_defaults_to_function(suite):
    code = "def test_featurestore_fixture_has_function_scope(request, featurestore): assert request._get_active_fixturedef('featurestore').scope == 'function'"
    suite.run(code).assert_outcomes(passed=1)


def test_scope_option_with_invalid_value_exits_with_usage_error(suite):
    result = suite.run("def test(): pass", "-o", "featurestore_scope=galaxy")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*featurestore_scope must be one of function, class, module, package, session, not 'galaxy'.*"]
    )


# Settings.

SETTING = """
import pytest
from moto_featurestore import mock_featurestore
from moto_featurestore._moto.backend import MotoWorld

def delay():
    return MotoWorld().settings().offline_delay
"""


def test_settings_marker_applies_only_to_the_marked_test(suite):
    code = """
pytestmark = pytest.mark.featurestore(offline_delay=1, athena="moto")

@pytest.fixture
def featurestore_config():
    return {"featurestore": {"offline_delay": 5}}

@pytest.fixture
def end_of_test():
    yield
    assert delay() == 2

@pytest.mark.featurestore(offline_delay=2)
def test_settings_marker_of_test_overrides_the_marker_of_the_module(featurestore, end_of_test):
    assert delay() == 2
    assert MotoWorld().settings().athena == "moto"

def test_settings_marker_of_module_applies_to_the_test(featurestore):
    assert delay() == 1

@mock_featurestore(config={"featurestore": {"offline_delay": 7}})
def test_marker_applies_in_mock_of_the_test():
    assert delay() == 1
"""
    suite.run(SETTING + code, "--strict-markers").assert_outcomes(passed=3)


def test_settings_marker_in_session_scope_applies_only_to_the_marked_test(suite):
    code = """
def test_function_before_marked_test_has_default_setting(featurestore):
    assert delay() == 0

@pytest.mark.featurestore(offline_delay=2)
def test_function_with_marker_has_marked_setting(featurestore):
    assert delay() == 2

def test_function_after_marked_test_has_default_setting(featurestore):
    assert delay() == 0
"""
    suite.run(SETTING + code, "-o", "featurestore_scope=session").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("offline_dealy=1", "Unknown moto_featurestore setting 'offline_dealy'; did you mean 'offline_delay'?"),
        ("offline_delay='soon'", "offline_delay must be a number of seconds, not 'soon'"),
        ("300", "The marker featurestore takes settings as keywords, such as offline_delay=300."),
    ],
)
def test_settings_marker_with_invalid_arguments_fails_only_the_marked_test(suite, marker, message):
    code = f"""
@pytest.mark.featurestore({marker})
def test_function_with_invalid_marker_fails(): pass

def test_function_without_marker_passes():
    assert delay() == 0
"""
    result = suite.run(SETTING + code)
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines([message])


def test_settings_marker_with_server_fixture_fails_the_test(suite):
    code = "@pytest.mark.featurestore(offline_delay=1)\ndef test_function_with_settings_marker_and_server_fixture_fails(featurestore_server): pass"
    result = suite.run(SETTING + code)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["The marker featurestore does not apply to the fixture featurestore_server, *"])


def test_ini_settings_apply_to_all_tests_unless_environment_variables_override_the_settings(suite, monkeypatch):
    (suite.path / "pytest.ini").write_text("[pytest]\nfeaturestore_offline_delay = 4\nfeaturestore_athena = moto\n")
    code = """
@mock_featurestore
def test_offline_delay_equals_the_ini_setting():
    assert delay() == DELAY
    assert MotoWorld().settings().athena == "moto"
"""
    suite.run(SETTING + code.replace("DELAY", "4"), "--strict-config").assert_outcomes(passed=1)
    monkeypatch.setenv("MOTO_FEATURESTORE_OFFLINE_DELAY", "3")
    suite.run(SETTING + code.replace("DELAY", "3")).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "featurestore_offline_dealy = 4",
            "*Unknown option of pytest's configuration file 'featurestore_offline_dealy'; did you mean"
            " 'featurestore_offline_delay'?",
        ),
        ("featurestore_offline_delay = soon", "*offline_delay must be a number of seconds, not 'soon'"),
    ],
)
def test_ini_setting_with_invalid_value_exits_with_usage_error(suite, line, message):
    (suite.path / "pytest.ini").write_text(f"[pytest]\n{line}\n")
    result = suite.run("def test(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_ini_options_of_another_plugin_are_accepted(suite):
    (suite.path / "pytest.ini").write_text("[pytest]\nfeaturestore_url = http://example.com\n")
    (suite.path / "conftest.py").write_text("def pytest_addoption(parser): parser.addini('featurestore_url', '')")
    suite.run("def test(): pass").assert_outcomes(passed=1)


# Server.

SERVER = """
import pytest

pytestmark = pytest.mark.filterwarnings("error")

def test_server_state_is_separate_from_the_mock(featurestore_server, sagemaker_client):
    assert featurestore_server.startswith("http://127.0.0.1:")
    client = boto3.client("sagemaker", endpoint_url=featurestore_server)
    create(client)
    assert (groups(client), groups(sagemaker_client)) == (["group"], [])
    client.close()

def test_end_of_the_mock_does_not_reset_the_server(featurestore_credentials, featurestore_server):
    client = boto3.client("sagemaker", endpoint_url=featurestore_server)
    assert groups(client) == ["group"]
    client.close()
    with open("url", "w") as file:
        file.write(featurestore_server)
"""


def test_featurestore_server_runs_until_the_session_ends(suite):
    suite.run(SERVER).assert_outcomes(passed=2)
    with pytest.raises(URLError):
        urlopen((suite.path / "url").read_text(), timeout=5)


def test_featurestore_server_fixture_without_the_server_extra_fails_and_names_the_pip_extra(suite):
    (suite.path / "flask.py").write_text("raise ImportError('No module named flask', name='flask')")
    result = suite.run(
        "def test_first_test_with_server_fixture_fails(featurestore_server): pass\n\ndef test_second_test_with_server_fixture_fails(featurestore_server): pass"
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "The server of featurestore_server did not start: the process exited with status 1.",
            "moto-featurestore: flask is missing: pip install 'moto-featurestore?server?'",
        ]
    )


def test_featurestore_server_fixture_whose_process_prints_no_url_fails_after_a_timeout(suite, monkeypatch):
    monkeypatch.setattr(process, "_START_TIMEOUT", 0.1)
    result = suite.run("def test_function_with_server_fixture_fails(featurestore_server): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["The server of featurestore_server did not start: the process printed no URL within 0.1 s."]
    )


ACCOUNT = """
import pytest

def at(url, service):
    return boto3.client(service, endpoint_url=url)

@pytest.mark.parametrize("number", range(3))
def test_server_account_has_no_groups(featurestore_server, featurestore_server_account, number):
    sagemaker, s3 = at(featurestore_server, "sagemaker"), at(featurestore_server, "s3")
    assert groups(sagemaker) == []
    create(sagemaker)
    assert groups(sagemaker) == ["group"]
    s3.create_bucket(Bucket=f"bucket-{featurestore_server_account}")
    [group] = sagemaker.list_feature_groups()["FeatureGroupSummaries"]
    assert featurestore_server_account in group["FeatureGroupArn"]
    assert boto3.client("sts", endpoint_url=featurestore_server).get_caller_identity()["Account"] == featurestore_server_account
    with open(f"url-{number}", "w") as file:
        file.write(featurestore_server)
"""


def test_featurestore_server_account_is_new_for_each_test(suite):
    suite.run(ACCOUNT).assert_outcomes(passed=3)


def needs(*plugins):
    missing = [name for name in plugins if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@needs("xdist")
@pytest.mark.parametrize(
    ("option", "servers"), [((), 2), (("-o", "featurestore_server_shared=true"), 1)], ids=["default", "shared"]
)
def test_featurestore_server_with_xdist_option_shares_one_server(option, servers, suite):
    code = ACCOUNT.replace("url-{number}", "url-{number}-{os.environ['PYTEST_XDIST_WORKER']}")
    options = "-p", "xdist", "-n", "2", "--dist", "each", *option
    suite.run(f"import os\n{code}", *options, in_process=False).assert_outcomes(passed=6)
    urls = {path.read_text() for path in suite.path.glob("url-*")}
    assert len(urls) == servers
    for url in urls:
        with pytest.raises(URLError):
            urlopen(url, timeout=5)


@needs("xdist")
def test_featurestore_server_reports_a_failed_start_of_the_shared_server(suite):
    (suite.path / "flask.py").write_text("raise ImportError('No module named flask', name='flask')")
    result = suite.run(
        "def test_function_without_fixtures_passes(): pass",
        "-p",
        "xdist",
        "-n",
        "2",
        "-o",
        "featurestore_server_shared=true",
        in_process=False,
    )
    assert "flask is missing: pip install 'moto-featurestore[server]'" in result.stdout.str() + result.stderr.str()


def test_featurestore_server_account_fails_if_moto_account_id_is_set(suite, monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
    result = suite.run("def test_function_with_server_account_fixture_fails(featurestore_server_account): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["The server always uses the account 111122223333, because MOTO_ACCOUNT_ID is set. Unset MOTO_ACCOUNT_ID."]
    )


# Combination with other tools.


def test_install_option_in_suite_with_strict_options_makes_mock_aws_serve_feature_store(suite):
    code = """
import moto

@moto.mock_aws
def test_mock_aws_serves_feature_store():
    assert groups(boto3.client("sagemaker", "us-east-1")) == []

def test_fixtures_serve_feature_store(sagemaker_execution_role, sagemaker_client):
    assert ":assumed-role/" in identity()
    create(sagemaker_client)
"""
    (suite.path / "pytest.ini").write_text("[pytest]\nfeaturestore_install = true\n")
    arguments = ("-W", "error", "-p", "no:cacheprovider", "--import-mode=importlib", "--strict-config")
    suite.run(code, *arguments, in_process=False).assert_outcomes(passed=2)


ASYNCHRONOUS = """
import asyncio

import pytest

@pytest.fixture
async def group(sagemaker_client):
    return create(sagemaker_client)

async def test_async_test_uses_the_fixtures(group, featurestore, featurestore_client):
    await SLEEP(0)
    featurestore_client.put_record(FeatureGroupName="group", Record=RECORD)
    assert [*featurestore.records("group").online] == ["1"]

async def test_next_test_sees_no_groups(sagemaker_client):
    await SLEEP(0)
    assert groups(sagemaker_client) == []
"""


@needs("pytest_asyncio")
def test_fixtures_in_pytest_asyncio_tests_work(suite):
    options = ("-p", "asyncio", "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
    suite.run(ASYNCHRONOUS.replace("SLEEP", "asyncio.sleep"), *options).assert_outcomes(passed=2)


@needs("anyio", "trio")
def test_fixtures_in_anyio_tests_work(suite):
    code = ASYNCHRONOUS.replace("import asyncio", "import anyio").replace("SLEEP", "anyio.sleep")
    suite.run(f"{code}\npytestmark = pytest.mark.anyio", "-p", "anyio").assert_outcomes(passed=4)

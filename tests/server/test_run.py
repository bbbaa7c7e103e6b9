"""Commands and shells that use a server."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import pytest
from support.server_process import make_certificate, serving

from moto_featurestore import cli
from moto_featurestore.server.session import HOOKS, Session, changed, exports

pytestmark = pytest.mark.process

URL = "http://127.0.0.1:1234"


def run(*command, options=(), **environ):
    """Run a command, and return the completed process."""
    return subprocess.run(
        [sys.executable, "-m", "moto_featurestore", "run", *options, "--", *command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
        timeout=300,
    )


@pytest.fixture
def run_here(server_clients, capfd):
    """Run a command with a server in this process: a new process would import moto first."""
    del server_clients  # the state, which all servers of this process have, is empty

    def run(*command, options=()):
        status = cli.main(["run", *options, "--", *command])
        printed = capfd.readouterr()
        return SimpleNamespace(returncode=status, stdout=printed.out, stderr=printed.err)

    return run


def python(code):
    return sys.executable, "-c", textwrap.dedent(code)


def test_run_redirects_aws_clients_of_the_command_to_the_server():
    code = """
    import boto3
    sagemaker = boto3.client("sagemaker")
    print(sagemaker.list_feature_groups()["FeatureGroupSummaries"], sagemaker.meta.region_name)
    """
    ended = run(*python(code), AWS_DEFAULT_REGION="eu-west-1")
    assert (ended.returncode, ended.stdout) == (0, "[] eu-west-1\n")
    assert re.fullmatch(r"moto-featurestore: http://127\.0\.0\.1:[0-9]+, region eu-west-1\n", ended.stderr)


SESSION_ARN = "arn:aws:sts::123456789012:assumed-role/AmazonSageMaker-ExecutionRole/SageMaker"
"""The ARN from which get_execution_role() takes the role: https://github.com/aws/sagemaker-python-sdk (session.py)."""
WHO = """
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
print(boto3.client("iam").get_role(RoleName="AmazonSageMaker-ExecutionRole")["Role"]["Path"])
"""


def test_run_passes_credentials_of_an_execution_role_to_the_command():
    ended = run(*python(WHO), AWS_PROFILE="missing")
    assert ended.stdout == f"{SESSION_ARN}\n/service-role/\n", ended.stderr


SEED = """
Region: eu-west-1
FeatureGroups:
  - FeatureGroupName: customers
    RecordIdentifierFeatureName: id
    EventTimeFeatureName: time
    FeatureDefinitions: [{FeatureName: id, FeatureType: String}, {FeatureName: time, FeatureType: String}]
    OnlineStoreConfig: {EnableOnlineStore: true}
"""
LIST = """
import boto3
print([group["FeatureGroupName"] for group in boto3.client("sagemaker").list_feature_groups()["FeatureGroupSummaries"]])
"""


@pytest.fixture
def seed(tmp_path):
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    return path


def test_run_passes_the_region_of_the_seed_file_to_the_command(seed):
    ended = run(*python(LIST), options=["--seed", str(seed)], AWS_DEFAULT_REGION="us-east-1")
    assert ended.stdout == "['customers']\n"
    assert ", region eu-west-1\n" in ended.stderr


def test_env_prints_region_of_the_seed_file_and_credentials_of_an_execution_role(seed, capsys):
    with serving("--seed", seed) as (_, url):
        for _ in range(2):  # the second time, the role exists
            assert cli.main(["env", "--url", url]) == 0
            printed = capsys.readouterr()
            assert printed.err == f"moto-featurestore: {url}, region eu-west-1\n"
        command = "\n".join([printed.out, *(f"{sys.executable} -c '{code}'" for code in (WHO, LIST))])
        shell = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert shell.stdout == f"{SESSION_ARN}\n/service-role/\n['customers']\n"


def test_env_of_server_with_tls_prints_credentials_of_an_execution_role(tmp_path, capsys, monkeypatch):
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with serving("--certificate", certificate, "--key", key) as (_, url):
        assert cli.main(["env", "--url", url]) == 0
    assert "export AWS_SESSION_TOKEN=" in capsys.readouterr().out


def test_env_without_a_server_prints_environment_variables_and_a_warning(capsys):
    assert cli.main(["env", "--url", URL]) == 0
    printed = capsys.readouterr()
    assert "export AWS_ACCESS_KEY_ID=testing" in printed.out
    assert f"warning: cannot create an execution role with the server at {URL}: " in printed.err


def test_run_sets_runtime_endpoint_variable_to_the_server(run_here):
    code = """
    import boto3, os
    os.environ["AWS_ENDPOINT_URL_SAGEMAKER_FEATURESTORE_RUNTIME"] = os.environ.pop("AWS_ENDPOINT_URL")
    boto3.client("sagemaker-featurestore-runtime").get_record(FeatureGroupName="a", RecordIdentifierValueAsString="1")
    """
    assert "find a FeatureGroup with name [a]" in run_here(*python(code)).stderr


def test_run_redirects_a_hard_coded_sts_endpoint_of_the_command_to_the_server(run_here):
    """Both SageMaker SDKs do so: https://github.com/aws/sagemaker-python-sdk (sts_regional_endpoint)."""
    code = """
    import boto3
    for url in ("https://sts.us-east-1.amazonaws.com", "https://sts.cn-north-1.amazonaws.com.cn", None):
        print(boto3.client("sts", endpoint_url=url).get_caller_identity()["Account"])
    """
    assert run_here(*python(code)).stdout == "123456789012\n" * 3


def test_run_lets_pyiceberg_in_the_command_read_and_append_at_the_server(run_here):
    pytest.importorskip("pyiceberg")
    code = """
    import boto3
    from pyiceberg.catalog import load_catalog
    boto3.client("s3").create_bucket(Bucket="bucket")
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_feature_group(
        FeatureGroupName="a",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://bucket/p"}, "TableFormat": "Iceberg"},
        RoleArn="arn:aws:iam::123456789012:role/r",
    )
    record = {"id": "1", "time": "2026-01-01T00:00:00Z"}
    boto3.client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName="a",
        Record=[{"FeatureName": name, "ValueAsString": value} for name, value in record.items()],
    )
    store = sagemaker.describe_feature_group(FeatureGroupName="a")["OfflineStoreConfig"]["DataCatalogConfig"]
    table = load_catalog("glue", type="glue").load_table((store["Database"], store["TableName"]))
    rows = table.scan().to_arrow()
    table.append(rows)
    print(rows["id"].to_pylist(), len(table.scan().to_arrow()))
    """
    ended = run_here(*python(code))
    assert (ended.returncode, ended.stdout) == (0, "['1'] 2\n"), ended.stderr


def test_run_does_not_change_endpoints_of_other_services(run_here):
    code = """
    import boto3
    print(boto3.client("s3", endpoint_url="https://example.com").meta.endpoint_url)
    """
    assert run_here(*python(code)).stdout == "https://example.com\n"


def test_run_executes_the_sitecustomize_module_of_the_user_in_the_command(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('mine')")
    code = """
    import boto3, sitecustomize
    print(sitecustomize.__file__)
    print(boto3.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com").get_caller_identity()["Account"])
    """
    printed = run(*python(code), PYTHONPATH=str(tmp_path)).stdout.splitlines()
    assert printed.count("mine") == 2  # once by the server's Python, which may print it last, and once by the command's
    assert [line for line in printed if line != "mine"] == [str(tmp_path / "sitecustomize.py"), "123456789012"]


@pytest.mark.parametrize("code", [0, 3])
def test_run_exits_with_the_status_of_the_command(code, run_here):
    assert run_here(*python(f"raise SystemExit({code})")).returncode == code


def test_run_exits_with_128_plus_signal_number_if_a_signal_ends_the_command(run_here):
    assert run_here(*python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")).returncode == 128 + 9


@pytest.mark.parametrize(("command", "status"), [("no-such-command", 127), ("/", 126)])
def test_run_reports_a_command_that_cannot_start(command, status, run_here):
    ended = run_here(command)
    assert ended.returncode == status
    assert f"moto-featurestore: cannot run {command}: " in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_run_passes_signals_to_the_command(number):
    code = f"""
    import signal, sys
    signal.signal({number:d}, lambda *_: sys.exit(42))
    print("ready", flush=True)
    signal.pause()
    """
    command = [sys.executable, "-m", "moto_featurestore", "run", "--", *python(code)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=60) == 42


def test_run_passes_a_signal_that_it_received_before_the_command_started(monkeypatch):
    start = subprocess.Popen

    def popen(*arguments, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", popen)
    assert cli.main(["run", "--", *python("import signal; signal.pause()")]) == 128 + signal.SIGTERM


def test_run_does_not_forward_terminal_interrupt(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    code = f"import os, signal, time; os.kill({os.getpid()}, signal.SIGINT); time.sleep(0.5)"
    assert cli.main(["run", "--", *python(code)]) == 0


def test_run_does_not_start_the_command_if_the_server_fails_to_start(tmp_path, run_here):
    (tmp_path / "file").touch()
    ended = run_here(*python("print('ran')"), options=["--data", str(tmp_path / "file")])
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "cannot use" in ended.stderr


def test_run_with_data_directory_saves_state_after_the_command(tmp_path):
    make = """
    import boto3
    boto3.client("s3").create_bucket(Bucket="bucket")
    """
    look = """
    import boto3
    print(boto3.client("s3").list_buckets()["Buckets"][0]["Name"])
    """
    assert run(*python(make), options=["--data", str(tmp_path)]).returncode == 0
    assert run(*python(look), options=["--data", str(tmp_path)]).stdout == "bucket\n"


def test_env_prints_environment_variables_as_shell_exports(capsys, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert cli.main(["env", "--url", URL]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"export AWS_ENDPOINT_URL={URL}" in lines
    assert "unset AWS_PROFILE" in lines
    shell = subprocess.run(
        ["/bin/sh", "-c", "\n".join(lines) + '\necho "$AWS_ENDPOINT_URL ${AWS_PROFILE-none}"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout == f"{URL} none\n"


def test_run_unsets_conflicting_variables_and_preserves_other_variables():
    environ = {"AWS_PROFILE": "mine", "AWS_ENDPOINT_URL_S3": "http://other", "HOME": "/home"}
    environ |= {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "PYTHONPATH": os.pathsep.join(["a", str(HOOKS)])}
    made = changed(URL, Session("eu-west-1", {"AWS_SESSION_TOKEN": "token"}), environ)
    assert {"AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}.isdisjoint(made)
    assert (made["HOME"], made["AWS_DEFAULT_REGION"]) == ("/home", "eu-west-1")
    assert made["PYTHONPATH"].split(os.pathsep) == [str(HOOKS), "a"]
    assert made["AWS_SESSION_TOKEN"] == "token"
    assert "export TEST_SERVER_MODE=true" in exports(URL, Session("eu-west-1", {}), {})

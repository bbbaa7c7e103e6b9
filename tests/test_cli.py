"""The command line, as a process and as a function."""

import signal
import socket

import boto3
import pytest
from support.server_process import KEYS, serving

from moto_featurestore import __version__, cli
from moto_featurestore.server import serve


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_command_responds_to_requests_and_exits_with_status_zero(stop):
    with serving() as (process, url):
        client = boto3.client("sagemaker", endpoint_url=url, **KEYS)
        assert client.list_feature_groups()["FeatureGroupSummaries"] == []
        process.send_signal(stop)
        assert process.wait(timeout=60) == 0


def test_serve_on_port_in_use_exits_with_an_error(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 1
    assert f"cannot listen at 127.0.0.1:{port}: " in capsys.readouterr().err


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_serve_with_invalid_port_exits_with_an_error(capsys, port):
    assert cli.main(["serve", "--port", port]) == 1
    assert f"cannot listen at 127.0.0.1:{port}: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"), [(["--version"], __version__), (["--help"], "serve"), (["serve", "--help"], "--port")]
)
def test_command_line_with_option_help_or_version_prints_the_help_or_version(capsys, arguments, text):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0
    assert text in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["serve", "--port", "x"],
        ["serve", "--key", "key.pem"],
        ["serve", "--cors", "*"],
        ["serve", "--cors", "http://localhost:3000/"],
        ["serve", "--allow-host", "*"],
        ["serve", "--allow-host", "a.test:5000"],
        ["env", "--url", "localhost:5000"],
    ],
    ids=" ".join,
)
def test_command_line_with_invalid_arguments_prints_the_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: moto-featurestore" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["serve"], ["run", "--", "true"]])
def test_interrupt_during_start_of_serve_exits_with_status_130(arguments, monkeypatch):
    def start(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(serve, "start", start)
    assert cli.main(arguments) == 130

"""The command line, as a process and as a function."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import boto3
import pytest

from moto_featurestore import __version__, cli

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}


@contextmanager
def serving(*arguments):
    command = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        try:
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_and_stops_cleanly(stop):
    with serving() as (process, url):
        client = boto3.client("sagemaker", endpoint_url=url, **KEYS)
        assert client.list_feature_groups()["FeatureGroupSummaries"] == []
        process.send_signal(stop)
        assert process.wait(timeout=10) == 0


def test_a_port_in_use_is_told(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 1
    assert f"cannot listen at 127.0.0.1:{port}: " in capsys.readouterr().err


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_cannot_be_is_told(capsys, port):
    assert cli.main(["serve", "--port", port]) == 1
    assert f"cannot listen at 127.0.0.1:{port}: " in capsys.readouterr().err


def test_a_missing_extra_is_named(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "moto_featurestore._moto.server", None)
    assert cli.main(["serve"]) == 1
    assert "pip install 'moto-featurestore[server]'" in capsys.readouterr().err


def test_serve_runs_until_it_is_interrupted(capsys, monkeypatch):
    class Server:
        port = 1234
        closed = False

        def serve_forever(self):
            os.kill(os.getpid(), signal.SIGTERM)

        def server_close(self):
            self.closed = True

    server = Server()
    monkeypatch.setattr(cli, "make_server", lambda host, port: server)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert cli.main(["serve", "--host", "::1"]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert server.closed
    assert "http://[::1]:1234" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"), [(["--version"], __version__), (["--help"], "serve"), (["serve", "--help"], "--port")]
)
def test_help_and_version(capsys, arguments, text):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0
    assert text in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--port", "x"]])
def test_a_bad_argument_is_told(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: moto-featurestore" in capsys.readouterr().err

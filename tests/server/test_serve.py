"""A server from its start to its end: its output, its addresses, and its ways to stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from random import Random
from urllib.request import Request, urlopen

import boto3
import pytest
import requests
from support.server_process import KEYS, make_certificate, serving

from moto_featurestore import cli
from moto_featurestore.server.serve import warn_of_public_address

HEALTH = "/moto-api/featurestore/health"


@pytest.fixture
def signals():
    """Restore the signal handlers afterwards."""
    before = {stop: signal.getsignal(stop) for stop in (signal.SIGTERM, signal.SIGINT)}
    yield
    for stop, handler in before.items():
        signal.signal(stop, handler)


@pytest.fixture
def interrupted(signals, monkeypatch):
    """A server of this process that is stopped as soon as it serves."""
    from moto_featurestore.server.wsgi import WsgiServer

    monkeypatch.setattr(WsgiServer, "serve", lambda server: os.kill(os.getpid(), signal.SIGTERM))


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_serve_prints_the_url_of_the_server(host, url, interrupted, capsys):
    assert cli.main(["serve", "--host", host, "--port", "0", "--log", "off"]) == 0
    output = capsys.readouterr()
    assert f"at {url}" in output.out
    assert output.err == ""


@pytest.mark.parametrize(("host", "url"), [("0.0.0.0", "http://127.0.0.1:"), ("::", "http://[::1]:")])  # noqa: S104
def test_serve_on_all_addresses_prints_a_warning_and_a_usable_url(host, url, interrupted, capsys):
    assert cli.main(["serve", "-H", host, "-p", "0"]) == 0
    output = capsys.readouterr()
    assert f"the server listens on {host}. Other machines can connect to it" in output.err
    assert output.out.splitlines()[0].startswith(f"Serving moto with the Feature Store at {url}")


def test_serve_prints_shell_exports_and_how_to_stop_the_server(interrupted, tmp_path, capsys):
    seed = tmp_path / "seed.json"
    seed.write_text('{"Region": "eu-west-1"}')
    assert cli.main(["serve", "--port", "0", "--seed", str(seed)]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    url = first.split()[-1]
    assert [line.strip() for line in lines] == [
        f"Console: {url}/",
        "In another shell:",
        f"export AWS_ENDPOINT_URL={url}",
        "export AWS_REGION=eu-west-1",
        "export AWS_DEFAULT_REGION=eu-west-1",
        "export AWS_ACCESS_KEY_ID=testing",
        "export AWS_SECRET_ACCESS_KEY=testing",
        f'Or, with an execution role for SageMaker: eval "$(moto-featurestore env --url {url})"',
        "Press Ctrl+C to stop.",
    ]


def test_serve_with_options_cors_and_allow_host_accepts_an_origin_and_a_host(open_server):
    allowed = {"Origin": "http://localhost:3000", "Host": "features.test"}
    for headers, status in [(allowed, 200), ({"Origin": "http://localhost:3001"}, 403), ({"Host": "x.test"}, 403)]:
        assert requests.get(open_server + HEALTH, headers=headers, timeout=10).status_code == status


@pytest.fixture
def open_server():
    options = "--cors", "http://localhost:3000", "--cors", "http://localhost:4000", "--allow-host", "features.test"
    with serving(*options) as (_, url):
        yield url


def test_serve_on_host_name_that_is_not_local_prints_a_warning(capsys):
    warn_of_public_address("build-machine")
    assert "the server listens on build-machine. Other machines can connect to it" in capsys.readouterr().err


def test_serve_on_localhost_prints_no_warning(interrupted, capsys):
    assert cli.main(["serve", "--host", "localhost", "--port", "0"]) == 0
    assert capsys.readouterr().err == ""


def test_serve_without_server_extra_fails_and_names_the_pip_extra(capsys, monkeypatch):
    for name in ("server.http", "server.wsgi"):
        monkeypatch.delitem(sys.modules, f"moto_featurestore.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert cli.main(["serve"]) == 1
    assert "aiohttp is missing: pip install 'moto-featurestore[server]'" in capsys.readouterr().err


def test_serve_reports_an_unknown_setting_before_it_starts(capsys, monkeypatch):
    monkeypatch.setenv("MOTO_FEATURESTORE_OFFLINE_DELAY", "soon")
    assert cli.main(["serve", "--port", "0"]) == 1
    assert "offline_delay must be a number of seconds, not 'soon'" in capsys.readouterr().err


def test_serve_with_damaged_data_directory_reports_the_damage_and_starts(interrupted, tmp_path, capsys):
    (tmp_path / "format.json").write_text('{"format": 2}')
    (tmp_path / "featurestore.sqlite").write_text("x" * 4096)
    assert cli.main(["serve", "--port", "0", "--data", str(tmp_path)]) == 0
    assert "moto-featurestore: warning: " in (error_output := capsys.readouterr().err)
    assert "featurestore.sqlite is damaged: it is not a database" in error_output


def test_serve_loads_the_seed_file_before_requests(interrupted, tmp_path, capsys):
    seed = tmp_path / "seed.json"
    seed.write_text("{}")
    assert cli.main(["serve", "--port", "0", "--seed", str(seed)]) == 0
    assert capsys.readouterr().err == ""


def test_readiness_endpoint_responds_to_get_request():
    with serving() as (_, url), urlopen(url + HEALTH, timeout=10) as answer:
        answer_body = json.load(answer)
        assert (answer_body["status"], answer_body["region"]) == ("ready", None)


def test_readiness_endpoint_responds_to_head_request():
    with serving() as (_, url), urlopen(Request(url + HEALTH, method="HEAD"), timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"")


def test_serve_does_not_close_connections_between_requests():
    with serving() as (_, url):
        connection = HTTPConnection(url.removeprefix("http://"))
        ports = set()
        for _ in range(3):
            connection.request("GET", HEALTH)
            ports.add(connection.sock.getsockname()[1])
            assert connection.getresponse().read()
        connection.close()
        assert len(ports) == 1


def test_serve_with_certificate_uses_tls(tmp_path):
    certificate, key = make_certificate(tmp_path)
    with serving("--certificate", certificate, "--key", key) as (_, url):
        assert url.startswith("https://127.0.0.1:")
        client = boto3.client("sagemaker", endpoint_url=url, verify=str(certificate), **KEYS)
        assert client.list_feature_groups()["FeatureGroupSummaries"] == []


def test_serve_reports_an_unreadable_certificate(tmp_path, capsys):
    assert cli.main(["serve", "--port", "0", "--certificate", str(tmp_path / "none.pem")]) == 1
    assert f"cannot listen at 127.0.0.1:0 with {tmp_path / 'none.pem'}: " in capsys.readouterr().err


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_completes_running_requests_before_it_stops(stop, tmp_path):
    body = b'{"NameContains": "a"}'
    head = (
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Amz-Target: SageMaker.ListFeatureGroups\r\n"
        f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with serving() as (process, url):
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(head.encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 100 Continue")  # the server is reading the request
            process.send_signal(stop)
            assert no_longer_listens(port)
            process.send_signal(stop)  # a second signal changes nothing
            client.sendall(body)
            assert client.recv(4096).startswith(b"HTTP/1.1 200 OK")
            assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_stops_after_a_signal_at_any_time(stop, signals, monkeypatch):
    """An exception from a signal handler could interrupt any code, or be lost."""
    from moto_featurestore.server.wsgi import WsgiServer

    chance, really_serve = Random(stop), WsgiServer.serve

    def serve(server):
        threading.Timer(chance.random() / 50, os.kill, (os.getpid(), stop)).start()
        really_serve(server)

    monkeypatch.setattr(WsgiServer, "serve", serve)
    for _ in range(20):
        assert cli.main(["serve", "--port", "0"]) == 0
        assert signal.getsignal(stop) == signal.SIG_IGN


def no_longer_listens(port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:  # accepted just before the server stopped listening
            continue
        time.sleep(0.01)
    return False


def test_serve_with_option_until_stdin_closes_stops_at_the_end_of_stdin(monkeypatch, signals):
    reader, writer = os.pipe()
    os.write(writer, b"whatever")
    os.close(writer)
    with os.fdopen(reader) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert cli.main(["serve", "--port", "0", "--until-stdin-closes"]) == 0


def test_serve_with_option_until_stdin_closes_stops_when_its_parent_dies():
    code = """
import os, signal, subprocess, sys
command = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0", "--until-stdin-closes"]
process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
process.stdin.write("whatever")
process.stdin.flush()
print(process.stdout.readline().rpartition(":")[2], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    port = int(died.stdout)
    assert died.returncode == -signal.SIGKILL
    assert no_longer_listens(port)

"""The server's HTTP: broken, slow and malformed requests, and what an application needs of WSGI."""

import asyncio
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
from support.server_process import make_certificate

from moto_featurestore.server.policy import AccessPolicy
from moto_featurestore.server.wsgi import BACKLOG, WsgiServer, _settle

HEALTHY = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
LIMIT = 1000
SOON = 5
"""Seconds, far below those that a silent client may take. benchmarks/slow_clients.py measures on a quiet machine."""


class Policy(AccessPolicy):
    def body_limit(self, environ):
        return LIMIT if environ["PATH_INFO"] == "/limited" else None

    def keeps_underscores(self, header):
        return header.startswith("x-kept")

    def add_header_names(self, environ, names):
        environ["names"] = names


class Application:
    """Records the requests that it is called for."""

    def __init__(self):
        self.requests = []
        self.release = threading.Event()
        self.closed = 0

    def __call__(self, environ, start_response):
        environ["body"] = environ["wsgi.input"].read()
        self.requests.append(environ)
        path = environ["PATH_INFO"]
        if path.startswith("/slow"):
            self.release.wait(30)
        if path.endswith("reset"):
            raise ConnectionResetError
        if path == "/fails":
            raise ValueError("a defect")
        if path == "/written":
            start_response("201 Created", [("Transfer-Encoding", "chunked")])(b"writ")
            return [b"ten"]
        if path == "/headers":
            start_response("200 OK", [("X-Text", "ü".encode().decode("latin-1")), ("X-Text", "ü"), ("X-Sum", "∑")])
            return [b""]
        if path == "/head":
            start_response("200 OK", [("Content-Length", "11")])
            return []
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self.parts(path)

    def parts(self, path):
        try:
            yield b"answer to "
            yield path.encode("latin-1")
        finally:
            self.closed += 1


@contextmanager
def serving(app, **options):
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    server = WsgiServer(app, listener, Policy(), **options)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    app.release.set()
    server.stop()
    thread.join()


@pytest.fixture
def app():
    return Application()


@pytest.fixture
def server(app):
    with serving(app) as server:
        yield server


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def received(connection):
    """All that a server sends until it closes the connection."""
    chunks = []
    try:
        while chunk := connection.recv(65536):
            chunks.append(chunk)
    except ConnectionResetError:
        pass
    return b"".join(chunks)


def exchange(server, *data):
    """Send data, and return all that comes until the server closes the connection."""
    with connect(server) as connection:
        for part in data:
            connection.sendall(part)
        return received(connection)


def request(line="PUT /key HTTP/1.1", *headers, body=b""):
    return "\r\n".join((line, "Host: localhost", *headers, "", "")).encode("latin-1") + body


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3})", answer)]


# Cut-off requests.


@pytest.mark.parametrize(
    "headers",
    [["Content-Length: 10"], ["Transfer-Encoding: chunked"]],
    ids=["length", "chunked"],
)
@pytest.mark.parametrize("how", ["close", "shutdown"])
def test_incomplete_body_is_not_passed_to_the_application(headers, how, app, server):
    with connect(server) as connection:
        body = b"12345" if "Length" in headers[0] else b"5\r\n12345\r\n"
        connection.sendall(request("PUT /key HTTP/1.1", *headers, body=body))
        if how == "shutdown":
            connection.shutdown(socket.SHUT_WR)
            assert 200 not in statuses(received(connection))
    assert statuses(exchange(server, HEALTHY, request("GET / HTTP/1.1", "Connection: close"))) == [200, 200]
    assert [environ["PATH_INFO"] for environ in app.requests] == ["/health", "/"]


# Malformed requests. RFC 9112 has them: https://www.rfc-editor.org/rfc/rfc9112

CHUNKED = "Transfer-Encoding: chunked"
MALFORMED = {
    "bad chunk size": request("PUT /key HTTP/1.1", CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"),
    "chunk without its end": request("PUT /key HTTP/1.1", CHUNKED, body=b"3\r\nabcd\r\n0\r\n\r\n"),
    "chunk size too large": request("PUT /key HTTP/1.1", CHUNKED, body=b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    "length and chunked": request("PUT /key HTTP/1.1", "Content-Length: 4", CHUNKED, body=b"0\r\n\r\n"),
    "chunked and length": request("PUT /key HTTP/1.1", CHUNKED, "Content-Length: 4", body=b"0\r\n\r\n"),
    "chunked is not last": request("PUT /key HTTP/1.1", "Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
    "compressed chunks": request("PUT /key HTTP/1.1", "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "unknown coding": request("PUT /key HTTP/1.1", "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    **{
        f"length {length}": request("PUT /key HTTP/1.1", f"Content-Length: {length}", body=b"0123456789")
        for length in ("99999999999999999999999", "1_0", "-1", "+115", "0x10", "1, 1", "ten", "1.0")
    },
    "two lengths": request("PUT /key HTTP/1.1", "Content-Length: 1", "Content-Length: 2", body=b"01"),
    "space before the colon": request("PUT /key HTTP/1.1", "Content-Length : 2", body=b"01"),
    "folded header": request("GET /key HTTP/1.1", "X-A: 1\r\n 2"),
    "NUL in a header": request("GET /key HTTP/1.1", "X-A: \0"),
    "no host": b"GET /key HTTP/1.1\r\n\r\n",
    "two hosts": request("GET /key HTTP/1.1", "Host: evil.example"),
    "no HTTP": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
    "long header": request("GET /key HTTP/1.1", f"X-A: {'a' * 40_000}"),
    "many headers": request("GET /key HTTP/1.1", *(f"X-{number}: 1" for number in range(1000))),
    "long line": request(f"GET /{'a' * 300_000} HTTP/1.1"),
    "no host in a whole URL": request("GET http://[/a HTTP/1.1"),
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
def test_malformed_request_returns_400_and_closes_the_connection(malformed, app, server):
    """What follows on the connection is never taken for a request: the two sides may not agree where it begins."""
    answer = exchange(server, malformed + request("GET /second HTTP/1.1"))
    assert statuses(answer) == [400]
    assert b"Traceback" not in answer
    assert app.requests == []


def test_body_of_websocket_upgrade_is_not_parsed_as_a_request(app, server):
    body = request("GET /second HTTP/1.1")
    upgrade = "Connection: upgrade", "Upgrade: websocket", "Transfer-Encoding: xchunked"
    exchange(server, request("PUT /key HTTP/1.1", *upgrade, body=body + HEALTHY))
    assert {environ["PATH_INFO"] for environ in app.requests} <= {"/key"}


def test_body_above_the_limit_returns_413_before_the_body_is_read(app, server):
    head = request("PUT /limited HTTP/1.1", f"Content-Length: {LIMIT + 1}", "Expect: 100-continue")
    with connect(server) as connection:
        connection.sendall(head)
        # The test's application answers refused requests like others; moto's server answers what the rejection says.
        assert b"100 Continue" not in connection.recv(65536)
    assert app.requests[0]["moto_featurestore.rejection"].status == "413 Content Too Large"


def test_chunked_body_above_the_limit_returns_413(app, server):
    chunk = b"%x\r\n%s\r\n" % (LIMIT, b"a" * LIMIT)
    answer = exchange(server, request("PUT /limited HTTP/1.1", CHUNKED, body=chunk + chunk + b"0\r\n\r\n"))
    assert b"Connection: close" in answer
    assert app.requests[0]["moto_featurestore.rejection"].code == "RequestEntityTooLargeException"
    assert app.requests[0]["body"] == b""


def test_body_with_exactly_the_maximum_size_is_accepted(app, server):
    exchange(
        server, request("PUT /limited HTTP/1.1", f"Content-Length: {LIMIT}", "Connection: close", body=b"a" * LIMIT)
    )
    assert "moto_featurestore.rejection" not in app.requests[0]


def test_request_that_is_rejected_is_passed_to_the_application_without_its_body(app, server):
    answer = exchange(
        server, request("PUT /key HTTP/1.1", "Origin: http://evil.example", "Content-Length: 2", body=b"ab")
    )
    assert b"Connection: close" in answer
    assert app.requests[0]["moto_featurestore.rejection"].status == "403 Forbidden"
    assert app.requests[0]["body"] == b""


# Slow and silent clients.

HALVES = {
    "silent": b"",
    "half a request line": b"GET /hea",
    "half a head": b"PUT /key HTTP/1.1\r\nHost: local",
    "half a body": request("PUT /key HTTP/1.1", "Content-Length: 1000", body=b"ab"),
    "half a chunk": request("PUT /key HTTP/1.1", CHUNKED, body=b"5\r\nab"),
}


@pytest.fixture
def tls_server(app, tmp_path):
    """A server that speaks TLS, and a context for clients."""
    certificate, key = make_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    with serving(app, tls=tls) as server:
        yield server, ssl.create_default_context(cafile=certificate)


def healthy_after(connection):
    began = time.perf_counter()
    connection.sendall(HEALTHY)
    assert statuses(connection.recv(65536)) == [200]
    return time.perf_counter() - began


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_200_slow_clients_do_not_delay_another_client(half, server):
    slow = [connect(server) for _ in range(200)]
    for connection in slow:
        connection.sendall(half)
    with connect(server) as connection:
        assert healthy_after(connection) < SOON
    for connection in slow:
        connection.close()


@pytest.mark.parametrize("half", [b"", b"\x16\x03\x01"], ids=["silent", "half a handshake"])
def test_200_clients_without_tls_handshake_do_not_delay_another_client(half, tls_server):
    server, tls = tls_server
    slow = [connect(server) for _ in range(200)]
    for connection in slow:
        connection.sendall(half)
    began = time.perf_counter()
    with tls.wrap_socket(connect(server), server_hostname="127.0.0.1") as connection:
        healthy_after(connection)
    assert time.perf_counter() - began < SOON
    for connection in slow:
        connection.close()


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_client_that_stops_sending_is_disconnected(half, app):
    with serving(app, client_timeout=0.2) as server:
        assert statuses(exchange(server, half)) == ([408] if b"\r\n\r\n" in half else [])
    assert app.requests == []


# The end.


def test_stop_of_server_completes_running_requests(app, server):
    with connect(server) as slow, connect(server) as idle:
        slow.sendall(request("GET /slow HTTP/1.1"))
        healthy_after(idle)
        while len(app.requests) < 2:
            time.sleep(0.01)
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        time.sleep(0.1)
        healthy_after(idle)  # a connection that is kept is served until the end
        assert received(idle) == b""
        app.release.set()
        assert b"answer to /slow" in received(slow)
        stopper.join()


def test_stop_of_server_does_not_wait_for_idle_clients(tls_server):
    server, _ = tls_server
    with connect(server), connect(server):
        time.sleep(0.1)
        began = time.perf_counter()
        server.stop()
        assert time.perf_counter() - began < SOON


def test_stop_of_server_ends_requests_that_exceed_the_time_limit(app, server, monkeypatch):
    monkeypatch.setattr("moto_featurestore.server.wsgi._GRACE", 0.1)
    with connect(server) as connection:
        connection.sendall(request("GET /slow HTTP/1.1"))
        while not app.requests:
            time.sleep(0.01)
        began = time.perf_counter()
        server.stop()
        assert time.perf_counter() - began < SOON


def test_server_that_is_stopped_before_it_serves_accepts_no_requests(app):
    listener = socket.create_server(("127.0.0.1", 0))
    server = WsgiServer(app, listener, Policy())
    server.stop()
    server.serve()
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_stop_of_server_that_has_already_ended_does_nothing(app, server):
    server.stop()
    server.stop()


# What applications need.


def answered(app, server, *lines, body=b""):
    """The environment of a request, and the answer."""
    answer = exchange(server, request(*lines, "Connection: close", body=body))
    return app.requests[0], answer


@pytest.mark.parametrize(
    ("target", "raw", "path"),
    [
        ("/a%2Fb/%C3%BC?x=%2F&y", "/a%2Fb/%C3%BC?x=%2F&y", "/a/b/\u00c3\u00bc"),
        ("http://localhost:5000/a?b", "/a?b", "/a"),
        ("HTTP://LOCALHOST/a", "/a", "/a"),
        ("http://localhost", "/", "/"),
        ("http://localhost?b", "/?b", "/"),
        ("*", "*", "*"),
    ],
)
def test_environ_contains_encoded_and_decoded_path(target, raw, path, app, server):
    environ, _ = answered(app, server, f"OPTIONS {target} HTTP/1.1")
    assert (environ["RAW_URI"], environ["PATH_INFO"]) == (raw, path)
    assert environ["QUERY_STRING"] == raw.partition("?")[2]


def test_environ_of_chunked_body_has_content_length_and_no_transfer_encoding(app, server):
    environ, _ = answered(app, server, "PUT /key HTTP/1.1", CHUNKED, body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert (environ["body"], environ["CONTENT_LENGTH"]) == (b"abcde", "5")
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_compressed_body_is_passed_unchanged(app, server):
    environ, _ = answered(app, server, "PUT /k HTTP/1.1", "Content-Encoding: gzip", "Content-Length: 3", body=b"abc")
    assert environ["body"] == b"abc"


def test_environ_of_request_without_body_has_no_content_length(app, server):
    environ, _ = answered(app, server, "PUT /key HTTP/1.1")
    assert (environ["body"], "CONTENT_LENGTH" in environ) == (b"", False)


def test_repeated_header_values_are_joined(app, server):
    environ, _ = answered(app, server, "GET / HTTP/1.1", "X-A: 1", "x-a: 2")
    assert environ["HTTP_X_A"] == "1,2"


def test_header_name_with_underscores_does_not_replace_header_with_dashes(app, server):
    environ, _ = answered(app, server, "GET / HTTP/1.1", "X_A: 1", "x-kept_a: 2", "x-kept_b: 3", "x-kept-b: 4")
    assert "HTTP_X_A" not in environ
    assert (environ["HTTP_X_KEPT_A"], environ["HTTP_X_KEPT_B"], environ["names"]) == ("2", "4", ["x-kept_a"])


def test_request_with_expect_header_receives_100_continue(app, server):
    head = request("PUT /key HTTP/1.1", "Expect: 100-continue", "Content-Length: 3", "Connection: close")
    with connect(server) as connection:
        connection.sendall(head)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert statuses(received(connection)) == [200]
    assert app.requests[0]["body"] == b"abc"


def test_large_body_sent_in_pieces_arrives_complete(app, server):
    body = bytes(range(256)) * 20_000
    environ, _ = answered(app, server, "PUT /key HTTP/1.1", f"Content-Length: {len(body)}", body=body)
    assert environ["body"] == body


def test_response_has_content_length_and_is_closed(app, server):
    _, answer = answered(app, server, "GET /key HTTP/1.1")
    assert b"Content-Length: 14\r\n" in answer
    assert b"Server: moto-featurestore\r\n" in answer
    assert answer.endswith(b"\r\n\r\nanswer to /key")
    assert app.closed == 1


def test_data_passed_to_the_wsgi_write_callable_is_sent_before_the_response_body(app, server):
    _, answer = answered(app, server, "GET /written HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 201 Created\r\n")
    assert answer.endswith(b"\r\n\r\nwritten")
    assert b"Transfer-Encoding" not in answer


def test_head_response_has_the_content_length_of_the_object(app, server):
    _, answer = answered(app, server, "HEAD /head HTTP/1.1")
    assert b"Content-Length: 11\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_response_header_values_are_sent_as_utf_8(app, server):
    """WSGI has bytes as Latin-1 texts. A text that is none of UTF-8's bytes is sent as UTF-8."""
    _, answer = answered(app, server, "GET /headers HTTP/1.1")
    assert answer.count("X-Text: ü\r\n".encode()) == 2
    assert "X-Sum: ∑\r\n".encode() in answer


def test_pipelined_requests_receive_responses_in_order(app, server):
    heads = [request(f"GET /{number} HTTP/1.1") for number in range(20)]
    answer = exchange(server, b"".join(heads), request("GET /end HTTP/1.1", "Connection: close"))
    assert re.findall(rb"answer to /([0-9a-z]+)", answer) == [*(b"%d" % number for number in range(20)), b"end"]


def test_application_that_raises_connection_reset_closes_the_connection(app, server):
    assert exchange(server, request("GET /reset HTTP/1.1")) == b""


def test_application_error_returns_500_and_is_logged(app, server, capsys):
    _, answer = answered(app, server, "GET /fails HTTP/1.1")
    assert statuses(answer) == [500]
    assert b"defect" not in answer
    assert "ValueError: a defect" in capsys.readouterr().err


def test_client_that_disconnects_during_a_request_does_not_affect_the_server(app, server):
    for path in ("/slow", "/slow-reset"):
        with connect(server) as connection:
            connection.sendall(request(f"GET {path} HTTP/1.1"))
            while not app.requests or app.requests[-1]["PATH_INFO"] != path:
                time.sleep(0.01)
    with connect(server) as connection:
        healthy_after(connection)  # by now, the server knows that they have left
        app.release.set()
        healthy_after(connection)


def test_response_to_disconnected_client_is_discarded():
    async def settle():
        answered = asyncio.get_running_loop().create_future()
        answered.cancel()
        _settle(answered, None)
        return answered.cancelled()

    assert asyncio.run(settle())

"""Slow and silent clients: ``python benchmarks/slow_clients.py [TREE ...]``.

It measures the time of a health check while other clients have sent nothing, or half a request. Each TREE is a checkout of this project,
so that one run can compare two versions. The default is this checkout.
"""

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PATIENCE = 20
"""Seconds after which a health check counts as failed."""
HEALTH = b"GET /moto-api/featurestore/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HALF_HEAD = b"PUT /FeatureGroup/a HTTP/1.1\r\nHost: local"
HALF_BODY = b"PUT /FeatureGroup/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
CASES = {
    "1 silent, TLS": (True, 1, b""),
    "200 silent, TLS": (True, 200, b""),
    "16 silent": (False, 16, b""),
    "16 half requests": (False, 16, HALF_BODY),
    "200 silent": (False, 200, b""),
    "200 half heads": (False, 200, HALF_HEAD),
    "200 half bodies": (False, 200, HALF_BODY),
}
"""For each case: whether it uses TLS, the number of clients, and the data that each client sends."""


def main() -> None:
    """Measure all cases for all trees, and print a table."""
    trees = [Path(tree).resolve() for tree in sys.argv[1:]] or [Path(__file__).resolve().parents[1]]
    print(f"{'health check with':20}", *(f"{tree.name:>22}" for tree in trees))
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(Path(folder))
        for name, (is_tls, clients, data) in CASES.items():
            row = []
            for tree in trees:
                options = ["--certificate", certificate, "--key", key] if is_tls else []
                with serving(tree, *options) as port:
                    row.append(health_check(port, clients, data, certificate if is_tls else None))
            print(f"{name:20}", *(f"{duration_text(seconds):>22}" for seconds in row), flush=True)


def duration_text(seconds: float | None) -> str:
    """Return a duration as text; "none" for a health check that failed, or took longer than PATIENCE."""
    return "none" if seconds is None else f"{seconds * 1000:.0f} ms"


@contextmanager
def serving(tree: Path, *options: str) -> Iterator[int]:
    """Run the server of a tree. Yield its port."""
    command = [sys.executable, "-P", "-m", "moto_featurestore", "serve", "--port", "0", "--log", "off", *options]
    environ = os.environ | {"PYTHONPATH": str(tree)}
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, text=True, env=environ, stdout=pipe, stderr=null) as process:  # noqa: S603 - our own
        assert process.stdout
        yield int(process.stdout.readline().rpartition(":")[2])
        process.kill()


def health_check(port: int, clients: int, data: bytes, certificate: str | None) -> float | None:
    """Return the seconds of a health check while clients have sent some data, or None if it fails."""
    check(port, certificate)  # the first check imports modules
    with ExitStack() as stack:
        try:
            for _ in range(clients):
                slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=1))
                slow.sendall(data)
        except TimeoutError:
            return None  # the server has stopped accepting connections
        time.sleep(0.2)
        began = time.perf_counter()
        try:
            check(port, certificate)
        except OSError:
            return None
        return time.perf_counter() - began


def check(port: int, certificate: str | None) -> None:
    """Make one health check over a new connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
        connection = plain
        if certificate:
            connection = ssl.create_default_context(cafile=certificate).wrap_socket(plain, server_hostname="127.0.0.1")
        with connection:
            connection.sendall(HEALTH)
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise OSError(f"not healthy: {answer!r}")


def make_certificate(folder: Path) -> tuple[str, str]:
    """Create a self-signed certificate for 127.0.0.1 and its key, as files."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    options = f"-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout {key} -out {certificate}"
    command = ["openssl", "req", *options.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own
    return str(certificate), str(key)


if __name__ == "__main__":
    main()

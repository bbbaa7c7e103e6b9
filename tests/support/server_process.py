"""Servers in this process and in separate processes."""

import subprocess
import sys
import threading
from contextlib import contextmanager

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}


@contextmanager
def serving_in_thread(app=None, **options):
    """Start a server in a thread of this process, and yield its URL.

    Its connections do not expire, because tests move the clock of this process by years.

    :param app: the application, by default moto's with the Feature Store
    :param options: other parameters of ``make_server``
    """
    from moto_featurestore.server.http import make_server

    server = make_server("127.0.0.1", 0, app, client_timeout=1e11, **options)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
    thread.join()


@contextmanager
def serving(*arguments, stderr=subprocess.DEVNULL):
    """Start a server, and yield its process and its URL."""
    command = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": stderr, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        try:
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def make_certificate(folder):
    """Create a self-signed certificate for 127.0.0.1, and return the paths of the certificate and the key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    options = f"-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout {key} -out {certificate}"
    command = ["openssl", "req", *options.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key

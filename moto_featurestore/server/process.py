"""A context manager that runs a server in a separate process."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moto_featurestore.credentials import CLIENT_VARIABLES, FAKE

_START_TIMEOUT = 60
"""Maximum time in seconds for the start of a server."""


class NoServerError(Exception):
    """An error that is raised if the server does not start."""


@contextmanager
def server_process(home: Path) -> Iterator[str]:
    """Start a server in a new process, and yield its URL.

    The server stops when the ``with`` block ends, or when this process dies.

    :param home: a directory for the files with the server's stdout and stderr
    :raises NoServerError: if the server does not start
    """
    output, errors = home / "stdout", home / "stderr"
    command = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0", "--until-stdin-closes"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(CLIENT_VARIABLES)} | FAKE
    with (
        output.open("wb") as stdout,
        errors.open("wb") as stderr,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, env=environ) as process,  # noqa: S603 - a command of this package
    ):
        try:
            yield _address(process, output, errors)
        finally:
            process.terminate()


def _address(process: "subprocess.Popen[bytes]", output: Path, errors: Path) -> str:
    """Wait until a server prints its URL, and return the URL.

    :param output: the file with the server's stdout
    :param errors: the file with the server's stderr
    :raises NoServerError: if the server ends without printing a URL, or prints no URL within _START_TIMEOUT
    """
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        match = re.search(r"(http\S+)\n", output.read_text())
        if match:
            return match[1]
        time.sleep(0.05)
    problem = (
        f"the process printed no URL within {_START_TIMEOUT} s"
        if process.poll() is None
        else f"the process exited with status {process.returncode}"
    )
    raise NoServerError(f"The server of featurestore_server did not start: {problem}.\n{errors.read_text()}")

"""The subcommands ``moto-featurestore run`` and ``env``, which make a command or a shell use a server."""

import os
import signal
import subprocess
import sys
from argparse import Namespace

from moto_featurestore.server.serve import Started, serve_in_background, url_of, use_server
from moto_featurestore.server.session import changed, exports, open_session

_FORWARDED = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)
]
_NOT_FOUND, _NOT_EXECUTABLE, _BY_SIGNAL = 127, 126, 128
"""Exit statuses, as in shells. For a command that a signal ended, the status is 128 plus the number of the signal."""


def print_exports(options: Namespace) -> int:
    """Print the shell commands that make AWS clients in the shell use a server. Return the exit status."""
    print(*exports(options.url, open_session(options.url, os.environ), os.environ), sep="\n")
    return 0


def run(options: Namespace) -> int:
    """Start a server and run a command that uses this server. Return the command's exit status.

    If a signal ended the command, the status is 128 plus the number of the signal.

    :param options: the parsed options of the subcommand
    """

    def use(started: Started) -> int:
        serve_in_background(started.server)
        url = url_of(options, started.server.port)
        return _run(options.command, changed(url, open_session(url, os.environ), os.environ))

    return use_server(options, use)


def _run(command: list[str], environ: dict[str, str]) -> int:
    early: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def forward(number: int, _: object) -> None:
        if process is None:
            early.append(number)
        elif (
            number != signal.SIGINT or not sys.stdin.isatty()
        ):  # a terminal has already sent the interrupt to the command
            process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        process = subprocess.Popen(command, env=environ)  # noqa: S603 - the user's own command
        for number in early:
            forward(number, None)
        status = process.wait()
    except OSError as error:
        print(f"moto-featurestore: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return _BY_SIGNAL - status if status < 0 else status

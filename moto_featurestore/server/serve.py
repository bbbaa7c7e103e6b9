"""The subcommand ``moto-featurestore serve``: start a server with the given options, and stop the server cleanly."""

import os
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from moto_featurestore.credentials import FAKE
from moto_featurestore.server.log import LOGS, RequestLog
from moto_featurestore.server.session import Readiness, region_of

_CLIENT_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to listen on
"""A dict from an address on which a server listens to the address to which clients connect.

Some systems cannot connect to 0.0.0.0 or ::, which mean all addresses of this machine.
"""
_STOPS = (signal.SIGINT, signal.SIGTERM)


class StartError(Exception):
    """An error that is raised if the server cannot start. The command prints the message."""


def serve(options: Namespace) -> int:
    """Start a server, and serve until SIGTERM or SIGINT arrives. Then finish the requests in progress.

    :param options: the parsed options of the subcommand
    :return: the exit status
    """
    return use_server(options, partial(_serve_until_stopped, options))


class Started(NamedTuple):
    """A server that is bound to its address, and the region of the seed that the server has loaded (None without a seed)."""

    server: Any
    seed_region: str | None


def use_server(options: Namespace, use: Callable[[Started], int]) -> int:
    """Create a server, call ``use`` with the server, and stop the server. Return the exit status.

    :param options: the parsed options of the subcommand
    :param use: a function that takes a server that does not serve yet, and returns the exit status
    """
    with ExitStack() as stack:
        try:
            started = start(options, stack)
        except StartError as error:
            print(f"moto-featurestore: {error}", file=sys.stderr)
            return 1
        return use(started)


def serve_in_background(server: Any) -> None:
    """Run a server in a new thread."""
    Thread(target=server.serve, name="moto-featurestore: server", daemon=True).start()


def _serve_until_stopped(options: Namespace, started: Started) -> int:
    with _stop_sockets() as (receiver, sender):
        if options.until_stdin_closes:
            Thread(target=_await_end_of_stdin, args=(sender,), daemon=True).start()
        serve_in_background(started.server)
        print(_greeting(url_of(options, started.server.port), region_of(started.seed_region, os.environ)), flush=True)
        receiver.recv(1)
    return 0


def _greeting(url: str, region: str) -> str:
    """Return the text that the command prints when the server serves. Programs parse the URL in its first line."""
    names = {"AWS_ENDPOINT_URL": url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    keys = {name: value for name, value in FAKE.items() if name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return "\n".join(
        [
            f"Serving moto with the Feature Store at {url}",
            f"Console: {url}/",
            "In another shell:",
            *(f"  export {name}={value}" for name, value in (names | keys).items()),
            f'Or, with an execution role for SageMaker: eval "$(moto-featurestore env --url {url})"',
            "Press Ctrl+C to stop.",
        ]
    )


@contextmanager
def _stop_sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield a pair of connected sockets. When SIGINT or SIGTERM arrives, the first socket receives a byte.

    The Python interpreter sends this byte. To stop the server without a signal, send a byte to the second socket.

    A signal handler that raises an exception would be less reliable. The exception can interrupt any code, and Python
    ignores exceptions in destructors and in callbacks of weak references.
    """
    receiver, sender = socket.socketpair()
    with receiver, sender:
        sender.settimeout(0)  # set_wakeup_fd requires a non-blocking socket
        signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        for number in _STOPS:  # SIGINT too: a shell starts background jobs (&) with SIGINT ignored
            signal.signal(number, _do_nothing)
        try:
            yield receiver, sender
        finally:
            for number in _STOPS:  # a second signal would interrupt the clean stop
                signal.signal(number, signal.SIG_IGN)
            signal.set_wakeup_fd(-1)


def _do_nothing(*_: object) -> None:
    """Do nothing when a signal arrives. ``signal.set_wakeup_fd`` works only for signals that have a Python handler."""


def start(options: Namespace, stack: ExitStack) -> Started:
    """Restore the data directory, load the seed, and return a server that listens but does not respond yet.

    :param options: the parsed options of the subcommand
    :param stack: when it is closed, the server stops and the data directory is closed
    :raises StartError: if the server cannot start
    """
    try:
        from moto_featurestore._moto.entry_points.wsgi import application
        from moto_featurestore.server.console.application import Console
        from moto_featurestore.server.http import ServerPolicy, make_server

        app: Any = application()
    except ImportError as error:
        raise StartError(f"{error.name} is missing: pip install 'moto-featurestore[server]'") from error
    except ValueError as error:
        raise StartError(str(error)) from error
    if options.data:
        app = _with_data_directory(options.data, app, stack)
    region = _load_seed(options.seed) if options.seed else None
    write = LOGS[options.log]
    warn_of_public_address(options.host)
    try:
        server = make_server(
            options.host,
            options.port,
            Console(Readiness(app, region), region),
            wrap=partial(RequestLog, write=write) if write else lambda app: app,
            policy=ServerPolicy(options.cors, [options.host, *options.allow_host]),
            certificate=options.certificate,
            key=options.key,
        )
    except (OSError, OverflowError) as error:
        raise StartError(f"cannot listen at {options.host}:{options.port}{_with_files(options)}: {error}") from error
    stack.callback(server.stop)
    return Started(server, region)


def _with_data_directory(folder: Path, app: Any, stack: ExitStack) -> Any:
    """Restore the state from a directory. Return a WSGI application that saves all changes to this directory.

    :param app: the application to which the returned application passes all requests
    :param stack: the function adds a callback that closes the directory to this stack
    :raises StartError: if the data in the directory cannot be used
    """
    from moto_featurestore._moto.persistence.data_directory import DataDirectory
    from moto_featurestore._moto.persistence.database import DataError

    try:
        directory = DataDirectory(folder, _warn)
        messages = directory.start()
    except DataError as error:
        raise StartError(str(error)) from error
    for message in messages:
        _warn(message)
    stack.callback(directory.stop)
    return directory.watch(app)


def _load_seed(path: Path) -> str:
    """Load a seed file into the server's state. Return the region of the seed's groups."""
    from moto_featurestore._moto.admin_api import open_store
    from moto_featurestore.server.seed import SeedError, load_seed, read_seed

    try:
        seed = read_seed(path)
        world, store = open_store(seed.account_id, seed.region)
        load_seed(seed, world, store)
    except SeedError as error:
        raise StartError(str(error)) from error
    return store.region


def _with_files(options: Namespace) -> str:
    """Return the end of an error message, with the names of the TLS files. Return an empty string without TLS.

    If a TLS file cannot be read, Python's own message lacks the file name.
    """
    files = [file for file in (options.certificate, options.key) if file]
    return f" with {' and '.join(files)}" if files else ""


def url_of(options: Namespace, port: int) -> str:
    """Return the URL that clients on this machine use to connect to the server."""
    host = _CLIENT_ADDRESSES.get(options.host, options.host)
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if options.certificate else 'http'}://{host}:{port}"


def warn_of_public_address(host: str) -> None:
    """Print a warning if the server listens on an address to which other machines can connect."""
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        _warn(f"the server listens on {host}. Other machines can connect to it, and it has no authentication.")


def _warn(text: str) -> None:
    print(f"moto-featurestore: warning: {text}", file=sys.stderr, flush=True)


def _await_end_of_stdin(sender: socket.socket) -> None:
    # os.read is unbuffered. While a thread waits in a buffered read, the interpreter cannot exit.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    sender.send(b"!")

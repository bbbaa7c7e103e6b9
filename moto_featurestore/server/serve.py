"""``moto-featurestore serve``: from the options to a server that answers, and to its clean end."""

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
from typing import Any

from moto_featurestore.server.log import LOGS, RequestLog
from moto_featurestore.server.readiness import Readiness

_STOPS = (signal.SIGINT, signal.SIGTERM)


class StartError(Exception):
    """Why a server does not start, for whoever typed the command."""


def serve(options: Namespace) -> int:
    """Serve until SIGTERM or SIGINT; answers that are under way are finished. Returns the exit status."""
    return use_server(options, partial(_serve_until_told, options))


def use_server(options: Namespace, use: Callable[[Any], int]) -> int:
    """Have a server while it is used; returns the exit status, of use or of a server that does not start.

    :param use: is given the server, which is bound and does not serve yet
    """
    with ExitStack() as stack:
        try:
            server = start(options, stack)
        except StartError as error:
            print(f"moto-featurestore: {error}", file=sys.stderr)
            return 1
        return use(server)


def serve_beside(server: Any) -> None:
    """Let a server serve in a thread of its own."""
    Thread(target=server.serve, name="moto-featurestore: server", daemon=True).start()


def _serve_until_told(options: Namespace, server: Any) -> int:
    with _bell() as (ear, bell):
        if options.until_stdin_closes:
            Thread(target=_await_end_of_stdin, args=(bell,), daemon=True).start()
        serve_beside(server)
        print(f"Serving moto with the Feature Store at {url_of(options, server.port)}", flush=True)
        ear.recv(1)
    return 0


@contextmanager
def _bell() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a line: what is rung at the second one is heard at the first; signals to stop ring too.

    The interpreter rings, and no code of ours runs in a signal's handler: an exception that is raised in one may come in
    the middle of anything, and is lost where that is a destructor or a callback of a weak reference.
    """
    ear, bell = socket.socketpair()
    with ear, bell:
        bell.settimeout(0)  # as it has to be for signals
        signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        for number in _STOPS:  # SIGINT too: a shell lets what it starts with & ignore it
            signal.signal(number, _do_nothing)
        try:
            yield ear, bell
        finally:
            for number in _STOPS:  # once is enough: another one would cut the clean end short
                signal.signal(number, signal.SIG_IGN)
            signal.set_wakeup_fd(-1)


def _do_nothing(*_: object) -> None:
    """Let a signal ring, as it does where it has a handler of Python's."""


def start(options: Namespace, stack: ExitStack) -> Any:
    """A server that is bound to its address; what it holds is let go of by the stack.

    :raises StartError: where it cannot start
    """
    try:
        from moto_featurestore._moto.server import ServerPolicy, application, make_server
    except ImportError as error:
        raise StartError(f"{error.name} is missing: pip install 'moto-featurestore[server]'") from error
    try:
        app: Any = application()
    except ValueError as error:
        raise StartError(str(error)) from error
    if options.data:
        app = _kept(options.data, app, stack)
    if options.seed:
        _plant(options.seed)
    write = LOGS[options.log]
    warn_of_strangers(options.host)
    try:
        server = make_server(
            options.host,
            options.port,
            Readiness(app),
            wrap=partial(RequestLog, write=write) if write else lambda app: app,
            policy=ServerPolicy(options.cors, [options.host, *options.allow_host]),
            certificate=options.certificate,
            key=options.key,
        )
    except (OSError, OverflowError) as error:
        raise StartError(f"cannot listen at {options.host}:{options.port}{_with_files(options)}: {error}") from error
    stack.callback(server.stop)
    return server


def _kept(folder: Path, app: Any, stack: ExitStack) -> Any:
    """The application, whose state is kept in a directory, and comes from there."""
    from moto_featurestore._moto.persistence import Persistence
    from moto_featurestore.server.data import DataError

    try:
        persistence = Persistence(folder, _warn)
    except DataError as error:
        raise StartError(str(error)) from error
    for damage in persistence.start():
        _warn(damage)
    stack.callback(persistence.stop)
    return persistence.watch(app)


def _plant(path: Path) -> None:
    from moto_featurestore._moto.ground import MotoGround
    from moto_featurestore.server.rows import SeedError
    from moto_featurestore.server.seed import plant, read_seed

    try:
        seed = read_seed(path)
        plant(seed, MotoGround(seed.account_id, seed.region))
    except SeedError as error:
        raise StartError(str(error)) from error


def _with_files(options: Namespace) -> str:
    """The files of TLS: whoever cannot read them does not tell which."""
    files = [file for file in (options.certificate, options.key) if file]
    return f" with {' and '.join(files)}" if files else ""


def url_of(options: Namespace, port: int) -> str:
    """Where a server is reached."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"{'https' if options.certificate else 'http'}://{host}:{port}"


def warn_of_strangers(host: str) -> None:
    """Warn where an address is not this machine's alone."""
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        _warn(f"at {host} the server is open to other machines, and it asks nobody who they are.")


def _warn(text: str) -> None:
    print(f"moto-featurestore: warning: {text}", file=sys.stderr, flush=True)


def _await_end_of_stdin(bell: socket.socket) -> None:
    while os.read(sys.stdin.fileno(), 4096):  # unbuffered: the interpreter could not end while a buffer waits
        pass
    bell.send(b"!")

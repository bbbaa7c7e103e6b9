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
from typing import Any, NamedTuple

from moto_featurestore.credentials import FAKE
from moto_featurestore.server.log import LOGS, RequestLog
from moto_featurestore.server.readiness import Readiness
from moto_featurestore.server.session import region_of

_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to listen at
"""Where a client finds a server that listens at all addresses: not every system connects to these."""
_STOPS = (signal.SIGINT, signal.SIGTERM)


class StartError(Exception):
    """Why a server does not start, for whoever typed the command."""


def serve(options: Namespace) -> int:
    """Serve until SIGTERM or SIGINT; answers that are under way are finished. Returns the exit status."""
    return use_server(options, partial(_serve_until_told, options))


class Started(NamedTuple):
    """A server that is bound, and the region of its seed, if it has one."""

    server: Any
    seed_region: str | None


def use_server(options: Namespace, use: Callable[[Started], int]) -> int:
    """Have a server while it is used; returns the exit status, of use or of a server that does not start.

    :param use: is given the server, which is bound and does not serve yet
    """
    with ExitStack() as stack:
        try:
            started = start(options, stack)
        except StartError as error:
            print(f"moto-featurestore: {error}", file=sys.stderr)
            return 1
        return use(started)


def serve_beside(server: Any) -> None:
    """Let a server serve in a thread of its own."""
    Thread(target=server.serve, name="moto-featurestore: server", daemon=True).start()


def _serve_until_told(options: Namespace, started: Started) -> int:
    with _bell() as (ear, bell):
        if options.until_stdin_closes:
            Thread(target=_await_end_of_stdin, args=(bell,), daemon=True).start()
        serve_beside(started.server)
        print(_greeting(url_of(options, started.server.port), region_of(started.seed_region, os.environ)), flush=True)
        ear.recv(1)
    return 0


def _greeting(url: str, region: str) -> str:
    """Return what a person does next. Programs read the URL in the first line."""
    names = {"AWS_ENDPOINT_URL": url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    keys = {name: value for name, value in FAKE.items() if name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return "\n".join(
        [
            f"Serving moto with the Feature Store at {url}",
            "In another shell:",
            *(f"  export {name}={value}" for name, value in (names | keys).items()),
            f'Or, with an execution role for SageMaker: eval "$(moto-featurestore env --url {url})"',
            "Press Ctrl+C to stop.",
        ]
    )


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


def start(options: Namespace, stack: ExitStack) -> Started:
    """Return a server that is bound to its address. The stack releases what it holds.

    :raises StartError: if it cannot start
    """
    try:
        from moto_featurestore._moto.wsgi_application import application
        from moto_featurestore.server.http import ServerPolicy, make_server
    except ImportError as error:
        raise StartError(f"{error.name} is missing: pip install 'moto-featurestore[server]'") from error
    try:
        app: Any = application()
    except ValueError as error:
        raise StartError(str(error)) from error
    if options.data:
        app = _kept(options.data, app, stack)
    region = _plant(options.seed) if options.seed else None
    write = LOGS[options.log]
    warn_of_strangers(options.host)
    try:
        server = make_server(
            options.host,
            options.port,
            Readiness(app, region),
            wrap=partial(RequestLog, write=write) if write else lambda app: app,
            policy=ServerPolicy(options.cors, [options.host, *options.allow_host]),
            certificate=options.certificate,
            key=options.key,
        )
    except (OSError, OverflowError) as error:
        raise StartError(f"cannot listen at {options.host}:{options.port}{_with_files(options)}: {error}") from error
    stack.callback(server.stop)
    return Started(server, region)


def _kept(folder: Path, app: Any, stack: ExitStack) -> Any:
    """The application, whose state is kept in a directory, and comes from there."""
    from moto_featurestore._moto.persistence.data_directory import Persistence
    from moto_featurestore._moto.persistence.groups import DataError

    try:
        persistence = Persistence(folder, _warn)
    except DataError as error:
        raise StartError(str(error)) from error
    for damage in persistence.start():
        _warn(damage)
    stack.callback(persistence.stop)
    return persistence.watch(app)


def _plant(path: Path) -> str:
    """Plant a seed. Return its region."""
    from moto_featurestore._moto.seeding import MotoGround
    from moto_featurestore.server.seed import plant, read_seed
    from moto_featurestore.testing.record_files import SeedError

    try:
        seed = read_seed(path)
        ground = MotoGround(seed.account_id, seed.region)
        plant(seed, ground)
    except SeedError as error:
        raise StartError(str(error)) from error
    return ground.region


def _with_files(options: Namespace) -> str:
    """The files of TLS: whoever cannot read them does not tell which."""
    files = [file for file in (options.certificate, options.key) if file]
    return f" with {' and '.join(files)}" if files else ""


def url_of(options: Namespace, port: int) -> str:
    """Return the URL at which this machine reaches a server."""
    host = _REACHED_AT.get(options.host, options.host)
    host = f"[{host}]" if ":" in host else host
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

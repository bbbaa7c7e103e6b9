"""The command line."""

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import Any

from moto_featurestore import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("moto-featurestore", description="Amazon SageMaker Feature Store, offline.")
    parser.add_argument("--version", action="version", version=f"moto-featurestore {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve", help="serve moto with the Feature Store in it, for any SDK", description=_serve.__doc__
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    serve.add_argument("--port", type=int, default=5000, help="the port; 0 takes a free one (default: %(default)s)")
    serve.set_defaults(run=_serve)
    return parser


def _serve(options: argparse.Namespace) -> int:
    """Serve moto, with the Feature Store in it. Point a client at it with endpoint_url or AWS_ENDPOINT_URL."""
    try:
        server = make_server(options.host, options.port)
    except ImportError as error:
        print(f"moto-featurestore: {error.name} is missing: pip install 'moto-featurestore[server]'", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"moto-featurestore: {error}", file=sys.stderr)
        return 1
    except (OSError, OverflowError) as error:
        print(f"moto-featurestore: cannot listen at {options.host}:{options.port}: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _interrupt)
    host = f"[{options.host}]" if ":" in options.host else options.host
    print(f"Serving moto with the Feature Store at http://{host}:{server.port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def make_server(host: str, port: int) -> Any:
    """Moto's threaded server, with the Feature Store in it, bound to an address and not yet serving."""
    from moto_featurestore._moto.server import make_server

    return make_server(host, port)

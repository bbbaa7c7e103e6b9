"""The command line: ``moto-featurestore serve``, ``run`` and ``env``."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from moto_featurestore import __version__

_INTERRUPTED = 130
"""The exit status if the user interrupts the command with Ctrl-C, as in shells."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand in ``arguments``. Return the exit status.

    :param arguments: the command-line arguments; by default, the arguments of this process
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if getattr(options, "key", None) and not options.certificate:
        parser.error("--key requires --certificate")
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:  # before the server starts to serve
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "moto-featurestore", description="Amazon SageMaker Feature Store on your own machine."
    )
    parser.add_argument("--version", action="version", version=f"moto-featurestore {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve", help="run a moto server with the Feature Store, for any SDK", description=_serve.__doc__
    )
    serve.add_argument("-H", "--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve.add_argument(
        "-p", "--port", type=int, default=5000, help="the port; 0 selects a free port (default: %(default)s)"
    )
    serve.add_argument("--certificate", metavar="FILE", help="use TLS with the certificate chain in this file (PEM)")
    serve.add_argument(
        "--key", metavar="FILE", help="the private key of the certificate, if --certificate does not contain it"
    )
    serve.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="stop when stdin ends, for example because the parent process died",
    )
    _add_common_options(serve, log="text")
    serve.set_defaults(run=_serve)
    run = commands.add_parser("run", help="run a command whose AWS clients use a new server", description=_run.__doc__)
    _add_common_options(run, log="off")
    run.add_argument("command", nargs="+", metavar="COMMAND", help="the command and its arguments, after --")
    run.set_defaults(run=_run, host="127.0.0.1", port=0, certificate=None, key=None)
    env = commands.add_parser(
        "env",
        help="print environment variables that make AWS clients of a shell use a server",
        description=_env.__doc__,
    )
    env.add_argument(
        "--url", type=_url, default="http://127.0.0.1:5000", help="the URL of the server (default: %(default)s)"
    )
    env.set_defaults(run=_env)
    return parser


def _add_common_options(command: argparse.ArgumentParser, log: str) -> None:
    command.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        help="save feature groups, records, S3 and Glue tables in this directory, and restore them at the next start",
    )
    command.add_argument(
        "--seed",
        metavar="FILE",
        type=Path,
        help="load the feature groups and records of this YAML or JSON file at the start",
    )
    command.add_argument(
        "--cors",
        metavar="ORIGIN",
        type=_origin,
        action="append",
        default=[],
        help="allow web pages of this origin, such as http://localhost:3000, to send requests to the server (repeatable)",
    )
    command.add_argument(
        "--allow-host",
        metavar="NAME",
        type=_host,
        action="append",
        default=[],
        help="accept requests whose Host header has this DNS name or one of its subdomains (repeatable)",
    )
    command.add_argument(
        "--log",
        choices=("text", "json", "off"),
        default=log,
        help="the format of the request log on stderr, one line per request (default: %(default)s)",
    )


def _origin(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#\s]+", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(
            f"an origin must be a scheme, a host and a port (http://localhost:3000), not {text!r}"
        )
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(f"a host must be a DNS name without a port, not {text!r}")
    return text


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"a URL must begin with http:// or https://, not {text!r}")
    return text


def _serve(options: argparse.Namespace) -> int:
    """Serve moto with the Feature Store. To use the server, set endpoint_url or AWS_ENDPOINT_URL in your clients."""
    from moto_featurestore.server.serve import serve

    return serve(options)


def _run(options: argparse.Namespace) -> int:
    """Start a server, and run a command whose AWS SDKs use this server. The server stops when the command ends."""
    from moto_featurestore.server.run import run

    return run(options)


def _env(options: argparse.Namespace) -> int:
    """Print the variables that make AWS SDKs use a server: eval "$(moto-featurestore env)"."""
    from moto_featurestore.server.run import print_exports

    return print_exports(options)

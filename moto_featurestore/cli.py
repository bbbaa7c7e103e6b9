"""The command line."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from moto_featurestore import __version__

_INTERRUPTED = 130
"""The exit status that shells give."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if getattr(options, "key", None) and not options.certificate:
        parser.error("--key is that of a certificate: give --certificate too")
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:  # before a server serves
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("moto-featurestore", description="Amazon SageMaker Feature Store, offline.")
    parser.add_argument("--version", action="version", version=f"moto-featurestore {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve", help="serve moto with the Feature Store in it, for any SDK", description=_serve.__doc__
    )
    serve.add_argument("-H", "--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    serve.add_argument(
        "-p", "--port", type=int, default=5000, help="the port; 0 takes a free one (default: %(default)s)"
    )
    serve.add_argument("--certificate", metavar="FILE", help="speak TLS, with this certificate chain (PEM)")
    serve.add_argument("--key", metavar="FILE", help="the certificate's private key, where it is in a file of its own")
    serve.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="stop when stdin ends, as it does when whoever started this dies",
    )
    _add_common_options(serve, log="text")
    serve.set_defaults(run=_serve)
    run = commands.add_parser(
        "run", help="run a command with everything led to a fresh server", description=_run.__doc__
    )
    _add_common_options(run, log="off")
    run.add_argument("command", nargs="+", metavar="COMMAND", help="the command and its arguments, behind --")
    run.set_defaults(run=_run, host="127.0.0.1", port=0, certificate=None, key=None)
    env = commands.add_parser("env", help="print what leads a shell to a server", description=_env.__doc__)
    env.add_argument(
        "--url", type=_url, default="http://127.0.0.1:5000", help="where the server is reached (default: %(default)s)"
    )
    env.set_defaults(run=_env)
    return parser


def _add_common_options(command: argparse.ArgumentParser, log: str) -> None:
    command.add_argument(
        "--data", metavar="DIR", type=Path, help="keep feature groups, records, S3 and Glue there, from run to run"
    )
    command.add_argument(
        "--seed", metavar="FILE", type=Path, help="feature groups and records to begin with (YAML or JSON)"
    )
    command.add_argument(
        "--cors",
        metavar="ORIGIN",
        type=_origin,
        action="append",
        default=[],
        help="let web pages of this origin, such as http://localhost:3000, use the server (repeatable)",
    )
    command.add_argument(
        "--allow-host",
        metavar="NAME",
        type=_host,
        action="append",
        default=[],
        help="answer requests whose Host header has this DNS name, or a name below it (repeatable)",
    )
    command.add_argument(
        "--log",
        choices=("text", "json", "off"),
        default=log,
        help="one line a request to stderr: for people, for programs, or none (default: %(default)s)",
    )


def _origin(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#\s]+", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(
            f"an origin is a scheme, a host and a port (http://localhost:3000), not {text!r}"
        )
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(f"a host is a DNS name without a port, not {text!r}")
    return text


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with http:// or https://")
    return text


def _serve(options: argparse.Namespace) -> int:
    """Serve moto, with the Feature Store in it. Point a client at it with endpoint_url or AWS_ENDPOINT_URL."""
    from moto_featurestore.server.serve import serve

    return serve(options)


def _run(options: argparse.Namespace) -> int:
    """Run a command with a fresh server, to which every AWS SDK in it is led; the server stops with it."""
    from moto_featurestore.server.run import run

    return run(options)


def _env(options: argparse.Namespace) -> int:
    """Print the variables that lead AWS SDKs to a server: eval "$(moto-featurestore env)"."""
    from moto_featurestore.server.run import print_exports

    return print_exports(options)

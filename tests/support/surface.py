"""The public surface of the package as text: ``python tests/support/surface.py`` writes it to tests/public_surface.txt.

The test of the same name fails if the surface changes and the file does not.
"""

import argparse
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import moto_featurestore

_ROOT = Path(__file__).parents[2]
RECORDED = _ROOT / "tests" / "public_surface.txt"

_LOADED_BY_PLUGIN = """
import sys
import pytest
before = set(sys.modules)
import moto_featurestore.pytest_plugin
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""


def surface() -> str:
    """Return the whole surface, a section for each kind."""
    sections = {
        "names of the package": _names(),
        "documented objects": _objects(),
        "pytest fixtures": _fixtures(),
        "pytest markers": _markers(),
        "pytest configuration options": _options(),
        "settings": _settings(),
        "command line": _command_line(),
        "HTTP methods of the handle": _http_methods(),
        "entry points and extras": _entry_points(),
        "packages that the pytest plugin imports": _imports_of_plugin(),
    }
    return "".join(f"# {title}\n" + "".join(f"{line}\n" for line in lines) + "\n" for title, lines in sections.items())


def _names() -> Iterator[str]:
    for name in sorted(moto_featurestore.__all__):
        value = getattr(moto_featurestore, name)
        yield f"{name}{_signature(value)}" if callable(value) else name


def _objects() -> Iterator[str]:
    page = (_ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    for path in sorted(re.findall(r"^::: (\S+)", page, re.MULTILINE), key=lambda path: path.rpartition(".")[2]):
        module, _, name = path.rpartition(".")
        value = getattr(import_module(module), name)
        if inspect.isclass(value):
            yield from _class(name, value)


def _class(name: str, value: type) -> Iterator[str]:
    if is_dataclass(value):
        yield from (f"{name}.{field.name}: {field.type}" for field in fields(value))
    own = [base for base in value.__mro__ if base.__module__.startswith("moto_featurestore")]
    members = {member: definition for base in reversed(own) for member, definition in vars(base).items()}
    for member, definition in sorted(members.items()):
        is_public = not member.startswith("_") or member in ("__call__", "__enter__", "__aenter__")
        if is_public and isinstance(definition, property):
            yield f"{name}.{member}"
        elif is_public and callable(getattr(value, member)):
            yield f"{name}.{member}{_signature(getattr(value, member))}"


def _signature(value: Any) -> str:
    try:
        return re.sub(r"moto_featurestore[\w.]*\.", "", str(inspect.signature(value)))
    except ValueError:  # an exception class without its own __init__
        return ""


def _fixtures() -> Iterator[str]:
    plugin = import_module("moto_featurestore.pytest_plugin")
    for name, value in sorted(vars(plugin).items()):
        definition = getattr(value, "_fixture_function_marker", None)
        if definition is not None:
            scope = "featurestore_scope" if callable(definition.scope) else definition.scope
            yield f"{name}: scope {scope}, parameters {', '.join(inspect.signature(value._fixture_function).parameters)}"


class _Recorder:
    """Records what a plugin registers."""

    def __init__(self) -> None:
        self.options: list[str] = []

    def addini(self, name: str, _help: str, type: str = "string", default: Any = None) -> None:  # noqa: A002 - pytest's name
        self.options.append(f"{name}: {type}, default {default!r}")


def _options() -> list[str]:
    recorder = _Recorder()
    import_module("moto_featurestore.pytest_plugin").pytest_addoption(recorder)
    return sorted(recorder.options)


def _markers() -> list[str]:
    plugin = import_module("moto_featurestore.pytest_plugin")
    return sorted(f"featurestore_{method}{text.partition(':')[0]}" for method, text in plugin._MARKERS.items())


def _settings() -> Iterator[str]:
    settings = import_module("moto_featurestore.settings")
    for field in fields(settings.Settings):
        yield f"{field.name}: {settings.variable(field.name)}, default {field.default!r}"


def _command_line() -> Iterator[str]:
    yield from _actions("moto-featurestore", import_module("moto_featurestore.cli")._parser())


def _actions(command: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, subparser in action.choices.items():
                yield from _actions(f"{command} {name}", subparser)
        else:
            yield f"{command} {' '.join(action.option_strings) or action.dest}: default {action.default!r}"


def _http_methods() -> list[str]:
    commands = import_module("moto_featurestore.testing.endpoint").all_commands()
    return sorted(f"/moto-api/featurestore/{name}" for name in commands)


def _entry_points() -> Iterator[str]:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield f"requires-python {project['requires-python']}"
    yield from (f"script {name} = {target}" for name, target in project["scripts"].items())
    for group, targets in project["entry-points"].items():
        yield from (f"{group} {name} = {target}" for name, target in targets.items())
    yield from (f"extra {name}" for name in project["optional-dependencies"])


def _imports_of_plugin() -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", _LOADED_BY_PLUGIN], capture_output=True, text=True, check=True
    ).stdout.split()


if __name__ == "__main__":
    RECORDED.write_text(surface(), encoding="utf-8")

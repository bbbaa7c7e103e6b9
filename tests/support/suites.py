"""Test suites that the tests of the pytest plugin write and run."""

import os

# A pytester run in this process removes the modules that it imported first, and numpy cannot be imported twice.
import pandas as pd  # noqa: F401
import pytest

import moto_featurestore.testing.client  # noqa: F401 - the same for identities of its functions


class Suite:
    """A test suite that loads the plugin, and of the other installed plugins only the named ones.

    :param helpers: code of the module ``helpers``, whose names each test file imports
    """

    def __init__(self, pytester: pytest.Pytester, helpers: str) -> None:
        self._pytester = pytester
        pytester.makepyfile(helpers=helpers)
        self.path = pytester.path

    def run(self, code: str, *arguments: str, in_process: bool = True) -> pytest.RunResult:
        """Run a test file.

        A run in this process is faster, because a new process takes a second to import moto. Use a new process for tests of
        imports, workers and the end of the process.
        """
        self._pytester.makepyfile(f"from helpers import *\n\n{code}")
        return self.run_files(*arguments, in_process=in_process)

    def run_files(self, *arguments: str, in_process: bool = True) -> pytest.RunResult:
        """Run the files that are in the suite's directory."""
        run = self._pytester.runpytest_inprocess if in_process else self._pytester.runpytest_subprocess
        before = _environment()
        # An installed plugin, unlike an editable one, could be rewritten, but this process has imported it already.
        quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
        result = run("-p", "moto_featurestore.pytest_plugin", *arguments, *quiet)
        assert _environment() == before
        return result


def make_suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, helpers: str = "") -> Suite:
    """Return an empty suite, whose processes can import its modules."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=os.pathsep)
    monkeypatch.syspath_prepend(pytester.path)
    return Suite(pytester, helpers)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}

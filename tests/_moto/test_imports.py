"""Modules that are imported late, or never."""

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from moto_featurestore._moto.imports import imported, when_imported


@pytest.fixture
def module_on_path(tmp_path, monkeypatch):
    (tmp_path / "imported_late.py").write_text("value = 1")
    monkeypatch.syspath_prepend(tmp_path)
    yield "imported_late"
    sys.modules.pop("imported_late", None)


def test_a_module_is_handed_over_once_it_is_imported(module_on_path):
    seen = []
    when_imported(module_on_path, lambda module: seen.append(module.value))
    assert seen == []
    importlib.import_module("json")
    importlib.import_module(module_on_path)
    assert seen == [1]
    when_imported(module_on_path, lambda module: seen.append(module.value))
    assert seen == [1, 1]


def test_a_module_that_is_not_installed_is_still_not_found():
    when_imported("nowhere_to_be_found", pytest.fail)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nowhere_to_be_found")


def test_a_mere_look_up_does_not_use_the_hook_up(module_on_path):
    seen = []
    when_imported(module_on_path, lambda module: seen.append(module.value))
    assert importlib.util.find_spec(module_on_path)
    assert seen == []
    importlib.import_module(module_on_path)
    assert seen == [1]


def test_a_module_that_another_thread_is_about_to_import_is_not_there_yet(monkeypatch):
    module = ModuleType("half_imported")
    module.__spec__ = ModuleSpec("half_imported", None)
    monkeypatch.setitem(sys.modules, "half_imported", module)
    assert imported("half_imported") is module
    module.__spec__._initializing = True
    assert imported("half_imported") is None
    assert imported("never_imported") is None

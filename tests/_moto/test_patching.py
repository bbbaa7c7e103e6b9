"""The machinery that replaces and restores members of other packages."""

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from moto_featurestore._moto.patching import Patch, PatchSet, add_item, add_key, imported, wrap_function

CODE = """
items = ["own"]
entries = {}

def function(value):
    return value

class Parent:
    def inherited(self):
        return "inherited"

class Class(Parent):
    def method(self, value):
        "Of the class."
        return value

    @staticmethod
    def static():
        return "static"

    @classmethod
    def of_class(cls):
        return cls.__name__
"""


@pytest.fixture
def name(tmp_path, monkeypatch):
    (tmp_path / "foreign_module.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    yield "foreign_module"
    sys.modules.pop("foreign_module", None)


@pytest.fixture
def patches():
    sets = []

    def make(*table):
        patch_set = PatchSet(lambda: table)
        sets.append(patch_set)
        return patch_set

    yield make
    for patch_set in sets:
        patch_set.undo()


def twice(original, *args):
    return [original(*args)] * 2


def test_wrap_function_calls_the_replacement_until_undo(name, patches):
    module = importlib.import_module(name)
    before = module.function
    patch_set = patches(Patch(f"{name}:function", wrap_function(twice), "test"))
    patch_set.apply()
    assert module.function(1) == [1, 1]
    patch_set.undo()
    assert module.function is before


@pytest.mark.parametrize(
    ("member", "args", "result"),
    [("method", (1,), [1, 1]), ("static", (), ["static"] * 2), ("of_class", (), ["Class"] * 2), ("inherited", (), ["inherited"] * 2)],
)  # fmt: skip
def test_wrap_function_of_a_static_or_class_or_instance_method_is_removed_by_undo(name, patches, member, args, result):
    module = importlib.import_module(name)
    before = dict(vars(module.Class))
    patch_set = patches(Patch(f"{name}:Class.{member}", wrap_function(twice), "test"))
    patch_set.apply()
    assert getattr(module.Class(), member)(*args) == result
    patch_set.undo()
    assert dict(vars(module.Class)) == before


def test_wrap_function_preserves_the_name_and_docstring_of_the_original(name, patches):
    module = importlib.import_module(name)
    patches(Patch(f"{name}:Class.method", wrap_function(twice), "test")).apply()
    assert (module.Class.method.__name__, module.Class.method.__doc__) == ("method", "Of the class.")


def test_wrap_function_of_a_missing_attribute_passes_none_and_is_removed_by_undo(name, patches):
    module = importlib.import_module(name)
    patch_set = patches(Patch(f"{name}:Class.added", wrap_function(lambda original, _self: original), "test"))
    patch_set.apply()
    assert module.Class().added() is None
    patch_set.undo()
    assert not hasattr(module.Class, "added")


def test_undo_after_another_package_replaced_the_function_preserves_that_replacement(name, patches):
    module = importlib.import_module(name)
    patch_set = patches(Patch(f"{name}:function", wrap_function(twice), "test"))
    patch_set.apply()
    ours = module.function
    module.function = lambda value: ours(value)  # noqa: PLW0108 - as another package wraps it
    theirs = module.function
    assert module.function(1) == [1, 1]
    patch_set.undo()
    assert module.function is theirs
    assert module.function(1) == 1
    patch_set.apply()
    assert module.function(1) == [1, 1]  # not four times


def test_list_item_and_dict_key_are_added_by_apply_and_removed_by_undo(name, patches):
    module = importlib.import_module(name)
    patch_set = patches(
        Patch(f"{name}:items", add_item("first", first=True), "test"),
        Patch(f"{name}:items", add_item("last"), "test"),
        Patch(f"{name}:entries", add_key("key", 1), "test"),
    )
    patch_set.apply()
    assert (module.items, module.entries) == (["first", "own", "last"], {"key": 1})
    module.items.append("other")
    patch_set.undo()
    assert (module.items, module.entries) == (["own", "other"], {})


def test_module_imported_after_apply_is_patched_at_import(name, patches):
    patch_set = patches(Patch(f"{name}:function", wrap_function(twice), "test"))
    patch_set.apply()
    assert importlib.util.find_spec(name)  # looking for the module does not use the hook up
    module = importlib.import_module(name)
    assert module.function(1) == [1, 1]
    patch_set.undo()
    assert module.function(1) == 1


def test_module_imported_after_undo_is_not_patched(name, patches):
    patch_set = patches(Patch(f"{name}:function", wrap_function(twice), "test"))
    patch_set.apply()
    patch_set.undo()
    assert importlib.import_module(name).function(1) == 1
    assert patch_set not in sys.meta_path


def test_import_of_missing_module_for_which_a_patch_exists_raises_module_not_found(patches):
    patches(Patch("nowhere_to_be_found:function", wrap_function(twice), "test")).apply()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nowhere_to_be_found")


def test_function_imported_returns_none_while_the_module_is_being_imported(monkeypatch):
    module = ModuleType("half_imported")
    module.__spec__ = ModuleSpec("half_imported", None)
    monkeypatch.setitem(sys.modules, "half_imported", module)
    assert imported("half_imported") is module
    module.__spec__._initializing = True
    assert imported("half_imported") is None
    assert imported("never_imported") is None

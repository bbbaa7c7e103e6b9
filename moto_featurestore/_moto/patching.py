"""The implementation of ``patches``: members of other packages are replaced and restored together.

A patch contains the name of its module, so it does not import the module. If the module is imported later, the patch is
applied at the end of that import.
"""

import importlib
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from threading import RLock
from types import ModuleType
from typing import Any, NamedTuple

Undo = Callable[[], None]
Change = Callable[[Any, str], Undo]
"""Changes one member, given its owner and its name, and returns the function that restores it."""


class Patch(NamedTuple):
    """One row of the table: a member of another package, what happens to it, and why."""

    target: str
    """``package.module:member`` or ``package.module:Class.member``."""
    change: Change
    reason: str

    @property
    def module(self) -> str:
        """The name of the module that has the member."""
        return self.target.partition(":")[0]

    def apply(self) -> Undo:
        """Change the member of the imported module."""
        *path, name = self.target.partition(":")[2].split(".")
        owner: Any = sys.modules[self.module]
        for part in path:
            owner = getattr(owner, part)
        return self.change(owner, name)


def around(function: Callable[..., Any]) -> Change:
    """Return a change that calls ``function(original, *args, **kwargs)`` in place of a function or method.

    ``original`` is None if the owner has no such member. A caller that still holds the replacement after the undo, for
    example another package that has wrapped it, gets the original.
    """

    def change(owner: Any, name: str) -> Undo:
        stored = vars(owner).get(name)
        original = getattr(owner, name, None)
        is_live = True

        def replacement(*args: Any, **kwargs: Any) -> Any:
            return function(original, *args, **kwargs) if is_live or original is None else original(*args, **kwargs)

        if original is not None:
            replacement = wraps(original)(replacement)
        is_bound = isinstance(stored, staticmethod | classmethod)
        installed = staticmethod(replacement) if is_bound else replacement
        setattr(owner, name, installed)

        def undo() -> None:
            nonlocal is_live
            is_live = False
            if vars(owner).get(name) is not installed:
                return  # another package has replaced it in the meantime
            if stored is None:
                delattr(owner, name)
            else:
                setattr(owner, name, stored)

        return undo

    return change


def item(value: Any, *, first: bool = False) -> Change:
    """Return a change that adds an item to a list, at its end or as the first one."""

    def change(owner: Any, name: str) -> Undo:
        items = getattr(owner, name)
        items.insert(0 if first else len(items), value)

        def undo() -> None:
            items[:] = [other for other in items if other is not value]

        return undo

    return change


def key(name_of_key: str, value: Any) -> Change:
    """Return a change that adds a key to a dict."""

    def change(owner: Any, name: str) -> Undo:
        entries = getattr(owner, name)
        entries[name_of_key] = value

        def undo() -> None:
            entries.pop(name_of_key, None)

        return undo

    return change


class PatchSet(MetaPathFinder):
    """Patches that are applied and undone together. It is a module finder, so it detects modules that are imported later."""

    def __init__(self, table: Callable[[], Iterable[Patch]]) -> None:
        self._table = table
        self._patches: list[Patch] = []
        self._lock = RLock()
        self._pending: dict[str, list[Patch]] = {}
        self._undo: list[Undo] = []
        self._looking_for = ""

    def apply(self) -> None:
        """Apply the patches of all imported modules now, and those of other modules when they are imported."""
        if not self._patches:
            self._patches = list(self._table())
        for module in {patch.module for patch in self._patches} & sys.modules.keys():
            if not imported(module):
                importlib.import_module(module)  # waits for the other thread that is importing it
        with self._lock:
            self._pending = {}
            for patch in self._patches:
                self._pending.setdefault(patch.module, []).append(patch)
            sys.meta_path.insert(0, self)
            for module in list(self._pending):
                if imported(module):
                    self._apply_pending(module)

    def undo(self) -> None:
        """Restore all members."""
        with self._lock:
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
            self._pending = {}
            while self._undo:
                self._undo.pop()()

    def renew_lock(self) -> None:
        """Replace the lock in a forked child, where the thread that holds it does not exist."""
        self._lock = RLock()

    def _apply_pending(self, module: str) -> None:
        with self._lock:
            for patch in self._pending.pop(module, ()):
                self._undo.append(patch.apply())

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        """Find a module of the table like Python, and apply its patches after its execution."""
        if fullname not in self._pending or fullname == self._looking_for:
            return None
        self._looking_for = fullname
        try:
            spec = find_spec(fullname)
        finally:
            self._looking_for = ""
        if spec is not None and spec.loader is not None:
            self._patch_after(spec.loader)
        return spec

    def _patch_after(self, loader: Loader) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self._apply_pending(module.__name__)

        loader.exec_module = exec_module  # type: ignore[method-assign]


def imported(name: str) -> Any:
    """Return a completely imported module, else None. Another thread may be importing it at this moment."""
    module = sys.modules.get(name)
    return None if module is None or getattr(module.__spec__, "_initializing", False) else module

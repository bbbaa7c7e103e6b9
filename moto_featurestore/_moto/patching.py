"""The mechanism behind ``patches``: replacing and restoring functions and attributes of other packages.

A patch refers to its module by name, and does not import the module. If the program imports the module later, the patch
is applied at the end of this import.
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
"""A function that changes an attribute of a module or class, and returns a function that restores the attribute.

Its arguments are the module or class, and the name of the attribute.
"""


class Patch(NamedTuple):
    """A patch: an attribute of a different package, the change of this attribute, and the reason for the change."""

    target: str
    """The attribute to change, in the form ``package.module:member`` or ``package.module:Class.member``."""
    change: Change
    reason: str

    @property
    def module(self) -> str:
        """The name of the module that contains the attribute."""
        return self.target.partition(":")[0]

    def apply(self) -> Undo:
        """Change the attribute. Return a function that restores the attribute.

        The module with the attribute must be imported already.
        """
        *path, name = self.target.partition(":")[2].split(".")
        owner: Any = sys.modules[self.module]
        for part in path:
            owner = getattr(owner, part)
        return self.change(owner, name)


def wrap_function(function: Callable[..., Any]) -> Change:
    """Return a Change that replaces a function or method. A call then runs ``function(original, *args, **kwargs)``.

    ``original`` is the replaced function, or None if the module or class does not have the attribute. Other packages
    may keep a reference to the replacement. After the original is restored, the replacement only calls the original.
    """
    latest: _Replacement | None = None

    def change(owner: Any, name: str) -> Undo:
        nonlocal latest
        stored = vars(owner).get(name)
        original = getattr(owner, name, None)
        if latest is None or latest.original is not original:  # as in the first mock: later mocks reuse the replacement
            latest = _Replacement(function, original)
        replacement = latest
        replacement.is_live = True
        is_bound = isinstance(stored, staticmethod | classmethod)
        installed = staticmethod(replacement.call) if is_bound else replacement.call
        setattr(owner, name, installed)

        def undo() -> None:
            replacement.is_live = False
            if vars(owner).get(name) is not installed:
                return  # another package has replaced the attribute in the meantime
            if stored is None:
                delattr(owner, name)
            else:
                setattr(owner, name, stored)

        return undo

    return change


class _Replacement:
    """A function that replaces another one."""

    def __init__(self, function: Callable[..., Any], original: Any) -> None:
        self.original = original
        self.is_live = False
        """True while ``call`` calls ``function``. At other times, ``call`` only calls the original."""

        def call(*args: Any, **kwargs: Any) -> Any:
            return (
                function(original, *args, **kwargs) if self.is_live or original is None else original(*args, **kwargs)
            )

        self.call: Callable[..., Any] = call if original is None else wraps(original)(call)


def add_item(value: Any, *, first: bool = False) -> Change:
    """Return a Change that adds a value at the end of a list or, if ``first`` is true, at the beginning."""

    def change(owner: Any, name: str) -> Undo:
        items = getattr(owner, name)
        items.insert(0 if first else len(items), value)

        def undo() -> None:
            items[:] = [other for other in items if other is not value]

        return undo

    return change


def add_key(name_of_key: str, value: Any) -> Change:
    """Return a Change that adds a key with a value to a dict."""

    def change(owner: Any, name: str) -> Undo:
        entries = getattr(owner, name)
        entries[name_of_key] = value

        def undo() -> None:
            entries.pop(name_of_key, None)

        return undo

    return change


class PatchSet(MetaPathFinder):
    """A set of patches, which are applied and undone together.

    The class is also a module finder of Python. Therefore it can patch modules that are imported later.
    """

    def __init__(self, table: Callable[[], Iterable[Patch]]) -> None:
        self._table = table
        self._patches: dict[str, list[Patch]] = {}
        """A dict from the name of a module to its patches."""
        self._lock = RLock()
        self._pending: dict[str, list[Patch]] = {}
        self._undo: list[Undo] = []
        self._looking_for = ""

    def apply(self) -> None:
        """Apply the patches of all imported modules now. Apply the patches of other modules when they are imported."""
        if not self._patches:
            for patch in self._table():
                self._patches.setdefault(patch.module, []).append(patch)
        for module in self._patches:
            if module in sys.modules and not imported(module):
                importlib.import_module(module)  # waits for the other thread that is importing the module
        with self._lock:
            self._pending = self._patches.copy()
            sys.meta_path.insert(0, self)
            for module in list(self._pending):
                if imported(module):
                    self._apply_pending(module)

    def undo(self) -> None:
        """Restore all patched attributes."""
        with self._lock:
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
            self._pending = {}
            while self._undo:
                self._undo.pop()()

    def renew_lock(self) -> None:
        """Replace the lock in a forked child process, because a thread of the parent may have held it at the fork."""
        self._lock = RLock()

    def _apply_pending(self, module: str) -> None:
        with self._lock:
            for patch in self._pending.pop(module, ()):
                self._undo.append(patch.apply())

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        """Return the spec of a module that has patches, with a loader that applies the patches after the import.

        For other modules, return None.
        """
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
    """Return a module if its import is complete, else None. Another thread may be importing the module."""
    module = sys.modules.get(name)
    return None if module is None or getattr(module.__spec__, "_initializing", False) else module

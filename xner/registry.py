"""Names of implementations: one `Registry` per stage, open to third parties through entry points."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from xner.errors import ConfigError

T = TypeVar("T")


class Registry(Generic[T]):
    """A mapping from plain names to implementations of one stage.

    Names keep their meaning: a change that alters results gets a new name. Packages add their own through the
    entry-point group ``xner.<kind>``.

    Example:
        >>> shouts = Registry[str]("shout")
        >>> shouts.register("loud")("HEY")
        'HEY'
        >>> shouts.get("loud"), shouts.names()
        ('HEY', ['loud'])
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}
        self._entry_points_read = False
        self._lock = threading.Lock()

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers under `name`; a name that is taken raises ValueError."""

        def add(item: T) -> T:
            if name in self._items:
                raise ValueError(f"{self.kind} {name!r} is registered already")
            self._items[name] = item
            return item

        return add

    def get(self, name: str) -> T:
        """Return the implementation called `name`.

        Raises:
            ConfigError: no such name; the message has the known ones and the nearest.
        """
        self._read_entry_points()
        if name not in self._items:
            near = difflib.get_close_matches(name, self._items, n=1, cutoff=0.5)
            known = ", ".join(self.names())
            hint = f"Did you mean {near[0]!r}? Known: {known}." if near else f"Known: {known}."
            raise ConfigError(f"There is no {self.kind} called {name!r}.", hint)
        return self._items[name]

    def names(self) -> list[str]:
        """Return all names, sorted."""
        self._read_entry_points()
        return sorted(self._items)

    def _read_entry_points(self) -> None:
        if self._entry_points_read:
            return
        with self._lock:
            if not self._entry_points_read:
                found = [(point.name, point.load()) for point in entry_points(group=f"xner.{self.kind}")]
                for name, item in found:
                    self.register(name)(item)
                self._entry_points_read = True

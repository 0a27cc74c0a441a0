"""The models that stay in memory: the last ones asked for, as long as the files that they were loaded from stay."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Files = TypeVar("Files", bound=Hashable)
Model = TypeVar("Model")


class InMemory(Generic[Key, Files, Model]):
    """Up to `n` models by what they were asked for with; one whose files have changed gives way. Thread-safe."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._models: OrderedDict[Key, tuple[Files, Model]] = OrderedDict()
        self._lookup = threading.Lock()
        self._loading = threading.Lock()
        """Apart from `_lookup`, so that a download keeps nobody waiting whose model is here."""

    def __len__(self) -> int:
        return len(self._models)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lookup:
            self._models.clear()

    def get(self, key: Key, files: Files, load: Callable[[], Model]) -> Model:
        """Return the model of a key, loaded once while `files` stay equal; of those asked for, the last are kept.

        Example:
            >>> kept = InMemory(2)
            >>> kept.get("a", 1, lambda: "first"), kept.get("a", 1, lambda: "no"), kept.get("a", 2, lambda: "second")
            ('first', 'first', 'second')
        """
        model = self._known(key, files)
        if model is None:
            with self._loading:
                model = self._known(key, files)  # by a thread that this one has waited for
                if model is None:
                    model = load()
                    with self._lookup:
                        self._models[key] = files, model
                        self._models.move_to_end(key)
                        while len(self._models) > self._n:
                            self._models.popitem(last=False)
        return model

    def _known(self, key: Key, files: Files) -> Model | None:
        with self._lookup:
            made_from, model = self._models.get(key, (None, None))
            if model is None or made_from != files:
                return None
            self._models.move_to_end(key)
            return model

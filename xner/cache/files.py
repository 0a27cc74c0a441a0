"""The hash of the files of a model, known without loading it."""

from __future__ import annotations

import os
from functools import lru_cache

from xner.models import embedded
from xner.models.folders import Stamps, stamps
from xner.models.loaded import weights_hash
from xner.models.paths import cache_folder


def files_hash(model: str) -> str | None:
    """Return the hash of the files that decide what a model says; None where a hub may have newer ones.

    Args:
        model: a folder, or the name of the embedded encoder once it is prepared.
    """
    if model == embedded.NAME:
        folder = _embedded_folder(str(cache_folder())) if embedded.is_prepared() else None
    else:
        folder = model if os.path.isdir(model) else None
    found = None if folder is None else stamps(folder)
    return None if folder is None or found is None else _hash(folder, found)


@lru_cache(maxsize=4)
def _embedded_folder(_cache_folder: str) -> str:
    return str(embedded.prepare())


@lru_cache(maxsize=16)
def _hash(folder: str, _stamps: Stamps) -> str:
    """Return the hash of a model's files, a quarter of a second for e5-small, once a process while none changes."""
    return weights_hash(folder)

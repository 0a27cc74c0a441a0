"""Keys: the SHA-256 of all that a value follows from."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import xner

SCHEMA = 1
"""Of keys and values together; another number shares nothing with this one."""
_PACKAGES = (
    "torch", "transformers", "tokenizers", "sentencepiece", "sacremoses", "ctranslate2", "numpy", "scipy", "simalign",
)  # fmt: skip
"""Packages that compute; sentencepiece cuts and sacremoses, where it is there, straightens what Marian reads, scipy
finds the links of mwmf."""
_OWN = ("models", "text")
"""Folders of ours whose code decides what any model is asked and what becomes of its answer."""


def key_of(*material: object) -> bytes:
    """Return the key of JSON values, 32 bytes; the order of keys in mappings plays no part.

    Raises:
        TypeError: not JSON.

    Example:
        >>> key_of("links", {"a": 1, "b": 2}) == key_of("links", {"b": 2, "a": 1}), len(key_of())
        (True, 32)
    """
    text = json.dumps([SCHEMA, *material], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).digest()


@cache
def environment(*stages: str) -> str:
    """Return a hash of what else numbers depend on: our own code, the packages that compute, and the processor.

    Our code counts by its bytes and not by a number that somebody has to raise: a test over worked examples sees only
    what they happen to show, and a changed aligner must never meet what the old one left. It costs who edits these
    folders one more run; who installs a release, one after those that changed them.
    The number of threads is left out: with one and with two the encoder gave the same bits.

    Args:
        stages: folders whose code takes part, besides those that every model depends on.
    """
    root = Path(xner.__file__).parent
    files = sorted(file for folder in (*_OWN, *stages) for file in (root / folder).rglob("*.py"))
    code = hashlib.sha256()
    for file in files:
        code.update(f"{file.relative_to(root)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return key_of(code.hexdigest(), xner.__version__, list(packages().values()), _processor()).hex()


def packages() -> dict[str, str | None]:
    """Return the version of each package that computes, None where it is not installed."""
    return {name: _version(name) for name in _PACKAGES}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> list[str]:
    """Return what kind of processor this is: kernels for another one round differently."""
    known = [platform.machine(), platform.processor()]
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return known
    return known + sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})

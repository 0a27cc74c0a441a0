"""Translations on disk, by what they are a translation of: one small JSON file each, safe with several processes."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from xner.models.paths import cache_folder
from xner.signature import hash_json


def translate_once(
    texts: Sequence[str], direction: str, translate: Callable[[list[str]], list[str]], batch_size: int
) -> list[str]:
    """Return the translation of each text, asking `translate` only for those that no earlier run has had.

    What it is asked for comes in batches of texts of like length, and each batch is kept as soon as it is there, so
    that a run that was stopped goes on where it was. Blank texts stay as they are.

    Args:
        texts: one sentence each.
        direction: model, parameters and languages; another string shares nothing.
        translate: returns one translation a text.
        batch_size: texts in a batch.
    """
    made = {text: text for text in texts if not text.strip()}
    for text in dict.fromkeys(texts):
        if text not in made and (known := _read(_file(direction, text))) is not None:
            made[text] = known
    missing = sorted((text for text in dict.fromkeys(texts) if text not in made), key=len)
    for start in range(0, len(missing), batch_size):
        batch = missing[start : start + batch_size]
        for text, translation in zip(batch, translate(batch), strict=True):
            made[text] = translation
            _write(_file(direction, text), translation)
    return [made[text] for text in texts]


def _file(direction: str, text: str) -> Path:
    key = hash_json([direction, text])
    return cache_folder() / "translations" / key[:2] / f"{key}.json"


def _read(file: Path) -> str | None:
    """Return what was kept; None where there is nothing, or not what was written."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # ValueError: neither UTF-8 nor JSON
        return None
    text = kept.get("translation") if isinstance(kept, dict) else None
    return text if isinstance(text, str) and kept.get("sha256") == _checksum(file, text) else None


def _write(file: Path, translation: str) -> None:
    content = json.dumps({"translation": translation, "sha256": _checksum(file, translation)})
    scratch = file.with_name(f"{file.stem}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(content, encoding="utf-8")
        os.replace(scratch, file)
    except OSError:  # a full or read-only disk: the translation is there all the same, the next run makes it again
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def _checksum(file: Path, translation: str) -> str:
    return hashlib.sha256(f"{file.stem}\0{translation}".encode("utf-8", "surrogatepass")).hexdigest()

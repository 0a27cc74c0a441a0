"""Arrays of the cells of a results directory: derived from gold and predictions, for opening them fast."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from xner.evaluate.packed import Packed, from_arrays, to_arrays
from xner.io import results_files as files


def arrays_path(directory: Path, predictions: str) -> Path:
    """Return where the arrays of predictions are kept."""
    return directory / files.STATISTICS / f"{Path(predictions).name.removesuffix('.jsonl.gz')}.npz"


def write_arrays(path: Path, packed: Packed, of: Mapping[str, str]) -> None:
    """Write arrays; `of` says what they were made from.

    Raises:
        ConfigError: the file can't be written.
    """
    content = io.BytesIO()
    np.savez_compressed(content, **to_arrays(packed, of))  # type: ignore[arg-type]
    files.replace_file(path, content.getvalue())


def read_arrays(path: Path, of: Mapping[str, str]) -> Packed | None:
    """Return the arrays of a cell, ``None`` where they are absent, damaged or of something else."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            return from_arrays(arrays, of)
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile, zlib.error):
        return None

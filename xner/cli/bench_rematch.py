"""``xner bench rematch``: what a moved weight costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xner.cli.bench import JsonFile, _show
from xner.cli.options import Settings
from xner.config import load_config
from xner.services.output_files import refuse_overwriting


def rematch(
    source: Annotated[Path | None, typer.Argument(help="Sentence pairs; the sample corpus when left out.")] = None,
    settings: Settings = None,
    n_pairs: Annotated[int, typer.Option(help="Pairs, at most.", min=1)] = 1000,
    json_file: JsonFile = None,
) -> None:
    """Seconds until pairs are matched again after a score weight moved, with the cache as it is set.

    The first run fills the cache where it has not seen the pairs; the second run moves `score.weights.soft` and
    reads alignments from disk; the last line matches from memory, as the Inspect page does.

    Example: `python -m xner bench rematch pairs.jsonl`
    """
    from xner.bench.rematch import measure
    from xner.services.import_corpus import first_pairs

    refuse_overwriting([source], [json_file])
    _show(measure(first_pairs(source, n_pairs), load_config(None, settings or ())), json_file)

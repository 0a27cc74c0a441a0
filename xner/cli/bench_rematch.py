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
    in_browser: Annotated[bool, typer.Option("--browser", help="On the Run page in Chromium instead.")] = False,
    json_file: JsonFile = None,
) -> None:
    """Seconds until pairs are matched again after a score weight moved, with the cache as it is set.

    The first run fills the cache where it has not seen the pairs; the second run moves `score.weights.soft` and
    reads alignments from disk; the last line matches from memory, as the Inspect page does. With --browser: from
    Enter behind a weight on the Run page to what it would change, over a corpus that is projected.

    Example: `python -m xner bench rematch pairs.jsonl`
    """
    from xner.bench import rematch as here
    from xner.bench import rematch_in_browser as there
    from xner.services.import_corpus import first_pairs

    refuse_overwriting([source], [json_file])
    measure = there.measure if in_browser else here.measure
    _show(measure(first_pairs(source, n_pairs), load_config(None, settings or ())), json_file)

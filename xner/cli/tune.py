"""``xner tune``: weights of the scores from gold, such as corrected sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import xner
from xner.cli.console import EXIT_SOME_FAILED, tell
from xner.cli.options import ConfigFile, Force, Format, Method, Settings, SourceLang, TargetLang, configured
from xner.services.input_files import InputOptions, pairs_of, usable
from xner.services.output_files import refuse_existing, refuse_overwriting, write_whole
from xner.services.tune_weights import as_run_toml, tune
from xner.signature import hash_file


def tune_weights(
    gold: Annotated[
        Path,
        typer.Argument(help="Pairs with source entities and gold target entities; a corrected export.", dir_okay=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The run.toml to write.", dir_okay=False)] = Path(
        "run.toml"
    ),
    folds: Annotated[int, typer.Option(help="Parts of the cross-validation.", min=2, max=50)] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the parts.")] = 0,
    preset: Method = None,
    config: ConfigFile = None,
    settings: Settings = None,
    format_: Format = "auto",
    source_lang: SourceLang = None,
    target_lang: TargetLang = None,
    force: Force = False,
) -> None:
    """Find weights, exponent and offset of the scores on gold, and write them as a run.toml.

    What they are worth is measured on pairs that they were not found on, and compared with the settings before.

    Example: `python -m xner tune corrected.jsonl -o run.toml`
    """
    refuse_overwriting([gold, config], [output])
    refuse_existing([output], force=force)
    base = configured(config, preset, settings)
    options = InputOptions(format=format_, source_lang=source_lang, target_lang=target_lang)
    rejected: list[str] = []
    pairs = list(usable(pairs_of(gold, options), lambda problem: rejected.append(str(problem))))
    for problem in rejected:
        tell(problem)
    tuned = tune(pairs, base, n_folds=folds, seed=seed, on_progress=lambda step: tell(f"{step} …"))
    found_on = f"{gold.name} sha256:{hash_file(gold)[:12]}" if gold.is_file() else "stream"
    provenance = {"data": found_on, "folds and seed": f"{folds}, {seed}", "xner": xner.__version__}
    text = as_run_toml(tuned, provenance)
    gain = tuned.difference
    print(f"strict F1 before      {tuned.base_f1:.4f}")
    print(f"strict F1 tuned       {tuned.tuned_f1:.4f}  (cross-validated)")
    print(f"difference            {gain.delta:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]")
    write_whole(output, text)
    if not tuned.is_better:
        tell("The interval holds 0: these settings are not shown to be better than those before. More gold may tell.")
    tell(f"{output} written.")
    if rejected:
        tell(f"{len(rejected)} input rows rejected.")
        raise typer.Exit(EXIT_SOME_FAILED)

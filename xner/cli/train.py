"""``xner train``: a recogniser from gold sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from xner.cli.console import tell
from xner.cli.options import labels_of
from xner.errors import ConfigError
from xner.services.output_files import refuse_overwriting
from xner.services.train_ner import train_ner
from xner.train.ner import TrainSettings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def train() -> None:
    """Train a model of your own."""


@app.command("ner")
def ner(
    data: Annotated[list[Path], typer.Argument(help="Gold sentences: JSONL or CoNLL.", dir_okay=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the recogniser.", file_okay=False)],
    silver: Annotated[
        list[Path] | None,
        typer.Option("--silver", help="What `project` wrote, as further sentences; may be repeated.", dir_okay=False),
    ] = None,
    least_margin: Annotated[
        float,
        typer.Option("--silver-margin", help="Least margin to the runner-up of each silver entity.", min=0),
    ] = 0.0,
    dev: Annotated[
        list[Path] | None, typer.Option("--dev", help="Gold sentences to score on; may be repeated.", dir_okay=False)
    ] = None,
    label_set: Annotated[str, typer.Option("--label-set", help="Labels to learn; others are O.")] = "PER,LOC,ORG",
    lang: Annotated[str | None, typer.Option("--lang", help="BCP-47 tag where rows have none.")] = None,
    encoder: Annotated[
        str, typer.Option("--encoder", help="e5-small, or the folder of a BERT-like model.")
    ] = "e5-small",
    start: Annotated[
        Path | None, typer.Option("--start", help="Recogniser to go on from: its folder, or e5-ner.", file_okay=False)
    ] = None,
    share: Annotated[
        float,
        typer.Option(
            "--share", help="Of the trained weights in what is stored; the rest is of --start.", min=0.01, max=1
        ),
    ] = 1.0,
    layers: Annotated[int, typer.Option("--layers", help="Upper layers that are trained.", min=1)] = 6,
    epochs: Annotated[int, typer.Option("--epochs", min=1, max=100)] = 3,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, max=1024)] = 32,
    affixes: Annotated[
        float,
        typer.Option(
            "--affixes", help="Chance of a made-up affix on each name, in copies of the sentences.", min=0, max=1
        ),
    ] = 0.0,
    dtype: Annotated[
        Literal["float32", "bfloat16"], typer.Option("--dtype", help="bfloat16 is faster where the CPU has it.")
    ] = "float32",
    seed: Annotated[int, typer.Option("--seed")] = 1,
    licence: Annotated[str, typer.Option("--licence", help="Of the weights, for the card.")] = "as the training data",
    force: Annotated[bool, typer.Option("--force", help="Replace a recogniser that is there.")] = False,
) -> None:
    """Train the upper layers of the encoder and a head to find names, and store them in a folder.

    The lower layers run once over the data and stay as they are. The folder's path is then a model:
    `--set recognise.name=transformers --set recognise.model=FOLDER`, or `score.ner_model`, `extract.model`.

    With `--silver`, `--start` and `--share 0.5` a recogniser learns a language without labelled data from what was
    projected onto it, and keeps what it knows.

    Example: `python -m xner train ner gold.jsonl --dev dev.jsonl -o my-ner`
    """
    refuse_overwriting([*data, *(silver or ()), *(dev or ())], [])
    if output.is_dir() and any(output.iterdir()) and not force:
        raise ConfigError(f"{output} is not empty.", "Name another folder, or add --force.")
    settings = TrainSettings(
        n_layers=layers, epochs=epochs, batch_size=batch_size, affixes=affixes, dtype=dtype, seed=seed, share=share
    )
    if share < 1 and start is None:
        raise ConfigError(
            "--share is a share beside --start, which is not given.", "Add --start FOLDER, or leave --share."
        )
    labels = labels_of(label_set) or ()
    done = train_ner(
        data, output, labels=labels, silver=silver or (), least_margin=least_margin, dev=dev or (), lang=lang,
        settings=settings, encoder=encoder, start=start, licence=licence, tell=tell,
    )  # fmt: skip
    for name, counts in done.scores.items():
        f1 = "–" if counts.f1 is None else f"{counts.f1:.3f}"
        print(f"{name}: strict F1 {f1} on {counts.n_gold} gold entities")
    tell(f"{output}: trained on {done.n_sentences} sentences in {done.seconds:.0f} s.")

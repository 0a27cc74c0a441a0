"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from xner.config import RunConfig, load_config
from xner.errors import ConfigError
from xner.services.named_methods import with_method

Input = Annotated[
    Path,
    typer.Argument(
        help="Sentence pairs: JSONL (.gz), TSV, CSV, lines `source ||| target`; with --target the source side.",
        dir_okay=False,
    ),
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A run.toml with settings.", dir_okay=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="One setting, KEY=VALUE, e.g. match.name=greedy; may be given again.", metavar="K=V"),
]
Method = Annotated[
    str | None,
    typer.Option(
        "--preset",
        help="A method by its name, as on the pages of the app: fusion-centred, heuristic, greedy-links … (an unknown "
        "one is answered with all). It wins over --config, and --set over it.",
        metavar="NAME",
    ),
]
Format = Annotated[
    str, typer.Option("--format", help="auto (by name and first line), jsonl, tsv, csv or plain (source ||| target).")
]
SourceLang = Annotated[str | None, typer.Option("--source-lang", help="BCP-47 tag where rows have none, e.g. en.")]
TargetLang = Annotated[str | None, typer.Option("--target-lang", help="BCP-47 tag where rows have none, e.g. sw.")]
TargetFile = Annotated[
    Path | None,
    typer.Option("--target", help="Second file, beside the first: CoNLL, or one sentence a line.", dir_okay=False),
]
LabelSet = Annotated[
    str | None,
    typer.Option("--label-set", help="All labels that there may be, PER,ORG,LOC; a row with another one is rejected."),
]
LinksFile = Annotated[
    Path | None,
    typer.Option("--links", help="Pharaoh links of the pairs; taken instead of an aligner.", dir_okay=False),
]


Force = Annotated[bool, typer.Option("--force", help="Replace the output if it is there.")]


def configured(config: Path | None, method: str | None, settings: Sequence[str] | None) -> RunConfig:
    """Return the configuration of `--config`, `--preset` and `--set`; a method is whole, whatever the file says.

    Raises:
        ConfigError: there is no such method or setting.
    """
    return load_config(config, settings or (), change=partial(with_method, word=method) if method is not None else None)


def labels_of(label_set: str | None) -> tuple[str, ...] | None:
    """Return the labels of `--label-set`.

    Raises:
        ConfigError: there is none in it.
    """
    if label_set is None:
        return None
    labels = tuple(label.strip() for label in label_set.split(",") if label.strip())
    if not labels:
        raise ConfigError(f"--label-set {label_set!r} names no label.", "Example: --label-set PER,ORG,LOC")
    return labels

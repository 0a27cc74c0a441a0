"""Align a file: links only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xner.align import make_aligner, parts_to_train
from xner.config import RunConfig
from xner.engine.checkpoint import set_aside
from xner.engine.local import Failure, isolated
from xner.engine.lock import sole_writer
from xner.errors import InputError
from xner.io.json_lines import dumps
from xner.io.pharaoh import format_links
from xner.io.report import RowProblem
from xner.services.input_files import InputOptions, pairs_of, usable
from xner.services.output_files import refuse_overwriting
from xner.types import Alignment, SentencePair


@dataclass(slots=True)
class AlignSummary:
    """What became of the rows of a file."""

    n_aligned: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    n_rejected: int = 0
    """Rows that could not be read."""


def align_file(
    source: Path,
    output: Path,
    config: RunConfig,
    options: InputOptions,
    *,
    as_pharaoh: bool,
    on_row: Callable[[AlignSummary], None] = lambda _summary: None,
    on_problem: Callable[[RowProblem], None] = lambda _problem: None,
) -> AlignSummary:
    """Write the links of every pair, one line each; `output` is put in place when complete.

    A Pharaoh line has no room for an id or a reason, so a file with bad rows is refused in that format: its lines
    would no longer stand beside the sentences.

    Raises:
        InputError: the file can't be read, or a row can't be aligned and the format is Pharaoh.
        ConfigError: the output is an input, or another run is writing it.
        ModelUnavailable: the aligner's model is not here; nothing is written then.
    """
    refuse_overwriting((source, options.target, options.links), [output])
    aligner = make_aligner(config.align, config.cache)
    aligner.describe()  # loads its model: one that is missing is told before anything is written
    for part in parts_to_train(aligner):
        part.train(usable(pairs_of(source, options), lambda _problem: None))
    summary = AlignSummary()

    def reject(problem: RowProblem) -> None:
        summary.n_rejected += 1
        on_problem(problem)

    with sole_writer(output):
        partial = output.with_name(output.name + ".partial")
        set_aside(partial)
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as stream:
                for pair, links in isolated(usable(pairs_of(source, options), reject), aligner.align):
                    if isinstance(links, Failure):
                        summary.failed.append((pair.id, links.reason))
                    else:
                        summary.n_aligned += 1
                    stream.write(_line(pair, links, as_pharaoh) + "\n")
                    on_row(summary)
            _refuse_if_unusable(summary, source, as_pharaoh)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
    return summary


def _refuse_if_unusable(summary: AlignSummary, source: Path, as_pharaoh: bool) -> None:
    n_bad = len(summary.failed) + summary.n_rejected
    if not summary.n_aligned or (as_pharaoh and n_bad):
        why = f" The first: {': '.join(summary.failed[0])}" if summary.failed else ""
        raise InputError(
            f"{n_bad} rows can't be aligned, nothing was written.{why}",
            "Correct them, or use --format jsonl, which names its rows." if as_pharaoh else "",
            file=str(source),
        )


def _line(pair: SentencePair, links: Alignment | Failure, as_pharaoh: bool) -> str:
    if isinstance(links, Failure):
        return dumps({"id": pair.id, "status": "failed", "reason": links.reason})
    if as_pharaoh:
        return format_links(links)
    return dumps({"id": pair.id, "alignment": [list(link) for link in sorted(links.links)]})

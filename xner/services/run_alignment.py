"""Align a file: links only."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from xner.align import aligners
from xner.align.base import Aligner
from xner.config import RunConfig
from xner.errors import InputError, XnerError
from xner.io.json_lines import dumps
from xner.io.pharaoh import format_links
from xner.io.report import RowProblem
from xner.services.input_files import InputOptions, pairs_of, usable
from xner.types import Alignment, SentencePair

_BATCH = 64


@dataclass(slots=True)
class AlignSummary:
    """What became of the rows of a file."""

    n_aligned: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


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
    """
    aligner = aligners.get(config.align.name)(config.align)
    summary = AlignSummary()
    pairs = usable(pairs_of(source, options), summary.problems, on_problem)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as stream:
        for pair, links in _aligned(aligner, pairs):
            if isinstance(links, Alignment):
                summary.n_aligned += 1
                stream.write(_line(pair, links, as_pharaoh) + "\n")
            else:
                summary.failed.append((pair.id, links))
                if not as_pharaoh:
                    stream.write(dumps({"id": pair.id, "status": "failed", "reason": links}) + "\n")
            on_row(summary)
    if not summary.n_aligned or (as_pharaoh and (summary.failed or summary.problems)):
        partial.unlink()
        n_bad = len(summary.failed) + len(summary.problems)
        raise InputError(
            f"{n_bad} rows can't be aligned, nothing was written.",
            "Correct them, or use --format jsonl, which names its rows." if as_pharaoh else "",
            file=str(source),
        )
    partial.replace(output)
    return summary


def _line(pair: SentencePair, alignment: Alignment, as_pharaoh: bool) -> str:
    if as_pharaoh:
        return format_links(alignment)
    return dumps({"id": pair.id, "alignment": [list(link) for link in sorted(alignment.links)]})


def _aligned(aligner: Aligner, pairs: Iterator[SentencePair]) -> Iterator[tuple[SentencePair, Alignment | str]]:
    while batch := list(itertools.islice(pairs, _BATCH)):
        try:
            yield from zip(batch, aligner.align(batch), strict=True)
        except XnerError:
            for pair in batch:
                try:
                    yield pair, aligner.align([pair])[0]
                except XnerError as error:
                    yield pair, f"{error.code}: {error}"

"""What files of an evaluation say of a sentence beside its entities: names in the source, margins, links."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xner.evaluate.entity_table import Evidence
from xner.io.lines import open_lines
from xner.io.reading import detect_format, read_pairs
from xner.io.report import RowProblem
from xner.types import Projection, SentencePair, Span


def read_evidence(gold: Path, predicted: Path) -> dict[str, Evidence]:
    """Return the evidence of each sentence of `predicted`, by id, as far as the files hold it.

    Source names, margins and the system's links come from `predicted`, gold links from `gold`: its `alignment` is taken
    for what annotators linked. CoNLL and rows of one sentence have none of these, and a pipe is not read twice.

    Raises:
        InputError: a file can't be read.
    """
    gold_links = {pair.id: pair.alignment for pair, _ in _pairs(gold)}
    return {
        pair.id: Evidence(
            source_names=_source_names(pair),
            margins=_margins(projection),
            links=projection.alignment if projection and projection.alignment else pair.alignment,
            gold_links=gold_links.get(pair.id),
        )
        for pair, projection in _pairs(predicted)
    }


def _pairs(path: Path) -> Iterator[tuple[SentencePair, Projection | None]]:
    """Yield pairs and what was projected onto each; rows that are no pairs were told of by whoever scored them."""
    if not path.is_file():
        return
    with open_lines(path) as lines:
        if detect_format(lines.name, lines.head) != "jsonl":
            return
    projections: dict[str, Projection] = {}
    for row in read_pairs(
        path, source_lang="und", target_lang="und",
        on_projection=lambda projection: projections.update({projection.pair_id: projection}),
    ):  # fmt: skip
        if not isinstance(row, RowProblem):
            yield row, projections.pop(row.id, None)


def _source_names(pair: SentencePair) -> tuple[str, ...] | None:
    source, entities = pair.source, pair.source_entities
    if source is None or entities is None:
        return None
    return tuple(" ".join(source.tokens[entity.span.start : entity.span.end]) for entity in entities)


def _margins(projection: Projection | None) -> dict[Span, float | None]:
    if projection is None or projection.runner_up is None:
        return {}
    return {e.span: runner.margin for e, runner in zip(projection.entities, projection.runner_up, strict=True)}

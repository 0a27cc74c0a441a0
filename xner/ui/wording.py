"""Findings as sentences (Markdown, text of users made safe): plain functions, tested without a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xner.pipeline import BACK, Trace
from xner.services.gold_agreement import Agreement, Kind
from xner.services.inspect_pair import Why, candidate_rows, span_text
from xner.types import Entity, Projection, Sentence, Span
from xner.ui.messages import plain, quote
from xner.ui.pair_view import MARKS

STATUS_MARKS = {
    "new": "○", "projected": "◌", "draft": "✎", "accepted": "✓", "adjudicated": "✔", "skipped": "↷", "flagged": "⚑",
    "failed": "⚠",
}  # fmt: skip
"""Sign of what has become of a sentence, beside its word."""


def state_of(status: str) -> str:
    """Return what has become of a sentence, with sign and word.

    Example:
        >>> state_of("accepted"), state_of("failed")
        ('✓ accepted', '⚠ failed')
    """
    return f"{STATUS_MARKS[status]} {status}"


def clock(time: str) -> str:
    """Return a stored time for reading: the day and the minute, in UTC.

    Example:
        >>> clock("2026-03-01T12:01:33.120000Z")
        '2026-03-01 12:01 UTC'
    """
    return f"{time[:10]} {time[11:16]} UTC"


def status(projection: Projection, method: str, aligner: str) -> str:
    """Return what became of a pair, in one line with icon and word."""
    by = f"by {plain(method)} over {plain(aligner)} links"
    if projection.status == "failed":
        return f"**⚠ Failed** – this is not an empty result. {plain(projection.reason or '')}"
    if projection.status == "empty":
        return f"**○ No entity** {by}: {plain(projection.reason or 'nothing to project')}."
    total = "" if projection.objective is None else f", total score {projection.objective:.2f}"
    return f"**◌ Projected** {counted(len(projection.entities), 'entity', 'entities')} {by}{total}."


def why(row: Why, trace: Trace) -> str:
    """Return why an entity stands where it stands, or why nowhere, in one paragraph."""
    name = f"**{row.entity + 1} · {plain(row.label)}** {quote(row.source_text)}"
    if row.span is None:
        return f"{name} **found no place**  \n{_no_place(row, trace)}"
    reasons = (_links(row, trace), _scores(row), _runner_up(row))
    placed = f"{name} → {quote(row.target_text or '')}, {places(row.span)}"
    return f"{placed}  \n{' '.join(reason for reason in reasons if reason)}"


def agreement_line(rows: Sequence[Agreement]) -> str:
    """Return the agreement with gold as counts with sign and word."""
    if not rows:
        return "Gold has no entity here, and none was found."
    kinds: list[Kind] = ["correct", "boundary", "label", "missing", "spurious"]
    counts = {kind: sum(row.kind == kind for row in rows) for kind in kinds}
    return " · ".join(f"{MARKS[kind]} **{counts[kind]}** {kind}" for kind in kinds if counts[kind])


def disagreement(row: Agreement, target: Sentence | None, left: str = "gold", right: str = "found") -> str:
    """Return how one entity differs between two sides, in words."""
    sides = [f"{name} {entity_text(e, target)}" for name, e in ((left, row.expected), (right, row.found)) if e]
    return f"**{MARKS[row.kind]} {row.kind}**: {', '.join(sides)}"


def entity_text(entity: Entity, sentence: Sentence | None) -> str:
    """Return label and text of an entity."""
    return f"{plain(entity.label)} {quote(span_text(sentence, entity.span))}"


def places(span: Span) -> str:
    """Return the words of a span, counted from 1.

    Example:
        >>> places(Span(2, 3)), places(Span(2, 5))
        ('word 3', 'words 3–5')
    """
    return f"word {span.start + 1}" if len(span) == 1 else f"words {span.start + 1}–{span.end}"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun.

    Example:
        >>> counted(1, "row", "rows"), counted(1200, "row", "rows")
        ('1 row', '1,200 rows')
    """
    return f"{number:,} {one if number == 1 else many}"


def figure(value: float | None) -> str:
    """Return a score with two decimals, a dash where there was no data."""
    return "–" if value is None else f"{value:.2f}"


def score_name(name: str) -> str:
    """Return what a score is called: that of a marked back-translation by what it was read from.

    Example:
        >>> score_name("soft"), score_name("ner_span+back")
        ('soft', 'ner span of the back-translation')
    """
    word = name.removesuffix(BACK).replace("_", " ")
    return f"{word} of the back-translation" if name.endswith(BACK) else word


def _links(row: Why, trace: Trace) -> str:
    entity = trace.table.entities[row.entity].span
    into = {i for i, j in row.links if row.span and j in row.span}
    outside = sum(1 for _, j in row.links if row.span and j not in row.span)
    if not into:
        return "No word of it is linked into this span."
    if len(entity) == 1:
        first = "Its word is linked into this span"
    elif len(into) == len(entity):
        first = f"{'Both' if len(entity) == 2 else f'All {len(entity)}'} words are linked into this span"
    else:
        first = f"{len(into)} of its {len(entity)} words {'is' if len(into) == 1 else 'are'} linked into this span"
    return f"{first}, {counted(outside, 'link leads', 'links lead')} elsewhere." if outside else f"{first}."


def _scores(row: Why) -> str:
    known: Mapping[str, float] = {name: value for name, value in row.components.items() if value is not None}
    if row.total is None:
        return "The method read the links alone, without scores."
    parts = [f"{plain(score_name(name))} {value:.2f}" for name, value in known.items()]
    return f"Scores: {', '.join(parts)}, total {row.total:.2f}." if parts else f"Score {row.total:.2f}."


def _runner_up(row: Why) -> str:
    if row.margin is None:
        return ""
    if row.runner_up is None:
        return f"Without this span it would have none, and the sentence would score {row.margin:.2f} less."
    return f"Runner-up: {quote(row.runner_up_text or '')}, {row.margin:.2f} less."


def _no_place(row: Why, trace: Trace) -> str:
    best = candidate_rows(trace, row.entity, limit=1)
    if best:
        return (
            f"Its best span is {quote(best[0].text)} with {best[0].total:.2f}; the method did not choose it, "
            "because of another entity, a rule or its own limits."
        )
    if not row.links:
        return "None of its words is linked, and no span of the target scores above 0."
    return "Its links lead to no span that may be chosen."

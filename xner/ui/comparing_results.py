"""What methods made of one sentence: the rows with their differences, failures, agreement in words, and a table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from xner.correct.labels import Label
from xner.services import inspect_pair
from xner.services.compare_methods import EntityRow, Outcome, Placing, absent_tokens, by_entity, marks
from xner.types import Entity, Sentence, SentencePair
from xner.ui import learning, pair_view, wording
from xner.ui.messages import cell, plain, quote, show_error
from xner.ui.pair_view import Layer


def draw(
    pair: SentencePair,
    outcomes: Sequence[Outcome],
    reference: Sequence[Entity],
    word: str,
    *,
    is_first: bool,
    labels: Sequence[Label],
) -> None:
    """Draw all of it.

    Args:
        pair: source and target known.
        outcomes: of each method, in the order chosen.
        reference: what differences are marked from.
        word: what the reference is called.
        is_first: the reference is the first method that ran, and no row of its own.
        labels: the label set, for its colours.
    """
    layers = layers_of(pair, outcomes, reference, word, is_first=is_first)
    if any(outcome.trace for outcome in outcomes):
        pair_view.draw_layers(_source_of(pair, outcomes), layers, labels, key="compare_view")
    for outcome in outcomes:
        if outcome.trace is None:
            _draw_failure(outcome)
    rows = by_entity(outcomes)
    if any(outcome.trace for outcome in outcomes):
        first, *others = agreement_words(rows, outcomes, pair.target)
        st.markdown("\n".join([first, "", *(f"- {line}" for line in others)]))
        _draw_table(rows, outcomes)
        for outcome in outcomes:
            if outcome.extents:
                st.caption(f"{plain(outcome.title)}: {learning.extent_words(outcome.extents)}")


def layers_of(
    pair: SentencePair, outcomes: Sequence[Outcome], reference: Sequence[Entity], word: str, *, is_first: bool
) -> list[Layer]:
    """Return the target once a method that ran, and the reference beneath where it is none of them."""
    layers = []
    leader = next((outcome for outcome in outcomes if outcome.trace), None)
    for outcome in outcomes:
        trace = outcome.trace
        if trace is None or trace.pair.target is None:
            continue
        found, is_leader = trace.projection.entities, is_first and outcome is leader
        signs = tuple(
            ("", "") if mark.kind == "correct" else (
                pair_view.MARKS[mark.kind], f"{mark.kind}, held against {word}"
            )
            for mark in marks(reference, found)
        )  # fmt: skip
        note = _note(found, reference, is_leader=is_leader)
        layers.append(Layer(
            outcome.title, note, trace.pair.target, found, signs, absent_tokens(reference, found)
        ))  # fmt: skip
    if not is_first and pair.target is not None:
        layers.append(
            Layer(word.removeprefix("the ").capitalize(), None, pair.target, tuple(reference),
                  tuple(("", "") for _ in reference))
        )  # fmt: skip
    return layers


def _note(found: Sequence[Entity], reference: Sequence[Entity], *, is_leader: bool) -> str:
    if is_leader:
        return "○ no entity" if not found else "the first"
    same = {(e.span, e.label) for e in found} & {(e.span, e.label) for e in reference}
    if len(same) == len(found) == len(reference):
        return "✓ the same"
    if not found:
        return "○ no entity"
    more = len(found) - len(reference)
    return f"{len(same)} of {len(reference)} the same{f', {more} more' if more > 0 else ''}"


def _source_of(pair: SentencePair, outcomes: Sequence[Outcome]) -> SentencePair:
    """Return the pair with the source and its entities as the first method that has any reads them."""
    read = (outcome.trace.pair for outcome in outcomes if outcome.trace)
    return next((p for p in read if p.source is not None and p.source_entities is not None), pair)


def _draw_failure(outcome: Outcome) -> None:
    """Draw why a method made nothing: what is not installed, or what went wrong. It is no empty result."""
    if outcome.needs:
        with st.container(border=True):
            st.markdown(f":material/download: **{plain(outcome.title)}** is not installed here, so it did not run.")
            for need in outcome.needs:
                st.caption(plain(need.words))
                if need.command:
                    st.code(need.command, language=None, wrap_lines=True)
    elif outcome.problem is not None:
        st.markdown(f"**⚠ {plain(outcome.title)}** did not project this sentence, which is not an empty result.")
        show_error(outcome.problem)


def agreement_words(rows: Sequence[EntityRow], outcomes: Sequence[Outcome], target: Sentence | None) -> list[str]:
    """Return how far the methods agree: one line, and one for each entity on which they differ."""
    ran = [number for number, outcome in enumerate(outcomes) if outcome.trace]
    if len(ran) < 2:
        return ["One method alone has run: there is nothing to agree with."]
    if not rows:
        return [f"All {len(ran)} methods find no name."]
    differing = [row for row in rows if len(row.groups) > 1]
    n = len(rows) - len(differing)
    who = "Both methods" if len(ran) == 2 else f"All {len(ran)} methods"
    if not differing:
        return [f"**{who} agree** on {wording.counted(n, 'entity', 'entities')}: same words, same labels."]
    lines = [f"**{who} agree on {n} of {wording.counted(len(rows), 'entity', 'entities')}.**"]
    for row in differing:
        name = "Not linked to a source entity" if row.text is None else quote(row.text)
        parts = [
            f"{_placing_words(placing, target)} ({', '.join(plain(outcomes[k].title) for k in who)})"
            for placing, who in row.groups
        ]
        lines.append(f"{name}: {'; '.join(parts)}")
    return lines


def _placing_words(placing: Placing, target: Sentence | None) -> str:
    if not placing:
        return "no place"
    return " + ".join(f"{plain(e.label)} {quote(inspect_pair.span_text(target, e.span))}" for e in placing)


def _draw_table(rows: Sequence[EntityRow], outcomes: Sequence[Outcome]) -> None:
    if not rows:
        return
    names = [f"{n} · {plain(row.label or '')} {cell(row.text)}" if row.text is not None else "no source entity"
             for n, row in enumerate(rows, 1)]  # fmt: skip
    columns = {
        plain(outcome.title): [_cell(row.placings[number], outcome) for row in rows]
        for number, outcome in enumerate(outcomes)
    }
    st.table({"Entity": names, **columns}, border="horizontal")
    st.caption(
        "Beside each span its words and its score, where the method gives one. Scores of one method can be compared "
        "with each other; those of another are on another scale."
    )


def _cell(placing: Placing, outcome: Outcome) -> str:
    if placing is None or outcome.trace is None:
        return "not installed" if outcome.needs else "⚠ failed"
    if not placing:
        return "no place"
    target = outcome.trace.pair.target
    return " + ".join(
        f"{plain(e.label)} **{cell(inspect_pair.span_text(target, e.span))}** "
        f"{wording.places(e.span)}{'' if e.score is None else f' · {wording.figure(e.score)}'}"
        for e in placing
    )

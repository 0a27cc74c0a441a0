"""Beneath a comparison: F1 of each method over the sentences of the corpus that have gold or were corrected."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from xner.errors import XnerError
from xner.services import compare_scores
from xner.services.compare_methods import Outcome, lacking
from xner.services.compare_scores import MethodScore, Reference, Result, Scores
from xner.services.dashboard_corpus import CORRECTED, GOLD
from xner.services.documents import Document
from xner.ui import wording
from xner.ui.messages import cell, plain, quote, show_error
from xner.ui.state import Desk

_AGAINST = "compare_f1"
_WORDS = {GOLD: "gold", CORRECTED: "corrected sentences"}
_TELL_EVERY_S = 0.3


def draw(desk: Desk, document: Document, outcomes: Sequence[Outcome]) -> None:
    """Draw the scores that are known, and the offer to compute the rest."""
    corpus_id = document.corpus.id
    st.subheader("F1 over the corpus", anchor=False)
    kinds = compare_scores.kinds(desk.store, desk.user, corpus_id, document.pair)
    if not kinds:
        st.caption("It takes sentences with gold, or some that were corrected and accepted; there are none yet.")
        return
    kind = _draw_kind(kinds)
    try:
        against = compare_scores.reference(desk.store, desk.user, corpus_id, kind)
        results = _results(desk, corpus_id, outcomes, against)
        missing = [outcome for outcome in outcomes if _can_run(outcome) and outcome.spec not in results]
        place = st.empty()
        if missing and _draw_offer(place, missing, against):
            _compute(desk, corpus_id, missing, against)
            results = _results(desk, corpus_id, outcomes, against)
            if all(outcome.spec in results for outcome in missing):
                place.empty()
    except XnerError as error:
        show_error(error)
        return
    if results:
        _draw_table(outcomes, results, against)


def _results(desk: Desk, corpus_id: int, outcomes: Sequence[Outcome], against: Reference) -> dict[str, Result]:
    found = {}
    for outcome in outcomes:
        if outcome.config is not None:
            result = compare_scores.known_result(desk.store, desk.user, corpus_id, outcome.config, against)
            if result is not None:
                found[outcome.spec] = result
    return found


def _can_run(outcome: Outcome) -> bool:
    return outcome.config is not None and not lacking(outcome.config)


def _draw_kind(kinds: Sequence[str]) -> str:
    asked = st.query_params.get("f1")
    now = next((kind for kind in kinds if kind == asked), kinds[0])
    if len(kinds) > 1:
        st.session_state[_AGAINST] = now
        st.segmented_control(
            "Held against", kinds, format_func=lambda kind: _WORDS[kind], key=_AGAINST, required=True,
            on_change=_take_kind,
        )  # fmt: skip
    return now


def _take_kind() -> None:
    st.query_params["f1"] = st.session_state[_AGAINST]


def _draw_offer(place: DeltaGenerator, missing: Sequence[Outcome], against: Reference) -> bool:
    n = len(against.expected)
    names = ", ".join(plain(outcome.title) for outcome in missing)
    with place.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            f"Compute over {wording.counted(n, 'sentence', 'sentences')}", icon=":material/calculate:",
            key="compare_compute",
        )  # fmt: skip
        st.caption(f"No stored run has these sentences by {names}. Nothing is stored; a run of Run would stay.")
    return pressed


def _compute(desk: Desk, corpus_id: int, missing: Sequence[Outcome], against: Reference) -> None:
    """Compute method after method; one that can't run is named and the others go on."""
    for outcome in missing:
        if outcome.config is None:
            continue
        name, bar = plain(outcome.title), st.progress(0.0)
        meter = _Meter()

        def tell(done: int, total: int, bar=bar, meter=meter, name=name) -> None:  # type: ignore[no-untyped-def]
            if meter.is_due() or done == total:
                left = meter.left(done, total)
                bar.progress(done / max(total, 1), f"{name}: {done:,} of {total:,} sentences{left}")

        def learning(share: float, what: str, bar=bar, meter=meter, name=name) -> None:  # type: ignore[no-untyped-def]
            if meter.is_due():
                bar.progress(min(share, 1.0), f"{name}: {what} …")

        bar.progress(0.0, f"{name}: loading …")
        try:
            compare_scores.compute(desk.store, desk.user, corpus_id, outcome.config, against, tell, learning)
        except XnerError as error:
            st.markdown(f"**⚠ {name}** has no F1:")
            show_error(error)
        bar.empty()


class _Meter:
    """Knows when to draw again, and what is left at the pace so far."""

    def __init__(self) -> None:
        self._last = 0.0
        self._first: tuple[float, int] | None = None

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self._last < _TELL_EVERY_S:
            return False
        self._last = now
        return True

    def left(self, done: int, total: int) -> str:
        now = time.monotonic()
        if self._first is None:
            self._first = now, done
        began, at = self._first
        if done <= at:
            return ""
        return f", about {round((now - began) * (total - done) / (done - at))} s left"


def _draw_table(outcomes: Sequence[Outcome], results: Mapping[str, Result], against: Reference) -> None:
    found = compare_scores.scores(results, against)
    first = next(iter(found.methods))
    rows = [
        (outcome, found.methods.get(outcome.spec), results.get(outcome.spec)) for outcome in outcomes
    ]  # fmt: skip
    first_title = next(outcome.title for outcome in outcomes if outcome.spec == first)
    st.table(
        {
            "Method": [cell(outcome.title) for outcome, _, _ in rows],
            "F1 (95 % interval)": [_f1(outcome, score, is_one=found.n_sentences == 1) for outcome, score, _ in rows],
            "Difference (95 % interval)": [_difference(score) for _, score, _ in rows],
            "Failed": ["–" if score is None else f"{score.n_failed:,}" for _, score, _ in rows],
            "From": [_origin(result) for _, _, result in rows],
        },
        border="horizontal",
    )
    st.caption(_count_words(found, against, first_title))
    for outcome, score, result in rows:
        if result is not None and score is not None and result.failed:
            reasons = "; ".join(f"{plain(reason)} ({n:,})" for reason, n in list(result.failed.items())[:3])
            counted = wording.figure(score.counting_failed)
            st.markdown(
                f"⚠ {plain(outcome.title)} failed on {score.n_failed:,}: {reasons}. With every entity of these counted "
                f"as missed its F1 is {counted}."
            )


def _f1(outcome: Outcome, score: MethodScore | None, *, is_one: bool) -> str:
    """Return the F1 as it is listed; of one sentence there is no interval."""
    if score is None:
        return "not computed" if _can_run(outcome) else "not installed" if outcome.config else "⚠ no such method"
    if score.score.f1 is None:
        return "⚠ failed on all"
    low, high = score.score.interval or (None, None)
    around = "" if low is None or high is None or is_one else f" ({low:.3f} to {high:.3f})"
    return f"**{score.score.f1:.3f}**{around}"


def _difference(score: MethodScore | None) -> str:
    apart = score.difference if score is not None else None
    if apart is None or apart.delta is None or apart.low is None or apart.high is None:
        return "–"
    return f"{apart.delta:+.3f} ({apart.low:+.3f} to {apart.high:+.3f})"


def _origin(result: Result | None) -> str:
    if result is None:
        return "–"
    if not result.runs:
        return "computed for this page"
    return f"{'run' if len(result.runs) == 1 else 'runs'} {', '.join(map(str, result.runs))}"


def _count_words(found: Scores, against: Reference, first: str) -> str:
    n = wording.counted(found.n_sentences, "sentence", "sentences")
    spread = f", spread over the {against.n_known:,} there are" if against.n_known > len(against.expected) else ""
    kind = {GOLD: "with gold", CORRECTED: "corrected and accepted"}[against.kind]
    words = f"Strict F1, span and label, on {n} {kind}{spread}."
    if len(found.methods) > 1:
        words += f" Differences are to {quote(first)} on the same sentences, by paired bootstrap."
    if found.n_left_out and len(found.methods) > 1:
        words += f" {found.n_left_out:,} on which some method failed are left out for all."
    if against.kind == CORRECTED:
        words += " Corrections begin from a projection, which favours the method that made it."
    return words

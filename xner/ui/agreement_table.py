"""How far annotators agree, as tables with intervals, and the sentence that says which figure to go by."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from xner.evaluate.agreement import AgreementReport, AgreementSlice, Figure, which_to_trust
from xner.text.script import language_name
from xner.ui.messages import cell, plain
from xner.ui.wording import counted


def draw(report: AgreementReport) -> None:
    """Draw the figures: overall, by pair of annotators, by language, by label."""
    overall = report.overall
    st.markdown(f"**{plain(which_to_trust(overall))}**")
    st.caption(
        f"{counted(overall.n_sentences, 'sentence', 'sentences')} that two or more have accepted, "
        f"{counted(overall.n_entities, 'entity', 'entities')} of all annotators together. In brackets: 95 % interval, "
        "bootstrap over sentences. ± 1: ends may be one token off. κ (Cohen) and α (Krippendorff) compare tokens; – "
        "where a figure is not defined."
    )
    _draw_slices("Together", [("all", overall)])
    st.markdown("**Each two annotators**")
    st.table(
        {
            "Annotators": [cell(" and ".join(pair.annotators)) for pair in overall.pairs],
            "Span F1": [_words(pair.strict) for pair in overall.pairs],
            "Span F1 ± 1": [_words(pair.tolerant) for pair in overall.pairs],
            "Token κ": [_words(pair.kappa) for pair in overall.pairs],
            "Share of O": [_share(pair.outside) for pair in overall.pairs],
            "Sentences": [f"{pair.n_sentences:,}" for pair in overall.pairs],
            "Entities": [" and ".join(f"{n:,}" for n in pair.n_entities) for pair in overall.pairs],
        },
        border="horizontal",
    )
    if len(report.by_language) > 1:
        _draw_slices("Language", [(language_name(part.language or "und"), part) for part in report.by_language])
    _draw_slices("Label", [(part.label or "", part) for part in report.by_label])


def _draw_slices(title: str, parts: Sequence[tuple[str, AgreementSlice]]) -> None:
    if title != "Together":
        st.markdown(f"**By {title.lower()}**")
    st.table(
        {
            title: [cell(name, 40) for name, _ in parts],
            "Span F1": [_words(part.strict) for _, part in parts],
            "Span F1 ± 1": [_words(part.tolerant) for _, part in parts],
            "Token α": [_words(part.alpha) for _, part in parts],
            "Share of O": [_share(part.outside) for _, part in parts],
            "Sentences": [f"{part.n_sentences:,}" for _, part in parts],
            "Entities": [f"{part.n_entities:,}" for _, part in parts],
        },
        border="horizontal",
    )


def _words(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if figure.interval is None:
        return f"{figure.value:.2f}"
    return f"{figure.value:.2f} [{figure.interval.low:.2f}–{figure.interval.high:.2f}]"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"

"""What stands around the pair view: why here, agreement, candidates, methods, back-translation."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import streamlit as st

from xner.config import RunConfig
from xner.pipeline import Trace
from xner.services import inspect_pair, inspect_stored, link_saves
from xner.services.documents import open_document
from xner.services.gold_agreement import Agreement, compare
from xner.services.identity import Role
from xner.services.inspect_stored import Kept
from xner.services.manual_links import Decisions, rematch_decided
from xner.types import Link
from xner.ui import charts, learning, pair_view, state, wording
from xner.ui.inspecting import Inspection
from xner.ui.messages import cell, plain, show_error
from xner.ui.state import Desk

_WHY_IN_ONE_COLUMN = 4
_MAX_OPTIONS = 1000
"""Cells in the list of links; a larger matrix lists the links and the rows of entities."""


def agreement(result: Inspection) -> list[Agreement] | None:
    """Return the agreement with gold, None where there is no gold or no projection."""
    if result.trace is None or result.pair.target_entities is None or result.trace.projection.status == "failed":
        return None
    return compare(result.pair.target_entities, result.trace.projection.entities)


def draw_pair(result: Inspection, stored: Kept) -> None:
    """Draw what becomes of the sentence now, the pair itself beside what is stored, and its agreement with gold."""
    rows = agreement(result)
    with_gold = False
    if result.problem is not None:
        st.markdown("**⚠ Failed** – this sentence could not be projected, which is not an empty result.")
        show_error(result.problem)
    elif result.trace is not None:
        config, projection = result.config, result.trace.projection
        line = wording.status(
            projection, config.match.name, " and ".join(filter(None, (config.align.name, config.align.unite)))
        )
        if projection.status == "failed":
            st.error(line)
        else:
            with st.container(horizontal=True, horizontal_alignment="distribute"):
                st.markdown(line, width="content")
                with_gold = rows is not None and st.toggle("Show gold", value=True, key="show_gold")
        if result.extents:
            st.caption(learning.extent_words(result.extents))
    trace = result.trace
    pair_view.draw(
        result.pair, trace.alignment if trace else None, trace.projection if trace else None,
        decisions=result.decisions, agreement=rows if with_gold else None,
        stored=stored if stored.agrees is False or (stored.is_corrected and trace is None) else None,
    )  # fmt: skip
    if rows is None:
        return
    st.markdown(f"**Against gold:** {wording.agreement_line(rows)}")
    wrong = [wording.disagreement(row, result.pair.target) for row in rows if row.kind != "correct"]
    if wrong:
        st.markdown("\n".join(f"- {line}" for line in wrong))


def draw_why(trace: Trace) -> None:
    """Draw one paragraph for each source entity, and all figures beneath."""
    if trace.projection.status == "failed":
        return
    st.subheader("Why here?", anchor=False)
    rows = inspect_pair.why_here(trace)
    if not rows:
        st.markdown("The source has no entities, so there is nothing to place.")
        return
    half = (len(rows) + 1) // 2
    parts = [rows] if len(rows) <= _WHY_IN_ONE_COLUMN else [rows[:half], rows[half:]]
    for column, part in zip(st.columns(len(parts), gap="large"), parts, strict=True):
        column.markdown("\n\n".join(wording.why(row, trace) for row in part))
    with st.expander("All figures"):
        names = list(trace.components)
        st.table(
            {
                "Entity": [f"{row.entity + 1} · {cell(row.label)} {cell(row.source_text)}" for row in rows],
                "Span": [cell(row.target_text) if row.target_text else "no place" for row in rows],
                "Links": [_link_words(trace, row.links) for row in rows],
                **{
                    _score_column(name): [wording.figure(row.components.get(name)) for row in rows] for name in names
                },
                "Total": [wording.figure(row.total) for row in rows],
                "Runner-up": [cell(row.runner_up_text) if row.runner_up_text else "–" for row in rows],
                "Margin": [wording.figure(row.margin) for row in rows],
            },
            border="horizontal",
        )  # fmt: skip


def draw_matrix(desk: Desk, result: Inspection) -> None:
    """Draw the alignment matrix; for an annotator a click on a cell sets or removes a link by hand, and is stored."""
    evidence, trace = result.evidence, result.trace
    if evidence is None or trace is None:
        return
    decisions, may = result.decisions, desk.may(Role.ANNOTATOR)
    whole = True
    if charts.is_large(trace):
        whole = st.toggle(
            "Whole sentence", value=True, key="matrix_whole",
            help=f"Off: only words within {charts.NEIGHBOURS} of an entity, which fit without scrolling.",
        )  # fmt: skip
    matrix = charts.matrix_of(trace, whole=whole)
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.markdown(
        "Click a cell to set or remove a link: the projection follows at once, and both are kept as a draft."
        if may else "You may look at this corpus; setting links takes an annotator."
    )  # fmt: skip
    button.button(
        f"Reset links ({len(decisions)})", on_click=_reset, args=(desk, result), disabled=not (decisions and may),
        icon=":material/undo:", key="reset_links", width="stretch",
    )  # fmt: skip
    _draw_present(result, evidence, trace, decisions)
    if matrix.is_cut and whole:
        st.caption(
            f"The whole matrix is larger than {charts.MAX_CELLS} × {charts.MAX_CELLS}: only words within "
            f"{charts.NEIGHBOURS} of an entity are shown."
        )
    if not matrix.rows or not matrix.columns:
        st.info("There is no word to show.")
        return
    # New after each click: plotly would keep the selection.
    key = f"matrix-{result.document.id}-{desk.n_clicks}-{whole:d}"
    figure = charts.matrix_figure(trace, matrix, decisions, is_dark=st.context.theme.type == "dark")
    with st.container(key="matrix_room"):  # scrolls sideways where the matrix is wider
        st.plotly_chart(
            figure, key=key, selection_mode="points", width="content",
            on_select=functools.partial(_take_click, desk, result, matrix, key) if may else "ignore",
            config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
            alt=charts.alt_text(trace, matrix),
        )  # fmt: skip
    with st.expander("The links as a list, for keyboard and screen reader"):
        _draw_link_list(desk, result, trace, matrix, may=may)


def draw_candidates(trace: Trace) -> None:
    """Draw the best candidates of one entity with all their scores."""
    entities = trace.table.entities
    if trace.projection.status == "failed":
        st.info("The projection failed, so there are no candidates.", icon=":material/info:")
        return
    if not entities:
        st.info("The source has no entities, so there are no candidates.")
        return
    index = st.segmented_control(
        "Entity", range(len(entities)), default=0, required=True, key=f"candidates-{trace.pair.id}",
        format_func=lambda k: f"{k + 1} · {plain(inspect_pair.span_text(trace.pair.source, entities[k].span))}",
    )  # fmt: skip
    rows = inspect_pair.candidate_rows(trace, index or 0)
    if not rows:
        st.info("No span of the target has any evidence for this entity.")
        return
    st.table(
        {
            "": ["**✓ chosen**" if row.chosen else "" for row in rows],
            "Span": [f"**{cell(row.text)}**" if row.chosen else cell(row.text) for row in rows],
            "Words": [wording.places(row.span).split()[1] for row in rows],
            **{
                _score_column(name): [wording.figure(row.components[name]) for row in rows] for name in trace.components
            },
            "Weighted total": [wording.figure(row.total) for row in rows],
        },
        border="horizontal",
    )
    st.caption(f"{len(rows)} best of {len(trace.candidates):,} candidates. “–”: this pair has no data for the score.")


def draw_methods(trace: Trace, config: RunConfig) -> None:
    """Draw what every method makes of the same links and scores."""
    results = inspect_pair.methods_side_by_side(trace, config)
    first = results[0].projection
    spans, changes = [], []
    for result in results:
        found = result.projection.entities if result.projection else ()
        words = [wording.entity_text(entity, trace.pair.target) for entity in found]
        spans.append(" · ".join(words) if words else "⚠ failed" if result.problem else "no entity")
        if result.problem:
            changes.append(plain(result.problem))
        elif first is None or result is results[0]:
            changes.append("–")
        else:
            rows = [row for row in compare(first.entities, found) if row.kind != "correct"]
            parts = [wording.disagreement(row, trace.pair.target, results[0].method, result.method) for row in rows]
            changes.append("; ".join(parts) or "✓ the same")
    names = [f"{result.method} (in use)" if result.method == config.match.name else result.method for result in results]
    st.table(
        {"Method": [plain(name) for name in names], "Entities": spans, f"Against {results[0].method}": changes},
        border="horizontal",
    )


def _score_column(name: str) -> str:
    word = wording.score_name(name)
    return word[:1].upper() + word[1:]


def _draw_present(result: Inspection, evidence: Trace, trace: Trace, decisions: Decisions) -> None:
    """Draw the present entities and what the links set by hand changed: the pair itself may be scrolled away."""
    now, target = trace.projection.entities, trace.pair.target
    words = " · ".join(wording.entity_text(entity, target) for entity in now)
    st.markdown(f"Entities now: {words or ('failed' if trace.projection.status == 'failed' else 'none')}")
    if decisions:
        before = rematch_decided(evidence, result.config, {}).projection.entities
        rows = [row for row in compare(before, now) if row.kind != "correct"]
        changes = "; ".join(wording.disagreement(row, target, "before", "now") for row in rows)
        st.markdown(f"Changed by your links: {changes or 'no entity'}.")


def _take_click(desk: Desk, result: Inspection, matrix: charts.Matrix, key: str) -> None:
    link = charts.clicked_link(st.session_state.get(key))
    if link is not None and link[0] in matrix.rows and link[1] in matrix.columns:
        state.attempt(lambda: _toggle(desk, result, [link]))


def _toggle(desk: Desk, result: Inspection, links: Sequence[Link]) -> None:
    document, evidence = result.document, result.evidence
    if evidence is None:
        return
    for link in links:
        link_saves.toggle_link(desk.store, desk.user, document, evidence, result.config, link)
        document = open_document(desk.store, desk.user, document.id, desk.client)


def _reset(desk: Desk, result: Inspection) -> None:
    evidence = result.evidence
    if evidence is not None:
        state.attempt(
            lambda: inspect_stored.reset_links(desk.store, desk.user, result.document, evidence, result.config)
        )


def _draw_link_list(desk: Desk, result: Inspection, trace: Trace, matrix: charts.Matrix, *, may: bool) -> None:
    links = trace.alignment.links
    rows: Sequence[int] = matrix.rows
    if len(matrix.rows) * len(matrix.columns) > _MAX_OPTIONS:
        spans = [entity.span for entity in trace.pair.source_entities or ()]
        rows = [i for i in matrix.rows if any(i in span for span in spans)]
    options = sorted(links | {(i, j) for i in rows for j in matrix.columns})
    key = f"links-{result.document.id}-{desk.n_clicks}"
    st.multiselect(
        "Links: remove one with its ×, or type two words to add one", options, default=sorted(links), key=key,
        format_func=lambda link: _link_words(trace, [link], safe=False), placeholder="Add a link", disabled=not may,
        on_change=functools.partial(_take_list, desk, result, links, key),
    )  # fmt: skip


def _take_list(desk: Desk, result: Inspection, links: frozenset[Link], key: str) -> None:
    changed = sorted(links ^ frozenset(st.session_state[key]))
    state.attempt(lambda: _toggle(desk, result, changed))


def _link_words(trace: Trace, links: Sequence[Link], *, safe: bool = True) -> str:
    source, target = trace.pair.source, trace.pair.target
    if source is None or target is None or not links:
        return "none"
    shown = [f"{source.tokens[i]} – {target.tokens[j]} ({i + 1}–{j + 1})" for i, j in links]
    return ", ".join(cell(words) if safe else words for words in shown)

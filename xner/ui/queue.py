"""The queue: the sentences of a corpus, riskiest first, filtered by what the address says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from xner.correct import risk
from xner.services import corpora, home, queue_figures, queue_view, reading_list, work_queue
from xner.services.queue_view import View
from xner.services.work_queue import Page, Row
from xner.ui import languages, notices, projecting, queue_bulk, queue_filters, times, walk, wording, working
from xner.ui.messages import cell, isolated, plain, show_error
from xner.ui.state import Desk
from xner.ui.walk import Seat
from xner.ui.wording import counted

_ROW_PX, _HEAD_PX, _MOST_PX, _TEXT_PX = 35, 38, 740, 180
_VISIT = "xner_queue_visit"
"""Counts visits: the table gets a new key each time, or it would still hold the row chosen before."""


def draw(desk: Desk) -> None:
    """Draw the queue of the current corpus; a click on a row opens the sentence."""
    if desk.problem is not None:
        show_error(desk.problem)
    seat = walk.seat_in(desk, desk.corpus.id) if desk.corpus else None
    if seat is None:
        _draw_no_corpus()
        return
    _draw_title(seat)
    working.draw()
    notices.draw()
    st.session_state.pop(walk.SHOWN, None)
    walk.restore_view(seat)
    walk.forget_order()
    view = walk.view_of_address()
    corpus = corpora.get(seat.store, seat.user, seat.corpus.id)
    _draw_summary(seat, view)
    if corpus.n_pairs == 0:
        _draw_empty_corpus()
        return
    _draw_progress(seat, corpus)
    choices = work_queue.choices(seat.store, seat.user, seat.corpus.id)
    if set(choices.statuses) == {"new"}:
        st.info(
            "Nothing is projected yet: the names of the source have no place in the targets, and there is no risk to "
            "order by.",
            icon=":material/hourglass_empty:",
        )
        projecting.draw(seat.desk, corpus.id)
    queue_filters.draw(seat, view, choices)
    page = work_queue.page(seat.store, seat.user, seat.corpus.id, view)
    if page.n_rows == 0:
        queue_filters.draw_no_rows(seat, view)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Start with the first", type="primary", icon=":material/play_arrow:", key="queue_start",
            on_click=open_sentence, args=(seat, view, page.rows[0].pair_id),
        )  # fmt: skip
        queue_bulk.draw_button(seat)
        st.caption("A click on a row opens it.", width="content")
    queue_bulk.draw(seat, view)
    _draw_table(seat, view, page)
    _draw_pager(seat, view, page)


def _draw_title(seat: Seat) -> None:
    names = {corpus.id: corpus.name for corpus in seat.desk.corpora}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Correct", anchor=False, width="stretch")
        if len(names) > 1:
            st.session_state["queue_corpus"] = seat.corpus.id
            st.selectbox(
                "Corpus", list(names), format_func=names.__getitem__, key="queue_corpus", width=320,
                on_change=_corpus_changed, args=(seat.desk,), label_visibility="collapsed",
            )  # fmt: skip
        else:
            st.markdown(f"**{plain(seat.corpus.name)}**", width="content")


def _corpus_changed(desk: Desk) -> None:
    chosen = walk.seat_in(desk, int(st.session_state["queue_corpus"]))
    if chosen is not None:
        walk.go(chosen, walk.kept_view(chosen))


def _draw_no_corpus() -> None:
    st.title("Correct", anchor=False)
    st.info(
        "There is no corpus yet. The queue shows its sentences, those that most likely need you first.",
        icon=":material/inbox:",
    )
    if st.button("Add text", type="primary", icon=":material/add:"):
        st.switch_page("pages/add.py")


def _draw_empty_corpus() -> None:
    st.info("This corpus has no sentences yet: the queue shows what waits for you.", icon=":material/inbox:")
    if st.button("Add text", type="primary", icon=":material/add:"):
        st.switch_page("pages/add.py")


def _draw_progress(seat: Seat, corpus: corpora.Corpus) -> None:
    rows = home.progress(corpus)
    total, done = sum(row.n for row in rows), sum(row.n_done for row in rows)
    counts = sum((row.counts for row in rows), type(rows[0].counts)())
    others = [f"{counts[name]:,} {name}" for name in ("draft", "flagged", "skipped", "failed") if counts[name]]
    with st.container(horizontal=True, vertical_alignment="center"):
        words = f"**{done:,} of {total:,}** sentences accepted"
        st.progress(done / total, text=" · ".join([words, *others]))
        with st.popover("Who and what", icon=":material/group:"):
            _draw_figures(seat, rows)
    if (found := queue_figures.gain(seat.store, seat.user, seat.corpus.id)) is not None:
        share, chance = found.n_found / found.n_corrections, found.n_first / found.n_rows
        st.caption(
            f"The first {found.n_first} by risk contained {share:.0%} of the corrections so far; in any other order "
            f"{chance:.0%} would be expected ({counted(found.n_corrections, 'correction', 'corrections')} in "
            f"{found.n_rows:,} sentences)."
        )


def _draw_figures(seat: Seat, rows: list[home.Progress]) -> None:
    shown = [name for name in queue_view.STATUSES if any(row.counts[name] for row in rows)]
    st.table(
        {
            "Language": [plain(languages.words(row.lang)) for row in rows],
            **{wording.state_of(name): [f"{row.counts[name]:,}" for row in rows] for name in shown},
        },
        border="horizontal",
    )
    people = queue_figures.contributions(seat.store, seat.user, seat.corpus.id)
    if people:
        made = [name for name in queue_view.STATUSES if any(one.statuses[name] for one in people)]
        st.table(
            {
                "Annotator": [cell(one.name) for one in people],
                **{wording.state_of(name): [f"{one.statuses[name]:,}" for one in people] for name in made},
                "Last": [times.local(one.last) for one in people],
            },
            border="horizontal",
        )
    else:
        st.caption("Nobody has changed a sentence yet.")


def _draw_table(seat: Seat, view: View, page: Page) -> None:
    visit = st.session_state.setdefault(_VISIT, 0)
    key = f"queue-{seat.corpus.id}-{visit}-{hash((view, page.number))}"
    several = len({row.lang for row in page.rows}) > 1 or bool(view.filters.langs)
    columns: dict[str, list[Any]] = {
        "Risk": [row.risk for row in page.rows],
        "Status": [wording.state_of(row.status) for row in page.rows],
        "Language": [languages.words(row.lang).partition(" (")[0] for row in page.rows],
        "Source": [row.source for row in page.rows],
        "Target": [row.target for row in page.rows],
        "Entities": [" · ".join(f"{label} {isolated(text)}" for label, text in row.entities) for row in page.rows],
        "Smart tags": [list(row.tags) for row in page.rows],
        "Annotator": [row.annotator for row in page.rows],
        "Changed": [times.moment(row.changed) for row in page.rows],
    }
    st.dataframe(
        columns,
        hide_index=True,
        key=key,
        on_select=partial(_open_row, seat, view, page.rows, key),
        selection_mode=("single-row", "single-cell"),  # a click anywhere in the row, or the box by keyboard
        height=min(_HEAD_PX + _ROW_PX * len(page.rows), _MOST_PX),
        column_order=None if several else [name for name in columns if name != "Language"],
        column_config={
            "Risk": st.column_config.ProgressColumn(
                min_value=0.0, max_value=1.0, format="%.2f", width=85, help=risk.formula(), color="auto-inverse"
            ),
            "Status": st.column_config.TextColumn(width=105),
            "Language": st.column_config.TextColumn(width=80),
            "Source": st.column_config.TextColumn(width=_TEXT_PX),
            "Target": st.column_config.TextColumn(width=_TEXT_PX),
            "Entities": st.column_config.TextColumn(width=170),
            "Smart tags": st.column_config.ListColumn(width=170, help="What each means: Help on a sentence."),
            "Annotator": st.column_config.TextColumn(width=90),
            "Changed": st.column_config.DatetimeColumn(format="D MMM, HH:mm", width=105),
        },
    )


def _open_row(seat: Seat, view: View, rows: tuple[Row, ...], key: str) -> None:
    selection = st.session_state[key]["selection"]
    chosen = [*selection.get("rows", ()), *(cell[0] for cell in selection.get("cells", ()))]
    if chosen and 0 <= chosen[0] < len(rows):
        open_sentence(seat, view, rows[chosen[0]].pair_id)


def open_sentence(seat: Seat, view: View, pair_id: int) -> None:
    """Go to a sentence of the list (a callback)."""
    st.session_state[_VISIT] = st.session_state.get(_VISIT, 0) + 1
    walk.go(seat, view, pair_id)


def _draw_pager(seat: Seat, view: View, page: Page) -> None:
    first = (page.number - 1) * work_queue.PAGE_SIZE + 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{first:,}–{first + len(page.rows) - 1:,} of {counted(page.n_rows, 'sentence', 'sentences')}.",
            width="stretch",
        )
        if page.n_pages > 1:
            st.button(
                "Page before", icon=":material/chevron_left:", disabled=page.number == 1, key="queue_before",
                on_click=walk.go, args=(seat, _page(view, page.number - 1)),
            )  # fmt: skip
            st.button(
                "Page after", icon=":material/chevron_right:", icon_position="right", key="queue_after",
                disabled=page.number == page.n_pages, on_click=walk.go, args=(seat, _page(view, page.number + 1)),
            )  # fmt: skip


def _page(view: View, number: int) -> View:
    return replace(view, page=number)


def _draw_summary(seat: Seat, view: View) -> None:
    """Say what a sitting that came to the end of its list has done, and what may come next."""
    now = walk.walk()
    if now.last is None:
        return
    minutes = max(1, round((datetime.now(UTC).timestamp() - now.started) / 60))
    decided = {name: list(now.decided.values()).count(name) for name in ("accepted", "skipped", "flagged", "draft")}
    words = ", ".join(f"{number:,} {name}" for name, number in decided.items() if number)
    with st.container(border=True):
        st.subheader("This list is done", anchor=False)
        st.markdown(
            f"You worked on **{counted(len(now.decided), 'sentence', 'sentences')}** ({words}) in about "
            f"{counted(minutes, 'minute', 'minutes')}, with {counted(now.n_saves, 'saved change', 'saved changes')}."
        )
        if now.steps:
            st.caption("Steps: " + " · ".join(f"{plain(name)} {number}" for name, number in now.steps.most_common(8)))
        waiting = reading_list.waiting(
            seat.store, seat.user, seat.corpus.id, now.ids, view.filters.statuses
        )  # fmt: skip
        with st.container(horizontal=True):
            if waiting:
                st.button(
                    f"Back to the {len(waiting):,} that still wait in it" if len(waiting) > 1
                    else "Back to the one that still waits in it",
                    type="primary", key="queue_waiting", on_click=_again, args=(seat, view, waiting[0]),
                )  # fmt: skip
            st.button("Close", key="queue_close", on_click=walk.end_walk)


def _again(seat: Seat, view: View, pair_id: int) -> None:
    walk.end_walk()
    open_sentence(seat, view, pair_id)

"""The filters of the queue: the address is what they show and what they change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from xner.correct import risk
from xner.services import dashboard_corpus, queue_view, work_queue
from xner.services.queue_view import View
from xner.services.work_queue import Choices
from xner.store.rows import Filters
from xner.ui import languages, walk, wording
from xner.ui.messages import plain
from xner.ui.walk import Seat
from xner.ui.wording import counted

_FILTERS = ("status", "lang", "label", "tag", "annotator", "q", "order")
_ORDER_WORDS = {
    "risk": "riskiest first",
    "document": "as in the document",
    "changed": "changed last first",
    "random": "random",
}


def draw(seat: Seat, view: View, choices: Choices) -> None:
    """Draw the filters; the address is what they show and what they change."""
    filters, changed = view.filters, partial(_filters_changed, seat)
    _draw_behind(seat, view)
    with_counts = {name: choices.statuses[name] for name in queue_view.STATUSES if choices.statuses[name]}
    offered = list(dict.fromkeys([*with_counts, *filters.statuses]))
    st.session_state["queue_status"] = list(filters.statuses)
    st.session_state["queue_lang"] = list(filters.langs)
    st.pills(
        "Status", offered, selection_mode="multi", key="queue_status", on_change=changed, label_visibility="collapsed",
        format_func=lambda name: f"{wording.state_of(name)} {with_counts.get(name, 0):,}",
    )  # fmt: skip
    langs = list(dict.fromkeys([*sorted(choices.languages), *filters.langs]))
    if len(langs) > 1:
        st.pills(
            "Language", langs, selection_mode="multi", key="queue_lang", on_change=changed,
            label_visibility="collapsed",
            format_func=lambda tag: f"{plain(languages.words(tag))} {choices.languages[tag]:,}",
        )  # fmt: skip
    find, tag, label, person, order = st.columns([3, 3, 2, 2, 2], vertical_alignment="bottom")
    st.session_state["queue_q"] = filters.text
    find.text_input("Find text", key="queue_q", placeholder="words of either side", on_change=changed, max_chars=200)
    _choose(tag, "Smart tag", "tag", [name for name, _ in choices.tags.most_common()], filters.tags, choices.tags, seat)
    _choose(label, "Label", "label", sorted(choices.labels), filters.labels, choices.labels, seat)
    people = sorted(choices.people, key=lambda number: choices.people[number])
    _choose(person, "Annotator", "annotator", people, filters.authors, choices.people, seat, is_name=True)
    st.session_state["queue_order"] = view.order
    order.selectbox(
        "Order", queue_view.ORDERS, key="queue_order", format_func=_ORDER_WORDS.__getitem__, on_change=changed,
        help=risk.formula(),
    )  # fmt: skip


def _draw_behind(seat: Seat, view: View) -> None:
    """Draw which number of the dashboard the list is behind; a click shows the whole queue again."""
    if view.behind is None:
        return
    method, reference = dashboard_corpus.words(seat.store, seat.user, seat.corpus.id, view.behind)
    n = len(work_queue.filters_of(seat.store, seat.user, seat.corpus.id, view).pair_ids or ())
    what = " · ".join(word for word in (view.behind.group, view.behind.words) if word)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Dashboard: {plain(what)} ({n:,})", icon=":material/close:", key="queue_behind", on_click=walk.go,
            args=(seat, replace(view, behind=None, page=1)), help="Shows the whole queue again.",
        )  # fmt: skip
        st.caption(f"{plain(method)} against {plain(reference)}")


def _choose(
    column: Any, words: str, name: str, offered: list[Any], chosen: tuple[Any, ...], known: Any, seat: Seat, *,
    is_name: bool = False,
) -> None:  # fmt: skip
    options = list(dict.fromkeys([*offered, *chosen]))
    st.session_state[f"queue_{name}"] = list(chosen)

    def shown(value: Any) -> str:
        return str(known.get(value, "somebody else")) if is_name else f"{value} {known[value]:,}"

    column.multiselect(
        words, options, key=f"queue_{name}", format_func=shown, placeholder="any", disabled=not options,
        on_change=partial(_filters_changed, seat),
    )  # fmt: skip


def _filters_changed(seat: Seat) -> None:
    before = walk.view_of_address()
    state: dict[str, Any] = {name: st.session_state.get(f"queue_{name}") for name in _FILTERS}
    filters = Filters(
        langs=tuple(state["lang"] or ()), labels=tuple(state["label"] or ()), tags=tuple(state["tag"] or ()),
        statuses=tuple(state["status"] or ()), authors=tuple(state["annotator"] or ()),
        text=(state["q"] or "").strip(),
    )  # fmt: skip
    walk.go(seat, View(filters, state["order"] or "risk", before.seed, behind=before.behind))


def draw_no_rows(seat: Seat, view: View) -> None:
    """Say which filter empties a list, and drop it by one click."""
    filters = work_queue.filters_of(seat.store, seat.user, seat.corpus.id, view)
    found = work_queue.removed_by(seat.store, seat.user, seat.corpus.id, filters)
    if found is None:
        return
    name, length = found
    behind = None if name == "sentences" else view.behind
    kept = View(queue_view.without(view.filters, name), view.order, behind=behind)
    all_gone = length == 0
    st.info(
        "No sentence passes all filters together." if all_gone
        else f"No sentence passes these filters. The one on **{plain(name)}** removes most: without it there "
        f"{'is' if length == 1 else 'are'} {counted(length, 'sentence', 'sentences')}.",
        icon=":material/filter_alt_off:",
    )  # fmt: skip
    with st.container(horizontal=True):
        if not all_gone:
            st.button(
                f"Drop the filter on {name}", type="primary", on_click=walk.go, args=(seat, kept),
                key="drop_filter",
            )  # fmt: skip
        st.button("Show all sentences", on_click=walk.go, args=(seat, View()), key="drop_filters")

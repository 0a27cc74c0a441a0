"""The sentences behind a number of a results directory: a list, and one of them with gold and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from xner.errors import XnerError
from xner.evaluate.alignment import AlignmentCounts
from xner.services import dashboard_results
from xner.services.dashboard_links import LINKS, counts_of
from xner.services.dashboard_results import MAX_LISTED
from xner.services.dashboard_selection import PARAMETER, Selection, from_params
from xner.services.gold_agreement import compare
from xner.services.results import CellRecord
from xner.services.work_queue import shortened
from xner.text.tokenise import detokenise
from xner.types import Sentence
from xner.ui import html, languages, pair_view, wording
from xner.ui.dashboard_parts import Scene
from xner.ui.messages import isolated, plain, show_error
from xner.ui.wording import counted

_KEY, _PLACE = "dashboard_sentence", "dashboard_list"


def draw(scene: Scene) -> None:
    """Draw the list that the address names, if it names one."""
    selection = from_params(st.query_params.get_all(PARAMETER))
    if selection is None or scene.opened is None:
        return
    try:
        total, records = dashboard_results.records_behind(scene.opened, selection)
    except XnerError as error:
        show_error(error)
        return
    name = scene.opened.board.names.get(selection.method, selection.method)
    where = languages.words(selection.group) if selection.group else "all languages"
    with st.container(border=True, key=_PLACE):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{plain(where)} · {plain(selection.words)}** · {plain(name)}: "
                f"{counted(total, 'sentence', 'sentences')}"
            )
            st.button("Close", icon=":material/close:", type="tertiary", on_click=_close, key="dashboard_close")
        if total > len(records):
            st.caption(f"The first {MAX_LISTED:,} are listed.")
        if not records:
            st.info("No sentence is behind this number any more: the directory has changed.")
        elif selection.reference == LINKS:
            _draw_links(selection, records)
        else:
            _draw_list(selection, records)
    html.mount_reveal(_PLACE, "\n".join(selection.as_params()))


def _draw_list(selection: Selection, records: list[CellRecord]) -> None:
    record = _choose(
        selection, records,
        {
            "Gold": [_entities(record, gold=True) for record in records],
            "Found": [_entities(record, gold=False) for record in records],
        },
    )  # fmt: skip
    agreement = compare(record.pair.target_entities or (), record.projection.entities)
    failed = record.projection.status == "failed"
    st.markdown(f"⚠ {plain(record.projection.reason or 'failed')}" if failed else wording.agreement_line(agreement))
    pair_view.draw(
        record.pair, record.projection.alignment or record.pair.alignment, record.projection, agreement=agreement,
        key="dashboard_record", with_back=False,
    )  # fmt: skip


def _draw_links(selection: Selection, records: list[CellRecord]) -> None:
    counts = [counts_of(record) or AlignmentCounts() for record in records]
    record = _choose(
        selection, records,
        {
            "Error rate": [found.aer for found in counts], "Links found": [found.n_links for found in counts],
            "Sure ones of gold": [found.n_sure for found in counts],
        },
    )  # fmt: skip
    found = counts_of(record) or AlignmentCounts()
    st.markdown(
        f"**{found.n_links - found.n_links_possible}** of {found.n_links} links found are wrong, "
        f"**{found.n_sure - found.n_links_sure}** of {found.n_sure} sure ones are missing. "
        "Point at a word to see what it was linked to."
    )
    pair_view.draw(record.pair, record.projection.alignment, record.projection, key="dashboard_record", with_back=False)


def _choose(
    selection: Selection, records: list[CellRecord], columns: Mapping[str, Sequence[str | float | None]]
) -> CellRecord:
    """Draw the list of sentences with columns of their own; return the one that is chosen beneath."""
    st.dataframe(
        {
            "Sentence": [record.pair.id for record in records],
            **columns,
            "Target": [_text(record.pair.target) for record in records],
            "Source": [_text(record.pair.source) for record in records],
        },
        hide_index=True, height=min(38 + 35 * len(records), 320),
        column_config={"Error rate": st.column_config.NumberColumn(format="%.3f")},
    )  # fmt: skip
    place = st.selectbox(
        "Inspect", range(len(records)), key=f"{_KEY}-{hash(selection)}",
        format_func=lambda k: f"{records[k].pair.id} · {_text(records[k].pair.target)}",
    )  # fmt: skip
    return records[place or 0]


def _text(sentence: Sentence | None) -> str:
    return shortened(detokenise(sentence)) if sentence else ""


def _entities(record: CellRecord, *, gold: bool) -> str:
    if not gold and record.projection.status == "failed":
        return "⚠ failed"
    target = record.pair.target
    tokens = target.tokens if target else ()
    found = (record.pair.target_entities or ()) if gold else record.projection.entities
    return " · ".join(f"{e.label} {isolated(' '.join(tokens[e.span.start : e.span.end]))}" for e in found)


def _close() -> None:
    st.query_params.pop(PARAMETER, None)

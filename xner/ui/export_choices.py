"""What somebody chooses on the Export page: format, sentences, and what the card says."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from xner.io.formats import FORMATS
from xner.io.losses import not_carried
from xner.io.silver import SILVER_STATUSES, ExportOptions, Format, SilverStatus
from xner.services import export_selection
from xner.services.browse import languages as languages_of
from xner.services.corpora import Corpus
from xner.services.export_silver import Request
from xner.services.identity import Role
from xner.services.silver_rows import ExportFilters
from xner.store.rows import OWN
from xner.text.script import language_name
from xner.ui.messages import one_line
from xner.ui.state import Desk
from xner.ui.wording import counted, state_of

_HUB_LICENCES = ("", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "mit", "apache-2.0")
_CHOICES = {"comments": "export_comments", "columns": "export_columns", "raw_cells": "export_raw"}


def draw(desk: Desk, corpus: Corpus, n_conflicts: int) -> Request:
    """Draw all choices and return what they come to."""
    format = _draw_format()
    options = _draw_options(format)
    if lost := not_carried(format.fields(options)):
        st.caption(f"Without: {', '.join(lost)}.")
    filters = _draw_filters(desk, corpus)
    if n_conflicts:
        filters = _draw_conflicts(filters, n_conflicts)
    with st.expander("Licence, sources, remarks: for the data card", icon=":material/id_card:"):
        licence, sources, remarks = _draw_card()
    return Request(format.name, filters, options, licence, sources, remarks)


def _draw_format() -> Format:
    name = st.selectbox(
        "Format", list(FORMATS), format_func=lambda known: f"{FORMATS[known].title} ({FORMATS[known].suffix})",
        key="export_format",
    )  # fmt: skip
    format = FORMATS[name or next(iter(FORMATS))]
    st.caption(format.about)
    return format


def _draw_options(format: Format) -> ExportOptions:
    options = ExportOptions()
    if "comments" in format.optional:
        told = st.checkbox(
            "Provenance above each sentence", value=True, key=_CHOICES["comments"],
            help="Lines `# id = …`, language, status, annotator, revision, signature. Some programs want none.",
        )  # fmt: skip
        options = replace(options, comments=told)
    if "columns" in format.optional:
        wanted = st.checkbox("Columns of source entity and score", key=_CHOICES["columns"])
        options = replace(options, columns=wanted)
    if format.name == "csv":
        raw = st.checkbox("Raw cells", key=_CHOICES["raw_cells"], help="Off: `=1+1` is written as `'=1+1`.")
        if raw:
            st.warning(
                "A spreadsheet program runs cells that begin with = + - @ as formulas. Open such a file only with "
                "programs that don't, or where you know every sentence in it.",
                icon=":material/warning:",
            )
        options = replace(options, raw_cells=raw)
    return options


def _draw_filters(desk: Desk, corpus: Corpus) -> ExportFilters:
    track = _draw_track(desk, corpus) if corpus.mode == "independent" else OWN
    wanted = SILVER_STATUSES
    if corpus.mode == "shared" or track != OWN:
        picked = st.pills(
            "Status", SILVER_STATUSES, selection_mode="multi", default=SILVER_STATUSES, key="export_statuses",
            format_func=state_of, wrap=True,
        )  # fmt: skip
        wanted = tuple(status for status in SILVER_STATUSES if status in picked)
    langs = languages_of(desk.store, desk.user, corpus.id)
    chosen: list[str] = []
    if len(langs) > 1:
        chosen = st.pills(
            "Language (none chosen: all)", list(langs), selection_mode="multi", key="export_langs", wrap=True,
            format_func=lambda tag: f"{language_name(tag)} {langs[tag]:,}",
        )  # fmt: skip
    least = None
    if {"projected", "draft"} & set(wanted) and (corpus.mode == "shared" or track != OWN):
        least = st.number_input(
            "Least score of a projected entity", value=None, step=0.1, key="export_score", placeholder="any",
            help="Sentences that nobody has accepted are left out whole if an entity as projected scores less, or has "
            "no score. Scores depend on the method: look at some on Inspect first.",
        )  # fmt: skip
    people = export_selection.annotators(desk.store, desk.user, corpus.id)
    annotators: list[int] = []
    if people and track == OWN:
        annotators = st.multiselect(
            "Only sentences last changed by", list(people), format_func=lambda person: one_line(people[person]),
            key="export_people", placeholder="anybody, or nobody yet",
        )  # fmt: skip
    hide = st.checkbox("Leave out the names of annotators", key="export_hide") if people else False
    return ExportFilters(
        statuses=_silver(wanted), langs=tuple(chosen), min_score=least, annotators=tuple(annotators), track=track,
        hide_annotators=hide,
    )  # fmt: skip


def _draw_track(desk: Desk, corpus: Corpus) -> int:
    people = export_selection.annotators(desk.store, desk.user, corpus.id)
    if corpus.role < Role.REVIEWER:
        if not people:
            st.info(
                "You have corrected nothing in this corpus yet. Reviewers export what was settled between annotators."
            )
            st.stop()
        return next(iter(people))
    return st.selectbox(
        "Version", [OWN, *people], key="export_track",
        format_func=lambda person: f"what {one_line(people[person])} made" if person else "adjudicated ones only",
        help="Annotators of this corpus work blind to each other. What was settled between them is adjudicated.",
    )  # fmt: skip


def _draw_conflicts(filters: ExportFilters, n_conflicts: int) -> ExportFilters:
    st.warning(
        f"{counted(n_conflicts, 'sentence has', 'sentences have')} a second version that waits for its author to "
        "decide: left out.",
        icon=":material/call_split:",
    )
    wanted = st.checkbox("Export the saved version all the same", key="export_conflicts")
    return replace(filters, with_conflicts=wanted)


def _draw_card() -> tuple[str, tuple[str, ...], str]:
    licence = st.selectbox(
        "Licence of the data", _HUB_LICENCES, key="export_licence", accept_new_options=True,
        format_func=lambda name: name or "not stated", help="Choose one, or type another.",
    )  # fmt: skip
    sources = st.text_area(
        "Where the text is from, one source a line", key="export_sources", height=80,
        placeholder="Wikinews, July 2026, CC BY 4.0",
    )  # fmt: skip
    remarks = st.text_area("Remarks", key="export_remarks", height=80)
    return licence or "", tuple(line.strip() for line in sources.splitlines() if line.strip()), remarks.strip()


def _silver(names: tuple[str, ...]) -> tuple[SilverStatus, ...]:
    return tuple(status for status in SILVER_STATUSES if status in names)

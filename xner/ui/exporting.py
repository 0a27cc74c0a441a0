"""The Export page: choices, what they come to, the file once it was written, read back and compared."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from xner.io.formats import FORMATS, cannot_carry
from xner.io.silver import ExportOptions, SilverRow
from xner.services import corpora, export_selection, export_silver
from xner.services.corpora import Corpus
from xner.services.export_selection import Counts
from xner.services.export_silver import ExportResult, Request
from xner.services.silver_rows import WHY, ExportFilters, Reason
from xner.store.session import now
from xner.text.tokenise import detokenise
from xner.ui import export_choices, picker
from xner.ui.messages import cell, plain
from xner.ui.state import Desk, has_page
from xner.ui.wording import clock, counted, entity_text, state_of

_MADE = "xner_export"
_IN_QUEUE: dict[Reason, str] = {"failed": "failed", "flagged": "flagged", "skipped": "skipped", "new": "new"}
"""Reasons for which the queue has a filter."""
_COUNT_S = 5
"""Seconds for which a count is believed: clicks follow each other, and the export counts for itself."""
_FILE_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class _Made:
    """A file that was made in this session; `made_from` is the corpus and the choices."""

    made_from: str
    result: ExportResult
    data: bytes
    at: str


def draw(desk: Desk) -> None:
    """Draw the page."""
    st.title("Export", anchor=False)
    if picker.draw_no_corpus(desk) or desk.corpus is None:
        if desk.problem is None:
            _draw_empty("Here you take silver data away, checked, in eight formats. There is no corpus yet.")
        return
    with st.container(width=520):
        picker.choose_corpus(desk)
    corpus = corpora.get(desk.store, desk.user, desk.corpus.id)
    if not corpus.n_pairs:
        _draw_empty("Here you take silver data away. This corpus has no sentences yet.")
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        n_conflicts = export_selection.n_conflicts(desk.store, desk.user, corpus.id)
        request = export_choices.draw(desk, corpus, n_conflicts)
    with right:
        counts = _count(desk, corpus.id, request.filters)
        _draw_counts(corpus, counts)
        if counts.n_exported:
            _draw_file(desk, corpus, request)
            _draw_preview(desk, corpus, request)


def _draw_empty(words: str) -> None:
    st.info(words, icon=":material/inventory_2:")
    with st.container(horizontal=True):
        st.page_link("pages/home.py", label="Open the sample corpus", icon=":material/menu_book:")
        st.page_link("pages/add.py", label="Add text", icon=":material/add:")


def _count(desk: Desk, corpus_id: int, filters: ExportFilters) -> Counts:
    return _counted(desk, corpus_id, filters, f"{desk.store.url} {desk.user.id}", repr(filters))


@st.cache_data(ttl=_COUNT_S, max_entries=200, show_spinner=False)
def _counted(_desk: Desk, corpus_id: int, _filters: ExportFilters, who: str, chosen: str) -> Counts:
    return export_selection.count(_desk.store, _desk.user, corpus_id, _filters)


def _draw_counts(corpus: Corpus, counts: Counts) -> None:
    if counts.n_exported:
        each = " · ".join(f"{state_of(status)} {n:,}" for status, n in sorted(counts.exported.items()))
        st.markdown(f"### {counted(counts.n_exported, 'sentence', 'sentences')} of {corpus.n_pairs:,}")
        st.markdown(each)
    else:
        st.warning(
            "Nothing is left to export. What is left out, and why, stands below; choose otherwise at the left.",
            icon=":material/filter_alt_off:",
        )
    if not counts.n_left_out:
        st.caption("Nothing is left out.")
        return
    st.markdown(f"**Left out: {counted(counts.n_left_out, 'sentence', 'sentences')}** – never written as "
                "sentences without names")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="left_out"):
        for reason, n in sorted(counts.left_out.items(), key=lambda item: -item[1]):
            _draw_reason(corpus, reason, n)


def _draw_reason(corpus: Corpus, reason: Reason, n: int) -> None:
    """Draw a reason with its number; one that a page has a list of leads there."""
    words, query = f"{n:,} · {plain(WHY[reason])}", {"corpus": str(corpus.id)}
    if reason in _IN_QUEUE and has_page("correct"):
        st.page_link("pages/correct.py", label=words, icon=":material/list:",
                     query_params=query | {"status": _IN_QUEUE[reason]})  # fmt: skip
    elif reason == "not adjudicated" and has_page("adjudicate"):
        st.page_link("pages/adjudicate.py", label=words, icon=":material/balance:", query_params=query)
    else:
        st.caption(words, width="content")


def _draw_preview(desk: Desk, corpus: Corpus, request: Request) -> None:
    rows = export_selection.preview(desk.store, desk.user, corpus.id, request.filters)
    sentences, file = st.tabs(["First sentences", "As they stand in the file"], key="export_preview")
    with sentences:
        st.table(
            {
                "Sentence": [cell(detokenise(row.sentence), 200) for row in rows],
                "Names": [_names(row) for row in rows],
            },
            border="horizontal",
        )
    with file:
        _draw_bytes(rows, request.format, request.options)


def _draw_bytes(rows: list[SilverRow], name: str, options: ExportOptions) -> None:
    format = FORMATS[name]
    if not (format.mime.startswith("text/") or format.name == "jsonl"):
        st.caption(f"{format.title} is not text: programs show it.")
        return
    carried = [row for row in rows if cannot_carry(row, format) is None]
    text = b"".join(format.write(carried, options)).decode("utf-8").lstrip("\ufeff")
    more = "…" if len(text) > _FILE_CHARACTERS else ""
    st.code(text[:_FILE_CHARACTERS] + more, language=None, height=320)


def _names(row: SilverRow) -> str:
    return ", ".join(entity_text(entity, row.sentence) for entity in row.entities) or "none"


def _draw_file(desk: Desk, corpus: Corpus, request: Request) -> None:
    made_from = f"{desk.store.url} {desk.user.id} {corpus.id} {request!r}"
    format = FORMATS[request.format]
    made: _Made | None = st.session_state.get(_MADE)
    if st.button("Write and check the file", type="primary", icon=":material/fact_check:", key="export_make"):
        st.session_state.pop(_MADE, None)
        made = _make(desk, corpus, request, made_from)
        st.session_state[_MADE] = made
    current = made if made is not None and made.made_from == made_from else None
    if made is not None and current is None:
        st.info("The choices have changed since the file was made: write and check it again.", icon=":material/update:")
    if current is not None:
        _draw_report(current.result)
    ready = current is not None and current.result.report.is_equal
    stem = _file_stem(corpus.name, request.filters.langs)
    with st.container(horizontal=True):
        st.download_button(
            f"Download {stem}{format.suffix}" if ready else "Download", current.data if ready and current else b"",
            f"{stem}{format.suffix}", format.mime, disabled=not ready, on_click="ignore", icon=":material/download:",
            type="primary" if ready else "secondary", key="export_download",
        )  # fmt: skip
        st.download_button(
            "Download the data card", current.result.card if ready and current else "", f"{stem}-card.md",
            "text/markdown", disabled=not ready, on_click="ignore", icon=":material/id_card:", key="export_card",
        )  # fmt: skip
    if ready and current:
        st.caption(f"Made at {clock(current.at)}; later corrections are not in it.")
        with st.expander("The data card"):
            st.code(current.result.card, language=None, wrap_lines=True, height=400)
    elif current is None:
        st.caption("The file is offered once it was read back and found equal.")


def _make(desk: Desk, corpus: Corpus, request: Request, made_from: str) -> _Made:
    bar = st.progress(0.0, "Looking over the store")
    total = max(1, _count(desk, corpus.id, request.filters).n_exported)

    def tell(what: str, n: int) -> None:
        if what == export_silver.LOOKING:
            bar.progress(0.0, f"{what.capitalize()}: {n:,} rows read")
            return
        share = min(n / total, 1.0) / 2 + (0.5 if what == "reading back" else 0.0)
        bar.progress(share, f"{what.capitalize()}: {n:,} of {total:,} sentences")

    with tempfile.TemporaryDirectory(prefix="xner-") as folder:
        path = Path(folder) / "export"
        try:
            result = export_silver.export(desk.store, desk.user, corpus.id, request, path, tell)
            data = path.read_bytes() if result.report.is_equal else b""
        finally:
            bar.empty()
    return _Made(made_from, result, data, now())


def _draw_report(result: ExportResult) -> None:
    report, counts = result.report, result.counts
    if report.is_equal:
        st.success(
            f"Written, read back and equal: {counted(report.n_rows, 'sentence', 'sentences')}, "
            f"{counted(report.n_entities, 'entity', 'entities')} as {result.format.title}.",
            icon=":material/check_circle:",
        )
    else:
        st.error(
            f"Read back, {counted(report.n_differences, 'fact was', 'facts were')} not the same. The file is not "
            "offered: please report this, and take another format meanwhile.",
            icon=":material/error:",
        )
        st.table(
            {
                "Sentence": [cell(d.id, 40) for d in report.differences],
                "What": [plain(d.field) for d in report.differences],
                "Written": [cell(d.expected) for d in report.differences],
                "Read": [cell(d.found) for d in report.differences],
            },
            border="horizontal",
        )
    if result.lost:
        st.info(
            f"Not in this file, for {result.format.title} does not carry it: "
            f"{lost_words(result.lost, report.n_rows)}. JSON Lines, DocBin and Parquet carry everything.",
            icon=":material/info:",
        )
    if counts.left_out["format"]:
        st.warning(
            f"{counted(counts.left_out['format'], 'sentence has', 'sentences have')} no place in this format and "
            f"{'is' if counts.left_out['format'] == 1 else 'are'} left out.",
            icon=":material/warning:",
        )
        named, why = zip(*counts.refused, strict=True)
        st.table(
            {"Sentence": [cell(name, 40) for name in named], "Why": [cell(words, 200) for words in why]},
            border="horizontal",
        )
    if counts.n_renamed:
        st.info(
            f"{counted(counts.n_renamed, 'id stands', 'ids stand')} in two languages: the second one has its language "
            "behind it, as in news-1@nl.",
            icon=":material/info:",
        )
    for finding in result.findings:
        st.info(
            f"The store is not tidy, nothing is lost: {plain(finding.says)} does not hold at "
            f"{counted(finding.n, 'place', 'places')}. `python -m xner doctor` says where.",
            icon=":material/healing:",
        )


def lost_words(lost: Mapping[str, int], n_rows: int) -> str:
    """Return what a file of so many sentences lacks, with the number of those that have it where not all do.

    Example:
        >>> lost_words({"word links": 1200, "notes": 1}, 1200)
        'word links, notes (1 sentence)'
    """
    return ", ".join(
        what if n == n_rows else f"{what} ({counted(n, 'sentence', 'sentences')})" for what, n in lost.items()
    )


def _file_stem(name: str, langs: tuple[str, ...]) -> str:
    """Return a file name that every system takes.

    Example:
        >>> _file_stem("Fjörd / Nytt", ("sv",)), _file_stem("أخبار", ())
        ('fjord-nytt-sv', 'corpus')
    """
    plain_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain_name).strip("-")[:60]
    return "-".join([stem or "corpus", *langs[:3]])

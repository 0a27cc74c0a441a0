"""What was read of an uploaded file, before anything of it is kept: counts, rejected rows, a preview."""

from __future__ import annotations

import functools

import streamlit as st

from xner.services import corpora, import_corpus
from xner.services.import_corpus import ImportReport
from xner.types import SentencePair
from xner.ui import wording
from xner.ui.messages import cell, plain, quote
from xner.ui.picker import shown

_PREVIEW_ROWS = 5
_PROBLEM_ROWS = 50


def draw(report: ImportReport) -> None:
    """Draw how many rows are fine, what is wrong with the others, and the first of the fine ones."""
    if report.error:
        st.error(f"The file could not be read. {plain(report.error)}", icon=":material/error:")
    fine, rejected = len(report.pairs), report.rejected.n
    if not fine and not rejected:
        if not report.error:
            st.warning("The file has no rows.", icon=":material/warning:")
        return
    st.subheader(
        f"{wording.counted(fine, 'row', 'rows')} fine, {rejected:,} not" if rejected
        else f"{wording.counted(fine, 'row', 'rows')}, all fine", anchor=False,
    )  # fmt: skip
    if fine:
        labels = ", ".join(f"{plain(label)} {number:,}" for label, number in report.labels.items())
        st.markdown(f"Labels: {labels or 'none; names are then found in the source by the recogniser'}.")
        _draw_left_out(report)
    if report.projections:
        projected = wording.counted(
            len(report.projections), "row brings its projection", "rows bring their projections"
        )
        st.markdown(f"{projected} along: imported too, not computed again.")
    one_sided = sum(pair.source is None or pair.target is None for pair in report.pairs)
    if one_sided:
        st.warning(
            f"{wording.counted(one_sided, 'row has', 'rows have')} only one side. Such a row can be imported, but "
            "without its translation it can't be projected.",
            icon=":material/warning:",
        )
    if report.problems:
        _draw_problems(report)
    if fine:
        st.markdown(f"**The first {_PREVIEW_ROWS}:**" if fine > _PREVIEW_ROWS else "**Preview:**")
        _draw_preview(report.pairs[:_PREVIEW_ROWS])


def _draw_left_out(report: ImportReport) -> None:
    for label, titles in corpora.left_out_by(report.labels).items():
        st.warning(
            f"The label {quote(label)} can be corrected here, but {' and '.join(titles)} can't carry it: an export "
            "in that format leaves out every sentence that has it. Rename it in the file where you need that format.",
            icon=":material/warning:",
        )


def _draw_problems(report: ImportReport) -> None:
    rows = report.problems[:_PROBLEM_ROWS]
    st.table(
        {
            "Line": [f"{row.line}" for row in rows],
            "Field": [cell(row.field) if row.field else "whole row" for row in rows],
            "Problem": [plain(row.problem) for row in rows],
            "Fix": [plain(row.fix) or "–" for row in rows],
        },
        border="horizontal",
    )
    if report.rejected.n > len(rows):
        st.caption(f"The first {len(rows)} of {report.rejected.n:,} rejected rows.")
    st.download_button(
        f"Download the {wording.counted(report.rejected.n, 'rejected row', 'rejected rows')}",
        functools.partial(import_corpus.rejected_rows, report), "rejected-rows.txt", "text/plain", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _draw_preview(pairs: tuple[SentencePair, ...]) -> None:
    st.table(
        {
            "Id": [cell(pair.id, 40) for pair in pairs],
            "Languages": [_language_pair(pair) for pair in pairs],
            "Source": [cell(shown(pair.source, None)) for pair in pairs],
            "Target": [cell(shown(pair.target, None)) for pair in pairs],
            "Names": [_names(pair) for pair in pairs],
        },
        border="horizontal",
    )


def _language_pair(pair: SentencePair) -> str:
    return " → ".join(plain(side.lang) if side else "?" for side in (pair.source, pair.target))


def _names(pair: SentencePair) -> str:
    if pair.source_entities is None:
        return "to be found"
    return ", ".join(wording.entity_text(entity, pair.source) for entity in pair.source_entities) or "none"

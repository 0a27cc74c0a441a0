"""Two versions of one sentence: what differs span by span, and the choice between them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.differences import Difference
from xner.correct.tokens import cut
from xner.errors import RevisionConflict, XnerError
from xner.services import corrections, versions
from xner.services.corrections import Decision
from xner.services.documents import Document, open_document
from xner.services.inspect_pair import span_text
from xner.services.versions import Clash
from xner.types import SentencePair
from xner.ui import notices, times
from xner.ui.messages import cell, plain
from xner.ui.walk import Seat

_SIGNS = {
    "same": "= same", "boundary": "↔ other boundary", "label": "≠ other label", "link": "⇠ other link",
    "only left": "only in theirs", "only right": "only in yours",
}  # fmt: skip
_DONE = {
    "theirs": "Their version stays. Yours is kept in the store, but no longer asks for a decision.",
    "mine": "Your version stands now; theirs is in the history.",
    "merge": "Both changes stand now; the versions they came from are in the history.",
}


def draw(seat: Seat, document: Document) -> None:
    """Draw the oldest refused save of the user on a document beside what stands, with the three ways out."""
    found = versions.clash(seat.store, document, document.conflicts[0])
    with st.container(border=True, key="conflict"):
        more = f" ({len(document.conflicts)} versions of yours wait)" if len(document.conflicts) > 1 else ""
        st.markdown(
            f"**⚠ Changed by {plain(_several(found.authors))} at {times.local(found.created)}**, before your change of "
            f"{times.local(found.conflict.created)} arrived{more}. Both versions are kept, whatever you choose."
        )
        st.table(rows_of(found, document.pair), border="horizontal")
        if found.compared.dropped_left or found.compared.dropped_right:
            st.caption("They also differ in what is marked as dropped in translation.")
        if found.compared.cuts:
            st.caption("They cut the words differently.")
        can_merge = found.merged.annotation is not None
        reasons = " ".join(dict.fromkeys(conflict.reason for conflict in found.merged.conflicts))
        if not can_merge:
            st.caption(f"They can't be merged: {plain(reasons)}")
        with st.container(horizontal=True):
            _button(seat, document, "Take theirs", "theirs", "Drop your version; it stays in the store.")
            _button(seat, document, "Keep mine", "mine", "Put your version on top of theirs.")
            _button(
                seat, document, "Merge", "merge",
                "Take the changes of both." if can_merge else f"Not possible: {reasons}", disabled=not can_merge,
            )  # fmt: skip


def rows_of(found: Clash, pair: SentencePair) -> dict[str, list[str]]:
    """Return a table of two versions, each under its author and time; what differs is bold and comes first."""
    sides = found.changed_by or ("nobody",) * len(found.compared.entities)
    rows = sorted(zip(found.compared.entities, sides, strict=True), key=lambda row: row[0].kind == "same")
    theirs = f"{plain(_several(found.authors))}, {times.local(found.created)} (stands now)"
    yours = f"{plain(found.mine_by)}, {times.local(found.conflict.created)} (yours, not saved)"
    who = {"theirs": plain(_several(found.authors)), "mine": "you", "both": "both", "nobody": ""}
    return {
        "Difference": [", ".join(map(_SIGNS.__getitem__, row.aspects)) for row, _ in rows] or ["= no entity in either"],
        theirs: [_marked(row, row.left, pair, found.theirs) for row, _ in rows] or ["–"],
        yours: [_marked(row, row.right, pair, found.mine) for row, _ in rows] or ["–"],
        **({"Changed by": [who[side] for _, side in rows]} if found.changed_by else {}),
    }


def _several(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _marked(row: Difference, entity: AnnotatedEntity | None, pair: SentencePair, annotation: Annotation) -> str:
    words = _words(entity, pair, annotation)
    return words if entity is None or row.kind == "same" else f"**{words}**"


def change_words(row: Difference, pair: SentencePair, before: Annotation, after: Annotation) -> str:
    """Return what a version did to one entity, in words."""
    if row.left is None:
        return f"added {_words(row.right, pair, after)}"
    if row.right is None:
        return f"removed {_words(row.left, pair, before)}"
    return f"{_words(row.left, pair, before)} → {_words(row.right, pair, after)}"


def _words(entity: AnnotatedEntity | None, pair: SentencePair, annotation: Annotation) -> str:
    if entity is None:
        return "–"
    target = cut(pair.target, annotation.cuts) if pair.target else None
    link = f" ⇠{entity.source + 1}" if entity.source is not None else " (not linked)"
    return f"{plain(entity.label)} {cell(span_text(target, entity.span))}{link}"


def _button(seat: Seat, document: Document, words: str, how: Decision, help_: str, *, disabled: bool = False) -> None:
    st.button(
        words, key=f"conflict_{how}", help=plain(help_), disabled=disabled, on_click=_decide,
        args=(seat, document.id, document.conflicts[0].id, document.number, how),
    )  # fmt: skip


def _decide(seat: Seat, pair_id: int, conflict_id: int, seen: int, how: Decision) -> None:
    try:
        document = open_document(seat.store, seat.user, pair_id, seat.desk.client)
        if document.number != seen:
            raise RevisionConflict("Their version has changed once more.", "Look at it again, then choose.")
        corrections.resolve_conflict(seat.store, seat.user, document, conflict_id, how)
    except XnerError as error:
        notices.put(error)
        return
    st.session_state.pop("xner_refused", None)
    seat.desk.renew_client()  # the editor starts anew from what stands, also where nothing had to be saved for it
    notices.say(_DONE[how])

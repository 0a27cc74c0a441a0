"""Around the editor: the entity checklist at its side, and beneath it tabs that are computed when they are opened."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

import streamlit as st

from xner.config import RunConfig
from xner.correct.checklist import ChecklistLine, checklist
from xner.correct.offer import Offer
from xner.correct.tokens import cut
from xner.errors import XnerError
from xner.services import corrections, proposals, versions
from xner.services.documents import Document
from xner.services.inspect_pair import span_text
from xner.types import Span
from xner.ui import back_translation, conflicts, guide, inspecting, notices, propagating, state, times, widgets, wording
from xner.ui.inspecting import Inspection
from xner.ui.messages import cell, plain, quote, show_error
from xner.ui.state import Desk
from xner.ui.walk import Seat

_STATES = {
    "linked": "✓ linked", "missing": "✗ missing", "duplicate": "⚠ twice", "label changed": "≠ label changed",
    "dropped": "– dropped in translation",
}  # fmt: skip
TABS = ("Candidates", "Why here", "Matrix", "Back-translation", "Same name elsewhere", "History", "Help")
_TAB = "correct_tab"


def evidence(desk: Desk, document: Document) -> Inspection:
    """Return what the pipeline knows about a document under the present settings; no model is waited for.

    Where the settings' encoder is not in memory, the links that are stored stand in for those it would find.
    """
    return inspecting.inspect_quickly(desk, document)


def draw_checklist(seat: Seat, document: Document, result: Inspection) -> None:
    """Draw one line for every source entity: what became of it, and the likeliest repair."""
    lines = checklist(document.pair, document.annotation)
    st.markdown("**Entity checklist**", help="Every entity of the source is linked, or marked as dropped.")
    if not lines:
        st.caption(_why_no_names(document))
        return
    offers = inspecting.offers(result)
    may = seat.can_correct and not document.conflicts
    open_lines = [line for line in lines if line.state != "linked"]
    if not open_lines:
        st.markdown(f"✓ All {len(lines)} linked." if len(lines) > 1 else "✓ The one entity is linked.")
    for line in lines:
        _draw_line(seat, document, line, offers, may=may)


def _draw_line(seat: Seat, document: Document, line: ChecklistLine, offers: Sequence[Offer], *, may: bool) -> None:
    source, k = document.pair.source, line.source
    name = f"{k + 1} {plain(line.entity.label)} {quote(span_text(source, line.entity.span))}"
    target = cut(document.pair.target, document.annotation.cuts) if document.pair.target else None
    details = " · ".join(f"{plain(e.label)} {cell(span_text(target, e.span))}" for e in line.linked)
    shows = details if line.state in ("linked", "label changed", "duplicate") else ""
    st.markdown(f"{name}  \n{_STATES[line.state]}{f': {shows}' if shows else ''}")
    if not may or line.state in ("linked", "label changed", "duplicate"):
        return
    best = proposals.best_offer(offers, k)
    with st.container(horizontal=True, gap="small"):
        if best is not None:
            st.button(
                f"Place on {cell(span_text(document.pair.target, best.span), 40)}", key=f"place_{document.id}_{k}",
                icon=":material/add_link:", help=_offer_words(best), on_click=_place,
                args=(seat, document, k, best.span),
            )  # fmt: skip
        is_dropped = line.state == "dropped"
        st.button(
            "Not dropped" if is_dropped else "Dropped", key=f"drop_{document.id}_{k}", on_click=_drop,
            args=(seat, document, k, not is_dropped), help="The translation does not name it.",
        )  # fmt: skip


def _offer_words(offer: Offer) -> str:
    said = [f"score {offer.score:.2f}"] if offer.score is not None else []
    said += [f"chosen by {', '.join(offer.methods)}"] if offer.methods else []
    return plain("; ".join(said) or "the only span with evidence")


def _place(seat: Seat, document: Document, source: int, span: Span) -> None:
    seen = document.number
    _attempt(lambda: proposals.place_entity(seat.store, seat.user, document.id, source, span, seen=seen))


def _drop(seat: Seat, document: Document, source: int, is_dropped: bool) -> None:
    seen = document.number
    _attempt(
        lambda: proposals.drop_entity(seat.store, seat.user, document.id, source, is_dropped=is_dropped, seen=seen)
    )


def _attempt(work: Callable[[], object]) -> None:
    try:
        work()
    except XnerError as error:
        notices.put(error)


def draw_tabs(seat: Seat, document: Document) -> None:
    """Draw the tabs; the one chosen last is open, and only that one is computed."""
    candidates, why, matrix, back, same, history, help_ = st.tabs(TABS, key=_TAB, on_change="rerun")
    if candidates.open:
        with candidates:
            _draw_candidates(seat, document, _asked(seat.desk, document))
    if why.open:
        with why:
            _draw_why(document, _asked(seat.desk, document))
    if matrix.open:
        with matrix:
            _draw_matrix(seat.desk, document)
    if back.open:
        with back:
            _draw_round_trip(document)
    if same.open:
        with same:
            propagating.draw(seat, document)
    if history.open:
        with history:
            _draw_history(seat, document)
    if help_.open:
        with help_:
            guide.draw(document.labels)


def _asked(desk: Desk, document: Document) -> Inspection:
    """Return the evidence at hand; where no encoder took part in it, offer to ask that too."""
    result = evidence(desk, document)
    if result.config.align != desk.settings.config().align or result.trace is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                "From the links that are stored." if result.trace else "There are no links here yet.", width="stretch"
            )
            if st.button("Ask the encoder too", icon=":material/neurology:", key="ask_encoder"):
                state.attempt(lambda: inspecting.prepare(desk, document))
                st.rerun()
    if result.problem is not None:
        show_error(result.problem)
    return result


def _draw_matrix(desk: Desk, document: Document) -> None:
    result = inspecting.inspect(desk, document)
    if result.problem is not None:
        show_error(result.problem)
    else:
        if document.number:
            st.caption(
                "“Entities now” are those that the method makes of the links under your settings. Spans that were "
                "changed by hand or accepted stay as they are in the editor."
            )
        widgets.draw_matrix(desk, result)


def _draw_candidates(seat: Seat, document: Document, result: Inspection) -> None:
    if result.trace is None:
        return
    if not document.pair.source_entities:
        st.markdown(_why_no_names(document))
        return
    offers = inspecting.offers(result)
    present = {(e.source, span_text(cut(document.pair.target, document.annotation.cuts), e.span))
               for e in document.annotation.entities if document.pair.target}  # fmt: skip
    may = seat.can_correct and not document.conflicts
    for source in dict.fromkeys(offer.source for offer in offers):
        entity = (document.pair.source_entities or ())[source]
        st.markdown(f"{source + 1} {plain(entity.label)} {quote(span_text(document.pair.source, entity.span))}")
        with st.container(horizontal=True):
            for number, offer in enumerate(o for o in offers if o.source == source):
                text = span_text(document.pair.target, offer.span)
                score = "" if offer.score is None else f" {offer.score:.2f}"
                is_there = (source, text) in present
                st.button(
                    f"{'✓' if is_there else 'Apply'} {cell(text, 60)}{score}", disabled=is_there or not may,
                    key=f"apply_{document.id}_{source}_{number}", help=_offer_words(offer), on_click=_place,
                    args=(seat, document, source, offer.span),
                )  # fmt: skip
    with st.expander("All candidates with all their scores"):
        widgets.draw_candidates(result.trace)


def _why_no_names(document: Document) -> str:
    known = document.pair.source_entities is not None
    return "The source has no entities." if known else "The source has not been searched for entities yet."


def _draw_why(document: Document, result: Inspection) -> None:
    if document.number:
        st.caption("This explains what the method places, not what was changed by hand since.")
    if result.trace is not None:
        widgets.draw_why(result.trace)


def _draw_round_trip(document: Document) -> None:
    pair = document.pair
    if pair.back_translation is not None and pair.source is not None:
        st.markdown("Words that the back-translation lost are ~~struck~~, words that it has instead are **bold**.")
        st.markdown(word_diff(pair.source.tokens, pair.back_translation.split()))
    back_translation.draw(Inspection(document, pair, RunConfig(), None, None))


def word_diff(before: Sequence[str], after: Sequence[str]) -> str:
    """Return two texts as one line of Markdown: lost words struck, new ones bold; letter case and points don't count.

    Example:
        >>> word_diff(["Ada", "saw", "Rome", "."], ["Ada", "visited", "Rome."])
        'Ada ~~saw~~ **visited** Rome'
    """
    old, new = ([w for w in words if any(c.isalnum() for c in w)] for words in (before, after))
    left, right = (["".join(c for c in w.casefold() if c.isalnum()) for w in words] for words in (old, new))
    parts: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            parts += [plain(word.strip(".,;:!?")) for word in old[a:b]]
        else:
            parts += [f"~~{plain(word)}~~" for word in old[a:b]] + [f"**{plain(word)}**" for word in new[c:d]]
    return " ".join(parts)


def _draw_history(seat: Seat, document: Document) -> None:
    found = versions.versions(seat.store, seat.user, document)
    may = seat.can_correct and not document.conflicts
    for newer, version in zip([None, *found], found, strict=False):
        with st.container(horizontal=True, vertical_alignment="center"):
            who = f" by {plain(version.author)}, {times.local(version.created)}" if version.author else ""
            note = f" · {plain(version.note)}" if version.note else ""
            changes = _changes(document, version, found)
            st.markdown(
                f"**{version.number}** {wording.state_of(version.status)}{who}{note}  \n{changes}", width="stretch"
            )
            if newer is None:
                st.markdown("as it stands", width="content")
            else:
                st.button(
                    "Restore this", key=f"restore_{document.id}_{version.number}", disabled=not may,
                    icon=":material/settings_backup_restore:", on_click=_restore,
                    args=(seat, document, version.number),
                )  # fmt: skip


def _changes(document: Document, version: versions.Version, found: Sequence[versions.Version]) -> str:
    if version.changed is None:
        n = len(version.annotation.entities)
        return f"the projection: {wording.counted(n, 'entity', 'entities')}"
    before = next((other.annotation for other in found if other.number == version.number - 1), version.annotation)
    rows = [row for row in version.changed.entities if row.kind != "same"]
    words = [conflicts.change_words(row, document.pair, before, version.annotation) for row in rows]
    words += ["dropped in translation changed"] if version.changed.dropped_left | version.changed.dropped_right else []
    words += ["links set by hand"] if version.changed.links else []
    words += ["words cut anew"] if version.changed.cuts else []
    return "; ".join(words) or "no change of an entity"


def _restore(seat: Seat, document: Document, number: int) -> None:
    _attempt(lambda: corrections.restore_revision(seat.store, seat.user, document, number))

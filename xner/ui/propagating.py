"""The same name elsewhere: which sentences a correction would change, and changing those that are ticked."""

from __future__ import annotations

import streamlit as st

from xner.correct.annotation import AnnotatedEntity
from xner.correct.tokens import cut
from xner.services import propagation
from xner.services.documents import Document
from xner.services.inspect_pair import span_text
from xner.services.propagation import Elsewhere
from xner.ui import queue_bulk, wording, working
from xner.ui.messages import cell, plain, quote
from xner.ui.walk import Seat

_SHOWN = 50
"""Sentences that are read and ticked at once."""
_AROUND = 60
_TICK = "same_name"


def draw(seat: Seat, document: Document) -> None:
    """Draw the choice of a name of the sentence, and where else it could be labelled like here."""
    if seat.can_correct:
        queue_bulk.draw_undo(seat)
    entities = {entity.id: entity for entity in document.annotation.entities}
    if not entities:
        st.info("This sentence has no entity that could be carried over.", icon=":material/info:")
        return
    first = next((e.id for e in entities.values() if e.status != "projected"), next(iter(entities)))
    chosen = st.segmented_control(
        "Name", list(entities), default=first, required=True, key=f"same_name_{document.id}",
        format_func=lambda name: _words(document, entities[name]),
    )  # fmt: skip
    entity = entities.get(str(chosen), entities[first])
    found = propagation.elsewhere(seat.store, seat.user, document, entity.id)
    if not found:
        st.markdown(f"{quote(_text(document, entity))} needs no change in any other sentence of this corpus.")
        return
    shown = found[:_SHOWN]
    number = wording.counted(len(found), "more sentence", "more sentences")
    st.markdown(
        f"{quote(_text(document, entity))} occurs in **{number}** "
        f"and is not {plain(entity.label)} there, or not with these ends. "
        "Ticked ones get it and become drafts; one click takes all of it back. "
        + ("" if len(found) == len(shown) else f"These are the first {_SHOWN}; the others come after them.")
    )
    ticked = [row for row in shown if _draw_row(document, entity, row)]
    st.button(
        f"Carry over to {wording.counted(len(ticked), 'sentence', 'sentences')}", type="primary", key="carry_over",
        icon=":material/content_copy:", disabled=not ticked or not seat.can_correct or bool(document.conflicts),
        on_click=_carry, args=(seat, document, entity.id, ticked),
    )  # fmt: skip


def _draw_row(document: Document, entity: AnnotatedEntity, row: Elsewhere) -> bool:
    before = f"…{row.before[-_AROUND:]}" if len(row.before) > _AROUND else row.before
    after = f"{row.after[:_AROUND]}…" if len(row.after) > _AROUND else row.after
    now = f"now {plain(row.now)}" if row.now else "no label now"
    places = f", {row.n_places} places" if row.n_places > 1 else ""
    decided = f" · {wording.state_of(row.status)}: tick it only to reopen it" if row.is_decided else ""
    text = f"\u2068{plain(before)} **{plain(row.name)}** {plain(after)}\u2069"
    key = f"{_TICK}_{document.id}_{entity.id}_{row.pair_id}"
    return st.checkbox(f"{text} ({now}{places}{decided})", value=not row.is_decided, key=key)


def _carry(seat: Seat, document: Document, entity_id: str, ticked: list[Elsewhere]) -> None:
    store, user = seat.store, seat.user

    def work(on_progress: working.Progress) -> str:
        done = propagation.carry_over(
            store, user, document, entity_id, [row.pair_id for row in ticked],
            reopen=[row.pair_id for row in ticked if row.is_decided], on_progress=on_progress,
        )  # fmt: skip
        left = f" {done.n_left:,} had changed meanwhile and were left alone." if done.n_left else ""
        return f"Carried over to {wording.counted(done.n_changed, 'sentence', 'sentences')}.{left}"

    working.begin("Carrying over …", len(ticked), work)


def _words(document: Document, entity: AnnotatedEntity) -> str:
    return f"{plain(entity.label)} {cell(_text(document, entity), 40)}"


def _text(document: Document, entity: AnnotatedEntity) -> str:
    target = document.pair.target
    return span_text(cut(target, document.annotation.cuts), entity.span) if target else ""

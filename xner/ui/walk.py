"""The way through a list: what the address says of it, its order while somebody reads, and what was done on the way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from xner.errors import XnerError
from xner.services import corrections, queue_view, reading_list
from xner.services.browse import CorpusName
from xner.services.corrections import SaveResult
from xner.services.identity import Role, User
from xner.services.queue_view import View
from xner.store.session import Store
from xner.ui import notices
from xner.ui.state import Desk

_WALK, _VIEW = "xner_walk", "xner_view"
SHOWN = "xner_shown"
"""Key of the session: the sentence that the editor shows, as its id stands in the address."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A desk in one corpus: store, user, and the role that they have there."""

    desk: Desk
    corpus: CorpusName

    @property
    def store(self) -> Store:
        """The open store."""
        return self.desk.store

    @property
    def user(self) -> User:
        """Who is looking."""
        return self.desk.user

    @property
    def can_correct(self) -> bool:
        """Tell whether the role is enough to change something."""
        return Role.ANNOTATOR <= self.corpus.role

    @property
    def can_project(self) -> bool:
        """Tell whether the role is enough to project sentences."""
        return Role.REVIEWER <= self.corpus.role


@dataclass(slots=True)
class Walk:
    """One sitting: the list as it was when it was opened, and what has been done since."""

    key: tuple[object, ...] = ()
    ids: Sequence[int] = ()
    started: float = field(default_factory=time.time)
    n_saves: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    decided: dict[int, str] = field(default_factory=dict)
    """Sentence to the status that it got last."""
    shown: set[int] = field(default_factory=set)
    """What was opened since the list was made."""
    done: set[int] = field(default_factory=set)
    """What was decided on since the list was made."""
    last: int | None = None
    """The sentence whose decision ended the list."""
    decision: SaveResult | None = None
    """The newest decision, while it can be taken back."""

    def note(self, edit: Mapping[str, Any], pair_id: int) -> None:
        """Remember an edit that is saved."""
        self.n_saves += 1
        self.steps.update(str(step.get("op")) for step in edit.get("ops", ()) if isinstance(step, Mapping))
        self.decided[pair_id] = str(edit.get("action"))


def seat_in(desk: Desk, corpus_id: int) -> Seat | None:
    """Return the seat in a corpus, ``None`` for one that is not the user's to see."""
    found = next((corpus for corpus in desk.corpora if corpus.id == corpus_id), None)
    return Seat(desk, found) if found else None


def view_of_address() -> View:
    """Return the view that the address asks for."""
    return queue_view.view_from_params({name: st.query_params.get_all(name) for name in st.query_params})


def restore_view(seat: Seat) -> None:
    """Bring the address of the queue back to what it said when this session left it."""
    if "corpus" not in st.query_params:
        says = any(name in st.query_params for name in queue_view.PARAMETERS)
        go(seat, view_of_address() if says else kept_view(seat))


def kept_view(seat: Seat) -> View:
    """Return the view that this session left the queue of a corpus with."""
    found: View | None = st.session_state.get(_VIEW, {}).get(seat.corpus.id)
    return found or View()


def go(seat: Seat, view: View, pair_id: int | None = None) -> None:
    """Write the address: a list, or with `pair_id` a sentence of it. The page follows by itself."""
    said: dict[str, list[str]] = {"corpus": [str(seat.corpus.id)], **queue_view.params_of(view)}
    if pair_id is not None:
        said["doc"] = [str(pair_id)]
    st.query_params.from_dict(said)
    st.session_state.setdefault(_VIEW, {})[seat.corpus.id] = view


def draw_decision(seat: Seat, shown: int | None = None) -> None:
    """Draw the newest decision of this sitting with the way back to it, unless its sentence is `shown`."""
    made = walk().decision
    if made is None or made.pair_id == shown:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content", key="decision"):
        st.markdown(f"Last: {made.status}", width="content")
        st.button(
            "Undo", icon=":material/undo:", type="tertiary", key="take_back", help="Takes the decision back and opens "
            "its sentence again.", on_click=take_back, args=(seat, made.pair_id, made.number),
        )  # fmt: skip


def take_back(seat: Seat, pair_id: int, number: int) -> None:
    """Take a decision back and show its sentence (a callback)."""
    now = walk()
    now.decision = None
    try:
        corrections.take_back(seat.store, seat.user, pair_id, number)
    except XnerError as error:
        notices.put(error)
        return
    _waits_again(now, pair_id)
    notices.say("The decision is taken back; the sentence stands as it was before.")
    go(seat, view_of_address(), pair_id)


def take_flag_back(seat: Seat, pair_id: int) -> None:
    """Take the flag off a sentence (a callback)."""
    now = walk()
    if now.decision is not None and now.decision.pair_id == pair_id:
        now.decision = None
    try:
        corrections.take_flag_back(seat.store, seat.user, pair_id)
    except XnerError as error:
        notices.put(error)
        return
    _waits_again(now, pair_id)
    notices.say("The flag is taken back.")


def _waits_again(now: Walk, pair_id: int) -> None:
    now.done.discard(pair_id)
    now.decided.pop(pair_id, None)


def walk() -> Walk:
    """Return the sitting of this session."""
    if _WALK not in st.session_state:
        st.session_state[_WALK] = Walk()
    found: Walk = st.session_state[_WALK]
    return found


def end_walk() -> None:
    """Begin a new sitting."""
    st.session_state.pop(_WALK, None)


def ids_of(seat: Seat, view: View) -> Sequence[int]:
    """Return the list as it was when its first sentence was opened: saving changes risks, not the order of reading."""
    now = walk()
    key = (seat.corpus.id, seat.user.id, view.filters, view.order, view.seed, view.behind)
    if now.key != key:
        now.key, now.ids = key, reading_list.open_list(seat.store, seat.user, seat.corpus.id, view)
        now.shown, now.done = set(), set()
    return now.ids


def forget_order() -> None:
    """Let the next sentence that is opened begin with the list as it is then."""
    walk().key = ()

"""Into which corpus sentences go: one that is there, or a new one with a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from xner.services import corpora
from xner.services.access import role_in
from xner.services.identity import Role
from xner.ui import state
from xner.ui.state import Desk

_NEW = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What was chosen: a corpus, or a name for a new one; `name` is that of either."""

    corpus_id: int | None
    name: str

    def resolve(self, desk: Desk) -> int:
        """Return the id of the corpus, which is made when it is new, and is the current one from now on.

        Raises:
            InputError: the name is empty or taken.
            NotAllowed: making corpora takes a reviewer of all corpora.
        """
        found = self.corpus_id or corpora.create(desk.store, desk.user, self.name)
        state.choose_corpus(found)
        return found


def draw(desk: Desk, key: str, name: str) -> Place | None:
    """Draw the choice of a corpus; None where the user may add to none, and then it is said.

    Args:
        desk: its current corpus is offered first.
        key: of the widgets.
        name: proposed for a new corpus.
    """
    names = {corpus.id: corpus.name for corpus in desk.corpora if corpus.role >= Role.REVIEWER}
    role = role_in(desk.store, desk.user, None)
    here = desk.corpus.id if desk.corpus and desk.corpus.id in names else None
    # A new corpus stands first and the current one behind it: both are in view however many corpora there are.
    known = sorted(names, key=lambda number: number != here)
    options = [_NEW, *known] if role is not None and role >= Role.REVIEWER else known
    if not options:
        st.info("Adding sentences takes a reviewer. Ask an administrator for the role.", icon=":material/lock:")
        return None
    if options == [_NEW]:  # nothing to choose from
        return Place(None, st.text_input("Name of the new corpus", value=name, max_chars=200, key=f"{key}_name"))
    start = options.index(here) if here is not None else 0
    left, right = st.columns(2)
    chosen: int | str | None = left.selectbox(
        "Into the corpus",
        options,
        index=start,
        key=f"{key}_corpus",
        format_func=lambda n: n if isinstance(n, str) else names.get(n, "A new corpus …"),
        accept_new_options=_NEW in options,
        help="Type a name for a new corpus." if _NEW in options else None,
    )
    if chosen is None:
        return None
    if chosen != _NEW:
        return chosen_place(chosen, names)
    return Place(None, right.text_input("Name of the new corpus", value=name, max_chars=200, key=f"{key}_name"))


def chosen_place(chosen: int | str, names: Mapping[int, str]) -> Place:
    """Return the place that a list of corpora gave: the number of one, or what was typed into it.

    Example:
        >>> chosen_place(3, {3: "News"}) == chosen_place(" News ", {3: "News"}), chosen_place("Notes", {3: "News"})
        (True, Place(corpus_id=None, name='Notes'))
    """
    if isinstance(chosen, int):
        return Place(chosen, names[chosen])
    name = chosen.strip()
    return Place(next((number for number, known in names.items() if known == name), None), name)

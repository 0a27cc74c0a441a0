"""The span editor on a pair's own history, for an adjudicator whose decision is none of the versions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from xner.errors import StoreBusy, StoreFailed, XnerError
from xner.services import adjudication
from xner.services.adjudication import Case
from xner.services.corrections import SaveResult
from xner.ui import editor, guide, state
from xner.ui.messages import show_error
from xner.ui.state import Desk

_OPEN, _RECEIVED, _REFUSED = "xner_adjudicated_doc", "xner_adjudicated_edit", "xner_adjudicated_refused"
_HELP = "xner_adjudicated_help"


def is_open(case: Case) -> bool:
    """Tell whether the editor was opened on a case in this session."""
    return st.session_state.get(_OPEN) == case.own.id


def begin(desk: Desk, case: Case, track: int) -> None:
    """Open the editor on a version (a callback)."""

    def work() -> None:
        adjudication.begin_edit(desk.store, desk.user, case, track)
        go_on(case)

    state.attempt(work)


def go_on(case: Case) -> None:
    """Open the editor on the draft that is there (a callback)."""
    st.session_state[_OPEN] = case.own.id


def draw(desk: Desk, case: Case, *, on_done: Callable[[SaveResult], None]) -> None:
    """Draw the editor; `on_done` runs with what an edit that decides has saved."""
    st.button("Back to the versions", icon=":material/arrow_back:", on_click=_close, key="close_editor")
    refused = st.session_state.get(_REFUSED)
    if isinstance(refused, XnerError):
        show_error(refused)
    own = case.own
    editor.draw(
        editor.editor_data(
            own.pair, own.annotation, own.labels, doc_id=str(own.id), rev=own.rev, client=own.client,
            ack_seq=own.ack_seq, received=st.session_state.get(_RECEIVED), history=own.history, status=own.status,
            alignment=own.projection.alignment if own.projection else own.pair.alignment,
            shelf=f"{desk.shelf}-adjudicate",
        ),
        on_edit=partial(_take_edit, desk, case, on_done), on_command=_take_command,
    )  # fmt: skip
    if st.session_state.pop(_HELP, False):
        guide.dialog(own.labels)


def _take_edit(desk: Desk, case: Case, on_done: Callable[[SaveResult], None]) -> None:
    """Save what the editor sent (a callback). An edit that meets a busy store stays with the editor: it sends again."""
    edit = editor.last_edit()
    seq = edit.get("seq")
    number = seq if isinstance(seq, int) else 0
    try:
        saved = adjudication.save_edit(desk.store, desk.user, case, edit)
    except (StoreBusy, StoreFailed) as error:
        st.session_state[_REFUSED] = error
        return
    except XnerError as error:
        st.session_state[_REFUSED] = error
        st.session_state[_RECEIVED] = editor.Received(str(case.own.id), case.own.client, number, False)
        return
    st.session_state.pop(_REFUSED, None)
    st.session_state[_RECEIVED] = editor.Received(str(case.own.id), case.own.client, saved.ack_seq, True)
    if edit.get("action") != "draft":
        _close()
        on_done(saved)


def _take_command() -> None:
    if editor.last_command() == "help":
        st.session_state[_HELP] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)
    st.session_state.pop(_REFUSED, None)

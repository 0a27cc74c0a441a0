"""One sentence under correction: where it stands in its list, the editor, and what comes after a decision."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import partial

import streamlit as st

from xner.errors import NotAllowed, RevisionConflict, StoreBusy, StoreFailed, XnerError
from xner.services import corrections, queue_view, reading_list, versions
from xner.services.documents import Document, open_document
from xner.services.queue_view import View
from xner.services.reading_list import Place
from xner.ui import around, conflicts, editor, guide, inspecting, notices, projecting, state, times, walk, working
from xner.ui.inspecting import Inspection
from xner.ui.messages import cell, plain, quote, show_error
from xner.ui.state import Desk
from xner.ui.walk import Seat

log = logging.getLogger(__name__)

_RECEIVED, _REFUSED = "xner_received", "xner_refused"
_PLACES = 12
"""What stood here before, of another sentence or of the page that asks for a name, would stay until all is drawn, and
push down an editor that takes keys already: each of its places is drawn over at once."""


def draw(desk: Desk) -> None:
    """Draw the sentence that the address names; one that can't be shown says why."""
    with st.empty():  # always there, like the one below: it takes the place of what another page had here at once
        working.draw()
    pair_id = state.number_of(st.query_params.get("doc"))
    try:
        if pair_id is None:
            raise NotAllowed("The address names no sentence.", "Choose one from the queue.")
        document = open_document(desk.store, desk.user, pair_id, desk.client)
    except NotAllowed as error:
        show_error(error)
        st.button("To the queue", icon=":material/list:", on_click=_leave_unknown, key="to_queue")
        return
    seat = walk.seat_in(desk, document.corpus.id)
    if seat is None:
        return
    desk.corpus = seat.corpus
    state.choose_corpus(seat.corpus.id)
    view = walk.view_of_address()
    place = reading_list.place(walk.ids_of(seat, view), document.id)
    walk.walk().shown.add(document.id)
    st.session_state[walk.SHOWN] = str(document.id)
    _draw_head(seat, document, view, place)
    with st.container(
        key="above_editor"
    ):  # always there: what stands above the editor must not change its place in the page
        _draw_notices(seat, document)
        for _ in range(_PLACES):
            st.empty()
    if not _is_complete(document):
        _draw_one_sided(document)
        return
    result = around.evidence(desk, document)
    left, right = st.columns([3.6, 1], gap="medium")
    with left:
        _draw_editor(seat, document, result)
    with right:
        around.draw_checklist(seat, document, result)
    around.draw_tabs(seat, document)
    if st.session_state.pop("xner_help", False):
        guide.dialog(document.labels)


def _draw_head(seat: Seat, document: Document, view: View, place: Place) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="sentence_head"):
        st.button(
            f"Queue: {cell(seat.corpus.name, 24)}", icon=":material/list:", type="tertiary", key="to_queue",
            on_click=walk.go, args=(seat, view), help=_list_words(view),
        )  # fmt: skip
        author = versions.author_of(seat.store, document)
        changed = (
            f" · {plain(author)}, {times.local(document.revision.created)}" if document.revision and author else ""
        )
        st.markdown(f"› {cell(document.pair.id, 30)}{changed}", width="stretch")
        number = f"{place.number:,} of {place.n_rows:,}" if place.number else f"not in this list of {place.n_rows:,}"
        walk.draw_decision(seat, document.id)
        st.markdown(f"**{number}**", width="content")
        st.button(
            "Previous", icon=":material/arrow_back:", key="previous", shortcut="Ctrl+Left",
            disabled=place.previous is None, on_click=walk.go, args=(seat, view, place.previous),
        )  # fmt: skip
        st.button(
            "Next", icon=":material/arrow_forward:", key="next", shortcut="Ctrl+Right", icon_position="right",
            disabled=place.next is None, on_click=walk.go, args=(seat, view, place.next),
        )  # fmt: skip

    st.sidebar.button("Keys and signs", icon=":material/help:", key="guide", shortcut="Ctrl+G", on_click=_ask_help)


def _list_words(view: View) -> str:
    said = [f"{name}: {', '.join(values)}" for name, values in queue_view.params_of(view).items() if name != "page"]
    return plain("The list as it was when you opened it. " + ("; ".join(said) if said else "All sentences by risk."))


def _draw_notices(seat: Seat, document: Document) -> None:
    notices.draw(over=True)
    state.draw_problem()
    projecting.draw_result(document.corpus.id)
    refused = st.session_state.get(_REFUSED)
    error = refused[1] if refused is not None and refused[0] == str(document.id) else None
    if error is not None and not (isinstance(error, RevisionConflict) and document.conflicts):
        show_error(error)
        if isinstance(error, StoreBusy | StoreFailed):
            st.caption("Not saved yet. The browser keeps your change and sends it again by itself.")
    if document.conflicts and seat.can_correct:
        conflicts.draw(seat, document)
    projection = document.projection
    if not _is_complete(document):
        return
    if projection is not None and projection.status == "failed":
        st.warning(
            f"**⚠ Failed** – the projection did not run, which is not an empty result: "
            f"{plain(projection.reason or '')}  \nYou can place the names by hand below, or try again.",
        )
        _draw_project(seat, document, "Retry", ":material/refresh:")
    elif projection is None:
        st.info("This sentence is not projected yet. You can place the names by hand, or have them projected.")
        _draw_project(seat, document, "Project this sentence now", ":material/play_arrow:")


def _draw_project(seat: Seat, document: Document, words: str, icon: str) -> None:
    may = seat.can_project
    if st.button(
        words, icon=icon, key="project_one", disabled=not may,
        help="Corrections stay what they are." if may else "This takes a reviewer of the corpus.",
    ):  # fmt: skip
        projecting.run(seat.desk, document.corpus.id, [document.id])
        st.rerun()


def _is_complete(document: Document) -> bool:
    pair = document.pair
    return bool(pair.source and pair.source.tokens and pair.target and pair.target.tokens)


def _draw_one_sided(document: Document) -> None:
    pair = document.pair
    side, other = ("target", pair.source) if pair.source and pair.source.tokens else ("source", pair.target)
    st.info(
        f"This pair has no {side} sentence, so there is nothing to place names on. Import it again with both sides.",
        icon=":material/info:",
    )
    if other is not None:
        st.markdown(quote(other.text or " ".join(other.tokens)))


def _draw_editor(seat: Seat, document: Document, result: Inspection) -> None:
    editor.draw(
        editor.editor_data(
            document.pair, document.annotation, document.labels, doc_id=str(document.id), rev=document.rev,
            client=document.client, ack_seq=document.ack_seq, received=st.session_state.get(_RECEIVED),
            history=document.history, status=document.status,
            note=document.revision.note if document.revision and document.status == "flagged" else None,
            alignment=document.projection.alignment if document.projection else document.pair.alignment,
            offers=inspecting.offers(result), readonly_reason=_locked(seat, document),
            can_take_back=document.revision is not None and document.status in ("accepted", "skipped"),
            can_unflag=document.revision is not None and document.status == "flagged",
            shelf=seat.desk.shelf,
        ),
        on_edit=partial(_take_edit, seat), on_command=partial(_take_command, seat, document.id, document.number),
    )  # fmt: skip


def _locked(seat: Seat, document: Document) -> str | None:
    """Return why nothing may be changed now."""
    if not seat.can_correct:
        return f"Your role here is {seat.corpus.role.value}: you can look, not change."
    if document.corpus.archived:
        return "This corpus is archived."
    if document.conflicts:
        return "Decide on the two versions above first."
    return None


def _take_edit(seat: Seat) -> None:
    """Save what the editor sent (a callback). What can't be saved is told by the page; nothing is raised here.

    An edit that met a busy or full store stays unacknowledged: the editor keeps it and sends it again.
    """
    edit = editor.last_edit()
    shown = st.session_state.get(walk.SHOWN)
    if shown is not None and edit.get("doc_id") == shown != st.query_params.get("doc"):
        st.query_params["doc"] = shown  # on a busy machine a browser sends the address from before the page it shows
    doc_id, client, seq = (edit.get(name) for name in ("doc_id", "client", "seq"))
    is_named = isinstance(doc_id, str) and isinstance(client, str) and isinstance(seq, int)
    try:
        saved = corrections.save_correction(seat.store, seat.user, edit)
    except (StoreBusy, StoreFailed) as error:
        st.session_state[_REFUSED] = (doc_id, error)
        return
    except XnerError as error:
        st.session_state[_REFUSED] = (doc_id, error)
        if is_named:
            st.session_state[_RECEIVED] = editor.Received(str(doc_id), str(client), int(seq or 0), False)
        return
    except Exception:  # the edge of the page: the editor keeps the edit, the log gets the traceback
        code = f"UNEXPECTED-{secrets.token_hex(3)}"
        log.exception("saving failed, code %s", code)
        st.session_state[_REFUSED] = (doc_id, XnerError("Saving failed for a reason that xner did not foresee.",
                                                        f"Report the code {code} with the server's log."))  # fmt: skip
        return
    st.session_state.pop(_REFUSED, None)
    st.session_state[_RECEIVED] = editor.Received(str(doc_id), str(client), saved.ack_seq, True)
    walk.walk().note(edit, saved.pair_id)
    if edit.get("action") in corrections.DECISIONS and st.query_params.get("doc") == doc_id:
        walk.walk().decision = saved
        _tell(partial(_go_on, seat, saved.pair_id))


def _tell(work: Callable[[], None]) -> None:
    """Go somewhere in the list (in a callback); one that can't be read is told by the page, which stays where it is."""
    try:
        work()
    except XnerError as error:
        notices.put(error)


def _go_on(seat: Seat, pair_id: int) -> None:
    """Go to the next sentence of the list that waits; behind the last to the summary."""
    view = walk.view_of_address()
    ids, now = walk.ids_of(seat, view), walk.walk()
    now.done.add(pair_id)
    following = reading_list.next_open(
        seat.store, seat.user, seat.corpus.id, ids, pair_id, view.filters.statuses,
        order=view.order, done=now.done, shown=now.shown,
    )  # fmt: skip
    if following is None:
        now.last = pair_id
    walk.go(seat, view, following)


def _take_command(seat: Seat, pair_id: int, number: int) -> None:
    name = editor.last_command()
    if name == "help":
        _ask_help()
        return
    if name == "take_back":
        walk.take_back(seat, pair_id, number)
        return
    if name == "unflag":
        walk.take_flag_back(seat, pair_id)
        return
    _tell(partial(_step, seat, pair_id, name))


def _step(seat: Seat, pair_id: int, name: str) -> None:
    view = walk.view_of_address()
    place = reading_list.place(walk.ids_of(seat, view), pair_id)
    wanted = {"next": place.next, "previous": place.previous}.get(name)
    if wanted is not None:
        walk.go(seat, view, wanted)


def _ask_help() -> None:
    st.session_state["xner_help"] = True


def _leave_unknown() -> None:
    st.query_params.pop("doc", None)

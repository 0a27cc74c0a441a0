"""Work that a page waits for: told how far it is, begun once, and told at the end whatever became of it."""

from __future__ import annotations

import threading

import pytest
from streamlit.testing.v1 import AppTest

from xner.errors import StoreBusy
from xner.ui import working

WAIT_S = 20


def page():
    import streamlit as st

    from xner.ui import notices, working

    st.button("Go", on_click=lambda: working.begin("Doing it …", 4, st.session_state["work"]))
    working.draw()
    notices.draw()
    st.markdown("below")


def opened(work) -> AppTest:
    at = AppTest.from_function(page, default_timeout=WAIT_S)
    at.session_state["work"] = work
    return at.run()


def test_what_is_begun_twice_is_done_once_and_said_at_the_end():
    begun, release = [], threading.Event()

    def work(on_progress: working.Progress) -> str:
        begun.append(1)
        on_progress(3)
        release.wait(WAIT_S)
        return "Did 4."

    at = opened(work)
    begin_again(at, work)
    threading.Timer(0.5, release.set).start()
    at.button[0].click().run()
    assert begun == [1]
    assert [box.value.replace("\\", "") for box in at.success] == ["Did 4."]
    assert at.markdown[-1].value == "below"
    release.set()
    at.button[0].click().run()
    assert len(begun) == 2, "the next one may begin when this one has ended"


def begin_again(at: AppTest, work) -> None:
    """Begin as a click does whose page was ended by the next click: the thread is at work, nothing is drawn."""
    started = working._Work("Doing it …", 4)
    at.session_state[working._KEY] = started
    threading.Thread(target=started.run, args=(work,), daemon=True).start()


@pytest.mark.parametrize("error", [StoreBusy("Held.", "Wait."), ZeroDivisionError("no words for this")])
def test_what_fails_is_said_in_words_and_something_else_can_begin(error):
    def work(on_progress: working.Progress) -> str:
        raise error

    at = opened(work)
    at.button[0].click().run()
    said = at.error[0].value.replace("\\", "")
    assert ("Held." in said) if isinstance(error, StoreBusy) else ("UNEXPECTED-" in said and "no words" not in said)
    at.button[0].click().run()
    assert len(at.error) == 1

"""Work on many sentences that a page waits for: one at a time, in a thread, so that no click on the page breaks it off.

What runs a page ends at the next click, wherever it stands. The thread goes on; the page that is drawn after the click
shows the same progress, and its result is told by whichever page is open when it ends.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from xner.errors import XnerError
from xner.ui import notices

log = logging.getLogger(__name__)
Progress = Callable[[int], None]
_KEY = "xner_work"
_LOOK_S = 0.15


@dataclass(slots=True)
class _Work:
    """One piece of work; the thread writes `n_done` and then `outcome`, the page reads them."""

    words: str
    n_total: int
    n_done: int = 0
    outcome: str | XnerError = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def note(self, n_done: int) -> None:
        self.n_done = n_done

    def run(self, work: Callable[[Progress], str]) -> None:
        try:
            self.outcome = work(self.note)
        except XnerError as error:
            self.outcome = error
        except Exception:  # the edge of the page: nobody else hears of it
            code = f"UNEXPECTED-{secrets.token_hex(3)}"
            log.exception("%s failed, code %s", self.words, code)
            self.outcome = XnerError(
                "This failed for a reason that xner did not foresee. What was done before stays.",
                f"Report the code {code} with the server's log.",
            )
        finally:
            self.ended.set()


def begin(words: str, n_total: int, work: Callable[[Progress], str]) -> None:
    """Begin to work, unless something of this session is at work already (a callback).

    Args:
        words: what is being done, for the progress bar.
        n_total: how many sentences there are.
        work: does it, tells how many sentences are done, and returns what there is to say at the end.
    """
    if _KEY in st.session_state:
        return
    begun = st.session_state[_KEY] = _Work(words, n_total)
    threading.Thread(target=begun.run, args=(work,), name="xner-work", daemon=True).start()


def draw() -> None:
    """Show what is at work until it has ended; the rest of the page comes after that."""
    work = st.session_state.get(_KEY)
    if not isinstance(work, _Work):
        return
    bar = st.progress(0.0, text=work.words)
    while not work.ended.wait(_LOOK_S):
        share = min(1.0, work.n_done / max(1, work.n_total))
        bar.progress(share, text=f"{work.words} {work.n_done:,} of {work.n_total:,}")
    bar.empty()
    st.session_state.pop(_KEY, None)
    if isinstance(work.outcome, XnerError):
        notices.put(work.outcome)
    else:
        notices.say(work.outcome)

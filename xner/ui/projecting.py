"""Project stored sentences from a page: the button, its progress, and what became of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from xner.config import RunConfig
from xner.errors import XnerError
from xner.services import home, run_jobs
from xner.services.identity import Role
from xner.services.project_corpus import CorpusRun, project_corpus
from xner.ui import inspecting, state, wording
from xner.ui.messages import plain, show_error
from xner.ui.settings import Settings
from xner.ui.state import Desk

_RUN = "xner_run"
_SHOWN_FAILURES = 20


def draw(desk: Desk, corpus_id: int, *, primary: bool = True) -> None:
    """Draw the offer to project what has no projection, and what became of the last run over this corpus."""
    draw_result(corpus_id)
    waiting = home.waiting(desk.store, desk.user, corpus_id)
    if not waiting.total():
        return
    if (live := run_jobs.live_over(desk.store, desk.user, corpus_id)) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"It is being projected: {live.n_done:,} of {live.n_total:,} sentences.", width="content")
            _draw_way_to_run(corpus_id, "Watch it on Run")
        return
    role = desk.role_in(corpus_id)
    may = role is not None and role >= Role.REVIEWER
    pipeline = "the default pipeline" if desk.settings == Settings() else "your settings of Inspect"
    st.markdown(
        f"{waiting_words(waiting)} "
        + (f"Projecting uses {pipeline}; corrections are never touched." if may else "A reviewer can project them.")
    )
    n, is_new = waiting.total(), waiting["new"] > 0
    verb, end = ("Project", "now") if is_new else ("Try", "again")
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            f"{verb} {'it' if n == 1 else f'these {n:,}'} {end}",
            type="primary" if primary and is_new else "secondary",
            icon=":material/play_arrow:" if is_new else ":material/refresh:", key=f"project_{corpus_id}",
            disabled=not may,
        )  # fmt: skip
        if may:
            _draw_way_to_run(corpus_id, "Choose the stages, in the background")
    if pressed:
        run(desk, corpus_id)
        st.rerun()


def _draw_way_to_run(corpus_id: int, label: str) -> None:
    if state.has_page("run"):
        there = {"corpus": str(corpus_id)}
        st.page_link("pages/run.py", label=label, icon=":material/play_circle:", query_params=there, width="content")


def waiting_words(waiting: Counter[str]) -> str:
    """Return what waits for a projection, in one sentence.

    Example:
        >>> waiting_words(Counter(new=8)), waiting_words(Counter(failed=1)), waiting_words(Counter(new=2, failed=3))
        ('8 sentences are not projected yet.', '1 sentence failed.', '2 sentences are not projected yet, 3 failed.')
    """
    if not waiting["new"]:
        return f"{wording.counted(waiting['failed'], 'sentence', 'sentences')} failed."
    words = wording.counted(waiting["new"], "sentence is not projected yet", "sentences are not projected yet")
    return f"{words}, {waiting['failed']:,} failed." if waiting["failed"] else f"{words}."


def run(desk: Desk, corpus_id: int, pair_ids: Sequence[int] | None = None) -> CorpusRun | None:
    """Project a corpus, or some of its sentences, with the settings of the session; keep the result for the page.

    A failure of the whole is kept too and shown by `draw_result`; None is returned then.
    """
    st.session_state.pop(_RUN, None)
    result: CorpusRun | None = None
    try:
        config = desk.settings.config()
        inspecting.load_model(config)
        with st.spinner("Projecting …"):
            result = _run(desk, corpus_id, config, pair_ids)
    except XnerError as error:
        st.session_state[_RUN] = (corpus_id, error)
        return None
    if result is not None:
        st.session_state[_RUN] = (corpus_id, result)
    return result


def draw_result(corpus_id: int, *, in_full: bool = True) -> None:
    """Draw what became of the last run, if it was over this corpus: once where all went well, else until the next.

    Not `in_full` it is one line, and once: the page itself says why its sentence failed.
    """
    of, result = st.session_state.get(_RUN, (None, None))
    if of != corpus_id or result is None:
        return
    if isinstance(result, XnerError):
        show_error(result)
        return
    if not result.failed:
        forget()
        st.success(result_words(result), icon=":material/check_circle:")
        return
    st.warning(result_words(result), icon=":material/warning:")
    if not in_full:
        forget()
        return
    with st.expander(f"Which failed, and why ({len(result.failed):,})", expanded=len(result.failed) <= _SHOWN_FAILURES):
        for number, (pair_id, reason) in enumerate(result.failed[:_SHOWN_FAILURES], 1):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.page_link(
                    "pages/inspection.py", label=f"⚠ {number}", query_params={"doc": str(pair_id)}, help="Inspect"
                )
                st.markdown(plain(reason))
        if len(result.failed) > _SHOWN_FAILURES:
            st.caption(f"The first {_SHOWN_FAILURES} of {len(result.failed):,}.")


def result_words(result: CorpusRun) -> str:
    """Return what became of a run, in one sentence.

    Example:
        >>> result_words(CorpusRun(1, n_ok=38, n_empty=20, failed=[(7, "x"), (9, "y")]))
        '38 of 60 projected, 20 without an entity, 2 failed.'
    """
    parts = [f"{result.n_ok:,} of {result.n_done:,} projected"]
    if result.n_empty:
        parts.append(f"{result.n_empty:,} without an entity")
    if result.failed:
        parts.append(f"{len(result.failed):,} failed")
    return f"{', '.join(parts)}."


def has_failed() -> bool:
    """Tell whether the last run failed as a whole, so that nothing of it was stored."""
    return isinstance(st.session_state.get(_RUN, (None, None))[1], XnerError)


def forget() -> None:
    """Forget the last run: something else is on screen now."""
    st.session_state.pop(_RUN, None)


def _run(desk: Desk, corpus_id: int, config: RunConfig, pair_ids: Sequence[int] | None) -> CorpusRun | None:
    if pair_ids is not None:
        return project_corpus(desk.store, desk.user, corpus_id, config, pair_ids=pair_ids)
    n = home.n_to_project(desk.store, desk.user, corpus_id)
    place = st.empty()
    result = home.project_new(desk.store, desk.user, corpus_id, config, _teller(place.progress(0.0, f"0 of {n:,}"), n))
    place.empty()
    return result


def _teller(bar: DeltaGenerator, n: int) -> Callable[[CorpusRun], None]:
    def tell(done: CorpusRun) -> None:
        failed = f", {len(done.failed):,} failed" if done.failed else ""
        bar.progress(min(done.n_done / max(n, 1), 1.0), f"{done.n_done:,} of {n:,} sentences{failed}")

    return tell

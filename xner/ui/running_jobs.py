"""The jobs panel: every run that the visitor may see, its progress, its log, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from xner.errors import XnerError
from xner.services import run_jobs
from xner.services.identity import Role, User
from xner.services.run_jobs import Job
from xner.services.run_toml import run_toml
from xner.store.session import Store
from xner.ui import state, times
from xner.ui.messages import plain, quote, show_error
from xner.ui.running_words import STAGES, duration, left_out_words, progress_words, result_words, state_words
from xner.ui.state import Desk

_EVERY_S = 1.0
_SHOWN_RUNS, _SHOWN_FAILURES = 5, 20
_LIVE = "xner_run_live"


def draw(desk: Desk, corpus_id: int) -> None:
    """Draw the runs; while one is under way they are drawn anew every second, without the rest of the page."""
    found = _jobs(desk, corpus_id)
    live = sorted(job.run_id for job in found if job.is_live)
    st.session_state[_LIVE] = live
    st.fragment(_draw, run_every=_EVERY_S if live else None)(desk, corpus_id)


def _jobs(desk: Desk, corpus_id: int) -> list[Job]:
    """Return what is under way in any corpus, and the last runs of this one."""
    here = run_jobs.jobs(desk.store, desk.user, corpus_id=corpus_id, limit=_SHOWN_RUNS)
    others = [job for job in run_jobs.jobs(desk.store, desk.user) if job.is_live and job.corpus_id != corpus_id]
    return sorted([*here, *others], key=lambda job: (not job.is_live, job.ahead, -job.run_id))


def _draw(desk: Desk, corpus_id: int) -> None:
    found = _jobs(desk, corpus_id)
    if sorted(job.run_id for job in found if job.is_live) != st.session_state.get(_LIVE):
        st.rerun()  # one has begun or ended: the counts on the page are others now
    if not found:
        st.caption("No run yet. Every run of this corpus is listed here, also those that others start.")
        return
    st.subheader("Runs", anchor=False)
    for job in found:
        with st.container(border=True, key=f"run_{job.run_id}"):
            _draw_job(desk, job, is_here=job.corpus_id == corpus_id)


def _draw_job(desk: Desk, job: Job, *, is_here: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        elsewhere = "" if is_here else f" · {quote(job.corpus)}"
        st.markdown(f"**Run {job.run_id}**{elsewhere}", width="content")
        st.markdown(state_words(job), width="content")
        st.caption(f"{plain(job.by)}, {times.local(job.started)}", width="content")
    if job.is_live or job.n_done < job.n_total:
        st.progress(min(1.0, job.n_done / max(1, job.n_total)), progress_words(job))
    if job.problem:
        code, message, hint = job.problem
        st.error(f"{plain(message)}  \n{plain(hint)}  \nCode: `{plain(code)}`", icon=":material/error:")
    if made := result_words(job):
        st.markdown(made)
    if job.left_out:
        st.caption(left_out_words(job.left_out))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_actions(desk, job)
        if job.n_done:
            _draw_links(job)
    _draw_log(desk, job)


def _draw_actions(desk: Desk, job: Job) -> None:
    role = desk.role_in(job.corpus_id)
    may = role is not None and role >= Role.REVIEWER
    if job.is_live:
        st.button(
            "Cancel", icon=":material/stop:", key=f"run_cancel_{job.run_id}", disabled=not may or job.is_stopping,
            help="It stops at once; what is stored stays, and it can go on later.",
            on_click=_do, args=(run_jobs.cancel, desk, job.run_id),
        )  # fmt: skip
        return
    if job.state != "done" and job.config is not None:
        st.button(
            "Resume", icon=":material/play_arrow:", key=f"run_go_on_{job.run_id}", disabled=not may,
            help="It does the rest, with the settings that it began with.",
            on_click=_do, args=(run_jobs.go_on, desk, job.run_id),
        )  # fmt: skip
    if job.state == "done" and job.n_failed and job.config is not None:
        st.button(
            "Retry failed", icon=":material/refresh:", key=f"run_retry_{job.run_id}", disabled=not may,
            help="Another run, with the same settings, over the sentences of this corpus that are failed now.",
            on_click=_do, args=(run_jobs.retry_failed, desk, job.run_id),
        )  # fmt: skip


def _do(what: Callable[[Store, User, int], object], desk: Desk, run_id: int) -> None:
    state.attempt(lambda: what(desk.store, desk.user, run_id))


def _draw_links(job: Job) -> None:
    there = {"corpus": str(job.corpus_id)}
    for page, label, icon in (
        ("correct", "Correct", ":material/edit:"), ("inspection", "Inspect", ":material/search:"),
        ("export", "Export", ":material/download:"),
    ):  # fmt: skip
        if state.has_page(page):
            st.page_link(f"pages/{page}.py", label=label, icon=icon, query_params=there, width="content")


def _draw_log(desk: Desk, job: Job) -> None:
    title = f"Log · ⚠ {job.n_failed:,} failed" if job.n_failed else "Log"
    with st.expander(title, key=f"run_log_{job.run_id}", on_change="rerun") as box:
        if not box.open:
            return
        taken = " · ".join(f"{STAGES[stage].lower()} {duration(s)}" for stage, s in job.stages.items() if s >= 1)
        if taken:
            st.caption(f"Time so far: {taken}.")
        if job.log:
            st.code("\n".join(job.log), language=None, wrap_lines=True)
        if job.config is None:
            st.caption("Its settings are those of another version of xner.")
        else:
            try:
                st.code(run_toml(job.config), language="toml", wrap_lines=True)
            except XnerError as error:
                show_error(error)
        if job.n_failed:
            _draw_failures(desk, job)


def _draw_failures(desk: Desk, job: Job) -> None:
    found = run_jobs.failures(desk.store, desk.user, job.run_id, _SHOWN_FAILURES)
    for failed in found:
        place, why = st.columns([1, 4], vertical_alignment="top")
        place.page_link(
            "pages/inspection.py", label=f"⚠ {failed.place:,}", query_params={"doc": str(failed.pair_id)},
            help="Inspect this sentence",
        )  # fmt: skip
        why.caption(plain(failed.reason))
    if job.n_failed > len(found):
        st.caption(f"The first {len(found)} of {job.n_failed:,}.")
    if state.has_page("correct"):
        st.page_link("pages/correct.py", label="All failed sentences", icon=":material/list:",
                     query_params={"corpus": str(job.corpus_id), "status": "failed"})  # fmt: skip

"""The Adjudicate page: sentences on which annotators differ, one after the other, and how far they agree."""

from __future__ import annotations

import streamlit as st

from xner.evaluate.agreement import AgreementReport
from xner.services import adjudication, annotator_agreement, bulk_saves, corpora
from xner.services.adjudication_overview import Overview, overview
from xner.services.corpora import Corpus
from xner.services.identity import Role
from xner.text.script import language_name
from xner.ui import adjudicating_case, agreement_table, notices, picker, state, working
from xner.ui.messages import plain
from xner.ui.state import Desk
from xner.ui.wording import counted

_BATCHES = "xner_adjudicated_batches"


def draw(desk: Desk) -> None:
    """Draw the page."""
    st.title("Adjudicate", anchor=False)
    if picker.draw_no_corpus(desk) or desk.corpus is None:
        if desk.problem is None:
            st.info(
                "Here differences between annotators are settled. There is no corpus yet.", icon=":material/balance:"
            )
            st.page_link("pages/home.py", label="Open the sample corpus", icon=":material/menu_book:")
        return
    with st.container(width=520):
        picker.choose_corpus(desk)
    corpus = corpora.get(desk.store, desk.user, desk.corpus.id)
    working.draw()
    notices.draw()
    adjudicating_case.draw_decision(desk, corpus)
    state.draw_problem()
    if corpus.mode == "shared":
        _draw_shared(desk, corpus)
        return
    if corpus.role < Role.REVIEWER:
        st.info(
            "You annotate this corpus blind to the others: your versions are yours alone, and a reviewer settles where "
            "you differ. Ask an administrator if you are to be one.",
            icon=":material/visibility_off:",
        )
        return
    langs, hide = _draw_choices(corpus)
    found = overview(desk.store, desk.user, corpus.id, langs=langs, hide_names=hide)
    _draw_progress(found)
    if not found.n_shared:
        _draw_too_few(found)
        return
    cases, figures = st.tabs(["Sentences", "Agreement"], key="adjudicate_tab", on_change="rerun")
    if cases.open:
        with cases:
            adjudicating_case.draw(desk, corpus, found, hide)
            _draw_agreed(desk, corpus, found)
    if figures.open:
        with figures:
            _draw_agreement(desk, corpus, found, langs, hide)


def _draw_shared(desk: Desk, corpus: Corpus) -> None:
    st.info(
        "All annotators of this corpus share one version of each sentence: who comes later sees and changes what the "
        "one before left, so there is nothing to compare or settle.",
        icon=":material/group:",
    )
    st.markdown(
        "In a corpus annotated **independently** everybody starts from the projection and sees only their own work. "
        "Where two or more have finished a sentence, this page shows the differences, and a reviewer settles them. "
        "That tells how far the annotation can be trusted, and costs each sentence twice."
    )
    if corpus.role < Role.ADMIN:
        st.caption("An administrator of the corpus can switch it.")
        return
    with st.popover("Annotate this corpus independently", icon=":material/call_split:"):
        st.markdown(
            "- What has been corrected so far stays, as the sentence's own history; annotators don't see it and start "
            "from the projection.\n"
            "- Export then takes adjudicated sentences, or one annotator's.\n"
            "- You can switch back: everybody then sees the sentence's own history again, and nothing is lost."
        )
        st.button("Switch to independent", on_click=_switch, args=(desk, corpus.id), key="switch_mode")


def _switch(desk: Desk, corpus_id: int) -> None:
    state.attempt(lambda: corpora.set_mode(desk.store, desk.user, corpus_id, "independent"))


def _draw_choices(corpus: Corpus) -> tuple[tuple[str, ...], bool]:
    langs: list[str] = []
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(corpus.languages) > 1:
            langs = st.pills(
                "Language (none chosen: all)", sorted(corpus.languages), selection_mode="multi", key="adjudicate_langs",
                format_func=language_name, label_visibility="collapsed",
            )  # fmt: skip
        hide = st.toggle("Hide names", key="adjudicate_hide", help="Judge the annotation, not the annotator.")
    return tuple(langs), hide


def _draw_progress(found: Overview) -> None:
    if found.n_shared:
        done, total = len(found.settled), found.n_shared - found.n_skipped
        others = [
            f"{counted(len(found.differing), 'differs', 'differ')}", f"{counted(len(found.agreed), 'agrees', 'agree')}",
            f"{found.n_skipped:,} skipped by everybody" if found.n_skipped else "",
            f"{len(found.changed):,} changed since they were settled" if found.changed else "",
        ]  # fmt: skip
        words = " · ".join([f"**{done:,} of {total:,} settled**", *(part for part in others if part)])
        st.progress(done / total if total else 1.0, text=words)
    if found.finished:
        each = " · ".join(f"{plain(name)} {n:,}" for name, n in found.finished.items())
        st.caption(f"Finished by {each}; {counted(found.n_single, 'sentence', 'sentences')} by one annotator only.")


def _draw_too_few(found: Overview) -> None:
    if not found.finished:
        st.info(
            "Nobody has finished a sentence yet: accepted, skipped and flagged ones count.", icon=":material/hourglass:"
        )
    else:
        st.info(
            "No sentence has been finished by two annotators. A second one who does the same sentences shows how far "
            "the annotation can be trusted: figures of agreement need two, and slips and unclear rules show where they "
            "differ. About a hundred shared sentences are enough for a first figure.",
            icon=":material/person_add:",
        )
    st.page_link("pages/home.py", label="Give a colleague a role on Home", icon=":material/group_add:")


def _draw_agreed(desk: Desk, corpus: Corpus, found: Overview) -> None:
    batches = _batches(corpus.id)
    if not found.agreed and not batches:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="agreed"):
        if found.agreed:
            st.markdown(f"✓ On **{counted(len(found.agreed), 'sentence', 'sentences')}** all annotators agree.")
            st.button(
                "Settle them as they are", icon=":material/done_all:", key="accept_agreed", on_click=_accept_agreed,
                args=(desk, corpus.id, found.agreed),
            )  # fmt: skip
        if batches:
            st.button("Take the last bulk decision back", icon=":material/undo:", key="undo_agreed",
                      on_click=_undo_agreed, args=(desk, corpus.id, batches[-1]))  # fmt: skip


def _batches(corpus_id: int) -> list[str]:
    """Return the bulk decisions of this session on a corpus that were not taken back."""
    found: list[str] = st.session_state.setdefault(_BATCHES, {}).setdefault(corpus_id, [])
    return found


def _accept_agreed(desk: Desk, corpus_id: int, pair_ids: tuple[int, ...]) -> None:
    store, user, batches = desk.store, desk.user, _batches(corpus_id)

    def work(on_progress: working.Progress) -> str:
        batch, n_done, n_left = adjudication.accept_agreed(store, user, corpus_id, pair_ids, on_progress=on_progress)
        batches.append(batch)
        left = f" {n_left:,} changed meanwhile and are left." if n_left else ""
        return f"{counted(n_done, 'sentence', 'sentences')} settled.{left}"

    working.begin("Settling …", len(pair_ids), work)


def _undo_agreed(desk: Desk, corpus_id: int, batch: str) -> None:
    store, user, batches = desk.store, desk.user, _batches(corpus_id)

    def work(on_progress: working.Progress) -> str:
        n_back, n_left = bulk_saves.undo_bulk(store, user, batch, on_progress=on_progress)
        batches.remove(batch)
        left = f" {n_left:,} were worked on since and stay." if n_left else ""
        return f"{counted(n_back, 'decision', 'decisions')} taken back.{left}"

    working.begin("Taking them back …", bulk_saves.size(store, batch), work)


def _draw_agreement(desk: Desk, corpus: Corpus, found: Overview, langs: tuple[str, ...], hide: bool) -> None:
    report = _agreement(desk, corpus.id, langs, hide, f"{desk.store.url} {desk.user.id} {found.fingerprint}")
    if report is None:
        st.info(
            "No sentence has been accepted by two annotators, so there is no figure yet.", icon=":material/hourglass:"
        )
        return
    agreement_table.draw(report)


@st.cache_data(max_entries=50, show_spinner="Comparing …")
def _agreement(
    _desk: Desk, corpus_id: int, langs: tuple[str, ...], hide: bool, versions: str
) -> AgreementReport | None:  # fmt: skip
    return annotator_agreement.agreement_of(_desk.store, _desk.user, corpus_id, langs=langs, hide_names=hide)

"""What can be set for a corpus: labels, how annotators share it, people, its name, sentences that are archived."""

from __future__ import annotations

import streamlit as st

from xner.correct.labels import FREE_KEYS, LINES, Label
from xner.errors import XnerError
from xner.services import corpora, sentence_archive
from xner.services.corpora import Corpus
from xner.services.identity import Role, User
from xner.store.rows import Mode
from xner.store.session import Store
from xner.ui import people
from xner.ui.messages import cell, plain, quote, show_error

_NEW = "New label …"
_NAMED = {"label": "", "key": "", "name": ""}
"""The messages name what they are about."""
_NO_KEY = "none: chosen from the menu"
_MODES = {
    "shared": "together: one history for each sentence; who saves second sees a conflict",
    "independent": "each alone, blind to the others; a reviewer settles the differences on Adjudicate",
}


def draw(store: Store, user: User, corpus: Corpus) -> None:
    """Draw the settings of a corpus; who is not its admin sees them and changes nothing."""
    if (words := st.session_state.pop(f"corpus_said_{corpus.id}", None)) is not None:
        st.success(words, icon=":material/check_circle:")
    labels, work, who, called, away = st.tabs(
        ["Labels", "How it is annotated", "People", "Name", "Archived"], key=f"corpus_tab_{corpus.id}"
    )
    with labels:
        _draw_labels(store, user, corpus)
    with work:
        _draw_mode(store, user, corpus)
    with who:
        people.draw(store, user, corpus.id)
    with called:
        _draw_name(store, user, corpus)
    with away:
        _draw_archived(store, user, corpus)


def _draw_name(store: Store, user: User, corpus: Corpus) -> None:
    if corpus.role < Role.ADMIN:
        st.markdown(f"{quote(corpus.name)}. Admins of this corpus rename it.")
        return
    with st.form(f"name_form_{corpus.id}", border=False):
        name = st.text_input("Name of the corpus", value=corpus.name, max_chars=200, key=f"corpus_name_{corpus.id}")
        sent = st.form_submit_button("Rename", icon=":material/edit:")
    if sent:
        try:
            corpora.rename(store, user, corpus.id, name)
        except XnerError as error:
            show_error(error, _NAMED)
        else:
            _said(corpus, f"The corpus is called {quote(name)} now.")


def _draw_labels(store: Store, user: User, corpus: Corpus) -> None:
    if corpus.labels:
        st.table(
            {
                "Label": [cell(label.name) for label in corpus.labels],
                "Key": [label.key.upper() or "–" for label in corpus.labels],
                "Line": [label.line for label in corpus.labels],
            },
            border="horizontal",
        )
    else:
        st.markdown("This corpus has no labels yet. Labels of imported text are added by themselves.")
    if corpus.role < Role.ADMIN:
        st.caption("Admins of this corpus change its labels.")
        return
    names = [label.name for label in corpus.labels]
    key = f"label_{corpus.id}"
    if st.session_state.pop(f"{key}_done", False):
        st.session_state[key] = None
    chosen = st.selectbox("Change", [*names, _NEW], key=key, index=None, placeholder="Choose a label")
    if chosen is not None:
        old = next((label for label in corpus.labels if label.name == chosen), None)
        _draw_label(store, user, corpus, old)


def _draw_label(store: Store, user: User, corpus: Corpus, old: Label | None) -> None:
    shown = old or corpora.new_labels(["New"], corpus.labels)[0]
    keys = ["", *FREE_KEYS]
    with st.form(f"label_form_{corpus.id}_{old.name if old else ''}", border=True):
        name = old.name if old else st.text_input("Name", max_chars=100)
        key, light, dark, line = st.columns(4)
        letter = key.selectbox("Key", keys, index=keys.index(shown.key), format_func=lambda k: k.upper() or _NO_KEY)
        made = Label(
            name.strip(), letter, light.color_picker("Colour in light mode", shown.light),
            dark.color_picker("Colour in dark mode", shown.dark),
            line.selectbox("Line under the span", LINES, index=LINES.index(shown.line)),
        )  # fmt: skip
        with st.container(horizontal=True):
            save = st.form_submit_button("Save label", type="primary", icon=":material/check:")
            remove = old is not None and st.form_submit_button("Remove label", icon=":material/remove:")
    if not save and not remove:
        return
    others = [label for label in corpus.labels if old is None or label.name != old.name]
    places = [made if old and label.name == old.name else label for label in corpus.labels]
    wanted = others if remove else (places if old else [*corpus.labels, made])
    try:
        corpora.set_labels(store, user, corpus.id, wanted)
    except XnerError as error:
        show_error(error, _NAMED)
    else:
        st.session_state[f"label_{corpus.id}_done"] = True
        _said(corpus, f"The label {quote(made.name)} is {'removed' if remove else 'saved'}.")


def _draw_archived(store: Store, user: User, corpus: Corpus) -> None:
    if corpus.role < Role.REVIEWER:
        st.markdown("Reviewers of this corpus see which sentences are archived.")
        return
    n, sentences = sentence_archive.archived_sentences(store, user, corpus.id)
    if not n:
        st.markdown("No sentence is archived. Inspect has a button for it: the sentence then leaves all lists.")
        return
    for sentence in sentences:
        with st.container(horizontal=True, vertical_alignment="center", key=f"archived_row_{sentence.id}"):
            st.markdown(f"{quote(sentence.record_id)} · {plain(sentence.lang)} · {cell(sentence.text)}")
            if st.button("Bring back", key=f"bring_back_pair_{sentence.id}", icon=":material/undo:"):
                sentence_archive.archive(store, user, sentence.id, archived=False)
                _said(corpus, f"The sentence {quote(sentence.record_id)} is back.")
    if n > len(sentences):
        st.caption(f"The first {len(sentences)} of {n:,}.")


def _said(corpus: Corpus, words: str) -> None:
    """Say what was done, above the settings of the corpus, when they are drawn next: now."""
    st.session_state[f"corpus_said_{corpus.id}"] = words
    st.rerun()


def _draw_mode(store: Store, user: User, corpus: Corpus) -> None:
    st.markdown(f"Annotators work **{_MODES[corpus.mode]}**.")
    if corpus.role < Role.ADMIN:
        return
    other: Mode = "shared" if corpus.mode == "independent" else "independent"
    st.caption("Changing this keeps everything that was saved.")
    if st.button(f"Let them work {_MODES[other].partition(':')[0].partition(',')[0]}", key=f"mode_{corpus.id}"):
        corpora.set_mode(store, user, corpus.id, other)
        _said(corpus, f"Annotators work {_MODES[other].partition(':')[0].partition(',')[0]} now.")

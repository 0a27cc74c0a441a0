"""A sentence typed on the Compare page: it stands in the address and is not stored."""

from __future__ import annotations

import streamlit as st

from xner.errors import LimitExceeded, XnerError
from xner.services.import_corpus import typed_pair
from xner.types import SentencePair
from xner.ui import languages
from xner.ui.messages import show_error

MAX_CHARACTERS = 1500
"""Of a text in the address."""
_AT = "compare_"
KEYS = ("from", "source", "to", "target", "names")
"""Keys of the address."""
_FIELDS = {"source_text": "Source sentence:", "target_text": "Its translation:", "source_lang": "Source language:",
           "target_lang": "Target language:"}  # fmt: skip


def draw() -> SentencePair | None:
    """Draw the form, write it into the address, and return the pair; None until both sides are there."""
    st.query_params["sentence"] = "typed"
    for key in KEYS:
        usual = {"from": "en", "to": "de"}.get(key)
        st.session_state.setdefault(_AT + key, st.query_params.get(key, usual))
    left, right = st.columns(2)
    with left:
        source_lang = languages.choose("Source language", _AT + "from")
        source = st.text_area("Source sentence", key=_AT + "source", height=90, placeholder="Mira was in Nairobi.")
    with right:
        target_lang = languages.choose("Target language", _AT + "to")
        target = st.text_area("Its translation", key=_AT + "target", height=90, placeholder="Mira war in Nairobi.")
    names = st.text_area(
        "Names in the source sentence, one a line", key=_AT + "names", height=110, placeholder="Mira = PER",
        help="Left empty, the recogniser finds persons, places and organisations.",
    )  # fmt: skip
    _write({"from": source_lang, "source": source, "to": target_lang, "target": target, "names": names})
    if not (source and source.strip() and target and target.strip() and source_lang and target_lang):
        st.info("Type a sentence and its translation. Nothing of it is stored; the link carries it.",
                icon=":material/edit_note:")  # fmt: skip
        return None
    try:
        if max(len(source), len(target), len(names or "")) > MAX_CHARACTERS:
            raise LimitExceeded(
                f"A text of more than {MAX_CHARACTERS:,} characters does not go into a link.",
                "Bring it in on Add, and compare it from the corpus.",
            )
        return typed_pair(source, target, source_lang, target_lang, pair_id="typed", names=names or "")
    except XnerError as error:
        show_error(error, _FIELDS)
        return None


def _write(values: dict[str, str | None]) -> None:
    for key, value in values.items():
        if (value or None) == (st.query_params.get(key) or None):
            continue
        if value and len(value) <= MAX_CHARACTERS:
            st.query_params[key] = value
        else:
            st.query_params.pop(key, None)

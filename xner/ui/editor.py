"""The span editor as the pages see it: plain values in, the component's data out; edits come back by callback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from xner.correct.annotation import Annotation
from xner.correct.edits import plain_spans
from xner.correct.labels import Label
from xner.correct.offer import Offer
from xner.correct.palette import label_styles
from xner.correct.tokens import graphemes
from xner.text.clitics import clitic_places
from xner.text.script import direction, language_name, script_of
from xner.text.tokenise import with_text
from xner.types import Alignment, Sentence, SentencePair
from xner.ui.html import mount_span_editor
from xner.ui.pair_view import BREAKS_BETWEEN_TOKENS

KEY = "span_editor"
"""The one key of the component: documents change through `doc_id`, so focus and undo survive."""

_MISSING = Sentence((), "und", "", (), ())

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Show:
    """What the editor draws until the linguist switches it in the editor itself (the browser remembers that)."""

    lines: bool = True
    candidates: bool = True
    ghost_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """The last edit of this browser session that was dealt with; `is_saved` is False for a conflict or a refusal.

    It tells the editor to stop sending: also for a draft of an earlier session, and for the document before this one.
    """

    doc_id: str
    client: str
    seq: int
    is_saved: bool


def editor_data(
    pair: SentencePair,
    annotation: Annotation,
    labels: Sequence[Label],
    *,
    doc_id: str,
    rev: str,
    client: str,
    ack_seq: int = 0,
    received: Received | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    status: str = "new",
    note: str | None = None,
    alignment: Alignment | None = None,
    offers: Iterable[Offer] = (),
    readonly_reason: str | None = None,
    show: Show = Show(),
    single_keys: bool = True,
    can_take_back: bool = False,
    can_unflag: bool = False,
    shelf: str = "",
) -> Json:
    """Return the data of the component.

    Args:
        pair: The pair as it was imported.
        annotation: Its state; links set or removed by hand are applied to `alignment`.
        labels: The label set; labels that the pair has beyond it are added, without a key.
        doc_id: Id of the pair; another one is another document in the same component.
        rev: Base of the edits; compared for equality only.
        client: Id of this browser session.
        ack_seq: Last number of this client that is committed for this document.
        received: See `Received`.
        history: The undo stack, newest last.
        status: One of new, projected, failed, draft, accepted, skipped, flagged, adjudicated.
        note: Of a flag.
        alignment: Word links.
        offers: Candidates on imported tokens, best first.
        readonly_reason: Why nothing may be changed; ``None`` when it may.
        show: What is drawn at first.
        single_keys: Whether letters and digits act; off, only buttons and Ctrl combinations do.
        can_take_back: Whether undo first takes back the decision that the status is, by the command ``take_back``.
        can_unflag: Whether a flag can be taken off, by the command ``unflag``.
        shelf: Whose drafts of which store the browser keeps together: nobody's draft becomes another's edit.
    """
    source, target = with_text(pair.source or _MISSING), with_text(pair.target or _MISSING)
    pieces = graphemes(target)
    sources = pair.source_entities or ()
    known = {label.name for label in labels}
    used = [e.label for e in sources] + [e.label for e in annotation.entities]
    further = [name for name in dict.fromkeys(used) if name not in known]
    readonly = readonly_reason or (None if target.tokens else "This pair has no target text.")
    return {
        "doc_id": doc_id,
        "rev": rev,
        "client": client,
        "ack_seq": ack_seq,
        "received": received and {
            "doc_id": received.doc_id, "client": received.client, "seq": received.seq, "saved": received.is_saved,
        },
        "src": {
            **_row(source, pair.source),
            "tokens": list(source.tokens),
            "spans": [
                {"id": n, "start": e.span.start, "end": e.span.end, "label": e.label} for n, e in enumerate(sources)
            ],
        },
        "tgt": {
            **_row(target, pair.target),
            "pieces": [list(token) for token in pieces],
            "clitics": [list(clitic_places(token, target.lang)) for token in pieces],
            "cuts": None if annotation.cuts is None else list(annotation.cuts),
            "spans": plain_spans(annotation.entities),
            "candidates": [
                {"src": o.source, "start": o.span.start, "end": o.span.end,
                 "score": None if o.score is None else float(o.score), "methods": list(o.methods)}
                for o in offers
            ],
        },
        "align": _links(alignment, annotation),
        "dropped": sorted(annotation.dropped),
        "labels": [asdict(label) for label in (*labels, *_without_key(further))],
        "history": [dict(delta) for delta in history],
        "status": status,
        "note": note,
        "readonly": readonly is not None,
        "reason": readonly,
        "show": asdict(show),
        "single_keys": single_keys,
        "can_take_back": can_take_back,
        "can_unflag": can_unflag,
        "shelf": shelf,
    }  # fmt: skip


def draw(data: Json, *, on_edit: Callable[[], None], on_command: Callable[[], None]) -> None:
    """Mount the editor; the callbacks take no argument and read `last_edit` and `last_command`.

    Both run before the page does. Don't call it inside a fragment: after a lost connection a fragment's edits would be
    dropped by the server.
    """
    mount_span_editor(data, key=KEY, on_edit=on_edit, on_command=on_command)


def last_edit() -> Mapping[str, Any]:
    """Return the payload that the browser sent: not checked, see `xner.correct.edits.parse_edit`."""
    return _state("edit")


def last_command() -> str:
    """Return ``help``, ``next``, ``previous``, ``take_back`` or ``unflag``; ``""`` for anything else that was sent."""
    name = _state("command").get("name")
    return name if name in ("help", "next", "previous", "take_back", "unflag") else ""


def _state(name: str) -> Mapping[str, Any]:
    value = st.session_state[KEY][name]
    return value if isinstance(value, Mapping) else {}


def _row(sentence: Sentence, given: Sentence | None) -> Json:
    text = sentence.text or ""
    return {
        "ws": list(sentence.spaces or ()),
        "lang": sentence.lang,
        "language": language_name(sentence.lang) if given else "not given",
        "dir": direction(sentence.lang, text),
        "breaks": script_of(sentence.lang, text) in BREAKS_BETWEEN_TOKENS,
    }


def _links(alignment: Alignment | None, annotation: Annotation) -> list[list[int | str]]:
    """Return links ``[i, j, kind]``, faint ones first, with what was set and removed by hand applied."""
    kinds: dict[tuple[int, int], str] = {}
    if alignment is not None:
        kinds = {**dict.fromkeys(alignment.possible, "possible"), **dict.fromkeys(alignment.links, "sure")}
    for link, stands in annotation.links.items():
        kinds.pop(link, None)
        if stands:
            kinds[link] = "manual"
    return [[i, j, kind] for kind, (i, j) in sorted((kind, link) for link, kind in kinds.items())]


def _without_key(names: Sequence[str]) -> list[Label]:
    styles = label_styles(names)
    return [Label(name, "", styles[name].light, styles[name].dark, styles[name].line) for name in names]

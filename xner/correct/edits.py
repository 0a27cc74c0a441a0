"""What the browser says about a sentence, believed only after every field was checked.

The payload is input like an uploaded file: a browser can be old, broken or hostile. What comes out fits the pair; what
does not raises an `InputError` that names the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from xner.correct.annotation import ENTITY_STATUSES, AnnotatedEntity, Annotation
from xner.correct.labels import Label
from xner.correct.tokens import Cuts, check_cuts, cut, graphemes
from xner.errors import InputError
from xner.text.normalise import text_problem
from xner.types import Sentence, SentencePair, Span

Action = Literal["draft", "accepted", "skipped", "flagged"]
ACTIONS: tuple[Action, ...] = get_args(Action)
MAX_HISTORY = 50
"""Steps that can be undone."""
MAX_HISTORY_CHARACTERS = 1_000_000
MAX_OPS = 1000
MAX_NOTE = 2000
MAX_SEQ = 2**31 - 1
MAX_MS = 2**53
_MAX_WORD = 200
_LARGEST_SCORE = 1e9
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_HINT = "Reload the page; if it comes again, the editor and the server are of different versions."

Delta = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the effort log: what was done, when (ms since 1970, the browser's clock), under which number."""

    op: str
    ms: int
    seq: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A checked payload. `history` is the undo stack, newest last; `ops` the steps since the last acknowledgement."""

    doc_id: str
    rev: str
    client: str
    seq: int
    annotation: Annotation
    action: Action
    note: str | None
    history: tuple[Delta, ...]
    ops: tuple[Step, ...]


def parse_edit(edit: Mapping[str, Any], pair: SentencePair, labels: Collection[Label], previous: Annotation) -> Edit:
    """Return the edit of a pair; links set by hand are those of `previous`, since the editor does not send them.

    A label is known when it is in the label set or already on the pair: a label set may have changed since.

    Raises:
        InputError: a field is missing, of the wrong type or outside its bounds; `column` names it.
    """
    if pair.target is None or not pair.target.tokens:
        raise InputError("This pair has no target text to annotate.", _HINT, column="doc_id")
    sources = pair.source_entities or ()
    known = {label.name for label in labels} | {e.label for e in sources} | {e.label for e in previous.entities}
    cuts = _cuts(_field(edit, "cuts"), pair.target)
    n_tokens = len(cut(pair.target, cuts))
    n_pieces = sum(map(len, graphemes(pair.target)))
    entities = _entities(_field(edit, "spans"), n_tokens, len(sources), known)
    dropped = _sources(_field(edit, "dropped"), len(sources), "dropped")
    placed = dropped & {entity.source for entity in entities}
    if placed:
        raise _refused("dropped", f"entity {min(x for x in placed if x is not None) + 1} is placed and dropped at once")
    action = _field(edit, "action")
    if action not in ACTIONS:
        raise _refused("action", f"{action!r} is none of {', '.join(ACTIONS)}")
    seq = _whole(_field(edit, "seq"), "seq", 1, MAX_SEQ)
    return Edit(
        doc_id=_word(_field(edit, "doc_id"), "doc_id"),
        rev=_word(_field(edit, "rev"), "rev", may_be_empty=True),
        client=_word(_field(edit, "client"), "client"),
        seq=seq,
        annotation=Annotation(entities, dropped, previous.links, cuts),
        action=action,
        note=_note(_field(edit, "note")),
        history=_history(_field(edit, "history"), n_pieces, len(sources)),
        ops=tuple(_step(op, seq) for op in _list(_field(edit, "ops"), "ops", MAX_OPS)),
    )


def _refused(column: str, problem: str) -> InputError:
    return InputError(f"This edit can't be read: {problem}.", _HINT, column=column)


def _field(row: Any, name: str, column: str | None = None) -> Any:
    if not isinstance(row, Mapping):
        raise _refused(column or name, "an object was expected")
    if name not in row:
        raise _refused(column or name, f"the field {name!r} is missing")
    return row[name]


def _list(value: Any, column: str, most: int) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _refused(column, "a list was expected")
    if len(value) > most:
        raise _refused(column, f"{len(value):,} entries are more than {most:,}")
    return list(value)


def _whole(value: Any, column: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _refused(column, f"{_shown(value)} is no whole number from {least} to {most}")
    return value


def _word(value: Any, column: str, *, may_be_empty: bool = False) -> str:
    if not isinstance(value, str) or len(value) > _MAX_WORD or not (value or may_be_empty):
        raise _refused(column, f"{_shown(value)} is no text of 1 to {_MAX_WORD} characters")
    if problem := text_problem(value):
        raise _refused(column, problem)
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _note(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _refused("note", "a text was expected")
    if len(value) > MAX_NOTE:
        raise _refused("note", f"{len(value):,} characters are more than {MAX_NOTE:,}")
    if problem := text_problem(value):
        raise _refused("note", problem)
    return value.strip() or None


def _cuts(value: Any, target: Sentence) -> Cuts | None:
    if value is None:
        return None
    n_pieces = sum(map(len, graphemes(target)))
    places = [_whole(place, "cuts", 1, n_pieces) for place in _list(value, "cuts", n_pieces)]
    try:
        return check_cuts(target, places)
    except ValueError as error:
        raise _refused("cuts", str(error)) from error


def _entities(value: Any, n_tokens: int, n_sources: int, labels: Collection[str]) -> tuple[AnnotatedEntity, ...]:
    found = [_entity(row, n_tokens, n_sources) for row in _list(value, "spans", n_tokens)]
    for entity in found:
        if entity.label not in labels:
            raise _refused("spans.label", f"{_shown(entity.label)} is not in the label set")
    found.sort(key=lambda entity: entity.span)
    for before, entity in pairwise(found):
        if entity.span.overlaps(before.span):
            raise _refused("spans", f"two entities share token {entity.span.start + 1}")
    if len({entity.id for entity in found}) < len(found):
        raise _refused("spans.id", "two entities have the same id")
    return tuple(found)


def _entity(row: Any, n_tokens: int, n_sources: int, column: str = "spans") -> AnnotatedEntity:
    def field(name: str) -> Any:
        return _field(row, name, f"{column}.{name}")

    if not isinstance(field("id"), str) or not _ID.fullmatch(field("id")):
        raise _refused(f"{column}.id", f"{_shown(field('id'))} is no id")
    start = _whole(field("start"), f"{column}.start", 0, n_tokens - 1)
    end = _whole(field("end"), f"{column}.end", start + 1, n_tokens)
    source = field("src")
    if field("status") not in ENTITY_STATUSES:
        raise _refused(f"{column}.status", f"{_shown(field('status'))} is none of {', '.join(ENTITY_STATUSES)}")
    return AnnotatedEntity(
        id=field("id"),
        span=Span(start, end),
        label=_word(field("label"), f"{column}.label"),
        score=_score(field("conf"), f"{column}.conf"),
        source=None if source is None else _whole(source, f"{column}.src", 0, n_sources - 1),
        status=field("status"),
    )


def _score(value: Any, column: str) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= _LARGEST_SCORE:
        raise _refused(column, f"{_shown(value)} is no number up to {_LARGEST_SCORE:.0e}")
    return float(value)


def _sources(value: Any, n_sources: int, column: str) -> frozenset[int]:
    return frozenset(_whole(source, column, 0, n_sources - 1) for source in _list(value, column, n_sources))


def _history(value: Any, n_pieces: int, n_sources: int) -> tuple[Delta, ...]:
    """Return the undo stack. Its labels need not be in the label set and its spans may be of other cuttings."""
    deltas = tuple(_delta(delta, n_pieces, n_sources) for delta in _list(value, "history", MAX_HISTORY))
    if len(json.dumps(deltas, ensure_ascii=False)) > MAX_HISTORY_CHARACTERS:
        raise _refused("history", f"it is longer than {MAX_HISTORY_CHARACTERS:,} characters")
    return deltas


def _delta(value: Any, n_pieces: int, n_sources: int) -> Delta:
    delta: Delta = {"op": _word(_field(value, "op", "history.op"), "history.op")}
    for side in ("del", "add"):
        rows = _list(_field(value, side, f"history.{side}"), f"history.{side}", n_pieces)
        delta[side] = [_plain(_entity(row, n_pieces, n_sources, f"history.{side}")) for row in rows]
    if "cuts" in value:
        delta["cuts"] = {
            way: _places(_field(value["cuts"], way, "history.cuts"), n_pieces, "history.cuts") for way in ("from", "to")
        }
    if "dropped" in value:
        delta["dropped"] = {
            way: sorted(_sources(_field(value["dropped"], way, "history.dropped"), n_sources, "history.dropped"))
            for way in ("from", "to")
        }
    return delta


def _places(value: Any, n_pieces: int, column: str) -> list[int] | None:
    if value is None:
        return None
    return [_whole(place, column, 1, n_pieces) for place in _list(value, column, n_pieces)]


def _plain(entity: AnnotatedEntity) -> dict[str, Any]:
    """Return an entity as the wire has it."""
    return {
        "id": entity.id, "start": entity.span.start, "end": entity.span.end, "label": entity.label,
        "src": entity.source, "status": entity.status, "conf": entity.score,
    }  # fmt: skip


def _step(value: Any, seq: int) -> Step:
    return Step(
        op=_word(_field(value, "op", "ops.op"), "ops.op"),
        ms=_whole(_field(value, "ms", "ops.ms"), "ops.ms", 0, MAX_MS),
        seq=_whole(_field(value, "seq", "ops.seq"), "ops.seq", 1, seq),
    )


def plain_spans(entities: Sequence[AnnotatedEntity]) -> list[dict[str, Any]]:
    """Return entities as the wire between server and editor has them.

    Example:
        >>> plain_spans([AnnotatedEntity("p0", Span(0, 2), "PER", 0.5, 1, "projected")])[0]["src"]
        1
    """
    return [_plain(entity) for entity in entities]

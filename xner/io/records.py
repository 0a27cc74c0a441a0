"""Records (the objects of JSON Lines) to sentence pairs, projections and labelled sentences, and pairs to records."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any, Literal

from xner.errors import InputError
from xner.io.field_names import LONG_NAME, PAIR_FIELDS, SENTENCE_FIELDS, check_field_names, slip
from xner.io.fields import (
    check_entities,
    check_id,
    check_language,
    check_sentence,
    check_text,
    json_name,
    wrong,
)
from xner.io.labelled import LabelledSentence
from xner.io.projections import parse_alignment, parse_projection, plain_entity, plain_links, plain_projection
from xner.text.normalise import text_problem
from xner.types import Entity, Projection, Sentence, SentencePair

Side = Literal["gold", "predicted"]
Record = Mapping[str, Any]

_EXTRA = "_extra"
"""Key of `meta` under which fields that are not ours travel; an export puts them back where they were."""
MISSING = "is missing."
"""What is said of a field that a record needs and lacks."""
_NO_LANGUAGE = "und"
"""Spans are scored without knowing the language; a pair is never read without it."""
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


def pair_from_record(
    record: Record,
    *,
    source_lang: str | None = None,
    target_lang: str | None = None,
    labels: Collection[str] | None = None,
    default_id: str | None = None,
) -> SentencePair:
    """Return the sentence pair of a record; a side that has neither tokens nor text is ``None``.

    Languages and id are taken from the record before the arguments. Fields that are not ours are kept in
    ``meta["_extra"]``; one that is a known name misspelt is an error. Inside an entity other fields are ignored.

    Raises:
        InputError: with the field in `column`.
    """
    check_field_names(record)
    pair_id = _id(record, default_id)
    unused: dict[str, Any] = {}
    source = _side(record, "source", source_lang, unused)
    target = _side(record, "target", target_lang, unused)
    if source is None and target is None:
        raise _no_sentence(record)
    n_source, n_target = (len(sentence) if sentence else 0 for sentence in (source, target))
    source_entities = _entities(record, "source_entities", n_source, labels)
    target_entities = _entities(record, "target_entities", n_target, labels)
    _check_sources(source_entities, target_entities)
    back_translation = record.get("back_translation")
    return SentencePair(
        id=pair_id,
        source=source,
        target=target,
        source_entities=source_entities,
        target_entities=target_entities,
        alignment=parse_alignment(record, "", n_source, n_target),
        back_translation=None if back_translation is None else check_text("back_translation", back_translation),
        meta=_meta(record, unused),
    )


def record_from_pair(pair: SentencePair, projection: Projection | None = None) -> dict[str, Any]:
    """Return the record of a pair, and of what was projected onto it.

    Reading it again gives an equal pair, if its text is the one that its tokens were cut from.
    """
    meta = dict(pair.meta)
    record: dict[str, Any] = {"id": pair.id}
    sides = (("source", pair.source), ("target", pair.target))
    record |= {f"{side}_lang": sentence.lang for side, sentence in sides if sentence is not None}
    for side, sentence in sides:
        if sentence is not None:
            record[f"{side}_tokens"] = list(sentence.tokens)
            if sentence.text is not None:
                record[f"{side}_text"] = sentence.text
    for side, entities in (("source", pair.source_entities), ("target", pair.target_entities)):
        if entities is not None:
            record[f"{side}_entities"] = [plain_entity(entity) for entity in entities]
    if pair.alignment is not None:
        record |= plain_links(pair.alignment)
    if pair.back_translation is not None:
        record["back_translation"] = pair.back_translation
    extra = meta.get(_EXTRA)
    if isinstance(extra, Mapping):
        moved = {name: value for name, value in extra.items() if _is_extra(name, record)}
        record |= moved
        meta[_EXTRA] = {name: value for name, value in extra.items() if name not in moved}
        if moved and not meta[_EXTRA]:
            del meta[_EXTRA]
    if meta:
        record["meta"] = meta
    if projection is not None:
        record["projection"] = plain_projection(projection)
    return record


def stated_language(pair: SentencePair, side: Literal["source", "target"]) -> str | None:
    """Return the language of a side, also of one whose sentence is missing but whose language the record named."""
    sentence = pair.source if side == "source" else pair.target
    if sentence is not None:
        return sentence.lang
    extra = pair.meta.get(_EXTRA)
    stated = extra.get(f"{side}_lang") if isinstance(extra, Mapping) else None
    return stated if isinstance(stated, str) else None


def projection_from_record(record: Record) -> Projection | None:
    """Return the projection in a record written by `project`, ``None`` where it has none.

    Raises:
        InputError: with the field in `column`.
    """
    if record.get("projection") is None:
        return None
    n_source, n_target = (_n_tokens(record, side) for side in ("source", "target"))
    return parse_projection(record["projection"], _id(record, None), n_source, n_target)


def projection_onto(pair: SentencePair, record: Record) -> Projection | None:
    """Return the projection of a record onto its pair, ``None`` where it has none.

    Raises:
        InputError: with the field in `column`; also where it names a token or a source entity that the pair lacks.
    """
    if record.get("projection") is None:
        return None
    n_source, n_target = (len(sentence) if sentence else 0 for sentence in (pair.source, pair.target))
    projection = parse_projection(record["projection"], pair.id, n_source, n_target)
    n_entities = len(pair.source_entities or ())
    for number, entity in enumerate(projection.entities):
        if entity.source is not None and entity.source >= n_entities:
            problem = f"names source entity {entity.source}, there are {n_entities}, counted from 0."
            raise wrong(f"projection.entities[{number}].source", problem, "Run project again.")
    return projection


def labelled_from_record(
    record: Record,
    side: Side,
    *,
    lang: str | None = None,
    labels: Collection[str] | None = None,
    default_id: str | None = None,
) -> LabelledSentence:
    """Return one side of an evaluation.

    Gold is `target_entities`, else `entities`; predictions are `projection.entities`, else the same. The record may
    be of a pair (its target counts) or of one sentence (`lang`, `tokens`, `text`, `entities`).

    Raises:
        InputError: with the field in `column`.
    """
    check_field_names(record, PAIR_FIELDS | SENTENCE_FIELDS)
    pair_id = _id(record, default_id)
    is_pair = any(record.get(f"target_{name}") is not None for name in ("tokens", "text", "entities"))
    prefix = "target_" if is_pair else ""
    sentence = _sentence(record, prefix, lang or record.get("target_lang") or _NO_LANGUAGE)
    projection = record.get("projection") if side == "predicted" else None
    if projection is not None:
        read = parse_projection(projection, pair_id, None, None if sentence is None else len(sentence))
        if read.status == "failed":
            present = Sentence((), _NO_LANGUAGE) if sentence is None else sentence
            return LabelledSentence(pair_id, present, None, status="failed", reason=read.reason)
    if sentence is None:
        raise _no_sentence(record)
    if projection is not None:
        return LabelledSentence(pair_id, sentence, tuple(sorted(read.entities, key=lambda entity: entity.span)))
    field = "target_entities" if record.get("target_entities") is not None else "entities"
    return LabelledSentence(pair_id, sentence, _entities(record, field, len(sentence), labels))


def _is_extra(name: object, record: Record) -> bool:
    """Tell whether a field of `meta._extra` would come back from the top level as one."""
    if name in ("source_lang", "target_lang"):
        side = str(name).removesuffix("_lang")
        return f"{side}_tokens" not in record
    return isinstance(name, str) and name not in PAIR_FIELDS and not slip(name)


def _id(record: Record, default: str | None) -> str:
    if record.get("id") is not None:
        return check_id(record["id"])
    if default is None:
        raise wrong("id", MISSING, "Give every record an id of its own.")
    return default


def _side(record: Record, side: str, default_lang: str | None, unused: dict[str, Any]) -> Sentence | None:
    sentence = _sentence(record, f"{side}_", default_lang)
    lang = f"{side}_lang"
    if sentence is None and record.get(lang) is not None:
        unused[lang] = check_language(lang, record[lang])
    return sentence


def _sentence(record: Record, prefix: str, default_lang: object) -> Sentence | None:
    tokens, text = record.get(f"{prefix}tokens"), record.get(f"{prefix}text")
    if tokens is None and text is None:
        return None
    lang = record.get(f"{prefix}lang")
    if lang is None:
        lang = default_lang
    if lang is None:
        option = f"--{prefix}lang".replace("_", "-")
        fix = f'Add "{prefix}lang" to the record, or choose the language for the whole file ({option}).'
        raise wrong(f"{prefix}lang", MISSING, fix)
    return check_sentence(f"{prefix}tokens", tokens, f"{prefix}text", text, check_language(f"{prefix}lang", lang))


def _no_sentence(record: Record) -> InputError:
    if record.get("tokens") is not None or record.get("text") is not None:
        fix = "Name its fields source_tokens or target_tokens, and so on."
        return wrong("tokens", "this is a record of one language, not of a pair.", fix)
    foreign = [name[:LONG_NAME] for name in record if name not in PAIR_FIELDS]
    near = difflib.get_close_matches("source_tokens", foreign, n=1, cutoff=0.5)
    seen = f" (there is {near[0]!r})" if near else ""
    fix = "A record needs source_tokens or source_text, and target_tokens or target_text."
    return wrong("source_tokens", f"there is no sentence in the record{seen}.", fix)


def _n_tokens(record: Record, side: str) -> int | None:
    tokens = record.get(f"{side}_tokens")
    return len(tokens) if isinstance(tokens, list) else None


def _entities(
    record: Record, field: str, n_tokens: int, labels: Collection[str] | None
) -> tuple[Entity, ...] | None:  # fmt: skip
    value = record.get(field)
    return None if value is None else check_entities(field, value, n_tokens, labels)


def _check_sources(source: tuple[Entity, ...] | None, target: tuple[Entity, ...] | None) -> None:
    for number, entity in enumerate(target or ()):
        if source is not None and entity.source is not None and entity.source >= len(source):
            problem = f"names source entity {entity.source}, there are {len(source)}, counted from 0."
            raise wrong(f"target_entities[{number}].source", problem, "Take the field out, or correct the number.")


def _meta(record: Record, unused: Mapping[str, Any]) -> dict[str, Any]:
    value = record.get("meta")
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        raise wrong("meta", f"is {json_name(value)}, it has to be an object.", 'Write {"note": "…"}.')
    meta = dict(value)
    extra = {name: item for name, item in record.items() if name not in PAIR_FIELDS} | dict(unused)
    _check_strings("meta", meta)
    for name, item in extra.items():
        _check_strings(name[:LONG_NAME], item)
    if extra:
        kept = meta.get(_EXTRA, {})
        if not isinstance(kept, Mapping):
            raise wrong(f"meta.{_EXTRA}", "is reserved for fields that xner does not know.", "Rename it.")
        meta[_EXTRA] = dict(kept) | extra
    return meta


def _check_strings(field: str, value: object) -> None:
    """Refuse what no file can be written with; the depth is bounded by the reader."""
    if isinstance(value, str):
        if _UNWRITABLE.search(value):
            raise wrong(field, f"{text_problem(value)}.", "Delete that character.")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _check_strings(field, name)
            _check_strings(field, item)
    elif isinstance(value, list):
        for item in value:
            _check_strings(field, item)

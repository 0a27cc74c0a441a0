"""The pair view: source above target (and gold), entities as blocks, links as lines, the back-translation beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from xner.correct.labels import Label
from xner.correct.palette import label_styles
from xner.services.gold_agreement import Agreement, Kind
from xner.services.inspect_pair import RoundTrip, round_trip
from xner.services.inspect_stored import Kept
from xner.text.script import direction, language_name, script_of
from xner.text.tokenise import with_text
from xner.types import Alignment, Entity, Link, Projection, Sentence, SentencePair
from xner.ui.html import mount_pair_view
from xner.ui.messages import one_line

MARKS: dict[Kind, str] = {"correct": "✓", "boundary": "↔", "label": "≠", "missing": "–", "spurious": "+"}
"""Sign of an agreement, beside its word."""

BREAKS_BETWEEN_TOKENS = frozenset({"Thai", "Laoo", "Khmr", "Mymr"})
"""Scripts without blanks whose lines are broken between words only."""

_MISSING = Sentence((), "und", "", (), ())

Json = dict[str, Any]


def draw(
    pair: SentencePair,
    alignment: Alignment | None,
    projection: Projection | None,
    *,
    decisions: Mapping[Link, bool] = {},
    agreement: Sequence[Agreement] | None = None,
    stored: Kept | None = None,
    key: str = "pair_view",
    source_word: str = "Source",
    with_back: bool = True,
) -> None:
    """Draw the pair; what is stored and differs, and `agreement` with gold, are rows of their own."""
    data = view_data(
        pair, alignment, projection, decisions=decisions, agreement=agreement, stored=stored, source_word=source_word
    )
    if not with_back:
        data["back"] = None
    mount_pair_view(data, key=key)


def view_data(
    pair: SentencePair,
    alignment: Alignment | None,
    projection: Projection | None,
    *,
    decisions: Mapping[Link, bool] = {},
    agreement: Sequence[Agreement] | None = None,
    stored: Kept | None = None,
    source_word: str = "Source",
) -> Json:
    """Return what the component draws: rows of tokens and entities, links ``[i, j, kind]``, colours by label."""
    source, target = _shown(pair.source), _shown(pair.target)
    projected = projection.entities if projection else ()
    rows = [
        _row("source", source_word, source, [_source_block(e, n) for n, e in enumerate(pair.source_entities or (), 1)]),
        _row("target", "Target", target, [_target_block(e) for e in projected], _note(projection)),
    ]
    if stored is not None and stored.sentence is not None:
        blocks = [_target_block(e) for e in stored.entities]
        word, note = ("Corrected", None) if stored.is_corrected else ("Stored", None)
        if stored.status == "failed":
            note = "⚠ failed"
        rows.append(_row("stored", word, _shown(stored.sentence), blocks, note))
    if agreement is not None:
        gold = [_gold_block(row) for row in agreement if row.expected]
        rows.append(_row("gold", "Gold", target, gold))
    labels = list(dict.fromkeys(block["label"] for row in rows for block in row["entities"]))
    styles = label_styles(labels)
    return {
        "doc": pair.id,
        "title": f"Sentence pair {pair.id}",
        "rows": rows,
        "links": _links(alignment, decisions),
        "labels": {name: asdict(styles[name]) for name in labels},
        "back": _back(pair, source),
    }


@dataclass(frozen=True, slots=True)
class Layer:
    """One version of the target as a row.

    `marks` has a sign for each entity, ``""`` for none, and words for it; `absent` the tokens outside of all its
    entities that lie in one of another version.
    """

    title: str
    note: str | None
    sentence: Sentence
    entities: tuple[Entity, ...]
    marks: tuple[tuple[str, str], ...]
    absent: tuple[int, ...] = ()


def draw_layers(pair: SentencePair, layers: Sequence[Layer], labels: Sequence[Label], *, key: str) -> None:
    """Draw the source and beneath it versions of the target, whose tokens may be cut differently; read only."""
    mount_pair_view(layers_data(pair, layers, labels), key=key)


def layers_data(pair: SentencePair, layers: Sequence[Layer], labels: Sequence[Label]) -> Json:
    """Return what the component draws of `draw_layers`; colours are those of the label set."""
    source = _shown(pair.source)
    given = [_source_block(entity, number) for number, entity in enumerate(pair.source_entities or (), 1)]
    rows = [_row("source", "Source", source, given)]
    for number, layer in enumerate(layers):
        blocks = [_marked(e, *mark) for e, mark in zip(layer.entities, layer.marks, strict=True)]
        role = "target" if number == 0 else "version"
        row = _row(role, layer.title, _shown(layer.sentence), blocks, layer.note)
        rows.append(row | {"absent": list(layer.absent)})
    used = list(dict.fromkeys(block["label"] for row in rows for block in row["entities"]))
    styles: dict[str, Any] = {name: asdict(style) for name, style in label_styles(used).items()}
    styles |= {k.name: {"light": k.light, "dark": k.dark, "line": k.line} for k in labels if k.name in styles}
    return {
        "doc": pair.id, "title": f"Versions of sentence pair {pair.id}", "rows": rows, "links": [], "labels": styles,
        "back": None,
    }  # fmt: skip


def _marked(entity: Entity, sign: str, words: str) -> Json:
    block = _target_block(entity)
    if sign:
        chip = f"{block['chip']} {sign}"
        block |= {"chip": chip, "mini": sign, "name": f"{block['name']}; {words}", "differs": True}
    return block


def _shown(sentence: Sentence | None) -> Sentence:
    return with_text(sentence) if sentence else _MISSING


def _row(role: str, word: str, sentence: Sentence, entities: list[Json], note: str | None = None) -> Json:
    text = sentence.text or ""
    return {
        "role": role,
        "title": word,
        "language": "not given" if sentence is _MISSING else language_name(sentence.lang),
        "note": note,
        "lang": sentence.lang,
        "dir": direction(sentence.lang, text),
        "breaks": script_of(sentence.lang, text) in BREAKS_BETWEEN_TOKENS,
        "tokens": list(sentence.tokens),
        "spaces": [*(sentence.spaces or ())],
        "entities": entities,
    }


def _block(entity: Entity, chip: str, mini: str, name: str, partner: int | None = None) -> Json:
    return {
        "start": entity.span.start, "end": entity.span.end, "label": entity.label,
        "chip": chip, "mini": mini, "name": name, "partner": partner,
    }  # fmt: skip


def _source_block(entity: Entity, number: int) -> Json:
    label = one_line(entity.label)
    return _block(entity, f"{number} {label}", f"{number}", f"{label}, entity {number}", number)


def _target_block(entity: Entity) -> Json:
    label = one_line(entity.label)
    if entity.source is None:
        return _block(entity, label, label[:1], f"{label}, not linked to an entity")
    number = entity.source + 1
    return _block(entity, f"{label} ⇠{number}", f"⇠{number}", f"{label}, projected from entity {number}", number)


def _gold_block(row: Agreement) -> Json:
    entity = row.expected
    if entity is None:
        raise ValueError("a spurious entity has no place in the gold row")
    mark, label = MARKS[row.kind], one_line(entity.label)
    return _block(entity, f"{label} {mark}", mark, f"gold {label}: {row.kind}")


def _note(projection: Projection | None) -> str | None:
    if projection is None or projection.status == "failed":
        return "⚠ failed"
    return "○ no entity" if projection.status == "empty" else None


def _links(alignment: Alignment | None, decisions: Mapping[Link, bool]) -> list[list[int | str]]:
    if alignment is None:
        return []
    possible = alignment.possible - alignment.links
    sure = [(i, j, "manual" if decisions.get((i, j)) else "sure") for i, j in sorted(alignment.links)]
    return [[i, j, kind] for i, j, kind in [*((i, j, "possible") for i, j in sorted(possible)), *sure]]


def _back(pair: SentencePair, source: Sentence) -> Json:
    rows: list[RoundTrip] = round_trip(pair) or []
    return {
        "title": "Back-translation",
        "language": language_name(source.lang),
        "lang": source.lang,
        "dir": direction(source.lang, pair.back_translation or source.text or ""),
        "text": pair.back_translation,
        "missing": "not given",
        "entities": [{"text": row.text, "survives": row.survives} for row in rows],
    }

"""Which prediction belongs to which gold sentence, and which sentences can't be scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from unicodedata import normalize

from xner.errors import InputError
from xner.io.labelled import LabelledSentence

SentencePairing = tuple[LabelledSentence, LabelledSentence]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Gold and predicted sentences, sorted by what can be said about them; each list in the order of gold.

    `scored` ran; `failed` did not (gold, prediction that says why); `missing` are gold sentences without any
    prediction. `surplus_ids` were predicted and are not in gold, `n_without_gold` gold rows have no entities known:
    neither can be scored.
    """

    scored: tuple[SentencePairing, ...]
    failed: tuple[SentencePairing, ...] = ()
    missing: tuple[LabelledSentence, ...] = ()
    surplus_ids: tuple[str, ...] = ()
    n_without_gold: int = 0


def pair_sentences(gold: Iterable[LabelledSentence], predicted: Iterable[LabelledSentence]) -> Pairing:
    """Return gold and predicted sentences paired by id, or by order if a side has no ids.

    Paired by order, a sentence is called by its number, from 1. A prediction that ran but holds no entities (``None``)
    counts as failed: not known is not empty.

    Raises:
        InputError: an id twice, ids on some rows only, unequal numbers of rows without ids, no id in common, or
            sentences of an id that differ in their number of tokens; or no gold row has known entities.
    """
    gold_rows, predicted_rows = list(gold), list(predicted)
    if not (_have_ids(gold_rows, "gold") and _have_ids(predicted_rows, "predicted")):
        if len(gold_rows) != len(predicted_rows):
            raise InputError(
                f"{len(gold_rows)} gold sentences but {len(predicted_rows)} predicted.",
                "Without ids on both sides sentences are paired by order, so there must be as many of each.",
            )
        gold_rows, predicted_rows = _numbered(gold_rows), _numbered(predicted_rows)
    by_id = _by_id(predicted_rows, "predicted")
    gold_ids = set(_by_id(gold_rows, "gold"))
    if gold_rows and by_id and gold_ids.isdisjoint(by_id):
        raise InputError(
            f"Gold and predicted sentences have no id in common: {gold_rows[0].id!r} is in gold only.",
            "Both files must name the same sentences, or none.",
        )
    known = [row for row in gold_rows if row.entities is not None]
    if gold_rows and not known:
        raise InputError(
            "No gold sentence says which entities it has.", "Gold rows need entities, if only an empty list."
        )
    scored: list[SentencePairing] = []
    failed: list[SentencePairing] = []
    missing: list[LabelledSentence] = []
    for row in known:
        prediction = by_id.get(row.id)
        if prediction is None:
            missing.append(row)
        elif prediction.status == "failed" or prediction.entities is None:
            failed.append((row, prediction))
        else:
            _check_tokens(row, prediction)
            scored.append((row, prediction))
    surplus = tuple(row.id for row in predicted_rows if row.id not in gold_ids)
    return Pairing(tuple(scored), tuple(failed), tuple(missing), surplus, len(gold_rows) - len(known))


def _have_ids(rows: list[LabelledSentence], side: str) -> bool:
    n_named = sum(1 for row in rows if row.id)
    if 0 < n_named < len(rows):
        raise InputError(
            f"{len(rows) - n_named} of {len(rows)} {side} sentences have no id.", "Give every sentence an id, or none."
        )
    return n_named > 0 or not rows


def _numbered(rows: list[LabelledSentence]) -> list[LabelledSentence]:
    return [replace(row, id=str(number)) for number, row in enumerate(rows, start=1)]


def _by_id(rows: list[LabelledSentence], side: str) -> dict[str, LabelledSentence]:
    by_id: dict[str, LabelledSentence] = {}
    for row in rows:
        if row.id in by_id:
            raise InputError(f"Id {row.id!r} stands twice on the {side} side.", "An id names one sentence.")
        by_id[row.id] = row
    return by_id


def _check_tokens(gold: LabelledSentence, predicted: LabelledSentence) -> None:
    if len(gold.sentence) != len(predicted.sentence):
        raise InputError(
            f"Sentence {gold.id!r} has {len(gold.sentence)} gold tokens but {len(predicted.sentence)} predicted.",
            "Spans are compared by token, so both sides need the same tokens.",
        )
    for place, (one, other) in enumerate(zip(gold.sentence.tokens, predicted.sentence.tokens, strict=True)):
        if one != other and normalize("NFC", one) != normalize("NFC", other):
            raise InputError(
                f"Sentence {gold.id!r}: token {place} is {one!r} in gold but {other!r} in the prediction.",
                "Spans are compared by token, so both sides need the same tokens; is it the right file?",
            )

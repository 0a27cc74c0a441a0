"""Translations that are kept, by what they are a translation of, with what, and beside which others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from xner.cache import Room, answers, environment, kept, key_of

_KIND = "translations"
_CODING = "utf-8", "surrogatepass"


def translate_once(
    texts: Sequence[str],
    direction: str,
    translate: Callable[[list[str]], list[str]],
    batch_size: int,
    room: Room | None,
    *,
    any_batch: bool = False,
) -> list[str]:
    """Return the translation of each text, asking `translate` only for what no earlier run has had.

    Batches hold texts of like length and are planned from all texts of the call, whatever is kept: padding shows in the
    last digits of a model, and now and then in a word. A batch is taken from the cache whole or asked for whole, so
    that the same words come out as without any cache. With ``any_batch`` a text is taken from whichever batch it was
    in, and only the others are asked for. Each batch is kept as soon as it is there, so that a run that was stopped
    goes on where it was. Blank texts stay as they are.

    Args:
        texts: one sentence each.
        direction: model, parameters and languages; another string shares nothing, nor do other versions of the
            packages that compute, or of our own code.
        translate: returns one translation a text.
        batch_size: texts in a batch.
        room: where translations are kept; None keeps none.
        any_batch: whether a translation from another batch will do.
    """
    made = {text: text for text in texts if not text.strip()}
    wanted = sorted((text for text in dict.fromkeys(texts) if text not in made), key=len)
    asked = "" if room is None else key_of(_KIND, direction, environment("translate")).hex()
    if room is not None and any_batch:
        known = zip(wanted, kept(room, _KIND, wanted, asked), strict=True)
        made |= {text: value.decode(*_CODING) for text, value in known if value is not None}
        wanted = [text for text in wanted if text not in made]
    for start in range(0, len(wanted), batch_size):
        batch = wanted[start : start + batch_size]
        compute = partial(_encoded, translate, batch)
        if room is None:
            found: Sequence[bytes] = compute(range(len(batch)))
        else:
            found = answers(room, _KIND, batch, lambda: asked, compute, any_batch=any_batch)
        made |= {text: value.decode(*_CODING) for text, value in zip(batch, found, strict=True)}
    return [made[text] for text in texts]


def _encoded(translate: Callable[[list[str]], list[str]], batch: list[str], places: Sequence[int]) -> list[bytes]:
    return [text.encode(*_CODING) for text in translate([batch[k] for k in places])]

"""Translations that are kept, by what they are a translation of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xner.cache import Entry, Room, key_of

_KIND = "translations"


def translate_once(
    texts: Sequence[str],
    direction: str,
    translate: Callable[[list[str]], list[str]],
    batch_size: int,
    room: Room | None,
) -> list[str]:
    """Return the translation of each text, asking `translate` only for those that no earlier run has had.

    What it is asked for comes in batches of texts of like length, and each batch is kept as soon as it is there, so
    that a run that was stopped goes on where it was. Blank texts stay as they are.

    Args:
        texts: one sentence each.
        direction: model, parameters and languages; another string shares nothing.
        translate: returns one translation a text.
        batch_size: texts in a batch.
        room: where translations are kept; None keeps none.
    """
    made = {text: text for text in texts if not text.strip()}
    keys = {text: key_of(_KIND, direction, text) for text in texts if text not in made}
    if room is not None:
        known = room.get(_KIND, list(keys.values()))
        made |= {text: known[key].decode("utf-8", "surrogatepass") for text, key in keys.items() if key in known}
    missing = sorted((text for text in keys if text not in made), key=len)
    for start in range(0, len(missing), batch_size):
        batch = missing[start : start + batch_size]
        answers = dict(zip(batch, translate(batch), strict=True))
        made |= answers
        if room is not None:
            room.put(_KIND, [Entry(keys[text], answers[text].encode("utf-8", "surrogatepass")) for text in batch])
    return [made[text] for text in texts]

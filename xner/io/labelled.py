"""One sentence with its entities: what gold and predictions are read into, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xner.types import Entity, Sentence


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence, and the entities that someone or something found in it.

    `id` is ``""`` where the format has none; `entities` is ``None`` where they are not known, which is not the same as
    ``()``. A ``failed`` row says why in `reason`.
    """

    id: str
    sentence: Sentence
    entities: tuple[Entity, ...] | None
    status: Literal["ok", "failed"] = "ok"
    reason: str | None = None

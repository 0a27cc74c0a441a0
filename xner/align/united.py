"""The links of two aligners together, and the one way to make the aligner of a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xner.align.base import Aligner, Trains, aligners
from xner.align.cached import PURE, CachedAligner
from xner.cache import open_room
from xner.config import AlignConfig, CacheConfig
from xner.errors import ConfigError
from xner.types import Alignment, SentencePair


def make_aligner(config: AlignConfig, cache: CacheConfig = CacheConfig()) -> Aligner:  # noqa: B008 - frozen
    """Return the aligner of a configuration, united with `align.unite` where that is set.

    What it computes is kept as `cache` and the environment say; what `aligners` has under a name keeps nothing.

    Raises:
        ConfigError: an unknown name, or an aligner united with itself.
    """
    first = _one(config, cache)
    if config.unite is None:
        return first
    if config.unite == config.name:
        raise ConfigError(f"align.unite = {config.unite!r} is the aligner itself.", "Name another one.")
    return UnitedAligner(first, _one(config.model_copy(update={"name": config.unite}), cache))


def _one(config: AlignConfig, cache: CacheConfig) -> Aligner:
    aligner = aligners.get(config.name)(config)
    room = open_room(cache) if config.name in PURE else None
    return aligner if room is None else CachedAligner(aligner, config, room, settings=cache)


def parts_to_train(aligner: Aligner) -> list[Trains]:
    """Return the aligner, or its parts, that learn from the whole corpus before they can align."""
    parts = aligner.parts if isinstance(aligner, UnitedAligner) else (aligner,)
    return [part for part in parts if isinstance(part, Trains)]


class UnitedAligner:
    """Every link that either of two aligners has; similarity is that of the first one that has it."""

    def __init__(self, first: Aligner, second: Aligner) -> None:
        self.parts = (first, second)

    def train(self, pairs: Iterable[SentencePair]) -> None:
        """Train the parts that need it."""
        learning = parts_to_train(self)
        known = pairs if len(learning) < 2 else list(pairs)
        for part in learning:
            part.train(known)

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair, in order."""
        first, second = (part.align(pairs) for part in self.parts)
        return [_united(one, other) for one, other in zip(first, second, strict=True)]

    def describe(self) -> str:
        """Return both parts for the signature."""
        return " + ".join(part.describe() for part in self.parts)


def _united(one: Alignment, other: Alignment) -> Alignment:
    evidence = one if one.similarity is not None else other
    return Alignment(
        links=one.links | other.links,
        possible=one.possible | other.possible,
        similarity=evidence.similarity,
        source_pieces=evidence.source_pieces,
        target_pieces=evidence.target_pieces,
    )

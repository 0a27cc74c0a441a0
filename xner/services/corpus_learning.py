"""What a method learns from a whole corpus before it can look at one of its sentences; learned once, then kept.

A run learns for itself. A page that shows one sentence takes what was learned here from the same pairs, of which it
reads no more than a visitor can wait for.
"""

from __future__ import annotations

import functools
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from xner.align import make_aligner, parts_to_train
from xner.align.base import Aligner, Trains
from xner.align.statistical import StatisticalAligner
from xner.align.united import UnitedAligner
from xner.config import RunConfig
from xner.engine.local import run
from xner.errors import AlignmentFailed
from xner.pipeline import Pipeline
from xner.score import Learns, Scorer
from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.services.models_in_use import versions_key
from xner.services.project_corpus import pairs_of_corpus
from xner.store import contents
from xner.store.session import Store
from xner.trace import Learned
from xner.types import SentencePair

ALIGNER_PAIRS, EDGE_PAIRS = 5_000, 1_000
"""Most pairs that a page learns links, or the edges of names, from; a run takes all, and 3,000. 5,000 pairs of 24 words
take about half a minute."""
T = TypeVar("T")
_KEPT = 4
"""Learned things of a kind that stay in memory, the oldest going first."""
Progress = Callable[[float, str], None]
"""Called with a share in [0, 1] and with what is being done."""
_Read = Callable[[int], Iterable[SentencePair]]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a corpus was learned from."""

    part: str
    n_read: int
    n_pairs: int


def parts_of(config: RunConfig) -> tuple[str, ...]:
    """Return the names of what has to learn from a whole corpus: aligners, and scores that are in use.

    Example:
        >>> parts_of(RunConfig()), parts_of(RunConfig().updated({"align.unite": "statistical"}))
        ((), ('statistical',))
        >>> parts_of(RunConfig().updated({"score.preset": "coverage_soft_edges"}))
        ('edges',)
    """
    if config.pipeline == "model-transfer" or not config.score.fused_weights():
        return ()  # without any weight there is no pipeline: matching says so, on the sentence
    pipeline = Pipeline(config)
    aligners = ["statistical"] if parts_to_train(pipeline.aligner) else []
    scores = [name for name, scorer in pipeline.scorers.items() if isinstance(scorer, Learns)]
    return (*aligners, *scores)


def refusal(parts: Iterable[str]) -> AlignmentFailed:
    """Return why a sentence that stands alone can't be looked at with parts that learn."""
    names = " and ".join(repr(part) for part in parts)
    return AlignmentFailed(
        f"{names} can't be used on a sentence that stands alone: it learns from many sentences which words belong "
        "together.",
        "Add a corpus of some hundred pairs and choose a sentence of it, or take another method.",
    )


def learned(
    store: Store,
    user: User,
    corpus_id: int,
    config: RunConfig,
    on_progress: Progress = lambda _share, _what: None,
    *,
    first_pass: RunConfig | None = None,
) -> tuple[Learned | None, tuple[Extent, ...]]:
    """Return what the parts of a configuration have learned from a corpus, and from how much of it.

    Nothing is learned twice from the same pairs. Whoever asks for what somebody else has begun waits for it.

    Args:
        store: where the corpus is.
        user: a viewer of it.
        corpus_id: which one.
        config: settings of all stages.
        on_progress: called while something is learned, and not at all where it is known.
        first_pass: settings under which scores learn; left out, `config`.

    Raises:
        NotAllowed: it takes a viewer.
        AlignmentFailed: there is no pair to learn from.
        ModelUnavailable: a package or model is missing.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    if not (parts := parts_of(config)):
        return None, ()
    keys = _keys(store, corpus_id, config, parts, first_pass or config)

    def read(limit: int) -> Iterator[SentencePair]:
        return itertools.islice(pairs_of_corpus(store, corpus_id, config), limit)

    extents: list[Extent] = []
    aligner: StatisticalAligner | None = None
    found: dict[str, Scorer] = {}
    for part, (key, n_pairs) in keys.items():
        if part == "statistical":
            n_read = min(n_pairs, ALIGNER_PAIRS)
            aligner = _ALIGNERS.once(key, functools.partial(_trained, config, read, n_read, on_progress))
        else:
            n_read = min(n_pairs, EDGE_PAIRS)
            learn = functools.partial(_learned_score, part, first_pass or config, aligner, read, n_read, on_progress)
            found[part] = _SCORERS.once(key, learn)
        extents.append(Extent(part, n_read, n_pairs))
    whole = None if aligner is None else _with_trained(config, aligner)
    names = [*([whole.describe()] if whole else []), *(scorer.describe() for scorer in found.values())]
    return Learned("+".join(names), whole, found), tuple(extents)


def pipeline_with(config: RunConfig, learned: Learned | None) -> Pipeline:
    """Return a new pipeline that knows what was learned."""
    pipeline = Pipeline(config)
    if learned is not None:
        pipeline.aligner = learned.aligner or pipeline.aligner
        pipeline.scorers |= learned.scorers
    return pipeline


def is_known(store: Store, corpus_id: int, config: RunConfig, *, first_pass: RunConfig | None = None) -> bool:
    """Tell whether `learned` would answer at once; without parts that learn it does."""
    if not (parts := parts_of(config)):
        return True
    keys = _keys(store, corpus_id, config, parts, first_pass or config)
    return all((_ALIGNERS if part == "statistical" else _SCORERS).has(key) for part, (key, _) in keys.items())


def _keys(
    store: Store, corpus_id: int, config: RunConfig, parts: Iterable[str], first_pass: RunConfig
) -> dict[str, tuple[object, int]]:
    """Return for each part what it is known by, and the number of pairs that there are to learn from."""
    with store.read() as session:
        stamp = contents.stamp(session, corpus_id)
    settings = first_pass.model_dump_json(exclude={"cache"})
    # Which sides the pairs come with, which none of them is left out for, depends on these; see `entering`.
    place = str(store.url), corpus_id, stamp, config.pipeline, config.translate.name, versions_key(first_pass)
    return {
        part: ((*place, part, config.align.symmetrisation if part == "statistical" else settings), stamp[0])
        for part in parts
    }


def _trained(
    config: RunConfig, read: Callable[[int], Iterable[SentencePair]], n: int, tell: Progress
) -> StatisticalAligner:
    aligner = StatisticalAligner(config.align)
    aligner.on_progress = lambda share: tell(share, f"Learning which words belong together from {n:,} sentences")
    try:
        aligner.train(read(n))
    finally:
        aligner.on_progress = None
    return aligner


def _learned_score(
    name: str, config: RunConfig, aligner: StatisticalAligner | None, read: _Read, n: int, tell: Progress
) -> Scorer:
    """Return a score that has learned from a first pass over some pairs, as a run has it learn."""
    pipeline = Pipeline(config)
    if aligner is not None:
        pipeline.aligner = _with_trained(config, aligner)
    what = f"Learning the edges of names from {n:,} sentences"
    found = []
    for k, outcome in enumerate(run(pipeline, read(n)), 1):
        found.append((outcome.pair, [entity.span for entity in outcome.projection.entities]))
        tell(min(k / max(n, 1), 1.0), what)
    scorer = pipeline.scorers[name]
    if isinstance(scorer, Learns):
        scorer.learn(found)
    return scorer


def _with_trained(config: RunConfig, trained: StatisticalAligner) -> Aligner:
    """Return the aligner of a configuration, the part that learns replaced by one that has learned."""
    whole = make_aligner(config.align, config.cache)
    if not isinstance(whole, UnitedAligner):
        return trained
    first, second = whole.parts
    return UnitedAligner(trained, second) if isinstance(first, Trains) else UnitedAligner(first, trained)


_LOCK = threading.Lock()
"""One thing is learned at a time: it is much work, and whoever asks for the same waits for it."""


class _Shelf(Generic[T]):
    """What was learned, by what it was learned from; the oldest goes first."""

    def __init__(self) -> None:
        self._known: OrderedDict[object, T] = OrderedDict()

    def has(self, key: object) -> bool:
        return key in self._known

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return what is known under a key, made now if need be; what fails is not kept."""
        if (known := self._known.get(key)) is not None:
            return known
        with _LOCK:
            if (known := self._known.get(key)) is None:
                known = self._known[key] = make()
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return known


_ALIGNERS: _Shelf[StatisticalAligner] = _Shelf()
_SCORERS: _Shelf[Scorer] = _Shelf()

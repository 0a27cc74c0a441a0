"""Find weights of the scores, the exponent and the offset on gold, and say honestly what they are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xner.config import RunConfig
from xner.engine.local import BATCH_SIZE
from xner.errors import ConfigError, InputError
from xner.evaluate.bootstrap import Difference, paired_difference
from xner.evaluate.spans import Counts, count_spans
from xner.match import matchers
from xner.match.base import MatchRequest
from xner.pipeline import Pipeline, Trace
from xner.score.fusion import fuse
from xner.services.run_toml import run_toml
from xner.services.whole_corpus import learn_from
from xner.types import Entity, ScoreTable, SentencePair

Table = NDArray[np.int64]
"""Found, predicted and gold entities of each pair, (n_pairs, 3)."""
Point = Mapping[str, float]
"""A setting of the search: score names, `POWER` and `OFFSET` to their values."""

SCORES = ("copy", "coverage", "edges", "links", "soft")
"""Scores that need no further model, always tried beside those of the configuration."""
POWER, OFFSET = "score.power", "match.offset"
LEAST_GOLD, LEAST_PAIRS = 50, 20
_WEIGHTS = (0.0, 0.1, 0.3, 0.6, 1.0, 1.5)
_POWERS = (1.0, 2.0, 3.0)
_OFFSETS = (0.0, 0.2, 0.5)
_ROUNDS = 3
"""Of going through all coordinates; the search mostly stands still after two."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The settings found on all gold, and the F1 of settings found alike, but without the pairs scored.

    `difference` is tuned minus `base` over all pairs, each projected with the settings of its fold; `points` are those.
    """

    config: RunConfig
    n_pairs: int
    n_gold: int
    base_f1: float
    tuned_f1: float
    difference: Difference
    points: tuple[Point, ...]

    @property
    def is_better(self) -> bool:
        """Whether the whole 95 % interval of the difference lies above zero."""
        return self.difference.low > 0


def tune(
    pairs: Sequence[SentencePair],
    base: RunConfig,
    *,
    n_folds: int = 5,
    seed: int = 0,
    on_progress: Callable[[str], None] = lambda _step: None,
) -> Tuned:
    """Return the settings that do best on gold, with a cross-validated comparison to `base`.

    One coordinate at a time goes through a short list of values while the others stand, as long as F1 rises. Models run
    once; every further step is a sum and a matching.

    Args:
        pairs: those with source entities and gold target entities take part.
        base: where the search starts, and what it is compared with.
        n_folds: parts that the pairs are cut into, at random.
        seed: of the cut.
        on_progress: told what is being done.

    Raises:
        InputError: too little gold.
        ConfigError: the matcher reads no scores.
    """
    usable = [pair for pair in pairs if pair.source_entities is not None and pair.target_entities is not None]
    n_gold = sum(len(_gold(pair, base)) for pair in usable)
    if n_gold < LEAST_GOLD or len(usable) < max(LEAST_PAIRS, n_folds):
        raise InputError(
            f"{len(usable)} pairs with source and gold target entities, {n_gold} gold entities: too little to tune on.",
            f"Correct more first: at least {LEAST_PAIRS} pairs and {LEAST_GOLD} gold entities.",
        )
    on_progress(f"aligning and scoring {len(usable)} pairs")
    search = _Search(usable, base)
    fold = np.random.default_rng(seed).permutation(len(usable)) % n_folds
    held_out, points = np.zeros((len(usable), 3), dtype=np.int64), []
    for k in range(n_folds):
        on_progress(f"fold {k + 1} of {n_folds}")
        best = search.best(fold != k)
        held_out[fold == k] = search.table(best)[fold == k]
        points.append(best)
    on_progress("all pairs")
    everything = search.best(np.ones(len(usable), dtype=np.bool_))
    at_base = search.table(search.start)
    difference = paired_difference(held_out, at_base)
    if difference is None:
        raise InputError("No entity could be projected, neither before nor after tuning.", "Check the source entities.")
    return Tuned(
        config=base.updated(_settings(everything)), n_pairs=len(usable), n_gold=n_gold, base_f1=_f1(at_base),
        tuned_f1=_f1(held_out), difference=difference, points=tuple(points),
    )  # fmt: skip


def as_run_toml(tuned: Tuned, provenance: Mapping[str, str]) -> str:
    """Return the settings as run.toml, headed by what they were found on and what they are worth."""
    gain = tuned.difference
    rows = {
        **provenance,
        "gold": f"{tuned.n_gold} entities in {tuned.n_pairs} pairs",
        "cross-validated strict F1": f"{tuned.tuned_f1:.4f}, before tuning {tuned.base_f1:.4f}, "
        f"difference {gain.delta:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]",
    }
    lines = [f"# {name}: {' '.join(value.split())}\n" for name, value in rows.items()]
    return "# Found by `python -m xner tune`.\n" + "".join(lines) + "\n" + run_toml(tuned.config)


class _Search:
    """Components of every pair, computed once, and the counts of every point that was tried."""

    def __init__(self, pairs: Sequence[SentencePair], base: RunConfig) -> None:
        if base.back_translate.use != "off":
            raise ConfigError(
                "Back-translation can't be tuned together with the weights.", "Set back_translate.use=off."
            )
        weights = {**dict.fromkeys(SCORES, 1.0), **base.score.fused_weights()}
        pipeline = Pipeline(base.updated({"score.weights": weights}))
        if not pipeline.matcher.uses_scores:
            raise ConfigError(f"The matcher {base.match.name!r} reads no scores.", "Tune exact or greedy.")
        learn_from(pipeline, lambda: pairs)
        self.thresholds = base.score.thresholds
        self.base = base
        self.gold = [_gold(pair, base) for pair in pairs]
        self.traces: list[Trace] = []
        for start in range(0, len(pairs), BATCH_SIZE):
            self.traces += pipeline.run(pairs[start : start + BATCH_SIZE])
        names = {name for trace in self.traces for name, matrix in trace.components.items() if matrix is not None}
        self.start: Point = {
            **{name: base.score.fused_weights().get(name, 0.0) for name in sorted(names)},
            POWER: base.score.power, OFFSET: base.match.offset,
        }  # fmt: skip
        self._tables: dict[tuple[tuple[str, float], ...], Table] = {}

    def best(self, used: NDArray[np.bool_]) -> Point:
        """Return the point with the highest F1 over the pairs of the mask; the earlier one wins ties."""
        here, score = self.start, _f1(self.table(self.start)[used])
        for _ in range(_ROUNDS):
            before = score
            for there in self._steps(here):
                if (found := _f1(self.table({**here, **there})[used])) > score:
                    here, score = {**here, **there}, found
            if score == before:
                break
        return here

    def _steps(self, point: Point) -> Iterator[Point]:
        for name in point:
            for value in {POWER: _POWERS, OFFSET: _OFFSETS}.get(name, _WEIGHTS):
                yield {name: value}

    def table(self, point: Point) -> Table:
        """Return the counts of every pair at a point."""
        key = tuple(sorted(point.items()))
        if key not in self._tables:
            self._tables[key] = self._project(point)
        return self._tables[key]

    def _project(self, point: Point) -> Table:
        weights = {name: value for name, value in point.items() if name not in (POWER, OFFSET)}
        if not any(weights.values()):
            return np.array([(0, 0, len(gold)) for gold in self.gold], dtype=np.int64)
        config = self.base.updated({OFFSET: point[OFFSET]}).match
        matcher = matchers.get(config.name)(config)
        rows = []
        for trace, gold in zip(self.traces, self.gold, strict=True):
            table = self._fused(trace, weights, point[POWER])
            found: list[Entity] = []
            if table is not None and trace.pair.target is not None:
                matching = matcher.match(MatchRequest(table, trace.alignment, trace.pair.target))
                found = [Entity(chosen.span, table.entities[chosen.entity].label) for chosen in matching.selections]
            total = sum(count_spans(gold, found).values(), Counts())
            rows.append((total.tp, total.n_predicted, total.n_gold))
        return np.array(rows, dtype=np.int64)

    def _fused(self, trace: Trace, weights: Mapping[str, float], power: float) -> ScoreTable | None:
        """Return the scores of a pair under other weights, None where it has nothing to match or to match by."""
        known = {name: matrix for name, matrix in trace.components.items() if matrix is not None}
        shares = {name: weights[name] for name in known if weights[name]}
        if not shares or not trace.candidates:
            return None
        floors = {name: floor for name, floor in self.thresholds.items() if name in shares}
        values, _ = fuse(known, shares, floors, power)
        return ScoreTable(trace.table.entities, trace.candidates, values)


def _gold(pair: SentencePair, config: RunConfig) -> tuple[Entity, ...]:
    """Return the gold of the target that takes part: labels that are never projected would count as missing."""
    return tuple(e for e in pair.target_entities or () if config.labels is None or e.label in config.labels)


def _settings(point: Point) -> dict[str, Any]:
    weights = {name: value for name, value in point.items() if name not in (POWER, OFFSET)}
    return {"score.weights": weights, POWER: point[POWER], OFFSET: point[OFFSET]}


def _f1(table: Table) -> float:
    found, predicted, gold = table.sum(axis=0).tolist()
    return 2 * found / (predicted + gold) if predicted + gold else 0.0

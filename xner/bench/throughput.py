"""Pairs a second from a line of input to a line of output, beside simalign with the same matching, pair by pair."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xner.align.simalign_package import package_links
from xner.bench.throughput_stages import STAGES, Passes, model_of, watched
from xner.config import RunConfig
from xner.engine.local import BATCH_SIZE, Failure, results_of
from xner.engine.plan import batches, words_of
from xner.errors import InputError
from xner.evaluate.bootstrap import paired_difference
from xner.evaluate.spans import Counts, count_spans
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.io.report import RowProblem
from xner.models.devices import fast_dtype
from xner.models.encoder import Encoder, EncoderInput
from xner.models.hub import load_encoder
from xner.pipeline import Pipeline
from xner.services.input_files import AS_FOUND, pairs_of, usable
from xner.services.stage_times import StageClock
from xner.trace import Trace
from xner.types import Alignment, Projection, SentencePair

REFERENCE = "simalign"
_WARM_UP = 8
"""Pairs that every contestant does before the clock starts: models are loaded, kernels are made."""


@dataclass
class Contestant:
    """One way from input to output, and what was measured of it, a turn at a time."""

    pipeline: Pipeline
    work: Callable[[Sequence[SentencePair]], Sequence[Trace]]
    batch_size: int
    clock: StageClock = field(default_factory=lambda: StageClock(stages=STAGES))
    passes: Passes = field(default_factory=Passes)
    seconds: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    projections: list[Projection] = field(default_factory=list)

    def turn(self, source: Path, output: Path) -> None:
        """Project a file."""
        began, cpu_began = time.perf_counter(), time.process_time()
        with watched(self.pipeline, self.clock, self.passes), self.clock.inside("other"), output.open("w") as out:
            rows = self._read(usable(pairs_of(source, AS_FOUND), _refuse))
            for batch in batches(rows, self.batch_size, weigh=words_of):
                for pair, result in zip(batch, results_of(batch, self.work), strict=True):
                    if isinstance(result, Failure):
                        projection = Projection.failed(pair.id, result.reason)
                    else:
                        pair, projection = result.pair, result.projection
                    self.projections.append(projection)
                    with self.clock.inside("write"):
                        out.write(dumps(record_from_pair(pair, projection)) + "\n")
        self.seconds.append(time.perf_counter() - began)
        self.cpu_s += time.process_time() - cpu_began

    def _read(self, rows: Iterator[SentencePair]) -> Iterator[SentencePair]:
        while True:
            with self.clock.inside("read"):
                row = next(rows, None)
            if row is None:
                return
            yield row


def run(pairs: Sequence[SentencePair], config: RunConfig, *, threads: int | None = None) -> dict[str, Any]:
    """Return speed, stages, links and F1 of this pipeline and of the reference, from one process.

    Each takes its turn at every batch of pairs, in changing order, so that other work of the machine meets all. All
    read, match and write with the same code; nothing is taken from the cache.

    Args:
        pairs: with source entities or with a recogniser in `config`; F1 needs gold target entities, too.
        config: settings of all; ``align.name``, ``align.dtype`` and ``align.join_unspaced`` are set here.
        threads: of torch; None leaves them as they are.

    Returns:
        ``n_pairs`` and ``left_out`` (simalign can't read them), ``threads``, and by contestant ``pairs_per_s``,
        ``cores`` (seconds of processor a second: two threads at work have 2), ``f1``; of ours also ``ratio`` (time of
        the reference over ours), ``ratio_median`` (over batches), ``same_links``, ``f1_delta`` to float32 with its
        95 % interval, ``outside_encoder`` (share of time), ``padding`` (share of the encoder's places),
        ``limit_tokens_per_s`` and ``stages``.

    Raises:
        InputError: there is no pair that simalign can read.
    """
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
    base = config.updated({"align.join_unspaced": False, "cache.reuse": "off"})
    contestants = {REFERENCE: _reference(base), "float32": _ours(base, "float32")}
    if (fast := fast_dtype("auto")) != "float32":
        contestants[fast] = _ours(base, fast)
    readable = [pair for pair in pairs if _is_readable(pair, _encoder(base))]
    if not readable:
        raise InputError(f"simalign can read none of {len(pairs)} pairs.", "Give pairs with both sides.")
    with tempfile.TemporaryDirectory(prefix="xner-bench-") as folder:
        files = [_written(Path(folder) / f"{k}.jsonl", part) for k, part in enumerate(batches(readable, BATCH_SIZE))]
        warm_up = _written(Path(folder) / "warm-up.jsonl", readable[:_WARM_UP])
        for contestant in contestants.values():
            Contestant(contestant.pipeline, contestant.work, contestant.batch_size).turn(warm_up, Path(folder) / "out")
        names = list(contestants)
        for k, file in enumerate(files):
            for name in names[k % len(names) :] + names[: k % len(names)]:
                contestants[name].turn(file, Path(folder) / "out")
                if name != REFERENCE:
                    pipeline, passes = contestants[name].pipeline, contestants[name].passes
                    passes.measure_limit(model_of(pipeline), pipeline.config.align.batch_tokens)
    return {
        "n_pairs": len(readable),
        "left_out": len(pairs) - len(readable),
        "threads": torch.get_num_threads(),
        **{name: _figures(name, contestants, readable) for name in contestants},
    }


def _ours(base: RunConfig, dtype: str) -> Contestant:
    pipeline = Pipeline(base.updated({"align.name": "itermax", "align.dtype": dtype}))
    return Contestant(pipeline, pipeline.run, BATCH_SIZE)


def _reference(base: RunConfig) -> Contestant:
    """Return simalign itself, called with nothing around it, and the rest of the pipeline, a pair at a time."""
    pipeline = Pipeline(base.updated({"align.name": "simalign", "align.dtype": "float32"}))
    model, layer = base.align.model, _encoder(base).layer

    def align(pair: SentencePair) -> Alignment:
        source, target = (side.tokens if side else () for side in (pair.source, pair.target))
        return Alignment(package_links(model, layer, source, target))

    def work(batch: Sequence[SentencePair]) -> list[Trace]:
        ready = pipeline.recognise(batch)
        return [pipeline.match(pair, align(pair)) for pair in ready]

    return Contestant(pipeline, work, 1)


def _encoder(base: RunConfig) -> Encoder:
    return load_encoder(base.align.model, revision=base.align.revision, layer=base.align.layer)


def _is_readable(pair: SentencePair, encoder: Encoder) -> bool:
    """Tell whether simalign reads the pair whole: every token has a sub-word, and no side is longer than it takes."""
    sides = [side.tokens if side else () for side in (pair.source, pair.target)]
    for tokens, pieces in zip(sides, encoder.pieces([EncoderInput(side) for side in sides]), strict=True):
        there = {token for held in pieces.tokens for token in held}
        if not tokens or len(there) < len(tokens) or len(pieces.ids) > encoder.max_pieces:
            return False
    return True


def _written(file: Path, pairs: Sequence[SentencePair]) -> Path:
    file.write_text("".join(dumps(record_from_pair(pair)) + "\n" for pair in pairs), encoding="utf-8")
    return file


def _refuse(problem: RowProblem) -> None:
    raise InputError(str(problem))


def _figures(name: str, contestants: dict[str, Contestant], pairs: Sequence[SentencePair]) -> dict[str, Any]:
    here, reference, exact = contestants[name], contestants[REFERENCE], contestants["float32"]
    total = sum(here.seconds)
    found: dict[str, Any] = {
        "pairs_per_s": len(pairs) / total,
        "s": total,
        "cores": here.cpu_s / total,
        "failed": sum(projection.status == "failed" for projection in here.projections),
    }
    table = _counts(pairs, here.projections)
    found["f1"] = Counts(*(sum(column) for column in zip(*table, strict=True))).f1 if table else None
    if name == REFERENCE:
        return found
    if name != "float32" and table and (difference := paired_difference(table, _counts(pairs, exact.projections))):
        found |= {"f1_delta": difference.delta, "f1_delta_low": difference.low, "f1_delta_high": difference.high}
    stages, passes = here.clock.seconds(), here.passes
    return found | {
        "ratio": sum(reference.seconds) / total,
        "ratio_median": statistics.median(a / b for a, b in zip(reference.seconds, here.seconds, strict=True)),
        "same_links": sum(_links(a) == _links(b) for a, b in zip(here.projections, reference.projections, strict=True)),
        "outside_encoder": 1.0 - stages.get("encoder", 0.0) / sum(stages.values()),
        "padding": 1.0 - passes.n_tokens / passes.n_places,
        "tokens": passes.n_tokens,
        "tokens_per_s": passes.n_tokens / total,
        "limit_tokens_per_s": passes.n_limit_tokens / passes.limit_s,
        "stages": {
            stage: {"s": s, "share": s / sum(stages.values()), "tokens_per_s": passes.n_tokens / s}
            for stage, s in stages.items()
        },
    }


def _links(projection: Projection) -> object:
    return None if projection.alignment is None else projection.alignment.links


def _counts(pairs: Sequence[SentencePair], projections: Sequence[Projection]) -> list[tuple[int, int, int]]:
    """Return (right, found, gold) of each pair that has gold entities."""
    counted = [
        sum(count_spans(pair.target_entities, projection.entities).values(), Counts())
        for pair, projection in zip(pairs, projections, strict=True)
        if pair.target_entities is not None
    ]
    return [(counts.tp, counts.n_predicted, counts.n_gold) for counts in counted]

"""Where the time of a run goes: a pipeline that says which stage it is in, and a clock that adds up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from xner.config import RunConfig
from xner.pipeline import Evidence, Pipeline
from xner.trace import Mirror, Trace
from xner.translate.sides import Sides
from xner.types import Alignment, SentencePair

STAGES = ("load", "translate", "recognise", "back-translate", "align", "score", "match", "store")
"""In the order of the pipeline. ``score``: models of scores; ``match``: candidates, the other scores, matching."""


class StageClock:
    """Adds up seconds by stage; a stage inside another one stops the outer one's clock. Others may read it any time."""

    def __init__(
        self, on_stage: Callable[[str], None] = lambda _stage: None, *, stages: Sequence[str] = STAGES
    ) -> None:
        self._seconds = dict.fromkeys(stages, 0.0)
        self._open: list[str] = []
        self._since = 0.0
        self._on_stage = on_stage

    @property
    def stage(self) -> str:
        """The stage that is running, ``""`` for none."""
        return self._open[-1] if self._open else ""

    def seconds(self) -> dict[str, float]:
        """Return stage to seconds so far, stages that took none left out."""
        return {stage: taken for stage, taken in self._seconds.items() if taken > 0}

    @contextmanager
    def inside(self, stage: str) -> Iterator[None]:
        """Count what happens in the block as time of a stage."""
        self._turn()
        self._open.append(stage)
        self._on_stage(stage)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def _turn(self) -> None:
        moment = time.monotonic()
        if self._open:
            self._seconds[self._open[-1]] += moment - self._since
        self._since = moment


class TimedPipeline(Pipeline):
    """The same pipeline, its stages counted on a clock."""

    def __init__(self, config: RunConfig, clock: StageClock) -> None:
        super().__init__(config)
        self.clock = clock

    def check_models(self) -> None:
        """Load what every pair needs; see `Pipeline.check_models`."""
        with self.clock.inside("load"):
            super().check_models()

    def run(self, pairs: Sequence[SentencePair], *, explain: bool = False) -> list[Trace]:
        """Return one trace a pair, in order; see `Pipeline.run`."""
        with self.clock.inside("score"):  # the other stages stop it; models of scores are asked between them
            return super().run(pairs, explain=explain)

    def complete(self, pairs: Sequence[SentencePair]) -> tuple[list[Sides], list[str]]:
        """Return the pairs with both sides; see `Pipeline.complete`."""
        translates = self.config.translate.name != "given" or self.config.back_translate.use == "check"
        with self.clock.inside("translate" if translates else "recognise"):
            return super().complete(pairs)

    def recognise(self, pairs: Sequence[SentencePair]) -> list[SentencePair]:
        """Return the pairs with source entities; see `Pipeline.recognise`."""
        with self.clock.inside("recognise"):
            return super().recognise(pairs)

    def transfer(self, pairs: Sequence[SentencePair]) -> list[Trace]:
        """Return what the recogniser finds in the targets; see `Pipeline.transfer`."""
        with self.clock.inside("recognise"):
            return super().transfer(pairs)

    def mirror(self, pairs: Sequence[SentencePair]) -> list[Mirror | None]:
        """Return the marked back-translation of each pair; see `Pipeline.mirror`."""
        with self.clock.inside("back-translate"):
            return super().mirror(pairs)

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair; see `Pipeline.align`."""
        with self.clock.inside("align"):
            return super().align(pairs)

    def match(self, pair: SentencePair, evidence: Evidence | Alignment, *, explain: bool = False) -> Trace:
        """Return what follows from entities and links; see `Pipeline.match`."""
        with self.clock.inside("match"):
            return super().match(pair, evidence, explain=explain)

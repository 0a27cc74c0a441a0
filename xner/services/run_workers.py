"""Let a pipeline work off batches where the plan says: in this process or in others; the same bytes come out."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from xner.align import parts_to_train
from xner.config import RunConfig
from xner.engine.local import Failure, results_of
from xner.engine.plan import Plan
from xner.engine.workers import map_batches
from xner.pipeline import Pipeline
from xner.score import Learns, Scorer

log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")
P = TypeVar("P", bound=Pipeline)
Task = Callable[[P, Sequence[T]], Sequence[R]]
"""What is done with a batch; a function of a module, or of parts that can be pickled."""


@dataclass(frozen=True)
class Recipe(Generic[P, T, R]):
    """How a worker comes to the pipeline of the run: by its settings, and by what was learned once for all of them."""

    config: RunConfig
    learned: Mapping[str, Scorer]
    task: Task[P, T, R]
    make: Callable[[RunConfig], P]

    def __call__(self) -> Callable[[Sequence[T]], Sequence[R]]:
        """Return what does a batch.

        Raises:
            ModelUnavailable: a model is not here.
        """
        pipeline = self.make(self.config)
        pipeline.scorers.update(self.learned)
        pipeline.check_models()
        return functools.partial(self.task, pipeline)


def work_off(
    pipeline: P,
    planned: Iterable[list[T]],
    task: Task[P, T, R],
    plan: Plan,
    *,
    make: Callable[[RunConfig], P],
    apart: bool = False,
    stops: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[list[T], list[R | Failure]]]:
    """Yield every batch with its results, in order; an item that fails has a `Failure`.

    Args:
        pipeline: has learned what it had to learn.
        planned: the batches.
        task: what is done with each.
        plan: who does it.
        make: makes such a pipeline in another process, from its settings.
        apart: use another process even for one worker, so that it can be ended in the middle of a batch.
        stops: whether to end before the work is done; within a second where others work, else after a batch.

    Raises:
        ConfigError: a setting is impossible.
        ModelUnavailable: a model is not here.
    """
    if not can_work_apart(pipeline) or (plan.workers == 1 and plan.engine == "local" and not apart):
        work = functools.partial(task, pipeline)
        for batch in planned:
            if stops():
                return
            yield batch, results_of(batch, work)
        return
    learned = {name: scorer for name, scorer in pipeline.scorers.items() if isinstance(scorer, Learns)}
    recipe = Recipe(pipeline.config, learned, task, make)
    if plan.engine == "ray":
        from xner.engine.ray_backend import map_on_ray

        yield from map_on_ray(recipe, planned, plan, stops=stops)
    else:
        yield from map_batches(recipe, planned, plan, stops=stops)


def can_work_apart(pipeline: Pipeline) -> bool:
    """Tell whether other processes can hold the pipeline: the model that `statistical` learns can't leave its own."""
    return not parts_to_train(pipeline.aligner)

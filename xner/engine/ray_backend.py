"""Batches on Ray: actors that hold the pipeline, on one machine or on a cluster; planned and ordered as for `local`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from xner.engine.local import Failure, results_of
from xner.engine.plan import Plan
from xner.engine.schedule import Schedule, Task
from xner.errors import ConfigError, ModelUnavailable, XnerError

T = TypeVar("T")
R = TypeVar("R")
PIN = "ray==2.60.0"
_FIRST_TRIES = 3
_LOOK_S = 0.5


class _Holder:
    """What an actor is: the pipeline, made once, and an answer for every batch."""

    def __init__(self, make: Callable[[], Callable[[Sequence[Any]], Sequence[Any]]]) -> None:
        self._make = make
        self._work: Callable[[Sequence[Any]], Sequence[Any]] | None = None

    def serve(self, items: Sequence[Any]) -> tuple[list[Any] | None, XnerError | None]:
        """Return the results, or what nobody could work with; as a value, since Ray wraps what is raised."""
        try:
            self._work = self._work or self._make()
            return results_of(items, self._work), None
        except XnerError as error:
            return None, error


def map_on_ray(
    make: Callable[[], Callable[[Sequence[T]], Sequence[R]]],
    planned: Iterable[list[T]],
    plan: Plan,
    *,
    stops: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[list[T], list[R | Failure]]]:
    """Yield every batch with its results, in order, as `workers.map_batches` does; see there.

    On a cluster every machine needs the same version of xner, and its models.

    Raises:
        ConfigError: a setting is impossible, there is no cluster at the address, or actors end before they have begun.
        ModelUnavailable: ray is not installed, or a model is not here.
    """
    ray = _ray(plan)
    was_running = ray.is_initialized()
    if not was_running:
        _begin(ray, plan)
    actors = _Actors(ray, make, plan)
    schedule: Schedule[T, R] = Schedule(planned, window=2 * plan.workers + 1)
    try:
        while not stops():
            actors.feed(schedule)
            actors.listen(schedule)
            yield from schedule.ready()
            if schedule.is_finished:
                return
    finally:
        actors.end()
        if not was_running:
            ray.shutdown()


class _Actors:
    def __init__(self, ray: Any, make: Callable[[], Any], plan: Plan) -> None:
        threads = str(plan.threads or 1)
        env = {"OMP_NUM_THREADS": threads, "XNER_THREADS": threads}
        self._kind = ray.remote(num_cpus=plan.threads or 1, max_restarts=0, runtime_env={"env_vars": env})(_Holder)
        self._ray, self._plan = ray, plan
        self._make = ray.put(make)
        self._free: list[Any] = []
        self._at: dict[Any, tuple[Any, Task[Any]]] = {}
        self._n_deaths = 0

    def feed(self, schedule: Schedule[Any, Any]) -> None:
        """Give everybody who is free something to do; actors are made when there is something for them."""
        while len(self._at) < self._plan.workers and (task := schedule.take()) is not None:
            actor = self._free.pop() if self._free else self._kind.remote(self._make)
            self._at[actor.serve.remote(task.items)] = actor, task

    def listen(self, schedule: Schedule[Any, Any]) -> None:
        """Take in what is done; an actor that has died is not asked again."""
        finished, _ = self._ray.wait(list(self._at), num_returns=1, timeout=_LOOK_S) if self._at else ([], [])
        for answer in finished:
            actor, task = self._at.pop(answer)
            try:
                results, error = self._ray.get(answer)
            except self._ray.exceptions.RayActorError as lost:
                self._n_deaths += 1
                if self._n_deaths > _FIRST_TRIES * self._plan.workers and not self._free:
                    raise ConfigError(
                        f"The actors end one after the other: {_first_line(lost)}",
                        "There may be too little memory: use fewer workers.",
                    ) from None
                schedule.died(task, _first_line(lost))
                continue
            if error is not None:
                raise error
            self._n_deaths = 0
            self._free.append(actor)
            schedule.done(task, results)

    def end(self) -> None:
        """End all actors now."""
        for actor in [*self._free, *(actor for actor, _ in self._at.values())]:
            self._ray.kill(actor)


def _ray(plan: Plan) -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reads both when it is imported
    if plan.address == "local":
        # Else every part of it listens on all addresses of the machine; this switch makes it take 127.0.0.1.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    try:
        import ray
    except ImportError:
        raise ModelUnavailable("The package ray is not installed.", f'pip install "{PIN}"') from None
    return ray


def _begin(ray: Any, plan: Plan) -> None:
    quiet = {"logging_level": "ERROR", "log_to_driver": False, "include_dashboard": False}
    if plan.address == "local":
        # Actors share the cores out; Ray's own count of them may be another one in a container.
        n = plan.workers * (plan.threads or 1)
        ray.init(address="local", num_cpus=n, **quiet)
        return
    try:
        ray.init(address=plan.address, logging_level="ERROR", log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise ConfigError(
            f"There is no Ray cluster at {plan.address!r}: {_first_line(error)}", "Start one: ray start --head"
        ) from None


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

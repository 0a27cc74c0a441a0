"""Project a corpus that is in memory, and write it as JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from xner.config import RunConfig
from xner.engine.local import BATCH_SIZE, Failure, Outcome, isolated, run
from xner.errors import ConfigError, ModelUnavailable
from xner.io.json_lines import dumps, record_from_pair
from xner.services.inspect_pair import pipeline_for
from xner.services.manual_links import Decisions, rematch_decided
from xner.types import Projection, SentencePair


def project_pairs(
    pairs: Sequence[SentencePair],
    config: RunConfig,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    decisions: Mapping[str, Decisions] = {},
) -> list[Outcome]:
    """Return one outcome a pair, in order; a pair that can't be projected is failed with its reason.

    Batches are those of the command line, so that both write the same rows.

    Args:
        pairs: with distinct ids.
        config: the settings of all stages.
        on_progress: called after every pair, a batch at a time, with the number done and the number in all.
        decisions: pair id to links set by hand.
    """
    outcomes = []
    for outcome in _outcomes(pairs, config):
        outcomes.append(_decided(outcome, config, decisions.get(outcome.pair.id, {})))
        on_progress(len(outcomes), len(pairs))
    return outcomes


def json_lines(outcomes: Iterable[Outcome]) -> bytes:
    """Return one record a line, UTF-8: the pair, and its projection beside it; gold stays as it came."""
    rows = [dumps(record_from_pair(outcome.pair, outcome.projection)) + "\n" for outcome in outcomes]
    return "".join(rows).encode("utf-8")


def _outcomes(pairs: Sequence[SentencePair], config: RunConfig) -> Iterator[Outcome]:
    """Yield the outcomes; what stops a run of the command line is here the reason of every pair that is left."""
    n_done = 0
    try:
        for outcome in run(pipeline_for(config), pairs, BATCH_SIZE):
            n_done += 1
            yield outcome
    except (ConfigError, ModelUnavailable) as error:
        for pair in pairs[n_done:]:
            yield Outcome(pair, Projection.failed(pair.id, f"{error.code}: {error}"))


def _decided(outcome: Outcome, config: RunConfig, decisions: Decisions) -> Outcome:
    """Return the outcome under the links set by hand, without its trace, which is large."""
    if not decisions or outcome.trace is None:
        return replace(outcome, trace=None)
    ((trace, result),) = isolated(
        [outcome.trace], lambda traces: [rematch_decided(t, config, decisions) for t in traces]
    )
    if isinstance(result, Failure):
        return Outcome(trace.pair, Projection.failed(trace.pair.id, result.reason))
    return Outcome(trace.pair, result.projection)

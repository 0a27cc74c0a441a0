"""Project a corpus that is in memory, and write it as JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from xner.config import RunConfig
from xner.engine.local import Outcome, run
from xner.errors import XnerError
from xner.io.json_lines import dumps, record_from_pair
from xner.services.inspect_pair import analyse, pipeline_for
from xner.services.manual_links import Decisions, rematch_decided
from xner.types import Projection, SentencePair

BATCH_SIZE = 8
"""Small, so that the progress bar moves."""


def project_pairs(
    pairs: Sequence[SentencePair],
    config: RunConfig,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    decisions: Mapping[str, Decisions] = {},
) -> list[Outcome]:
    """Return one outcome a pair, in order; a pair that can't be projected is failed with its reason.

    Args:
        pairs: with distinct ids.
        config: the settings of all stages.
        on_progress: called after every pair with the number done and the number in all.
        decisions: pair id to links set by hand.
    """
    outcomes = []
    for outcome in run(pipeline_for(config), pairs, BATCH_SIZE):
        outcomes.append(_decided(outcome, config, decisions.get(outcome.pair.id, {})))
        on_progress(len(outcomes), len(pairs))
    return outcomes


def json_lines(outcomes: Iterable[Outcome]) -> bytes:
    """Return one record a line, UTF-8: the pair, and its projection beside it; gold stays as it came."""
    rows = [dumps(record_from_pair(outcome.pair, outcome.projection)) + "\n" for outcome in outcomes]
    return "".join(rows).encode("utf-8")


def _decided(outcome: Outcome, config: RunConfig, decisions: Decisions) -> Outcome:
    if not decisions:
        return outcome
    try:
        trace = rematch_decided(analyse(outcome.pair, config), config, decisions)
    except XnerError as error:
        return Outcome(outcome.pair, Projection.failed(outcome.pair.id, f"{error.code}: {error}"))
    return Outcome(outcome.pair, trace.projection)

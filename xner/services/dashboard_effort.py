"""What correcting the output of each run has cost so far, from the log of the editor."""

from __future__ import annotations

import json
from dataclasses import dataclass

from xner.correct.edits import Step
from xner.correct.effort import Effort, effort_of
from xner.services.access import corpus_for
from xner.services.identity import Role, User
from xner.store import dashboard as rows
from xner.store.session import Store


@dataclass(frozen=True, slots=True)
class RunEffort:
    """The sentences that were decided on beginning from a run, how many of them were changed, and the work in them.

    `n_timed` is how many have steps in the log; `seconds` and edits are theirs.
    """

    run: str
    n_sentences: int
    n_changed: int
    n_timed: int
    effort: Effort


def effort_by_run(store: Store, user: User, corpus_id: int) -> list[RunEffort]:
    """Return what each run cost, the newest run first.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus_for(store, user, corpus_id, Role.VIEWER)
    steps: dict[int, dict[tuple[int, int], dict[str, list[Step]]]] = {}
    decided: dict[int, set[tuple[int, int]]] = {}
    with store.read() as session:
        for run, pair, track, client, status, ops in rows.logged(session, corpus_id):
            if status in ("accepted", "flagged", "adjudicated"):
                decided.setdefault(run, set()).add((pair, track))
            if ops:
                made = steps.setdefault(run, {}).setdefault((pair, track), {}).setdefault(client, [])
                made += [Step(**step) for step in json.loads(ops)]
    return [_sum(run, decided[run], steps.get(run, {})) for run in sorted(decided, reverse=True)]


def _sum(
    run: int, decided: set[tuple[int, int]], steps: dict[tuple[int, int], dict[str, list[Step]]]
) -> RunEffort:  # fmt: skip
    total, n_changed, n_timed = Effort(), 0, 0
    for place in decided:
        one = sum((effort_of(made) for made in steps.get(place, {}).values()), Effort())
        n_timed += place in steps
        n_changed += one.n_edits > 0
        total += one
    return RunEffort(str(run), len(decided), n_changed, n_timed, total)

"""What corrections cost: every step once, pauses and clocks that jump kept in bounds."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.correct.edits import Step
from xner.correct.effort import KINDS, PAUSE_S, Effort, effort_of

STEPS = [
    Step("add PER", 10_000, 1), Step("relabel ORG", 12_000, 2), Step("boundary", 12_500, 3),
    Step("undo", 13_000, 4), Step("not dropped 2", 14_000, 5), Step("accept", 15_000, 6),
]  # fmt: skip
logs = st.lists(st.builds(Step, st.sampled_from([*KINDS, "else"]), st.integers(0, 10**7), st.integers(1, 40)))


def test_steps_are_counted_by_kind_and_a_decision_is_no_edit():
    cost = effort_of(STEPS)
    assert cost.steps == {"new span": 1, "label": 1, "boundary": 1, "undo": 1, "dropped": 1, "decision": 1}
    assert (cost.n_edits, cost.seconds) == (4, 5.0)


def test_a_step_that_was_sent_twice_counts_once():
    assert effort_of([*STEPS, *STEPS[2:]]) == effort_of(reversed(STEPS)) == effort_of(STEPS)


def test_a_pause_counts_as_a_minute_and_a_clock_set_back_as_nothing():
    assert effort_of([Step("delete", 0, 1), Step("delete", 10**7, 2), Step("delete", 0, 3)]).seconds == PAUSE_S


def test_no_step_costs_nothing():
    assert effort_of([]) == Effort()
    assert effort_of([]).n_edits == 0


def test_a_word_nobody_knows_is_counted_and_not_lost():
    assert effort_of([Step("teleport", 1, 1)]).steps == {"other": 1}


@given(logs, logs)
def test_the_effort_of_two_sentences_is_the_sum(one, other):
    both = effort_of(one) + effort_of(other)
    assert both.seconds == pytest.approx(effort_of(one).seconds + effort_of(other).seconds)
    assert both.n_edits == effort_of(one).n_edits + effort_of(other).n_edits


@given(logs)
def test_seconds_are_never_negative_and_never_more_than_a_minute_a_step(log):
    cost = effort_of(log)
    assert 0 <= cost.seconds <= PAUSE_S * max(0, len({step.seq for step in log}) - 1)
    assert sum(cost.steps.values()) == len({step.seq for step in log})


def test_every_step_that_the_editor_sends_has_a_kind():
    assets = Path(__file__).parents[3] / "assets"
    script = "".join(file.read_text(encoding="utf-8") for file in sorted(assets.glob("editor*.js")))
    sent = re.findall(r"(?:change|done)\(['`](\w+)", script)
    assert {"add", "boundary", "split"} <= set(sent)
    assert set(sent) <= set(KINDS)

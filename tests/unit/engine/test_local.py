"""One bad pair never takes its batch along, and never comes out as an empty row."""

from dataclasses import replace

import pytest

from tests.unit.test_pipeline import GIVEN, pair
from xner.engine.local import run
from xner.errors import ConfigError, ModelUnavailable
from xner.pipeline import Pipeline


def _pairs(n, bad=()):
    return [replace(pair(links=None if k in bad else ((0, 1), (1, 2), (3, 0))), id=str(k)) for k in range(n)]


def test_outcomes_come_in_order_with_failures_in_their_place():
    outcomes = list(run(Pipeline(GIVEN), _pairs(7, bad={2, 5}), batch_size=3))
    assert [outcome.pair.id for outcome in outcomes] == [str(k) for k in range(7)]
    assert [outcome.projection.status for outcome in outcomes] == ["ok", "ok", "failed", "ok", "ok", "failed", "ok"]
    assert "the record has no alignment" in outcomes[2].projection.reason
    assert outcomes[2].projection.reason.startswith("ALIGN: ")


def test_an_unexpected_error_is_a_failed_row_with_its_name(monkeypatch, caplog):
    pipeline = Pipeline(GIVEN)
    honest = pipeline.match

    def match(pair, *args, **kwargs):
        if pair.id == "1":
            raise ZeroDivisionError("oops")
        return honest(pair, *args, **kwargs)

    monkeypatch.setattr(pipeline, "match", match)
    statuses = {outcome.pair.id: outcome.projection for outcome in run(pipeline, _pairs(3))}
    assert statuses["1"].reason == "UNEXPECTED: ZeroDivisionError: oops"
    assert [statuses[k].status for k in "02"] == ["ok", "ok"]
    assert "failed unexpectedly" in caplog.text


@pytest.mark.parametrize("error", [ConfigError("wrong"), ModelUnavailable("not here")])
def test_what_no_other_pair_would_survive_stops_the_run(monkeypatch, error):
    pipeline = Pipeline(GIVEN)

    def align(_pairs):
        raise error

    monkeypatch.setattr(pipeline, "align", align)
    with pytest.raises(type(error)):
        list(run(pipeline, _pairs(3)))


def test_an_outcome_brings_its_evidence_and_a_failed_one_has_none():
    fine, failed = run(Pipeline(GIVEN), _pairs(2, bad={1}))
    assert fine.trace.projection == fine.projection
    assert failed.trace is None


def test_only_one_batch_is_taken_at_a_time():
    taken = []

    def source():
        for one in _pairs(10):
            taken.append(one.id)
            yield one

    outcomes = run(Pipeline(GIVEN), source(), batch_size=2)
    next(outcomes)
    assert len(taken) == 2

"""Other methods are asked about the same links and scores; what they say is what each would project by itself."""

from __future__ import annotations

import pytest

from xner.bench.large_store import example_pairs
from xner.config import RunConfig
from xner.pipeline import Pipeline
from xner.services.inspect_pair import METHODS, rematch
from xner.services.second_opinion import second_opinions

GIVEN = RunConfig().updated({"align.name": "given", "score.preset": "align"})


@pytest.mark.parametrize("method", METHODS)
def test_every_other_method_says_what_it_would_project_by_itself(method):
    pipeline = Pipeline(GIVEN.updated({"match.name": method}))
    traces = pipeline.run([pair for pair, _ in example_pairs(24, seed=1)])
    opinions = second_opinions(pipeline, traces)
    others = [name for name in METHODS if name != method]
    assert [len(found) for found in opinions] == [len(others)] * len(traces)
    for trace, found in zip(traces, opinions, strict=True):
        for name, opinion in zip(others, found, strict=True):
            expected = rematch(trace, GIVEN.updated({"match.name": name})).projection
            assert opinion.status == expected.status
            assert [(e.span, e.label) for e in opinion.entities] == [(e.span, e.label) for e in expected.entities]
            assert [e.score for e in opinion.entities] == pytest.approx([e.score for e in expected.entities], abs=1e-6)


def test_candidates_are_made_once_for_all_methods(monkeypatch):
    pipeline = Pipeline(GIVEN)
    (trace,) = pipeline.run([pair for pair, _ in example_pairs(1)])
    monkeypatch.setattr(type(pipeline.extractor), "extract", lambda *_: pytest.fail("candidates are made anew"))
    assert len(second_opinions(pipeline, [trace])[0]) == len(METHODS) - 1

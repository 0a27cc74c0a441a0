"""What the Inspect page says about a pair, on given links."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.test_pipeline import GIVEN, pair
from xner.services.inspect_pair import (
    analyse,
    candidate_rows,
    methods_side_by_side,
    rematch,
    round_trip,
    toggled,
    token_similarity,
    why_here,
)
from xner.types import Alignment, Entity, Span


def test_a_toggled_link_moves_the_projection_and_toggling_back_restores_it():
    before = analyse(pair(), GIVEN)
    links = toggled(before.alignment.links, (3, 0))
    without = rematch(before, GIVEN, links)
    assert [entity.label for entity in without.projection.entities] == ["PER"]
    assert rematch(without, GIVEN, toggled(links, (3, 0))).projection == before.projection


def test_why_here_speaks_for_every_source_entity_also_one_without_a_place():
    trace = rematch(analyse(pair(), GIVEN), GIVEN, frozenset({(0, 1), (1, 2)}))
    person, place = why_here(trace)
    assert (person.source_text, person.target_text, person.span) == ("Ada Lovelace", "Ada Lovelace", Span(1, 3))
    assert person.links == ((0, 1), (1, 2))
    assert person.components == {"coverage": 1.0, "soft": None}
    assert (place.source_text, place.span, place.total) == ("Turin", None, None)


def test_candidates_come_best_first_with_the_chosen_one_marked():
    rows = candidate_rows(analyse(pair(), GIVEN), entity=0, limit=3)
    assert [row.chosen for row in rows] == [True, False, False]
    assert [row.total for row in rows] == sorted((row.total for row in rows), reverse=True)
    assert rows[0].text == "Ada Lovelace"


def test_methods_that_fail_say_why_beside_those_that_run():
    config = GIVEN.updated({"match.constraint": "=", "match.per_entity": 2})
    trace = analyse(pair(links=((0, 1), (3, 0))), GIVEN)
    results = {result.method: result for result in methods_side_by_side(trace, config)}
    assert results["exact"].projection is None
    assert results["exact"].problem
    assert results["heuristic"].projection.status in ("ok", "empty")


def test_similarity_of_tokens_is_the_largest_of_their_subwords():
    similarity = np.array([[0.1, 0.9], [0.4, 0.2]], np.float32)
    alignment = Alignment(frozenset(), similarity=similarity, source_pieces=(0, 0), target_pieces=(0, 2))
    matrix = token_similarity(alignment, 1, 3)
    assert matrix[0, 0] == np.float32(0.4)
    assert matrix[0, 2] == np.float32(0.9)
    assert np.isnan(matrix[0, 1])
    assert token_similarity(Alignment(frozenset()), 1, 1) is None


@pytest.mark.parametrize(
    ("back", "survives"),
    [("ada LOVELACE, visited", True), ("Ada and Lovelace", False), ("Adas Lovelace", False), ("", False)],
)
def test_a_name_survives_the_round_trip_as_whole_words_in_a_row(back, survives):
    one = replace(pair(), source_entities=(Entity(Span(0, 2), "PER"),), back_translation=back)
    assert [row.survives for row in round_trip(one)] == [survives]
    assert round_trip(pair()) is None


@pytest.fixture
def counted(monkeypatch):
    """A score that counts how often its model is asked: like those of models, it keeps what it was told."""
    asked: list[str] = []

    class Counted:
        def __init__(self, config):
            self.known = {}

        def score(self, requests):
            found = []
            for request in requests:
                shape = (len(request.entities), len(request.candidates))
                if (request.pair.id, shape) not in self.known:
                    asked.append(request.pair.id)
                    self.known[request.pair.id, shape] = np.ones(shape)
                found.append(self.known[request.pair.id, shape])
            return found

        def describe(self):
            return "counted"

    from xner.score import scorers

    monkeypatch.setitem(scorers._items, "counted", Counted)
    return asked


def test_moving_a_weight_asks_no_model_again(counted):
    config = GIVEN.updated({"score.weights.counted": 0.25})
    trace = analyse(pair(), config)
    assert len(counted) == 1
    for change in (
        {"score.weights.counted": 0.5}, {"score.weights.coverage": 0.125}, {"score.thresholds.counted": 0.1},
        {"match.name": "greedy"},
    ):  # fmt: skip
        rematch(trace, config.updated(change))
    rematch(trace, config, toggled(trace.alignment.links, (3, 0)))
    assert len(counted) == 1


def test_what_a_score_has_learned_is_not_shared():
    from xner.services.inspect_pair import pipeline_for

    config = GIVEN.updated({"score.weights.edges": 0.5})
    one, two = pipeline_for(config), pipeline_for(config.updated({"score.weights.edges": 0.75}))
    assert one.scorers["edges"] is not two.scorers["edges"]
    assert one.scorers["coverage"] is two.scorers["coverage"]


def test_markers_are_a_method_only_where_some_were_carried():
    from xner.services.inspect_pair import methods_for

    trace = analyse(pair(), GIVEN)
    assert "marked" not in methods_for(trace)
    carried = replace(trace, evidence=replace(trace.evidence, carried=(Span(1, 3), None)))
    assert methods_for(carried)[-1] == "marked"


def test_a_model_replaced_under_its_name_is_another_pipeline(monkeypatch):
    from xner.services import inspect_pair

    before = inspect_pair.pipeline_for(GIVEN)
    assert inspect_pair.pipeline_for(GIVEN) is before
    monkeypatch.setattr(inspect_pair, "versions_key", lambda _config: "another version")
    assert inspect_pair.pipeline_for(GIVEN) is not before

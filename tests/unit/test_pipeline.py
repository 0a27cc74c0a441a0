"""The line of the stages, on given links: no model runs here."""

import pytest

from xner.config import RunConfig
from xner.errors import AlignmentFailed, ConfigError, InputError, MatchInfeasible
from xner.pipeline import Evidence, Pipeline
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

GIVEN = RunConfig().updated({"align.name": "given", "recognise.name": "given"})
EVIDENCE = Evidence(Alignment(frozenset()))


def pair(links=((0, 1), (1, 2), (3, 0)), entities=((0, 2, "PER"), (3, 4, "LOC")), **fields):
    return SentencePair(
        "p1",
        Sentence(("Ada", "Lovelace", "visited", "Turin"), "en"),
        Sentence(("Torinossa", "Ada", "Lovelace", "kävi"), "fi"),
        source_entities=tuple(Entity(Span(a, b), label) for a, b, label in entities),
        alignment=None if links is None else Alignment(frozenset(links)),
        **fields,
    )


def projected(trace):
    return [(e.span.start, e.span.end, e.label, e.source) for e in trace.projection.entities]


def test_entities_land_where_their_words_are_linked():
    (trace,) = Pipeline(GIVEN).run([pair()])
    assert trace.projection.status == "ok"
    assert projected(trace) == [(0, 1, "LOC", 1), (1, 3, "PER", 0)]
    assert trace.projection.objective == 2.0


def test_every_projected_entity_has_a_runner_up_and_a_margin():
    (trace,) = Pipeline(GIVEN).run([pair()])
    assert len(trace.projection.runner_up) == 2
    assert all(runner_up.margin >= 0 for runner_up in trace.projection.runner_up)


def test_given_links_leave_the_soft_score_out_and_the_signature_says_so():
    (trace,) = Pipeline(GIVEN).run([pair()])
    assert trace.components["soft"] is None
    assert trace.weights == {"coverage": 1.0}
    assert "|without:soft|" in trace.projection.signature


def test_a_pair_without_entities_is_empty_not_failed():
    (trace,) = Pipeline(GIVEN).run([pair(entities=())])
    assert (trace.projection.status, trace.projection.reason) == ("empty", "the source has no entities")


def test_entities_without_any_link_are_empty_with_the_reason():
    (trace,) = Pipeline(GIVEN).run([pair(links=())])
    assert (trace.projection.status, trace.projection.reason) == ("empty", "no candidate has evidence")


def test_unwanted_labels_take_no_part_but_stay_in_the_record():
    (trace,) = Pipeline(GIVEN.updated({"labels": ["LOC"]})).run([pair()])
    assert projected(trace) == [(0, 1, "LOC", 1)]  # the source index is that of the record
    assert len(trace.pair.source_entities) == 2


@pytest.mark.parametrize("method", ["exact", "greedy", "heuristic", "garcia_ferrero"])
def test_every_matcher_solves_the_easy_case(method):
    (trace,) = Pipeline(GIVEN.updated({"match.name": method})).run([pair()])
    assert projected(trace) == [(0, 1, "LOC", 1), (1, 3, "PER", 0)]


def test_scores_are_kept_for_a_rule_over_links_only_when_asked():
    config = GIVEN.updated({"match.name": "heuristic"})
    assert Pipeline(config).run([pair()])[0].candidates == ()
    explained = Pipeline(config).run([pair()], explain=True)[0]
    assert explained.table.values.max() == 1.0
    assert projected(explained) == projected(Pipeline(config).run([pair()])[0])


def test_failures_are_raised_not_turned_into_nothing():
    with pytest.raises(AlignmentFailed):
        Pipeline(GIVEN).run([pair(links=None)])
    with pytest.raises(InputError, match="language to translate into"):
        Pipeline(GIVEN).run([SentencePair("p", Sentence(("a",), "en"), None, ())])
    one_place = pair(links=[(0, 0), (3, 0)])
    with pytest.raises(MatchInfeasible):
        Pipeline(GIVEN.updated({"match.constraint": "=", "match.per_entity": 2})).run([one_place])


def test_equal_runs_give_equal_records():
    first, second = (Pipeline(GIVEN).run([pair()])[0].projection for _ in range(2))
    assert first == second


CHANGES = {
    "labels": ["PER"],
    "extract.name": "aligned",
    "extract.min_tokens": 2,
    "extract.max_tokens": 1,
    "extract.stop_tokens": ["Ada"],
    "extract.edge_punctuation": True,
    "score.weights.links": 1.000004,
    "score.weights.coverage": 0.5,
    "score.thresholds.coverage": 0.3,
    "match.name": "greedy",
    "match.offset": 0.1000004,
    "match.constraint": "=",
    "match.per_entity": 2,
    "match.time_limit_s": 3.0,
}


@pytest.mark.parametrize("key", CHANGES)
def test_what_can_change_the_result_changes_the_signature(key):
    before = Pipeline(GIVEN).run([pair(((0, 1), (1, 2), (3, 0), (3, 3)))])[0].projection.signature
    changed = Pipeline(GIVEN.updated({key: CHANGES[key]}))
    assert changed.signature({"coverage": 1.0} | changed.weights, EVIDENCE) != before


def test_words_with_separators_do_not_make_two_runs_look_the_same():
    signatures = {
        Pipeline(GIVEN.updated(settings)).signature({"coverage": 1.0}, EVIDENCE)
        for settings in (
            {"labels": ["A", "B"]}, {"labels": ["A,B"]}, {"labels": []}, {},
            {"extract.stop_tokens": []}, {"extract.stop_tokens": ["none"]},
        )
    }  # fmt: skip
    assert len(signatures) == 6


def test_an_unknown_threshold_is_a_mistake_of_the_settings():
    with pytest.raises(ConfigError, match="coverag"):
        Pipeline(GIVEN.updated({"score.thresholds.coverag": 0.1}))


def test_a_filtered_source_is_not_called_a_source_without_entities():
    (trace,) = Pipeline(GIVEN.updated({"labels": ["ORG"]})).run([pair()])
    assert trace.projection.reason == "no entity of the source has a wanted label"


def test_weights_of_zero_are_refused_by_a_matcher_over_scores_alone():
    nothing = {"score.weights.coverage": 0, "score.weights.soft": 0}
    with pytest.raises(ConfigError, match="weight 0"):
        Pipeline(GIVEN.updated(nothing))
    (trace,) = Pipeline(GIVEN.updated({**nothing, "match.name": "heuristic"})).run([pair()], explain=True)
    assert trace.projection.status == "ok"

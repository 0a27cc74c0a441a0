"""A corpus in memory, projected and written."""

from __future__ import annotations

import json
from dataclasses import replace

from xner.align.given import GivenAligner
from xner.config import RunConfig
from xner.engine.local import BATCH_SIZE
from xner.errors import ModelUnavailable
from xner.recognise.given import GivenRecogniser
from xner.services import run_corpus
from xner.services.run_corpus import json_lines, project_pairs
from xner.signature import parse_signature
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

GIVEN = RunConfig().updated({"align.name": "given"})
PAIR = SentencePair(
    "p0",
    Sentence(("Mira", "was", "here"), "en"),
    Sentence(("hier", "war", "Mira"), "de"),
    source_entities=(Entity(Span(0, 1), "PER"),),
    target_entities=(Entity(Span(2, 3), "LOC"),),
    alignment=Alignment(frozenset({(0, 2)})),
)


def test_progress_counts_every_pair_up_to_the_last():
    seen: list[tuple[int, int]] = []
    project_pairs([replace(PAIR, id=f"p{k}") for k in range(11)], GIVEN, lambda done, total: seen.append((done, total)))
    assert seen == [(k, 11) for k in range(1, 12)]


def test_a_pair_that_fails_is_written_as_failed_and_stops_no_other():
    outcomes = project_pairs([replace(PAIR, id="bad", alignment=None), PAIR], GIVEN)
    rows = [json.loads(line) for line in json_lines(outcomes).decode().splitlines()]
    assert [row["projection"]["status"] for row in rows] == ["failed", "ok"]
    assert "no alignment" in rows[0]["projection"]["reason"]


def test_gold_stays_beside_the_projection():
    (row,) = (json.loads(line) for line in json_lines(project_pairs([PAIR], GIVEN)).splitlines())
    assert [entity["label"] for entity in row["target_entities"]] == ["LOC"]
    assert [entity["label"] for entity in row["projection"]["entities"]] == ["PER"]


def test_links_set_by_hand_go_into_the_run():
    (outcome,) = project_pairs([PAIR], GIVEN, decisions={"p0": {(0, 2): False, (0, 0): True}})
    assert outcome.projection.entities[0].span == Span(0, 1)
    assert "manual_links" in (outcome.projection.signature or "")


def test_a_pair_that_fails_stays_failed_with_links_set_by_hand():
    (outcome,) = project_pairs([replace(PAIR, alignment=None)], GIVEN, decisions={"p0": {(0, 0): True}})
    assert outcome.projection.status == "failed"


def test_links_set_by_hand_leave_the_origin_of_the_entities_and_ask_the_aligner_once(monkeypatch):
    asked = []
    honest = GivenAligner.align

    def align(aligner, pairs):
        asked.extend(pair.id for pair in pairs)
        return honest(aligner, pairs)

    monkeypatch.setattr(GivenAligner, "align", align)
    monkeypatch.setattr(GivenRecogniser, "recognise", lambda _self, found: [PAIR.source_entities] * len(found))
    found = GIVEN.updated({"recognise.name": "given"})
    plain, decided = project_pairs(
        [replace(PAIR, id=name, source_entities=None) for name in ("plain", "decided")], found,
        decisions={"decided": {(0, 0): True}},
    )  # fmt: skip
    assert asked == ["plain", "decided"]
    origins = [parse_signature(outcome.projection.signature or "")["entities"] for outcome in (plain, decided)]
    assert origins[0] == origins[1] != "record"


def test_an_unexpected_error_under_links_set_by_hand_is_a_failed_row(monkeypatch):
    def rematch(*_arguments):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(run_corpus, "rematch_decided", rematch)
    decided, other = project_pairs([PAIR, replace(PAIR, id="p1")], GIVEN, decisions={"p0": {(0, 0): True}})
    assert decided.projection.reason == "UNEXPECTED: ZeroDivisionError: oops"
    assert other.projection.status == "ok"


def test_batches_are_those_of_the_command_line_and_no_trace_is_kept(monkeypatch):
    sizes = []
    honest = GivenAligner.align

    def align(aligner, pairs):
        sizes.append(len(pairs))
        return honest(aligner, pairs)

    monkeypatch.setattr(GivenAligner, "align", align)
    outcomes = project_pairs([replace(PAIR, id=f"p{k}") for k in range(BATCH_SIZE + 1)], GIVEN)
    assert sizes == [BATCH_SIZE, 1]
    assert all(outcome.trace is None for outcome in outcomes)


def test_a_model_that_is_missing_is_the_reason_of_every_pair(monkeypatch):
    def align(_aligner, _pairs):
        raise ModelUnavailable("The model is not here.")

    monkeypatch.setattr(GivenAligner, "align", align)
    outcomes = project_pairs([PAIR, replace(PAIR, id="p1")], GIVEN)
    assert [outcome.projection.reason for outcome in outcomes] == ["MODEL: The model is not here."] * 2

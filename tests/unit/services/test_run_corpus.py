"""A corpus in memory, projected and written."""

from __future__ import annotations

import json
from dataclasses import replace

from xner.config import RunConfig
from xner.services.run_corpus import json_lines, project_pairs
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

"""The systems of ``bench projection``: by name, by preset, by file; what learns does so without gold."""

from __future__ import annotations

from pathlib import Path

import pytest

from xner.bench.projection import SYSTEMS, run, systems_from
from xner.config import RunConfig
from xner.errors import ConfigError
from xner.types import Alignment, Entity, Sentence, SentencePair, Span


def corpus(gold: Span) -> list[SentencePair]:
    return [
        SentencePair(
            str(k), Sentence(("Rome",), "en"), Sentence(("in", "Rom"), "de"),
            source_entities=(Entity(Span(0, 1), "LOC"),), target_entities=(Entity(gold, "LOC"),),
            alignment=Alignment(frozenset({(0, 1)})),
        )
        for k in range(3)
    ]  # fmt: skip


def test_systems_are_named_ones_score_presets_and_files(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('[match]\nname = "greedy"\n[score.weights]\ncopy = 0.5\n', encoding="utf-8")
    found = systems_from(["exact links", "coverage_soft_edges", f"mine={path}"])
    assert found == {
        "exact links": SYSTEMS["exact links"],
        "coverage_soft_edges": {"score.preset": "coverage_soft_edges"},
        "mine": {"match.name": "greedy", "score.weights": {"copy": 0.5}},
    }


def test_an_unknown_system_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="coverage_soft_edges"):
        systems_from(["nothing"])


def test_every_system_is_scored_on_the_same_pairs_and_compared_with_the_first() -> None:
    systems = systems_from(["greedy links", "coverage_soft_edges"])
    figures = run(corpus(Span(1, 2)), RunConfig().updated({"align.name": "given"}), systems)
    assert {name: row["f1"] for name, row in figures["systems"].items()} == dict.fromkeys(systems, 1.0)
    assert figures["systems"]["greedy links"]["delta"] == 0.0


def test_what_learns_never_sees_gold() -> None:
    systems, base = systems_from(["coverage_soft_edges"]), RunConfig().updated({"align.name": "given"})
    wrong = run(corpus(Span(0, 2)), base, systems)["systems"]["coverage_soft_edges"]
    assert wrong["f1"] == 0.0

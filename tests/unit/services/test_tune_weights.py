"""Weights found on gold: better where gold shows it, unchanged where it doesn't, refused where there is too little."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xner.cli.app import app
from xner.config import RunConfig, load_config, parse_config
from xner.errors import ConfigError, InputError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.services.tune_weights import as_run_toml, tune
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

LINKS_ALONE = RunConfig().updated({"align.name": "given", "score.preset": "align"})


def corpus(n_pairs: int, *, misled: bool) -> list[SentencePair]:
    """Return pairs whose name stands unchanged in the target, while every third one's link points beside it."""
    pairs = []
    for k in range(n_pairs):
        name = f"Name{chr(97 + k % 26)}{chr(97 + k // 26)}"
        place = 3 if misled and k % 3 == 0 else 1
        pairs.append(
            SentencePair(
                str(k),
                Sentence(("here", "is", name), "en"),
                Sentence(("da", name, "hier", "ist"), "de"),
                source_entities=(Entity(Span(2, 3), "PER"),),
                target_entities=(Entity(Span(1, 2), "PER"),),
                alignment=Alignment(frozenset({(2, place)})),
            )
        )
    return pairs


def test_a_score_that_gold_favours_gets_weight_and_the_gain_is_cross_validated() -> None:
    tuned = tune(corpus(60, misled=True), LINKS_ALONE, n_folds=3)
    assert tuned.base_f1 == pytest.approx(2 / 3)
    assert tuned.tuned_f1 == 1.0
    assert tuned.is_better
    assert tuned.config.score.fused_weights()["copy"] > 0
    assert len(tuned.points) == 3


def test_settings_that_are_right_already_stay() -> None:
    tuned = tune(corpus(60, misled=False), LINKS_ALONE)
    assert (tuned.base_f1, tuned.tuned_f1, tuned.difference.delta) == (1.0, 1.0, 0.0)
    assert tuned.config.score.fused_weights() == {"links": 1.0}
    assert not tuned.is_better


def test_gold_of_labels_that_take_no_part_is_not_counted_as_missing() -> None:
    pairs = [
        replace(pair, target_entities=(*(pair.target_entities or ()), Entity(Span(2, 3), "OTH")))
        for pair in corpus(60, misled=False)
    ]
    tuned = tune(pairs, LINKS_ALONE.updated({"labels": ["PER"]}))
    assert (tuned.n_gold, tuned.base_f1) == (60, 1.0)
    assert tune(pairs, LINKS_ALONE).base_f1 < 1.0


def test_equal_seed_gives_equal_folds_and_settings() -> None:
    one, other = (tune(corpus(60, misled=True), LINKS_ALONE, seed=4) for _ in range(2))
    assert (one.points, one.config, one.difference) == (other.points, other.config, other.difference)


def test_too_little_gold_is_refused_with_what_is_needed() -> None:
    with pytest.raises(InputError, match="at least 20 pairs and 50 gold"):
        tune(corpus(49, misled=True), LINKS_ALONE)


def test_a_matcher_without_scores_is_refused() -> None:
    with pytest.raises(ConfigError, match="reads no scores"):
        tune(corpus(60, misled=True), LINKS_ALONE.updated({"match.name": "heuristic"}))


def test_the_run_toml_says_where_it_comes_from_and_reads_back_as_the_same_settings() -> None:
    tuned = tune(corpus(60, misled=True), LINKS_ALONE)
    text = as_run_toml(tuned, {"data": "gold.jsonl\n[score]"})
    assert "# data: gold.jsonl [score]\n" in text
    assert "60 entities in 60 pairs" in text
    assert parse_config(tomllib.loads(text)) == tuned.config


def test_the_command_writes_settings_that_project_reads(tmp_path: Path) -> None:
    gold, output = tmp_path / "gold.jsonl", tmp_path / "run.toml"
    gold.write_text("".join(dumps(record_from_pair(p)) + "\n" for p in corpus(60, misled=True)), encoding="utf-8")
    arguments = ["tune", str(gold), "-o", str(output), "--set", "align.name=given", "--set", "score.preset=align"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "cross-validated" in result.output
    assert load_config(output).score.fused_weights()["copy"] > 0

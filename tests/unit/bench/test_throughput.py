"""The whole road beside simalign: same links on a tiny real encoder, and stages that add up to what was timed."""

import random

import pytest
from typer.testing import CliRunner

from tests.tiny_models import WORDS, tiny_bert
from xner.bench import throughput
from xner.bench.throughput_stages import STAGES
from xner.cli.app import app
from xner.config import RunConfig
from xner.errors import InputError
from xner.models.loaded import LoadedModel
from xner.types import Entity, Sentence, SentencePair, Span


def _pair(number, n_tokens):
    rng = random.Random(number)
    sides = [Sentence(tuple(rng.choices(WORDS, k=n_tokens)), lang) for lang in ("en", "de")]
    entities = (Entity(Span(0, 1), "PER"),)
    return SentencePair(str(number), *sides, source_entities=entities, target_entities=entities)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return RunConfig().updated({"align.model": str(tiny_bert(tmp_path_factory.mktemp("bert"))), "align.layer": 5})


def test_every_pair_has_simaligns_links_and_stages_are_the_whole_time(config):
    forward = LoadedModel.forward
    pairs = [_pair(number, 3 + number % 9) for number in range(70)] + [_pair(99, 64)]
    figures = throughput.run(pairs, config)
    assert (figures["n_pairs"], figures["left_out"]) == (70, 1)  # 64 words are more than simalign reads
    ours = figures["float32"]
    assert (ours["same_links"], ours["failed"], figures["simalign"]["failed"]) == (70, 0, 0)
    assert set(ours["stages"]) == set(STAGES)
    assert sum(row["s"] for row in ours["stages"].values()) == pytest.approx(ours["s"], rel=0.05, abs=0.05)
    assert ours["tokens"] == sum(2 * (5 + number % 9) for number in range(70))  # two special ones in each sentence
    assert 0 < ours["padding"] < 0.5
    assert 0 < ours["f1"] <= 1
    assert ours["limit_tokens_per_s"] > 0
    assert LoadedModel.forward is forward  # nothing is watched any more


def test_pairs_that_simalign_cannot_read_are_no_measurement(config):
    with pytest.raises(InputError, match="none of 1 pairs"):
        throughput.run([_pair(1, 64)], config)


def test_the_help_says_what_is_compared():
    shown = CliRunner().invoke(app, ["bench", "throughput", "--help"]).output
    assert "simalign" in shown
    assert "limit" in shown

"""One word for a whole method: the same everywhere, and no part of the pipeline without one."""

from __future__ import annotations

import itertools

import pytest

from xner.align import aligners
from xner.bench.projection import SYSTEMS
from xner.cli.options import configured
from xner.config import MATCH_PRESETS, SCORE_PRESETS, RunConfig
from xner.errors import ConfigError
from xner.extract import extractors
from xner.match import matchers
from xner.services.compare_methods import parse_method
from xner.services.method_names import run_names
from xner.services.named_methods import PRESETS, with_method, word_of

OWN = RunConfig().updated(
    {"labels": ["PER"], "align.model": "mine", "align.dtype": "bfloat16", "translate.name": "nllb",
     "score.ner_model": "ours",
     "recognise.name": "spacy", "pipeline": "translate-test"}
)  # fmt: skip


@pytest.mark.parametrize("word", PRESETS)
def test_a_word_is_the_same_method_on_a_page_in_an_address_and_on_the_command_line(word):
    on_page = with_method(RunConfig(), word)
    assert word_of(on_page) == word_of(parse_method(word).config) == word_of(configured(None, word, ())) == word
    assert len({PRESETS[other].title for other in PRESETS}) == len(PRESETS)


@pytest.mark.parametrize("word", sorted(set(PRESETS) - {"model-transfer"}))
def test_choosing_a_method_leaves_labels_models_and_translator(word):
    found = with_method(OWN, word)
    assert (found.labels, found.align.model, found.align.dtype) == (("PER",), "mine", "bfloat16")
    assert found.score.ner_model == "ours"
    assert (found.translate, found.recognise, found.pipeline) == (OWN.translate, OWN.recognise, OWN.pipeline)
    assert word_of(found) == word


@pytest.mark.parametrize("word", PRESETS)
def test_on_the_command_line_a_method_is_whole_whatever_the_file_says(word, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('labels = "PER"\n[match]\nname = "greedy"\n[score]\npower = 3\nweights = {links = 2.0}\n'
                    '[align]\ndtype = "bfloat16"\nmax_iterations = 4\n')  # fmt: skip
    found = configured(file, word, ())
    assert (word_of(found), found.labels, found.align.dtype) == (word, ("PER",), "bfloat16")
    assert configured(file, word, ["match.per_entity=2"]).match.per_entity == 2


def test_beside_another_method_a_run_bears_its_own_title_and_not_that_of_what_tells_the_two_apart():
    alike = ("greedy", "greedy-links", "exact-links", "edges", "fusion", "fusion-centred", "fusion-united", "united")
    for pair in itertools.permutations(alike, 2):
        runs = {word: RunConfig().updated(PRESETS[word].settings).model_dump_json() for word in pair}
        assert run_names(runs) == {word: PRESETS[word].title for word in pair}


def test_after_model_transfer_another_method_projects_again():
    assert with_method(with_method(RunConfig(), "model-transfer"), "fusion").pipeline == "parallel"
    assert word_of(RunConfig().updated({"pipeline": "model-transfer"})) == "model-transfer", "e5-ner as it comes"


def test_a_method_of_ones_own_has_no_name():
    assert word_of(RunConfig().updated({"score.weights.links": 0.35})) is None


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("match.name", set(matchers.names()) - {"marked"}),  # of a translation that a run makes: chosen with it
        ("align.name", aligners.names()),
        ("extract.name", extractors.names()),
        ("score.preset", SCORE_PRESETS),
        ("match.preset", MATCH_PRESETS),
    ],
)
def test_every_part_of_the_pipeline_is_in_some_method_that_has_a_name(key, names):
    section, _, field = key.partition(".")
    found = {getattr(getattr(parse_method(word).config, section), field) for word in PRESETS}
    assert set(names) <= found


def test_every_system_of_the_benchmarks_has_a_name():
    assert {word_of(RunConfig().updated(settings)) for settings in SYSTEMS.values()} >= {"fusion-centred", "fusion"}
    assert None not in {word_of(RunConfig().updated(settings)) for settings in SYSTEMS.values()}


def test_an_unknown_word_is_told_with_the_nearest():
    with pytest.raises(ConfigError, match=r"fusion-centered.*Did you mean 'fusion-centred'"):
        with_method(RunConfig(), "fusion-centered")

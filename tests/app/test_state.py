"""What a session holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xner.config import RunConfig
from xner.services.inspect_pair import analyse
from xner.ui.picker import matching_ids
from xner.ui.settings import Settings
from xner.ui.state import Workspace


def test_the_same_pair_is_kept_once(pair):
    work = Workspace()
    assert work.add([pair]) == work.add([pair]) == ["one"]
    assert len(work.pairs) == 1


def test_another_pair_under_a_taken_id_gets_an_id_of_its_own(pair):
    work = Workspace()
    other = replace(pair, back_translation="something else")
    assert work.add([pair, other, other]) == ["one", "one (2)", "one (2)"]
    assert work.pairs["one"] == pair
    assert work.pairs["one (2)"] == replace(other, id="one (2)")


def test_a_new_id_is_never_one_that_is_taken(pair):
    work = Workspace()
    for _ in range(3):
        work.add([replace(pair, id=work.next_id("typed"))])
    work.add([replace(pair, id="typed-5")])
    assert work.next_id("typed") not in work.pairs


def test_clicking_a_link_twice_leaves_nothing_decided(workspace, pair):
    trace = analyse(pair, RunConfig().updated({"align.name": "given"}))
    workspace.toggle(trace, (0, 0))
    assert workspace.decided("one") == {(0, 0): False}
    workspace.toggle(trace, (0, 0))
    assert workspace.decided("one") == {}


def test_every_click_makes_a_new_chart(workspace, pair):
    trace = analyse(pair, RunConfig().updated({"align.name": "given"}))
    seen = [workspace.n_clicks]
    workspace.toggle(trace, (0, 0))
    seen.append(workspace.n_clicks)
    workspace.reset_links("one")
    seen.append(workspace.n_clicks)
    assert len(set(seen)) == 3


def test_sentences_are_found_by_the_words_of_either_side_and_by_language(workspace):
    assert matching_ids(workspace, None, "MIRA halvorsen") == ["one", "two", "drei"]
    assert matching_ids(workspace, "de", "war in") == ["two"]
    assert matching_ids(workspace, "nl", "") == ["drei"]
    assert matching_ids(workspace, None, "zebra") == []


def test_default_settings_are_the_default_configuration():
    config, default = Settings().config(), RunConfig()
    assert config.score.fused_weights() == default.score.fused_weights()
    assert (config.align, config.extract, config.match) == (default.align, default.extract, default.match)


def test_weights_and_method_ask_no_model_again():
    changed = Settings(method="greedy", links=1.5, coverage=0.0, soft=0.2, max_tokens=3)
    assert changed.evidence_config() == Settings().evidence_config()
    assert replace(changed, aligner="argmax").evidence_config() != Settings().evidence_config()


@pytest.mark.parametrize("weight", ["links", "coverage", "soft"])
def test_a_weight_of_nought_takes_the_score_out(weight):
    assert weight not in replace(Settings(links=1.0), **{weight: 0.0}).config().score.fused_weights()

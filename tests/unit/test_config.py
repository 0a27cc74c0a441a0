import pytest

from xner.config import SCORE_PRESETS, RunConfig, load_config, setting_keys
from xner.errors import ConfigError


def test_defaults_are_those_of_the_design():
    config = RunConfig()
    assert (config.align.name, config.extract.max_tokens, config.match.name) == ("itermax", 10, "exact")
    assert (config.match.constraint, config.match.per_entity) == ("<=", 1)
    assert config.score.fused_weights() == {"coverage": 1.0, "soft": 1.0}


def test_file_and_overrides_speak_the_same_keys(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('[match]\nname = "greedy"\nper_entity = 2\n[score.weights]\nlinks = 0.5\n')
    config = load_config(path, ["match.per_entity=3", "score.weights.soft=0"])
    assert (config.match.name, config.match.per_entity) == ("greedy", 3)
    assert config.score.fused_weights() == {"coverage": 1.0, "links": 0.5}


@pytest.mark.parametrize("name", sorted(SCORE_PRESETS))
def test_a_single_weight_wins_over_the_preset(name):
    weights = load_config(None, [f"score.preset={name}", "score.weights.links=7"]).score.fused_weights()
    assert weights == {**SCORE_PRESETS[name], "links": 7}


def test_a_match_preset_fills_what_is_not_given():
    match = load_config(None, ["match.preset=nodalida2025", "match.collision=skip"]).match
    assert (match.order, match.collision, match.min_length_ratio) == ("given", "skip", 0.8)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("match.nam=greedy", "Did you mean 'match.name'"),
        ("score.preset=coverage", "known: coverage_soft"),
        ("match.preset=thesis", "thesis2025"),
        ("match.constraint=<", "'<=', '=' or '>='"),
        ("extract.max_tokens=0", "greater than or equal to 1"),
        ("match.name", "expected key=value"),
        ("match.name.deeper=1", "match.name"),
        ("score.weights.soft=-1", "greater than or equal to 0"),
    ],
)
def test_a_wrong_setting_is_named_with_a_way_out(override, words):
    with pytest.raises(ConfigError) as caught:
        load_config(None, [override])
    assert words in str(caught.value)


@pytest.mark.parametrize("content", ["match = [", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_named(tmp_path, content):
    path = tmp_path / "run.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=r"run\.toml: not TOML"):
        load_config(path)
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "none.toml")


def test_null_means_not_set():
    assert load_config(None, ["extract.max_tokens=null"]).extract.max_tokens is None


def test_setting_keys_are_dotted_and_complete():
    keys = list(setting_keys())
    assert {"match.name", "score.weights", "align.layer", "labels", "recognise.label_map"} <= set(keys)


def test_an_updated_configuration_keeps_the_rest():
    config = load_config(None, ["align.layer=6"]).updated({"match.name": "greedy"})
    assert (config.align.layer, config.match.name) == (6, "greedy")


def test_another_preset_replaces_what_the_first_one_set_and_keeps_the_rest():
    first = RunConfig().updated({"match.preset": "nodalida2025", "match.top_k": 2})
    second = first.updated({"match.preset": "thesis2025"}).match
    assert (second.order, second.collision, second.top_k) == ("shortest_first", "skip", 2)


def test_lengths_that_exclude_every_candidate_are_refused():
    with pytest.raises(ConfigError, match="above max_tokens"):
        load_config(None, ["extract.min_tokens=11"])


def test_the_label_map_is_added_to_and_an_empty_label_takes_one_out():
    mapping = load_config(None, ["recognise.label_map.DATE=DATE", 'recognise.label_map.FAC=""']).recognise.label_map
    assert (mapping["DATE"], mapping["PERSON"], mapping["FAC"]) == ("DATE", "PER", "")


def test_labels_may_be_a_list_with_commas():
    assert load_config(None, ["labels=PER, LOC"]).labels == ("PER", "LOC")
    assert load_config(None, ['labels=["PER"]']).labels == ("PER",)

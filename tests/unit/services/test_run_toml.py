"""run.toml as the Run page writes and reads it."""

from __future__ import annotations

import pytest

from xner.config import RunConfig, load_config
from xner.errors import ConfigError
from xner.services.run_toml import MAX_BYTES, read_run_toml, run_toml

CHANGES = [
    {},
    {"pipeline": "translate-train", "translate.name": "apertium", "translate.to": "hr"},
    {"labels": "PER,ΟΡΓ", "recognise.label_map": {'a "quoted" 🙂 name': "PER", "x.y": "LOC"}},
    {"match.preset": "nodalida2025", "match.only_i": True},
    {"score.preset": "all_fusion", "score.weights.soft": 0.25, "score.thresholds.ner": 0.5},
    {"translate.model": "C:\\models\\nllb\x7f", "extract.stop_tokens": ["!", "\t"]},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: next(iter(changes), "defaults"))
def test_settings_come_back_from_the_page_and_from_the_command_line(changes, tmp_path):
    config = RunConfig().updated(changes)
    text = run_toml(config)
    assert read_run_toml(text.encode()) == config
    (tmp_path / "run.toml").write_text(text, encoding="utf-8")
    assert load_config(tmp_path / "run.toml") == config


def test_what_toml_cannot_say_is_told():
    with pytest.raises(ConfigError, match=r"--set extract\.max_tokens=null"):
        run_toml(RunConfig().updated({"extract.max_tokens": None}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"match = [", "not TOML"),
        (b"\xff", "not TOML"),
        (b"[match]\nnam = 1", "no setting 'match.nam'"),
        (b"#" * (MAX_BYTES + 1), "longer than"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(data, said):
    with pytest.raises(ConfigError, match=said):
        read_run_toml(data, "my.toml")

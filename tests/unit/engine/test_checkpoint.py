"""What a run leaves behind when it stops at the worst moment."""

import json
from pathlib import Path

import pytest

from xner.engine.checkpoint import CheckpointedOutput


class _PowerCut(BaseException):
    """Nothing in the program may catch this."""


def _cut(*_arguments, **_options):
    raise _PowerCut


@pytest.mark.parametrize("moment", ["write_text", "replace", "write_bytes"])
def test_rows_never_stand_beside_the_note_of_another_run(tmp_path, monkeypatch, moment):
    output, note = tmp_path / "out.jsonl", tmp_path / "out.jsonl.partial.json"
    note.write_text('{"run": "before"}', encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(Path, moment, _cut)
        with pytest.raises(_PowerCut):
            CheckpointedOutput(output, {"run": "now"}, resume=False)
    assert not (tmp_path / "out.jsonl.partial").exists()
    known = json.loads(note.read_text(encoding="utf-8"))
    assert known == {"run": "now" if moment == "write_bytes" else "before"}

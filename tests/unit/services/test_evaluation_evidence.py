import json
from pathlib import Path
from typing import Any

import pytest

from xner.services.evaluation_evidence import read_evidence
from xner.services.score_run import diagnose_files, score_files
from xner.types import Span

PER, LOC = {"start": 0, "end": 2, "label": "PER"}, {"start": 3, "end": 4, "label": "LOC"}
PAIR = {
    "id": "a", "source_lang": "en", "target_lang": "sw", "source_tokens": ["Juma", "Ali", "is", "in", "Dodoma"],
    "target_tokens": ["Juma", "Ali", "yuko", "Dodoma"], "target_entities": [{**PER, "source": 0}, LOC],
    "source_entities": [PER, {"start": 4, "end": 5, "label": "LOC"}], "alignment": [[0, 0], [1, 1], [4, 3]],
}  # fmt: skip
PROJECTION = {
    "status": "ok",
    "entities": [{**LOC, "score": 0.5, "source": 1}, {**PER, "score": 1.5, "source": 0}],
    "runner_up": [{"start": 2, "end": 3, "margin": 0.25}, {"start": None, "end": None, "margin": None}],
    "alignment": [[0, 0], [1, 2], [4, 3]],
}


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "gold.jsonl", PAIR), write(tmp_path / "silver.jsonl", {**PAIR, "projection": PROJECTION})


def test_names_margins_and_links_are_those_of_the_projection_and_gold_links_those_of_gold(
    files: tuple[Path, Path],
) -> None:
    found = read_evidence(*files)["a"]
    assert found.source_names == ("Juma Ali", "Dodoma")
    assert found.margins == {Span(3, 4): 0.25, Span(0, 2): None}
    assert found.links is not None
    assert found.gold_links is not None
    assert (1, 2) in found.links.links
    assert (1, 1) in found.gold_links.links


def test_diagnosis_of_files_has_links_margins_and_scores(files: tuple[Path, Path]) -> None:
    diagnosis = diagnose_files(score_files(*files), *files)
    assert diagnosis.links["sw"].aer == pytest.approx(1 / 3)
    calibrations = diagnosis.calibrations(n_bins=2)
    assert (calibrations["score"].n, calibrations["margin"].n) == (2, 1)
    assert calibrations["score"].ece is None
    assert diagnosis.calibrations(scale=2.0)["score"].ece == pytest.approx((0.75 + 0.25) / 2)
    assert [(s.bucket, s.tp) for s in diagnosis.slices(n_resamples=0) if s.by == "copy"] == [("identical", 2)]
    assert list(diagnosis.errors()) == ["all", "sw"]


def test_files_without_pairs_have_no_evidence(tmp_path: Path, files: tuple[Path, Path]) -> None:
    conll = tmp_path / "silver.conll"
    conll.write_text("Juma B-PER\nAli I-PER\nyuko O\nDodoma O\n\n", encoding="utf-8")
    assert read_evidence(files[0], conll) == {}
    single = write(tmp_path / "single.jsonl", {"id": "a", "tokens": ["x"], "entities": []})
    assert read_evidence(single, single) == {}


def test_sentences_paired_by_order_have_no_evidence(tmp_path: Path, files: tuple[Path, Path]) -> None:
    conll = tmp_path / "gold.conll"
    conll.write_text("Juma B-PER\nAli I-PER\nyuko O\nDodoma O\n\n", encoding="utf-8")
    numbered = write(tmp_path / "numbered.jsonl", {**PAIR, "id": "1", "projection": PROJECTION})
    diagnosis = diagnose_files(score_files(conll, numbered, lang="sw"), conll, numbered)
    assert diagnosis.links == {}
    assert "copy" not in {score.by for score in diagnosis.slices(n_resamples=0)}


def test_rows_that_cannot_be_read_are_left_out(tmp_path: Path, files: tuple[Path, Path]) -> None:
    silver = write(tmp_path / "more.jsonl", '{"id": ', {**PAIR, "projection": PROJECTION})
    assert list(read_evidence(files[0], silver)) == ["a"]

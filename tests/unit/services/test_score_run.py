import json
from pathlib import Path
from typing import Any

import pytest

from xner.errors import ConfigError, InputError
from xner.evaluate.spans import Counts
from xner.services.score_run import score_files, write_report
from xner.signature import hash_file, parse_signature

PER = {"start": 0, "end": 2, "label": "PER"}
LOC = {"start": 3, "end": 4, "label": "LOC"}


def gold_row(name: str, *entities: dict[str, Any], lang: str = "sw") -> dict[str, Any]:
    return {
        "id": name, "source_lang": "en", "target_lang": lang, "source_tokens": ["a"],
        "target_tokens": ["Juma", "Ali", "yuko", "Dodoma"], "target_entities": list(entities),
    }  # fmt: skip


def projected(
    row: dict[str, Any], *entities: dict[str, Any], status: str = "ok", reason: str | None = None
) -> dict[str, Any]:
    return {**row, "projection": {"status": status, "reason": reason, "entities": list(entities)}}


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


A, B, C = gold_row("a", PER, LOC), gold_row("b", LOC), gold_row("c", PER, lang="yo")


def test_projections_are_scored_and_not_the_gold_beside_them(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", A, B, C)
    silver = write(tmp_path / "silver.jsonl", projected(C), projected(A, PER), projected(B, LOC))
    report = score_files(gold, silver).report
    assert report.overall.strict == Counts(tp=2, n_predicted=2, n_gold=4)
    assert [(score.name, score.strict.tp) for score in report.languages] == [("sw", 2), ("yo", 0)]


def test_failed_projections_are_not_scored_as_empty(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", A, B)
    silver = write(tmp_path / "silver.jsonl", projected(A, PER, LOC), projected(B, status="failed", reason="no links"))
    report = score_files(gold, silver).report
    assert report.overall.strict.f1 == 1.0
    assert report.overall.counting_failed.f1 == pytest.approx(0.8)
    assert report.failed == (("b", "no links"),)


def test_rows_that_cannot_be_read_are_reported_and_count_as_missing(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", A, B)
    silver = write(tmp_path / "silver.jsonl", projected(A, PER, LOC), '{"id": "b", ')
    seen: list[object] = []
    scored = score_files(gold, silver, on_problem=seen.append)
    assert [problem.line for problem in scored.problems] == [2]
    assert seen == list(scored.problems)
    assert scored.report.missing_ids == ("b",)


def write_conll(path: Path, *sentences: str) -> Path:
    path.write_text("".join(f"{sentence}\n\n" for sentence in sentences), encoding="utf-8")
    return path


def test_conll_files_are_paired_by_order(tmp_path: Path) -> None:
    gold = write_conll(tmp_path / "gold.conll", "Juma B-PER\nAli I-PER", "Dodoma B-LOC")
    silver = write_conll(tmp_path / "silver.conll", "Juma B-PER\nAli I-PER", "Dodoma O")
    report = score_files(gold, silver, lang="sw").report
    assert report.overall.strict == Counts(1, 1, 2)
    assert [score.name for score in report.languages] == ["sw"]


def test_a_prediction_in_conll_is_paired_by_order_with_gold_that_has_ids(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", A, B)
    tags = ("Juma B-PER\nAli I-PER\nyuko O\nDodoma O", "Juma O\nAli O\nyuko O\nDodoma B-LOC")
    assert score_files(gold, write_conll(tmp_path / "silver.conll", *tags)).report.overall.strict == Counts(2, 2, 3)


def test_a_sentence_lost_from_files_without_ids_stops_the_scoring(tmp_path: Path) -> None:
    gold = write_conll(tmp_path / "gold.conll", "Juma B-PER", "Dodoma B-LOC")
    silver = write_conll(tmp_path / "silver.conll", "Juma B-PER", "Dodoma LOC")
    with pytest.raises(InputError, match="can't be paired safely"):
        score_files(gold, silver)


def test_gold_that_cannot_be_read_at_all_is_an_input_error(tmp_path: Path) -> None:
    silver = write(tmp_path / "silver.jsonl", projected(A, PER))
    with pytest.raises(InputError, match="no gold sentence"):
        score_files(write(tmp_path / "gold.jsonl", '{"id": '), silver)


def test_signature_names_both_files_by_content(tmp_path: Path) -> None:
    gold, silver = write(tmp_path / "gold.jsonl", A), write(tmp_path / "silver.jsonl", projected(A, PER))
    parts = parse_signature(score_files(gold, silver).report.signature)
    assert parts["gold"] == f"sha256:{hash_file(gold)[:12]}"
    assert parts["predicted"] == f"sha256:{hash_file(silver)[:12]}"
    assert parts["scheme"] == "strict-IOB2"


def test_written_report_reads_back(tmp_path: Path) -> None:
    report = score_files(write(tmp_path / "gold.jsonl", A), write(tmp_path / "silver.jsonl", projected(A, PER))).report
    write_report(report, tmp_path / "scores.json")
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8")) == report.as_dict()


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    report = score_files(write(tmp_path / "gold.jsonl", A), write(tmp_path / "silver.jsonl", projected(A, PER))).report
    with pytest.raises(ConfigError, match="can't be written"):
        write_report(report, (tmp_path / "gold.jsonl") / "scores.json")

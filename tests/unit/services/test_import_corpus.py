"""A file becomes a report, a report becomes part of a corpus: with its projections, and without losing a row."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.stored_pairs import GIVEN, PAIR
from xner.engine.local import Outcome
from xner.io.json_lines import dumps, record_from_pair
from xner.io.reading import Upload
from xner.services import corpora, import_corpus, rejected_rows, run_corpus
from xner.services.documents import open_document
from xner.services.identity import local_user
from xner.services.input_files import InputOptions
from xner.services.inspect_pair import analyse
from xner.store.session import open_store
from xner.types import Alignment, Projection, SentencePair, Span

ADA = local_user("Ada")


def projected_file(pairs: list[SentencePair]) -> Upload:
    """Return the file that `project` writes of some pairs."""
    outcomes = [Outcome(pair, analyse(pair, GIVEN).projection) for pair in pairs]
    return Upload("done.jsonl", run_corpus.json_lines(outcomes))


@pytest.fixture
def corpus():
    store = open_store()
    return store, corpora.create(store, ADA, "News")


def test_projections_of_a_file_are_kept_as_a_run(corpus):
    store, corpus_id = corpus
    report = import_corpus.read_upload(projected_file([PAIR, replace(PAIR, id="p1")]))
    imported = import_corpus.store_report(store, ADA, corpus_id, report)
    assert (imported.added.n_added, imported.n_projections) == (2, 2)
    document = open_document(store, ADA, imported.added.first_id, "client-1")
    assert document.status == "projected"
    assert document.projection == analyse(PAIR, GIVEN).projection
    assert [entity.span for entity in document.annotation.entities] == [Span(2, 3)]


def test_a_failed_row_of_a_file_is_failed_in_the_store(corpus):
    store, corpus_id = corpus
    row = dumps(record_from_pair(PAIR, Projection.failed("p0", "ALIGN: no link")))
    report = import_corpus.read_upload(Upload("a.jsonl", row.encode()))
    imported = import_corpus.store_report(store, ADA, corpus_id, report)
    document = open_document(store, ADA, imported.added.first_id, "client-1")
    assert (document.status, document.projection.reason) == ("failed", "ALIGN: no link")


def test_importing_twice_adds_nothing_and_keeps_the_first_projection(corpus):
    store, corpus_id = corpus
    report = import_corpus.read_upload(projected_file([PAIR]))
    import_corpus.store_report(store, ADA, corpus_id, report)
    again = import_corpus.store_report(store, ADA, corpus_id, report)
    assert (again.added.n_added, again.added.n_present, again.n_projections) == (0, 1, 0)


def test_a_row_whose_id_is_taken_is_handed_back_whole(corpus):
    store, corpus_id = corpus
    corpora.add(store, ADA, corpus_id, [PAIR])
    other = replace(PAIR, back_translation="Mira was there.")
    report = import_corpus.read_upload(projected_file([other, replace(PAIR, id="p1")]))
    imported = import_corpus.store_report(store, ADA, corpus_id, report)
    assert (imported.added.n_added, imported.n_projections) == (1, 1)
    (row,) = map(json.loads, import_corpus.json_lines(imported.clashing).splitlines())
    assert row["back_translation"] == "Mira was there."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entities": [{"start": 2, "end": 9, "label": "PER"}]}, "ends at token 9"),
        ({"entities": [{"start": 2, "end": 3, "label": "PER", "source": 7}]}, "source entity 7"),
        ({"status": "failed"}, "needs a reason"),
    ],
)
def test_a_projection_that_cannot_be_is_a_problem_of_its_row(change, said):
    record = json.loads(projected_file([PAIR]).data)
    record["projection"].update(change)
    report = import_corpus.read_upload(Upload("a.jsonl", json.dumps(record).encode()))
    assert not report.pairs
    assert not report.projections
    assert said in report.problems[0].problem


def test_the_projection_of_a_row_that_stands_twice_is_the_first_ones():
    first, second = projected_file([PAIR]).data, projected_file([replace(PAIR, alignment=Alignment(frozenset()))]).data
    report = import_corpus.read_upload(Upload("a.jsonl", first + second))
    assert len(report.problems) == 1
    assert report.projections == {"p0": analyse(PAIR, GIVEN).projection}


def test_typed_pairs_get_ids_that_are_free(corpus):
    store, corpus_id = corpus
    corpora.add(store, ADA, corpus_id, [replace(PAIR, id="typed-3")])
    ids = [import_corpus.add_typed(store, ADA, corpus_id, replace(PAIR, id="typed")) for _ in range(3)]
    records = [open_document(store, ADA, pair_id, "client-1").pair.id for pair_id in ids]
    assert len(set(records)) == 3
    assert "typed-3" not in records


def test_rejected_rows_stand_below_line_field_problem_and_fix():
    upload = Upload("a.tsv", b"id\tsource_text\ttarget_text\n1\tHello\tHei\n2\t\tHei\n3\tx\n")
    report = import_corpus.read_upload(upload, InputOptions("auto", "en", "fi"))
    head, *rows = import_corpus.rejected_rows(report).decode().split("\n\n")
    assert head.startswith("# Rows of a.tsv that were rejected: 2.")
    assert "line, field, problem, fix" in head
    assert rows[0].startswith("# Line 3, source_text: ")
    assert rows[0].split("\n")[1] == "2\t\tHei"
    assert rows[1].startswith("# Line 4, whole row: 2 columns, the first row has 3. Fix: ")
    assert rows[1].rstrip("\n").endswith("\n3\tx")


def test_of_many_rejected_rows_few_are_in_memory_and_all_in_the_download(monkeypatch):
    monkeypatch.setattr(rejected_rows, "N_KEPT", 3)
    rows = "".join(f"{n}\t\tHei {n}\n" for n in range(500)).encode()
    upload = Upload("a.tsv", b"id\tsource_text\ttarget_text\n" + rows)
    report = import_corpus.read_upload(upload, InputOptions("auto", "en", "fi"))
    assert (report.rejected.n, len(report.problems), [row.line for row in report.problems]) == (500, 3, [2, 3, 4])
    for _ in range(2):  # whoever downloads it twice gets it twice
        text = import_corpus.rejected_rows(report).decode()
        assert text.startswith("# Rows of a.tsv that were rejected: 500.")
        assert [line for line in text.split("\n") if line[:1].isdigit()] == rows.decode().splitlines()


def test_an_upload_of_too_many_pairs_says_how_they_come_in(monkeypatch):
    monkeypatch.setattr(import_corpus, "MAX_UPLOAD_PAIRS", 2)
    rows = "".join(f"a{n}\tb{n}\n" for n in range(3)).encode()
    options = InputOptions("tsv", "en", "de")
    report = import_corpus.read_upload(Upload("many.tsv", b"source_text\ttarget_text\n" + rows), options)
    assert (report.pairs, report.error is not None) == ((), True)
    assert "python -m xner import" in report.error


def test_a_file_that_comes_in_parts_is_one_run(corpus):
    store, corpus_id = corpus
    reports = [
        import_corpus.read_upload(projected_file([replace(PAIR, id=f"{part}-{n}") for n in range(2)]))
        for part in range(2)
    ]
    first = import_corpus.store_report(store, ADA, corpus_id, reports[0])
    second = import_corpus.store_report(store, ADA, corpus_id, reports[1], run_id=first.run_id)
    assert first.run_id == second.run_id is not None
    assert (first.n_projections, second.n_projections) == (2, 2)

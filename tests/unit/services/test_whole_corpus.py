"""What learns from a whole file has learned before the first pair is projected, whatever the batches."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from xner.config import RunConfig
from xner.engine.plan import Plan
from xner.errors import ConfigError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.pipeline import Pipeline
from xner.services import corpora
from xner.services.identity import local_user
from xner.services.input_files import InputOptions
from xner.services.project_corpus import project_corpus
from xner.services.run_alignment import align_file
from xner.services.run_projection import RunSummary, project_file
from xner.services.run_workers import can_work_apart
from xner.services.whole_corpus import learn_from
from xner.store import projections, queue
from xner.store.rows import Filters
from xner.store.session import open_store
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

EDGES = RunConfig().updated({"align.name": "given", "score.preset": "coverage_soft_edges"})


def corpus(n_pairs: int = 30) -> list[SentencePair]:
    """Return pairs whose article hangs on the name in the first sentence only."""
    return [
        SentencePair(
            str(k), Sentence(("the", "Council"), "en"), Sentence(("über", "den", "Rat"), "de"),
            source_entities=(Entity(Span(1, 2), "ORG"),),
            alignment=Alignment(frozenset({(1, 1), (1, 2)} if k == 0 else {(0, 1), (1, 2)})),
        )
        for k in range(n_pairs)
    ]  # fmt: skip


def written(folder: Path) -> Path:
    path = folder / "pairs.jsonl"
    path.write_text("".join(dumps(record_from_pair(pair)) + "\n" for pair in corpus()), encoding="utf-8")
    return path


def test_an_article_is_cut_off_where_the_other_sentences_leave_it_out() -> None:
    pipeline = Pipeline(EDGES.updated({"score.weights.edges": 3.0}))
    before = pipeline.run(corpus()[:1])[0].projection
    learn_from(pipeline, corpus)
    after = pipeline.run(corpus()[:1])[0].projection
    assert [entity.span for entity in before.entities] == [Span(1, 3)]
    assert [entity.span for entity in after.entities] == [Span(2, 3)]
    assert "without:edges" in (before.signature or "")
    assert "edges+learned:" in (after.signature or "")


def test_nothing_is_read_where_nothing_learns() -> None:
    def read() -> Iterator[SentencePair]:
        raise AssertionError("read without need")

    learn_from(Pipeline(RunConfig().updated({"align.name": "given"})), read)


def test_a_projected_file_is_read_twice_and_every_row_says_what_was_learned(tmp_path: Path) -> None:
    output = tmp_path / "silver.jsonl"
    summary = project_file(written(tmp_path), output, EDGES, batch_size=7)
    assert summary.n_ok == 30
    assert len(summary.signatures) == 1
    assert "edges+learned:nothing" not in next(iter(summary.signatures))


def test_a_pipe_can_not_be_read_twice(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(written(tmp_path).read_bytes(),))
    writer.start()
    with pytest.raises(ConfigError, match="read the input twice"):
        project_file(pipe, tmp_path / "silver.jsonl", EDGES)
    writer.join()


def test_align_trains_on_the_file_that_it_aligns(tmp_path: Path) -> None:
    pytest.importorskip("thot")
    output = tmp_path / "links.txt"
    config = RunConfig().updated({"align.name": "statistical"})
    summary = align_file(written(tmp_path), output, config, InputOptions(), as_pharaoh=True)
    assert summary.n_aligned == 30
    assert len(output.read_text(encoding="utf-8").splitlines()) == 30


def test_a_run_over_a_stored_corpus_learns_from_all_of_it_first() -> None:
    store, ada = open_store(), local_user("Ada")
    corpus_id = corpora.create(store, ada, "Council")
    corpora.add(store, ada, corpus_id, corpus(70))  # more than a batch
    project_corpus(store, ada, corpus_id, EDGES)
    with store.read() as session:
        ids = queue.ids(session, corpus_id, Filters(), order="document")
        signatures = {p.signature for p in projections.newest_of(session, ids).values()}
    assert all("edges+learned:" in (signature or "") for signature in signatures)
    assert len(signatures) == 1


def test_any_number_of_workers_writes_the_same_file_and_another_one_may_go_on(tmp_path: Path) -> None:
    source = written(tmp_path)
    for workers in (1, 3):
        project_file(source, tmp_path / f"{workers}.jsonl", EDGES, batch_size=4, plan=Plan.of(workers, cores=3))
    alone = (tmp_path / "1.jsonl").read_bytes()
    assert (tmp_path / "3.jsonl").read_bytes() == alone

    class Cut(BaseException):
        pass

    def cut(summary: RunSummary) -> None:
        if summary.n_done == 10:
            raise Cut

    output = tmp_path / "out.jsonl"
    with pytest.raises(Cut):
        project_file(source, output, EDGES, batch_size=4, on_row=cut)
    summary = project_file(source, output, EDGES, batch_size=4, resume=True, plan=Plan.of(2, cores=2))
    assert (summary.n_resumed, output.read_bytes()) == (8, alone)


def test_what_can_not_leave_its_process_is_worked_off_there(tmp_path: Path) -> None:
    pytest.importorskip("thot")
    pipeline = Pipeline(RunConfig().updated({"align.name": "statistical"}))
    assert not can_work_apart(pipeline)
    assert can_work_apart(Pipeline(EDGES))
    summary = project_file(written(tmp_path), tmp_path / "out.jsonl", pipeline.config, plan=Plan.of(2, cores=2))
    assert summary.n_done == 30
    assert not summary.failed

"""A list, a count or a page over a corpus of any size is answered from indexes: no text of a pair is read for it."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from xner.bench.importing import write_rows
from xner.bench.large_store import SEARCHED, USER, LargeStore, fill
from xner.cli import store_io
from xner.config import RunConfig
from xner.services import (
    browse,
    corpora,
    dashboard_corpus,
    export_selection,
    home,
    import_corpus,
    queue_figures,
    reading_list,
    sentence_archive,
    work_queue,
)
from xner.services.queue_view import View
from xner.services.run_order import Order
from xner.services.silver_rows import ExportFilters
from xner.store import contents, dashboard, queue, runs
from xner.store import corpora as stored
from xner.store.rows import OWN, Filters
from xner.store.session import Store, forget_store, open_store
from xner.types import SentencePair


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, LargeStore]]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'xner.db'}")
    yield store, fill(store, 200)
    store.close()


def plans(store: Store, work: Callable[[], object]) -> list[tuple[str, str]]:
    """Return (line of SQLite's plan, statement) of all that a service asks of the tables that grow with a corpus."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        asked.append((statement, parameters))

    event.listen(store._engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(store._engine, "before_cursor_execute", note)
    lines = []
    with store.read() as session:
        driver = session.connection().connection.driver_connection
        for statement, parameters in asked:
            if statement.startswith(("SELECT", "WITH")):
                lines += [(row[3], statement) for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    return lines


def reading(store: Store, function, *args, **more):
    with store.read() as session:
        return function(session, *args, **more)


ONE_ROW = r"INTEGER PRIMARY KEY|COVERING INDEX|INDEX \S+ \((pair_id=\?|run_id=\? AND pair_id=\?|corpus_id=\? AND place)"
ORDER = Order(1, RunConfig(), ("new", "failed"))
WORK: dict[str, Callable[[Store, LargeStore], object]] = {
    "home": lambda s, m: corpora.visible(s, USER),
    "home, where to go on": lambda s, m: home.continue_where_left(s, USER, m.corpus),
    "home, archived": lambda s, m: sentence_archive.archived_sentences(s, USER, m.corpus),
    "home, what waits": lambda s, m: home.waiting(s, USER, m.corpus),
    "queue": lambda s, m: work_queue.page(s, USER, m.corpus, View()),
    "queue, changed": lambda s, m: work_queue.page(s, USER, m.corpus, View(order="changed")),
    "queue, filtered": lambda s, m: work_queue.page(
        s, USER, m.corpus, View(Filters(langs=("nl",), statuses=("projected",), labels=("PER",), text=SEARCHED))
    ),
    "queue, choices": lambda s, m: work_queue.choices(s, USER, m.corpus),
    "queue, figures": lambda s, m: (queue_figures.contributions(s, USER, m.corpus), queue_figures.gain(s, USER, 1)),
    "editor, a place": lambda s, m: reading_list.place(
        reading_list.LongList(s, m.corpus, Filters(), "risk", OWN), m.pair
    ),
    "next that waits": lambda s, m: reading_list.next_open(s, USER, m.corpus, list(range(1, 181)), 1, ("skipped",)),
    "picker": lambda s, m: browse.around(s, USER, m.corpus, Filters(), m.pair),
    "picker, by number": lambda s, m: browse.around(s, USER, m.corpus, Filters(), number=150),
    "export": lambda s, m: export_selection.count(s, USER, m.corpus, ExportFilters()),
    "export, blind": lambda s, m: export_selection.count(s, USER, m.blind, ExportFilters()),
    "dashboard": lambda s, m: dashboard_corpus.basis(s, USER, m.corpus),
    "run, what is left": lambda s, m: reading(s, runs.todo, ORDER.selection, 1, after=20, limit=64),
    "run, how much": lambda s, m: reading(s, runs.n_todo, ORDER.selection, 1),
    "run, what there is": lambda s, m: reading(s, runs.starts, m.corpus),
    "what was computed from a corpus": lambda s, m: reading(s, contents.stamp, m.corpus),
    "import, ids": lambda s, m: reading(s, stored.pair_ids, m.corpus, {"de": ["row-0", "row-3"]}),
}


@pytest.mark.parametrize("page", WORK)
def test_no_page_reads_a_table_from_end_to_end(large, page):
    store, made = large
    asked = plans(store, lambda: WORK[page](store, made))
    assert asked
    for line, statement in asked:
        assert not re.match(r"SCAN (pair|head|projection|revision)", line), statement


@pytest.mark.parametrize("page", [name for name in WORK if name != "import, ids"])
def test_pairs_are_read_by_their_number_alone(large, page):
    store, made = large
    for line, statement in plans(store, lambda: WORK[page](store, made)):
        if match := re.match(r"SEARCH (?:pair|projection\w*) USING (.*)", line):
            assert re.match(ONE_ROW, match[1]), (line, statement)


def test_a_few_lines_are_found_by_their_pairs_not_by_walking_through_all(large):
    store, made = large
    lines = plans(store, lambda: work_queue.rows_of(store, USER, made.corpus, [made.pair]))
    heads = [line for line, _ in lines if line.startswith("SEARCH head")]
    assert heads
    assert all("(pair_id=? AND track=?)" in line for line in heads)


def test_what_somebody_did_last_is_found_among_theirs(large):
    store, made = large
    lines = plans(store, lambda: reading(store, queue.ids, made.corpus, Filters(authors=(1,)), order="changed"))
    assert "head_by_author (corpus_id=? AND author=?)" in lines[0][0]


def test_names_are_looked_up_with_their_language(large):
    store, made = large
    ((line, _),) = plans(store, lambda: WORK["import, ids"](store, made))
    assert "record_id=?" in line


def test_an_import_holds_one_part_of_its_rows_whatever_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store_io, "_CHUNK", 20)
    monkeypatch.setenv("XNER_DATA", str(tmp_path))
    write_rows(tmp_path / "rows.jsonl", 200, "projected")
    before, alive = n_pairs_in_memory(), []
    real = import_corpus.store_report

    def counting(*args, **more):
        done = real(*args, **more)
        alive.append(n_pairs_in_memory() - before)
        return done

    monkeypatch.setattr(import_corpus, "store_report", counting)
    store_io.import_file(tmp_path / "rows.jsonl", corpus="Rows")
    assert len(alive) == 10
    assert max(alive) <= 2 * 20  # those of the part, and at most those of the part before
    store = open_store()
    with store.read() as session:
        assert len(dashboard.runs_of(session, 1)) == 1  # all parts are one run
    forget_store()


def n_pairs_in_memory() -> int:
    return sum(type(found) is SentencePair for found in gc.get_objects())

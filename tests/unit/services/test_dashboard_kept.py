"""What was counted of a corpus is kept for the next server, and never shown for anything else."""

from __future__ import annotations

import json
import shutil
import sqlite3

import pytest

from tests.app.conftest import GIVEN, make_pair
from xner.cache import open_room, room_file
from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.errors import InputError
from xner.services import corpora, corrections, dashboard_corpus, dashboard_kept, project_corpus, sentence_archive
from xner.services.dashboard_reading import read_row
from xner.services.documents import open_document
from xner.services.identity import local_user
from xner.store import dashboard as rows
from xner.store.session import Store
from xner.types import Span

ADA = local_user("Ada")
COUNT = dashboard_corpus._count
SHORT = GIVEN.updated({"extract.max_tokens": "1"})


@pytest.fixture
def url(tmp_path, monkeypatch):
    """A store with three projected pairs, and a cache of its own."""
    monkeypatch.setenv("XNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XNER_CACHE_SIZE", "5MB")
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    corpora.create(store, ADA, "News")
    corpora.add(store, ADA, 1, [make_pair("a"), make_pair("b"), make_pair("c", lang="nl")])
    project_corpus.project_corpus(store, ADA, 1, GIVEN)
    store.close()
    return store.url


class Server:
    """A process that has nothing in memory; `n_counted` is how often it read the sentences."""

    def __init__(self, url, monkeypatch):
        dashboard_corpus._read.cache_clear()
        self.store, self.n_counted = Store(url), 0

        def counting(*place):
            self.n_counted += 1
            return COUNT(*place)

        monkeypatch.setattr(dashboard_corpus, "_count", counting)

    def strict(self, reference="gold"):
        """Return the sentences and strict hits by run and language."""
        known = dashboard_corpus.basis(self.store, ADA, 1)
        board = dashboard_corpus.open_board(self.store, ADA, known, tuple(known.methods), reference)
        found = {key: part.load().statistics for key, part in board.parts.items()}
        return {key: (one.ids, one.whole.tolist()) for key, one in found.items()}


@pytest.fixture
def start(url, monkeypatch):
    """Start a server on the store."""
    servers = []

    def begin():
        servers.append(Server(url, monkeypatch))
        return servers[-1]

    yield begin
    dashboard_corpus._read.cache_clear()
    for server in servers:
        server.store.close()


def test_a_second_server_opens_what_the_first_counted(start):
    first = start()
    seen = first.strict()
    second = start()
    assert second.strict() == seen
    assert (first.n_counted, second.n_counted) == (1, 0)


def _project(store):
    project_corpus.project_corpus(store, ADA, 1, SHORT)


def _correct(store):
    annotation = Annotation((AnnotatedEntity("a", Span(3, 4), "ORG", source=1, status="edited"),))
    corrections.save_annotation(store, ADA, open_document(store, ADA, 1, "client"), annotation, status="accepted")


def _archive(store):
    sentence_archive.archive(store, ADA, 1)


def _swap_archived(store):
    sentence_archive.archive(store, ADA, 1, archived=False)
    sentence_archive.archive(store, ADA, 2)


@pytest.mark.parametrize("changes", [[_project], [_correct], [_archive], [_archive, _swap_archived]])
def test_after_any_change_it_is_counted_anew(start, changes):
    for change in changes:
        start().strict()
        server = start()
        change(server.store)
        server.strict()
        assert server.n_counted >= 1
        kept = server.strict()
        room_file().unlink()
        open_room().close()
        assert start().strict() == kept  # as somebody counts who has nothing kept


def test_an_older_copy_that_was_worked_on_is_not_taken_for_the_store(start, url, tmp_path):
    copy = tmp_path / "copy.db"
    shutil.copy(url.database, copy)
    first = start()
    _project(first.store)
    seen, stamp = first.strict(), _numbers(first.store)
    first.store.close()
    shutil.copy(copy, url.database)
    second = start()
    project_corpus.project_corpus(second.store, ADA, 1, GIVEN.updated({"extract.max_tokens": "2"}))
    assert _numbers(second.store) == stamp  # ids alone don't tell
    found = second.strict()
    assert second.n_counted == 2
    assert found != seen


def _numbers(store):
    with store.read() as session:
        return rows.stamp(session, 1)


def test_what_was_counted_while_somebody_wrote_is_not_kept(start, monkeypatch):
    first = start()
    counting = dashboard_corpus._count

    def slow(*place):
        found = counting(*place)
        _archive(first.store)
        return found

    monkeypatch.setattr(dashboard_corpus, "_count", slow)
    first.strict()
    assert open_room().run(lambda db: db.execute("SELECT COUNT(*) FROM entry").fetchone()[0]) == 0


def test_a_damaged_value_is_counted_anew(start):
    seen = start().strict()
    open_room().close()
    with sqlite3.connect(room_file()) as db:
        assert db.execute("UPDATE entry SET value = substr(value, 1, 100)").rowcount == 1
    db.close()
    server = start()
    assert server.strict() == seen
    assert server.n_counted == 1
    assert dashboard_kept._unpacked(b"") is None


def test_a_record_that_is_read_in_part_is_still_looked_at():
    record = {"id": "a", "target_lang": "de", "target_tokens": ["Mira", "kam"], "source_lang": "en",
              "source_tokens": ["Mira", "came"],
              "source_text": "Mira came", "source_entities": [{"start": 0, "end": 1, "label": "PER"}]}  # fmt: skip
    made = record | {"projection": {"status": "ok", "entities": [{"start": 0, "end": 1, "label": "PER"}]}}
    pair, after, projection = read_row(json.dumps(record), "ok", json.dumps(made))
    assert pair.source.tokens == ("Mira", "came")
    assert after is pair
    assert len(projection.entities) == 1
    other = made | {"target_tokens": ["Mira", "kam", "an"]}
    before, after, _ = read_row(json.dumps(record), "ok", json.dumps(other))
    assert (len(before.target), len(after.target)) == (2, 3)
    made["projection"]["entities"][0]["end"] = 9
    for damaged in (json.dumps(made), json.dumps(made)[:-4]):
        with pytest.raises(InputError):
            read_row(json.dumps(record), "ok", damaged)
    assert read_row(json.dumps(record), "failed", json.dumps(record))[2].status == "failed"

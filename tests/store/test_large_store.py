"""The store that `bench pages` measures over: whole, and the same at every call."""

from xner.bench import large_store
from xner.bench.large_store import SEARCHED, USER, fill
from xner.services import adjudication_overview
from xner.store import doctor, queue
from xner.store.rows import Filters
from xner.store.session import Store


def filled(path):
    store = Store(f"sqlite:///{path}")
    made = fill(store, 120)
    with store.read() as session:
        rows = queue.rows(session, made.corpus, Filters(), order="document", limit=200)
        found = queue.count(session, made.corpus, Filters(langs=("nl",), statuses=("projected",), text=SEARCHED))
    seen = [(row.pair.record, row.status, row.risk, row.tags) for row in rows]
    differing = adjudication_overview.overview(store, USER, made.blind).differing
    findings = doctor.check(store)
    store.close()
    return made, seen, found, differing, findings


def test_a_large_store_is_whole_and_the_same_each_time(tmp_path):
    made, seen, found, differing, findings = filled(tmp_path / "one.db")
    assert len(seen) == 108
    assert {status for _, status, _, _ in seen} == {"projected", "accepted"}
    assert found
    assert made.differing in differing
    assert findings == []
    assert filled(tmp_path / "two.db")[:4] == (made, seen, found, differing)


def test_a_multiplied_store_is_as_whole_as_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(large_store, "_BASE", 60)
    store = Store(f"sqlite:///{tmp_path / 'xner.db'}")
    made = fill(store, 150)
    with store.read() as session:
        counts = [queue.count(session, corpus, Filters()) for corpus in (made.corpus, made.blind)]
    assert counts == [162, 18]
    assert doctor.check(store) == []
    store.close()

"""A long list is read in parts, and nobody can tell: places, neighbours and what comes next are those of the whole."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from xner.bench.large_store import SEARCHED, USER, LargeStore, fill
from xner.services import corrections, long_list, reading_list, work_queue
from xner.services.documents import open_document
from xner.services.long_list import LongList
from xner.services.queue_view import View
from xner.store.rows import Filters

VIEWS = [
    *(View(order=order) for order in ("risk", "document", "changed")),
    View(Filters(langs=("nl", "ar"), statuses=("projected",))),
    View(Filters(labels=("LOC",), text=SEARCHED), order="document"),
    View(Filters(statuses=("accepted",)), order="changed"),
]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(reading_list, "_LONG", 0)
    monkeypatch.setattr(long_list, "_PART", 6)
    monkeypatch.setattr(reading_list, "_FIRST_LOOK", 2)


@pytest.fixture
def made(store) -> LargeStore:
    return fill(store, 120)


def corpora_of(made):
    return (made.corpus, made.blind)


def test_wherever_somebody_begins_the_list_is_the_whole_one(store, made):
    for corpus in corpora_of(made):
        for view in VIEWS:
            whole = work_queue.pair_ids(store, USER, corpus, view)
            if not whole:
                continue
            for start in {0, len(whole) // 2, len(whole) - 1}:
                parts = reading_list.open_list(store, USER, corpus, view)
                assert isinstance(parts, LongList)
                assert reading_list.place(parts, whole[start]) == reading_list.place(whole, whole[start])
                assert [parts[k] for k in range(start, len(whole))] == whole[start:]
                assert [parts[k] for k in range(start, -1, -1)] == whole[start::-1]
                assert list(parts) == whole


def test_places_asked_for_in_any_order_are_those_of_the_whole(store, made):
    view, rng = View(), random.Random(3)
    whole = work_queue.pair_ids(store, USER, made.corpus, view)
    parts = reading_list.open_list(store, USER, made.corpus, view)
    for _ in range(60):
        k = rng.randrange(len(whole))
        if rng.random() < 0.5:
            assert parts[k] == whole[k]
        else:
            assert reading_list.place(parts, whole[k]) == reading_list.place(whole, whole[k])
    assert reading_list.place(parts, 10**6) == reading_list.place(whole, 10**6)


@pytest.mark.parametrize("view", VIEWS[:4], ids=lambda view: f"{view.order}-{len(view.filters.statuses)}")
def test_decisions_on_the_way_change_neither_the_order_nor_what_comes_next(store, made, view):
    whole = work_queue.pair_ids(store, USER, made.corpus, view)
    parts = reading_list.open_list(store, USER, made.corpus, view)
    now, done, shown = whole[len(whole) // 2], set(), set()
    for step in range(12):
        assert reading_list.place(parts, now) == reading_list.place(whole, now)
        shown.add(now)
        if step % 3 == 2:
            now = reading_list.place(parts, now).next
            continue
        document = open_document(store, USER, now, "client-x")
        corrections.save_annotation(store, USER, document, document.annotation, status="accepted")
        done.add(now)
        found = [
            reading_list.next_open(store, USER, made.corpus, ids, now, view.filters.statuses, order=view.order,
                                   done=done, shown=shown)
            for ids in (parts, whole)
        ]  # fmt: skip
        assert found[0] == found[1]
        now = found[0]
    assert list(parts) == whole
    assert sorted(reading_list.waiting(store, USER, made.corpus, parts, view.filters.statuses)) == sorted(
        reading_list.waiting(store, USER, made.corpus, whole, view.filters.statuses)
    )


def test_a_step_in_a_long_list_reads_no_more_than_a_part(store, made, monkeypatch):
    parts = reading_list.open_list(store, USER, made.corpus, View())
    reading_list.place(parts, made.pair)
    assert sum(len(lines) for _, lines in parts._parts) <= 2 * 6 + 1


def test_a_list_that_others_made_shorter_ends_where_it_ends(store, made):
    view = View(Filters(statuses=("projected",)), order="document")
    whole = work_queue.pair_ids(store, USER, made.corpus, view)
    parts = reading_list.open_list(store, USER, made.corpus, view)
    assert parts[0] == whole[0]
    for pair_id in whole[6:]:
        document = open_document(store, USER, pair_id, "client-y")
        corrections.save_annotation(store, USER, document, document.annotation, status="accepted")
    assert reading_list.place(parts, whole[5]) == replace(reading_list.place(whole, whole[5]), next=None)
    assert reading_list.next_open(store, USER, made.corpus, parts, whole[5], order="document") == whole[0]


def skip(store, pair_ids):
    for pair_id in pair_ids:
        document = open_document(store, USER, pair_id, "client-y")
        corrections.save_annotation(store, USER, document, document.annotation, status="skipped")


def test_what_others_bring_in_has_a_place_and_the_way_leads_to_it_and_on(store, made):
    view = View(Filters(statuses=("projected",)))
    whole = work_queue.pair_ids(store, USER, made.corpus, view)
    taken = [*whole[20:40], whole[-1]]
    skip(store, taken)
    parts = reading_list.open_list(store, USER, made.corpus, view)
    first = reading_list.place(parts, parts[0])
    for pair_id in taken:
        corrections.take_back(store, USER, pair_id, open_document(store, USER, pair_id, "client-y").number)
    assert reading_list.place(parts, whole[-1]).number == len(whole)
    assert list(parts) == whole
    assert reading_list.place(parts, whole[0]) == replace(first, n_rows=len(whole))


def test_where_others_took_sentences_between_two_places_the_way_goes_on_behind_them(store, made):
    view = View(Filters(statuses=("projected",)))
    whole = work_queue.pair_ids(store, USER, made.corpus, view)
    parts = reading_list.open_list(store, USER, made.corpus, view)
    assert (parts[0], parts.index(whole[60])) == (whole[0], 60)
    skip(store, whole[10:50])
    assert list(parts) == [*whole[:10], *whole[50:]]
    assert reading_list.place(parts, whole[50]).previous == whole[9]


def test_a_list_that_others_emptied_has_nothing_at_its_places(store, made):
    view = View(Filters(statuses=("projected",)))
    whole = work_queue.pair_ids(store, USER, made.corpus, view)
    parts = reading_list.open_list(store, USER, made.corpus, view)
    skip(store, whole)
    assert list(parts) == []
    assert reading_list.place(parts, whole[0]) == reading_list.Place(None, None, None, len(whole))

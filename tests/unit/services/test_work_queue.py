"""The queue: what is shown is what the address says, in an order that stays; bulk actions can be taken back whole."""

from dataclasses import replace
from functools import partial

import pytest

from xner.config import RunConfig
from xner.correct.annotation import Annotation
from xner.errors import NotAllowed, RevisionConflict
from xner.services import (
    bulk_accept,
    bulk_saves,
    corpora,
    corrections,
    project_corpus,
    propagation,
    proposals,
    queue_figures,
    reading_list,
)
from xner.services import work_queue as queue
from xner.services.documents import open_document
from xner.services.identity import Role, User, local_user
from xner.services.queue_view import View, params_of, view_from_params, without
from xner.store import people
from xner.store import queue_figures as stored_figures
from xner.store.rows import Filters
from xner.store.session import Store
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

ADA = local_user("Ada")
GIVEN = RunConfig().updated({"align.name": "given"})


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.close()


def pair(name, *, lang="de", town="Bergen", linked=True, back="Mira was in Bergen."):
    return SentencePair(
        name,
        Sentence(("Mira", "visited", "Bergen"), "en"),
        Sentence(("Mira", "hat", town, "besucht"), lang),
        source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC")),
        alignment=Alignment(frozenset({(0, 0), (1, 3), (2, 2)} if linked else {(0, 0)})),
        back_translation=back,
    )


def corpus_of(store, pairs, *, mode="shared"):
    corpus_id = corpora.create(store, ADA, "Test", mode=mode)
    corpora.add(store, ADA, corpus_id, pairs)
    project_corpus.project_corpus(store, ADA, corpus_id, GIVEN)
    return corpus_id


def member(store, corpus_id, name, role):
    user = User(f"oidc:{name}", name)

    def work(session):
        people.grant(session, people.person_id(session, user.id, user.name), corpus_id, role.value)

    store.write(work)
    return user


def in_order(store, corpus_id, **filters):
    return queue.pair_ids(store, ADA, corpus_id, View(Filters(**filters), order="document"))


def save(store, user, pair_id, status="accepted", made=None):
    document = open_document(store, user, pair_id, "client-x")
    annotation = document.annotation if made is None else made(document)
    return corrections.save_annotation(store, user, document, annotation, status=status)


def test_an_address_says_all_of_a_view_and_nothing_that_is_as_always():
    view = View(
        Filters(langs=("de", "ar"), labels=("A",), tags=("missing",), statuses=("skipped",), authors=(3,), text="a b"),
        order="random", seed=7, page=4,
    )  # fmt: skip
    assert view_from_params(params_of(view)) == view
    assert params_of(View()) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [("page", "0"), ("page", "-3"), ("page", "²"), ("page", "9" * 40), ("order", "DROP"), ("status", "done"),
     ("annotator", "Ada"), ("seed", "1.5")],
)  # fmt: skip
def test_what_an_address_can_not_mean_is_left_out(name, value):
    assert view_from_params({name: [value]}) == View()


def test_the_riskiest_come_first_and_a_page_beyond_the_end_is_the_last(store):
    corpus_id = corpus_of(store, [pair("sure"), pair("risky", linked=False)])
    found = queue.page(store, ADA, corpus_id, View(page=9))
    assert [row.target.split()[2] for row in found.rows] == ["Bergen", "Bergen"]
    assert found.rows[0].risk > found.rows[1].risk
    assert "missing" in found.rows[0].tags
    assert (found.number, found.n_pages, found.n_rows) == (1, 1, 2)
    assert found.rows[1].entities == (("PER", "Mira"), ("LOC", "Bergen"))


def test_a_row_shows_what_stands_now_and_who_made_it(store):
    corpus_id = corpus_of(store, [pair("one")])
    (pair_id,) = in_order(store, corpus_id)
    save(store, ADA, pair_id, made=lambda d: replace(d.annotation, entities=d.annotation.entities[:1]))
    (row,) = queue.page(store, ADA, corpus_id, View()).rows
    assert (row.entities, row.status, row.annotator) == ((("PER", "Mira"),), "accepted", "Ada")


@pytest.mark.parametrize("text", ["Mira hat", "mira HAT", "visited Bergen", "Zürich"])
def test_words_are_found_on_either_side_even_where_only_tokens_are_stored(store, text):
    corpus_id = corpus_of(store, [pair("one"), pair("two", town="Zürich"), pair("three", town="100%")])
    n = {"Zürich": 1}.get(text, 3)
    assert len(in_order(store, corpus_id, text=text)) == n
    assert len(in_order(store, corpus_id, text="0%")) == 1
    assert in_order(store, corpus_id, text='"') == []


def test_an_empty_list_names_the_filter_that_removes_most(store):
    corpus_id = corpus_of(store, [pair("one"), pair("two"), pair("three", lang="nl")])
    filters = Filters(langs=("nl",), statuses=("skipped",))
    assert queue.removed_by(store, ADA, corpus_id, filters) == ("status", 1)
    assert without(filters, "status") == Filters(langs=("nl",))
    assert queue.removed_by(store, ADA, corpus_id, Filters()) is None


def test_random_is_the_same_for_the_same_seed_and_pages_are_parts_of_it(store):
    corpus_id = corpus_of(store, [pair(f"p{k}") for k in range(60)])
    view = View(order="random", seed=5)
    ids = queue.pair_ids(store, ADA, corpus_id, view)
    pages = [queue.page(store, ADA, corpus_id, replace(view, page=number)).rows for number in (1, 2)]
    assert [row.pair_id for rows in pages for row in rows] == ids
    assert queue.pair_ids(store, ADA, corpus_id, replace(view, seed=6)) != ids
    assert sorted(ids) == in_order(store, corpus_id)


def test_after_a_decision_the_next_one_that_waits_comes_in_the_order_of_the_start(store):
    corpus_id = corpus_of(store, [pair(f"p{k}") for k in range(4)])
    ids = in_order(store, corpus_id)
    save(store, ADA, ids[1])
    save(store, ADA, ids[0])
    assert reading_list.next_open(store, ADA, corpus_id, ids, ids[0]) == ids[2]
    save(store, ADA, ids[3], status="skipped")
    assert reading_list.next_open(store, ADA, corpus_id, ids, ids[2]) is None
    assert reading_list.next_open(store, ADA, corpus_id, ids, ids[2], ("skipped",)) == ids[3]
    assert reading_list.waiting(store, ADA, corpus_id, ids) == [ids[2]]


def test_after_a_decision_the_riskiest_that_waits_comes_wherever_the_last_one_stood(store):
    corpus_id = corpus_of(store, [pair(f"p{k}") for k in range(4)])
    ids = in_order(store, corpus_id)
    following = partial(reading_list.next_open, store, ADA, corpus_id, ids)
    save(store, ADA, ids[2])
    assert following(ids[2]) == ids[0]
    assert following(ids[2], order="document") == ids[3]
    assert following(ids[3], order="document") == ids[0]  # the list is done when none waits
    assert following(ids[2], shown={ids[0]}) == ids[1]  # what was turned past comes last
    assert following(ids[2], shown=ids) == ids[0]
    assert following(ids[0], ("accepted",), done={ids[0], ids[2]}) is None  # nobody goes in circles


def test_the_next_that_waits_is_found_however_far_it_stands(store, monkeypatch):
    monkeypatch.setattr(reading_list, "_FIRST_LOOK", 1)
    corpus_id = corpus_of(store, [pair(f"p{k}") for k in range(8)])
    ids = in_order(store, corpus_id)
    for done in (*ids[:3], *ids[4:7]):
        save(store, ADA, done)
    assert reading_list.next_open(store, ADA, corpus_id, ids, ids[3]) == ids[7]
    assert reading_list.next_open(store, ADA, corpus_id, ids, ids[0], shown=ids[3:4]) == ids[7]
    assert reading_list.next_open(store, ADA, corpus_id, ids, ids[7], order="document") == ids[3]


def test_somebody_without_a_role_sees_no_list(store):
    corpus_id = corpus_of(store, [pair("one")])
    stranger = User("oidc:eve", "Eve")
    for ask in (queue.page, queue.pair_ids, bulk_accept.agreeing):
        with pytest.raises(NotAllowed):
            ask(store, stranger, corpus_id, View())
    with pytest.raises(NotAllowed):
        queue.choices(store, stranger, corpus_id)


def test_who_works_blind_sees_only_the_own_work(store):
    corpus_id = corpus_of(store, [pair("one"), pair("two")], mode="independent")
    ben = member(store, corpus_id, "Ben", Role.ANNOTATOR)
    first, second = in_order(store, corpus_id)
    save(store, ben, first)
    assert [row.status for row in queue.page(store, ADA, corpus_id, View()).rows] == ["projected", "projected"]
    assert queue.choices(store, ADA, corpus_id).people == {}
    assert queue_figures.contributions(store, ADA, corpus_id) == []
    assert [one.name for one in queue_figures.contributions(store, ben, corpus_id)] == ["Ben"]
    assert reading_list.next_open(store, ben, corpus_id, [first, second], second) is None
    assert reading_list.waiting(store, ben, corpus_id, [first, second]) == [second]


def test_only_untouched_agreeing_sentences_whose_round_trip_holds_are_accepted_at_once(store):
    corpus_id = corpus_of(
        store,
        [pair("good"), pair("gap", linked=False), pair("lost", back="He was there."), pair("unknown", back=None),
         pair("touched")],
    )  # fmt: skip
    ids = in_order(store, corpus_id)
    save(store, ADA, ids[4], status="draft")
    found = bulk_accept.agreeing(store, ADA, corpus_id, View())
    assert (found.pair_ids, found.n_without_round_trip) == ((ids[0],), 1)
    assert bulk_accept.agreeing(store, ADA, corpus_id, View(Filters(langs=("nl",)))).pair_ids == ()
    assert bulk_accept.agreeing(store, ADA, corpus_id, View(Filters(statuses=("draft",)))).pair_ids == ()


def test_a_text_that_speaks_of_a_back_translation_is_none(store):
    hostile = replace(pair("x", back=None), source=Sentence(("Mira", '"back_translation": ', "Bergen"), "en"))
    noted = replace(pair("y", back=None), meta={"back_translation": "Mira was in Bergen.", "_extra": {"mt": {
        "back_translation": "Mira"}}})  # fmt: skip
    corpus_id = corpus_of(store, [hostile, noted, pair("one")])
    found = bulk_accept.agreeing(store, ADA, corpus_id, View())
    assert found.pair_ids == (in_order(store, corpus_id)[2],)


def test_what_can_be_accepted_follows_every_save(store):
    corpus_id = corpus_of(store, [pair("one"), pair("two")])
    one, two = bulk_accept.agreeing(store, ADA, corpus_id, View()).pair_ids
    save(store, ADA, one)
    assert bulk_accept.agreeing(store, ADA, corpus_id, View()).pair_ids == (two,)


def test_a_bulk_action_is_taken_back_except_where_somebody_has_worked_since(store, monkeypatch):
    monkeypatch.setattr(bulk_saves, "_CHUNK", 3)
    corpus_id = corpus_of(store, [pair(f"p{k}") for k in range(7)])
    ids = bulk_accept.agreeing(store, ADA, corpus_id, View()).pair_ids
    assert len(bulk_accept.sample(store, ADA, corpus_id, ids, 1)) == 5
    done = bulk_accept.accept(store, ADA, corpus_id, ids)
    assert (done.n_changed, done.n_left) == (7, 0)
    save(store, ADA, ids[0], status="flagged")
    last = bulk_accept.last_batch(store, ADA, corpus_id)
    assert (last.batch, last.n_pairs, last.n_newest) == (done.batch, 7, 6)
    assert bulk_saves.undo_bulk(store, ADA, done.batch) == (6, 1)
    assert queue.choices(store, ADA, corpus_id).statuses == {"projected": 6, "flagged": 1}
    assert bulk_accept.last_batch(store, ADA, corpus_id) is None


def test_a_viewer_accepts_nothing_at_once(store):
    corpus_id = corpus_of(store, [pair("one")])
    viewer = member(store, corpus_id, "Vic", Role.VIEWER)
    with pytest.raises(NotAllowed):
        bulk_accept.accept(store, viewer, corpus_id, in_order(store, corpus_id))
    assert queue.choices(store, ADA, corpus_id).statuses == {"projected": 1}


def test_a_name_is_carried_over_to_the_chosen_sentences_alone_and_back(store):
    corpus_id = corpus_of(
        store, [pair(f"p{k}", linked=k == 0) for k in range(4)] + [pair("nl", lang="nl", linked=False)]
    )
    ids = in_order(store, corpus_id, langs=("de",))
    document = open_document(store, ADA, ids[0], "client-x")
    bergen = next(e.id for e in document.annotation.entities if e.label == "LOC")
    found = propagation.elsewhere(store, ADA, document, bergen)
    assert [row.pair_id for row in found] == ids[1:]
    assert (found[0].before, found[0].name, found[0].after, found[0].now) == ("Mira hat", "Bergen", "besucht", "")
    done = propagation.carry_over(store, ADA, document, bergen, ids[1:3])
    assert done.n_changed == 2
    after = [open_document(store, ADA, pair_id, "client-x") for pair_id in ids]
    assert [[e.label for e in d.annotation.entities] for d in after] == [["PER", "LOC"]] * 3 + [["PER"]]
    assert [d.status for d in after[1:]] == ["draft", "draft", "projected"]
    assert bulk_saves.undo_bulk(store, ADA, done.batch) == (2, 0)
    assert len(propagation.elsewhere(store, ADA, document, bergen)) == 3


def test_a_candidate_takes_the_place_of_what_it_overlaps_and_keeps_the_id_of_the_entity(store):
    corpus_id = corpus_of(store, [pair("one")])
    (pair_id,) = in_order(store, corpus_id)
    before = open_document(store, ADA, pair_id, "client-x").annotation
    proposals.place_entity(store, ADA, pair_id, 0, Span(1, 3), seen=0)
    document = open_document(store, ADA, pair_id, "client-x")
    (only,) = document.annotation.entities
    assert (only.id, only.span, only.label, only.source) == (before.entities[0].id, Span(1, 3), "PER", 0)
    proposals.drop_entity(store, ADA, pair_id, 0, is_dropped=True, seen=1)
    document = open_document(store, ADA, pair_id, "client-x")
    assert (document.annotation.entities, document.annotation.dropped, document.status) == ((), {0}, "draft")
    proposals.place_entity(store, ADA, pair_id, 0, Span(0, 1), seen=2)
    assert open_document(store, ADA, pair_id, "client-x").annotation.dropped == frozenset()


def test_the_gain_counts_corrections_by_the_risk_before_them(store):
    corpus_id = corpus_of(store, [pair("fine"), pair("gap", linked=False)])
    fine, gap = in_order(store, corpus_id)
    save(store, ADA, fine)
    proposals.place_entity(store, ADA, gap, 1, Span(2, 3), seen=0)
    save(store, ADA, gap)
    assert queue_figures.gain(store, ADA, corpus_id) is None  # too few to say anything
    with store.read() as session:
        rows = stored_figures.decided(session, corpus_id)
    assert [(row.pair_id, queue_figures.n_corrections(row)) for row in rows] == [(gap, 1), (fine, 0)]


def test_a_decision_made_after_the_look_at_other_sentences_stands(store):
    corpus_id = corpus_of(store, [pair(f"p{k}", linked=k == 0) for k in range(3)])
    first, second, third = in_order(store, corpus_id)
    document = open_document(store, ADA, first, "client-x")
    bergen = next(e.id for e in document.annotation.entities if e.label == "LOC")
    for pair_id in (second, third):
        save(store, local_user("Ben"), pair_id)
    done = propagation.carry_over(store, ADA, document, bergen, [second, third], reopen=[third])
    assert (done.n_changed, done.n_left) == (1, 1)
    assert [open_document(store, ADA, p, "client-x").status for p in (second, third)] == ["accepted", "draft"]


def test_a_candidate_is_not_taken_over_what_somebody_else_did_meanwhile(store):
    corpus_id = corpus_of(store, [pair("one")])
    (pair_id,) = in_order(store, corpus_id)
    save(store, ADA, pair_id, "draft")
    proposals.place_entity(store, ADA, pair_id, 0, Span(1, 3), seen=0)  # only own saves since
    save(store, local_user("Ben"), pair_id, "draft")
    with pytest.raises(RevisionConflict):
        proposals.place_entity(store, ADA, pair_id, 0, Span(0, 1), seen=2)
    with pytest.raises(RevisionConflict):
        proposals.drop_entity(store, ADA, pair_id, 0, is_dropped=True, seen=2)
    assert open_document(store, ADA, pair_id, "client-x").number == 3


def test_the_list_of_a_blind_annotator_says_nothing_of_what_became_of_a_sentence(store):
    corpus_id = corpus_of(store, [pair("one"), pair("two", linked=False)], mode="independent")
    eve = member(store, corpus_id, "Eve", Role.ANNOTATOR)
    before = queue.page(store, eve, corpus_id, View()), queue.choices(store, eve, corpus_id)
    for pair_id in in_order(store, corpus_id):
        own = open_document(store, ADA, pair_id, "client-x", track=0)
        corrections.save_annotation(store, ADA, own, Annotation(dropped=frozenset({1})), status="adjudicated")
    assert (queue.page(store, eve, corpus_id, View()), queue.choices(store, eve, corpus_id)) == before
    assert before[0].rows[0].tags != ()

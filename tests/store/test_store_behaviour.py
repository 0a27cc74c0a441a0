"""What the store promises, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import event, text

from tests.store_world import LABELS, World, new_pair, payload, projected, revised
from xner.errors import InputError, StoreFailed
from xner.io.json_lines import dumps
from xner.store import contents, corpora, dashboard, doctor, people, projections, queue, revisions
from xner.store.revisions import SERVER, Refused, Saved
from xner.store.rows import OWN, Filters, NewPair

ODD = ("A|B", "50%", "a_b", "ab", "back\\slash", "it's", "é", "%7C", "%25")


@pytest.fixture
def world(store):
    return World(store)


def clean(store):
    return doctor.check(store) == []


def test_revisions_are_numbered_and_the_newest_is_the_state(world):
    one = world.pairs[0]
    numbers = [world.append(one, world.ada, seq, "p0", start=seq).number for seq in (1, 2, 3)]
    state = world.read(revisions.state, one)
    assert numbers == [1, 2, 3]
    assert (state.status, json.loads(state.revision.payload)["entities"][0]["start"]) == ("draft", 3)
    assert [row.base_revision for row in world.read(revisions.history, one)] == [2, 1, 0]
    assert clean(world.store)


@pytest.mark.parametrize("seq", [1, 2])
def test_a_number_that_was_saved_is_acknowledged_and_not_saved_again(world, seq):
    one = world.pairs[0]
    world.append(one, world.ada, 2, "p0")
    assert world.append(one, world.ada, seq, "p0", start=2) == Saved(1, seq, is_new=False)
    assert len(world.read(revisions.history, one)) == 1


def test_a_late_save_is_kept_and_refused_again_when_it_is_sent_again(world):
    one = world.pairs[0]
    world.append(one, world.ada, 1, "p0")
    refused = world.append(one, world.ben, 1, "p0", client="client-b", start=2, note="mine")
    assert isinstance(refused, Refused)
    assert world.append(one, world.ben, 1, "p0", client="client-b", start=2) == refused
    (kept,) = world.read(revisions.open_conflicts, pair_id=one)
    assert (kept.id, kept.author, kept.base, kept.note) == (refused.conflict_id, world.ben, "p0", "mine")
    assert kept.payload == payload(2)
    assert len(world.read(revisions.history, one)) == 1
    world.store.write(lambda session: revisions.resolve(session, kept.id, "theirs"))
    assert world.read(revisions.open_conflicts, pair_id=one) == []
    assert world.read(revisions.conflict, kept.id).payload == payload(2)  # decided, and still there
    assert clean(world.store)


def test_after_looking_again_the_save_is_accepted(world):
    one = world.pairs[0]
    world.append(one, world.ada, 1, "p0")
    world.append(one, world.ben, 1, "p0", client="client-b")
    token = world.token(one, "client-b")
    assert (token, world.append(one, world.ben, 2, token, client="client-b").number) == ("r1", 2)
    assert isinstance(world.append(one, world.ada, 2, "p0"), Refused)


def test_own_saves_never_change_the_token(world):
    one = world.pairs[0]
    for seq in (1, 2, 3):
        assert world.append(one, world.ada, seq, world.token(one)).number == seq
    assert world.token(one) == "p0"
    assert world.token(one, "another") == "r3"


def test_a_new_projection_is_a_conflict_for_a_page_that_was_opened_before_it(world):
    one = world.pairs[0]
    token = world.token(one)
    world.project(projected(one))
    assert isinstance(world.append(one, world.ada, 1, token), Refused)
    assert isinstance(world.append(one, world.ada, 2, world.token(one)), Saved)


def test_a_revision_stays_with_the_projection_that_it_began_from(world):
    one = world.pairs[0]
    world.project(projected(one))
    before = world.token(one)
    world.append(one, world.ada, 1, before)
    world.project(projected(one, label="LOC"), config='{"other":1}')
    world.append(one, world.ada, 2, before, start=1)
    state = world.read(revisions.state, one)
    assert {row.projection_id for row in world.read(revisions.history, one)} == {state.projection.id}
    assert '"PER"' in state.projection.record
    assert world.read(projections.newest_of, [one])[one].id > state.projection.id
    assert clean(world.store)


def test_tracks_are_independent_histories(store):
    world = World(store, mode="independent")
    one = world.pairs[0]
    for who in (world.ada, world.ben):
        assert world.append(one, who, 1, "p0", client=f"client-{who}", track=who, start=1).number == 1
    assert world.read(revisions.tracks, one) == sorted([world.ada, world.ben])
    assert world.read(revisions.state, one).revision is None
    assert [row.status for row in world.read(queue.rows, world.corpus, Filters(), track=world.ada)].count("draft") == 1
    assert world.read(queue.count, world.corpus, Filters(statuses=("draft",))) == 0
    assert clean(store)


def test_what_one_bulk_action_saved_is_found_by_its_name(world):
    for one in world.pairs:
        world.append(one, world.ada, 0, None, client=SERVER, batch="b1", status="accepted")
    assert [row.pair_id for row in world.read(revisions.revisions_of_batch, "b1")] == world.pairs
    assert world.read(revisions.revisions_of_batch, "b2") == []


def test_undo_histories_outlive_the_page_and_must_be_json(world):
    one = world.pairs[0]
    world.append(one, world.ada, 1, "p0", history='[{"op":"move"}]')
    assert world.read(revisions.undo_history, one, OWN, world.ada) == (1, '[{"op":"move"}]')
    with pytest.raises(ValueError, match="Expecting"):
        world.append(one, world.ada, 2, "p0", history="[")
    assert len(world.read(revisions.history, one)) == 1


def test_projections_show_until_somebody_has_worked_on_the_pair(world):
    one, two, three = world.pairs
    world.append(two, world.ada, 1, "p0", status="accepted")
    world.project(projected(one, 0), projected(two, 1), projected(three, 2, status="failed"))
    rows = {row.pair.id: row for row in world.read(queue.rows, world.corpus, Filters())}
    assert [rows[k].status for k in world.pairs] == ["projected", "accepted", "failed"]
    assert (rows[one].risk, rows[one].tags, rows[one].labels) == (0.5, ("missing",), ("PER",))
    assert world.read(revisions.state, two).start == "projected"
    assert clean(world.store)


def test_a_run_projects_a_pair_once(world):
    one = world.pairs[0]
    with pytest.raises(StoreFailed):
        world.project(projected(one), projected(one))
    assert world.read(projections.newest_of, [one]) == {}


def test_the_field_of_a_back_translation_is_told_from_others_of_its_name(world):
    one, two, three = world.pairs
    for pair_id, field in ((one, "back_translation"), (two, "Back_Translation"), (three, "meta")):
        value = {"back_translation": "x", "note": "\x01"} if field == "meta" else "Mira \x01"
        new = projected(pair_id)
        world.project(replace(new, record=dumps(json.loads(new.record) | {field: value})))
    assert world.read(projections.with_back_translation, world.pairs) == {one}


@pytest.mark.parametrize("value", ODD)
def test_labels_and_tags_are_found_as_they_are(store, value):
    world = World(store, n_pairs=0)
    corpora.add_pairs(store, world.corpus, [new_pair(k, label=label) for k, label in enumerate(ODD)])
    found = world.read(queue.rows, world.corpus, Filters(labels=(value,)))
    assert [row.labels for row in found] == [(value,)]
    assert world.read(queue.values, world.corpus)["labels"][value] == 1


@pytest.mark.parametrize("wanted", ["100%", "a_b", "C:\\x", "it's", "Ää"])
def test_text_is_searched_as_it_is(store, wanted):
    world = World(store)
    made = new_pair(9)
    record = made.record.replace("sieht", json.dumps(wanted, ensure_ascii=False)[1:-1])
    corpora.add_pairs(store, world.corpus, [NewPair("s9", "en", "de", record)])
    assert [r.pair.record_id for r in world.read(queue.rows, world.corpus, Filters(text=wanted))] == ["s9"]


def test_lists_are_filtered_ordered_counted_and_paged(store):
    world = World(store, n_pairs=6)
    corpora.add_pairs(store, world.corpus, [new_pair(k, "sw") for k in range(2)])
    for k, one in enumerate(world.pairs):
        world.project(projected(one, k, risk=k / 10, tags=("low",) if k % 2 else ("high", "low")))
    world.append(world.pairs[0], world.ada, 1, world.token(world.pairs[0]), status="accepted", risk=0.9)
    german = Filters(langs=("de",))
    by_risk = [row.pair.id for row in world.read(queue.rows, world.corpus, german, order="risk")]
    assert by_risk == [world.pairs[0], *reversed(world.pairs[1:])]
    assert world.read(queue.ids, world.corpus, german, order="document") == world.pairs
    assert world.read(queue.ids, world.corpus, german, order="changed")[0] == world.pairs[0]
    shuffled = world.read(queue.ids, world.corpus, german, order="random", seed=3)
    assert shuffled == world.read(queue.ids, world.corpus, german, order="random", seed=3)
    assert sorted(shuffled) == world.pairs
    pages = [world.read(queue.rows, world.corpus, german, order="document", limit=4, offset=k) for k in (0, 4)]
    assert [row.pair.id for page in pages for row in page] == world.pairs
    assert world.read(queue.count, world.corpus, german) == 6
    assert world.read(queue.count, world.corpus, Filters(tags=("high",))) == 2  # 0 is revised: its tags are its own
    assert world.read(queue.count, world.corpus, Filters(authors=(world.ada,))) == 1
    assert world.read(queue.authors, world.corpus) == {world.ada: 1}
    both = Filters(langs=("de",), statuses=("new",))
    assert world.read(queue.count, world.corpus, both) == 0
    assert world.read(queue.removed_by, world.corpus, both) == {"language": 2, "status": 6}
    assert world.read(queue.by_language, world.corpus) == {"de": {"accepted": 1, "projected": 5}, "sw": {"new": 2}}


def test_adding_the_same_pairs_again_adds_nothing(world):
    again = corpora.add_pairs(world.store, world.corpus, [new_pair(k) for k in range(4)])
    assert (again.n_added, again.n_present, again.clashes, again.first_id) == (1, 3, (), world.pairs[0])


def test_another_pair_under_a_taken_id_is_named_and_not_added(world):
    added = corpora.add_pairs(world.store, world.corpus, [new_pair(0, label="LOC"), new_pair(0, "sw"), new_pair(7)])
    assert (added.n_added, added.clashes) == (2, ("s0",))  # the same id in another language is another pair
    assert world.read(corpora.pair, world.pairs[0]).record == new_pair(0).record


def test_an_interrupted_import_goes_on_where_it_was(store):
    world = World(store, n_pairs=0)

    def stream():
        yield from (new_pair(k) for k in range(450))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        corpora.add_pairs(store, world.corpus, stream())
    there = world.read(queue.count, world.corpus, Filters())
    assert there >= 200
    added = corpora.add_pairs(store, world.corpus, [new_pair(k) for k in range(500)])
    assert (added.n_present, added.n_added) == (there, 500 - there)
    places = [row.place for row in world.read(lambda session: list(corpora.iterate_pairs(session, world.corpus, 64)))]
    assert places == list(range(1, 501))
    assert clean(store)


def test_archived_is_out_of_every_list_and_still_there(world):
    one = world.pairs[0]
    world.store.write(lambda session: corpora.archive_pair(session, one, archived=True))
    assert world.read(queue.ids, world.corpus, Filters()) == world.pairs[1:]
    assert world.read(corpora.pair, one).archived
    world.store.write(lambda session: corpora.archive_pair(session, one, archived=False))
    assert world.read(queue.count, world.corpus, Filters()) == 3
    world.store.write(lambda session: corpora.change_corpus(session, world.corpus, archived=True))
    assert world.read(corpora.corpora) == []
    assert [row.id for row in world.read(corpora.corpora, archived=True)] == [world.corpus]
    world.store.write(lambda s: corpora.create_corpus(s, "Test", LABELS, "shared", world.ada))  # its name is free again


def test_two_corpora_in_use_never_share_a_name(world):
    with pytest.raises(InputError, match="already"):
        world.store.write(lambda s: corpora.create_corpus(s, " Test ", LABELS, "shared", world.ada))


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\u2028b", "a\udcffb"])
def test_the_name_of_a_corpus_stands_on_one_line(world, name):
    with pytest.raises(InputError, match="line end or another character"):
        world.store.write(lambda s: corpora.create_corpus(s, name, LABELS, "shared", world.ada))
    with pytest.raises(InputError, match="line end or another character"):
        world.store.write(lambda s: corpora.change_corpus(s, world.corpus, name=name))


def test_of_two_corpora_made_at_once_under_one_name_the_second_is_refused(world):
    outcomes = []
    both = threading.Barrier(2, timeout=10)

    def make(session):
        made = corpora.create_corpus(session, "Twins", LABELS, "shared", world.ada)
        time.sleep(0.2)  # the other looks for the name meanwhile
        return made

    def work():
        both.wait()
        try:
            outcomes.append(world.store.write(make))
        except InputError:
            outcomes.append(None)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    assert [row.name for row in world.read(corpora.corpora)].count("Twins") == 1


def test_a_corpus_takes_another_name_but_none_that_is_taken(world):
    other = world.store.write(lambda s: corpora.create_corpus(s, "Other", LABELS, "shared", world.ada))
    world.store.write(lambda session: corpora.change_corpus(session, other, name=" Third "))
    assert world.read(corpora.corpus, other).name == "Third"
    world.store.write(lambda session: corpora.change_corpus(session, other, name="Third"))  # its own
    for wrong in ("Test", " ", "x" * 201):
        with pytest.raises(InputError):
            world.store.write(lambda session, name=wrong: corpora.change_corpus(session, other, name=name))


def test_people_keep_their_number_and_roles_follow_grants(world):
    store = world.store
    assert store.write(lambda session: people.person_id(session, "local:ada", "Ada L.")) == world.ada
    assert world.read(people.find_person, "local:ada").name == "Ada L."
    for role in ("viewer", "reviewer"):
        store.write(lambda s, role=role: people.grant(s, world.ada, world.corpus, role))
    store.write(lambda session: people.grant(session, world.ada, None, "viewer"))
    assert sorted(world.read(people.grants_of, "local:ada"), key=str) == [(world.corpus, "reviewer"), (None, "viewer")]
    assert world.read(people.grants_in, None) == [(world.ada, "viewer")]
    store.write(lambda session: people.grant(session, world.ada, None, None))
    assert world.read(people.grants_of, "local:ada") == [(world.corpus, "reviewer")]
    namesake = store.write(lambda session: people.person_id(session, "local:ben2", "Ben"))
    assert world.read(people.names) == {
        world.ada: "Ada L.",
        world.ben: f"Ben ({world.ben})",
        namesake: f"Ben ({namesake})",
    }


def test_what_raises_inside_a_save_leaves_nothing(world):
    one = world.pairs[0]

    def half(session):
        revisions.append(session, revised(one, world.ada, 1, "p0"))
        raise MemoryError

    with pytest.raises(MemoryError):
        world.store.write(half)
    assert world.read(revisions.history, one) == []
    assert clean(world.store)


def test_reading_sees_one_state_while_others_write(world):
    one = world.pairs[0]
    with world.store.read() as session:
        before = revisions.history(session, one)
        world.append(one, world.ada, 1, "p0")
        assert revisions.history(session, one) == before == []
    assert len(world.read(revisions.history, one)) == 1


def test_reading_writes_nothing(world):
    statements = []
    engine = world.store._engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2].split()[0].upper()))
    one = world.pairs[0]
    for function, args in (
        (revisions.state, (one,)), (revisions.history, (one,)), (revisions.base_token, (one, OWN, "c")),
        (queue.rows, (world.corpus, Filters())), (queue.removed_by, (world.corpus, Filters(text="x"))),
        (corpora.corpora, ()), (people.people, ()), (lambda session: list(corpora.iterate_pairs(session, 1)), ()),
    ):  # fmt: skip
        world.read(function, *args)
    doctor.check(world.store)
    assert set(statements) <= {"SELECT", "BEGIN", "PRAGMA", "SHOW"}


def test_saves_of_two_threads_wait_for_each_other(world):
    one, entered = world.pairs[0], threading.Event()

    def slow(session):
        saved = revisions.append(session, revised(one, world.ada, 1, "p0"))
        entered.set()
        time.sleep(0.3)
        return saved

    thread = threading.Thread(target=lambda: world.store.write(slow))
    thread.start()
    assert entered.wait(10)
    second = world.append(one, world.ben, 1, "p0", client="client-b")
    thread.join()
    assert isinstance(second, Refused)  # it saw what the first had saved


def test_the_store_has_no_other_tables_than_ours(store):
    with store.read() as session:
        n = session.scalar(text("SELECT count(*) FROM alembic_version"))
    assert n == 1


def test_the_stamp_of_a_corpus_changes_with_its_pairs_and_only_with_them(world):
    def stamp():
        return world.read(contents.stamp, world.corpus)

    def archive(pair_id, archived=True):
        world.store.write(lambda session: corpora.archive_pair(session, pair_id, archived=archived))

    one, two, *_ = world.pairs
    world.project(projected(one), projected(two))
    untouched = next(row.pair.id for row in world.read(queue.rows, world.corpus, Filters(statuses=("new",))))
    seen = [stamp()]
    world.append(one, world.ada, 1, world.token(one))
    world.project(projected(two))
    assert stamp() == seen[0]  # decisions and further projections change no pair

    for change in (
        lambda: archive(one),
        lambda: (archive(one, False), archive(two)),
        lambda: world.project(projected(untouched)),
        lambda: corpora.add_pairs(world.store, world.corpus, [new_pair(99)]),
    ):
        change()
        seen.append(stamp())
    assert len(set(seen)) == len(seen)
    assert seen[-1][0] == world.read(queue.count, world.corpus, Filters())


def test_what_is_saved_in_a_transaction_that_ends_after_a_later_one_changes_the_stamp_too(world):
    one, two, _ = world.pairs
    is_saved, may_end = threading.Event(), threading.Event()

    def slowly(session):
        revisions.append(session, revised(one, world.ada, 1, "p0", status="accepted"))
        is_saved.set()
        may_end.wait(10)

    writer = threading.Thread(target=world.store.write, args=(slowly,))
    writer.start()
    is_saved.wait(10)
    if world.store.is_sqlite:  # one writes after the other
        may_end.set()
    world.append(two, world.ben, 1, "p0", client="client-b", status="accepted")
    seen = world.read(dashboard.stamp, world.corpus), world.read(dashboard.n_corrected, world.corpus)
    may_end.set()
    writer.join()
    now = world.read(dashboard.stamp, world.corpus), world.read(dashboard.n_corrected, world.corpus)
    assert (seen[0] == now[0]) == (seen[1] == now[1])
    assert now[1] == 2


def test_other_archived_pairs_are_another_stamp_even_where_their_places_add_up_to_the_same(world):
    corpora.add_pairs(world.store, world.corpus, [new_pair(n) for n in range(90, 100)])
    pairs = world.read(queue.ids, world.corpus, Filters(), order="document")

    def stamp_without(*places):
        for n, pair_id in enumerate(pairs):
            world.store.write(partial(corpora.archive_pair, pair_id=pair_id, archived=n in places))
        return world.read(contents.stamp, world.corpus), world.read(dashboard.stamp, world.corpus)

    for stamps in zip(stamp_without(1, 4), stamp_without(2, 3), stamp_without(0, 5), strict=True):
        assert len(set(stamps)) == 3
    assert stamp_without(1, 4) == stamp_without(1, 4)

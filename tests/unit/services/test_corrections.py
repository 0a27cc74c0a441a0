"""Saving through the services: what is acknowledged is in the store, what comes too late is kept, nothing is lost."""

import json

import pytest

from xner.correct.annotation import Annotation
from xner.errors import InputError, NotAllowed, RevisionConflict
from xner.io.json_lines import dumps, record_from_pair
from xner.services import bulk_saves, corpora, corrections, link_saves, versions
from xner.services.documents import open_document
from xner.services.identity import User, local_user
from xner.services.work_queue import rows_of
from xner.store import doctor, projections, revisions, runs
from xner.store.rows import NewProjection
from xner.store.session import Store
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span

ADA, BEN = local_user("Ada"), local_user("Ben")


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.close()


def make_pair(pair_id="one"):
    return SentencePair(
        pair_id,
        Sentence(("Mira", "visited", "Bergen"), "en"),
        Sentence(("Mira", "hat", "Bergen", "besucht"), "de"),
        source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC")),
        alignment=Alignment(frozenset({(0, 0), (1, 3), (2, 2)})),
    )


PROJECTED = (Entity(Span(0, 1), "PER", 0.9, 0),)


def project(store, corpus_id, pair_ids, entities=PROJECTED):
    record = dumps(record_from_pair(make_pair(), Projection("one", tuple(entities), "ok", signature="s")))

    def work(session):
        run = runs.begin(session, corpus_id, "{}", 1)
        rows = [NewProjection(i, "ok", record, "s", 0.5, ("missing",), ("PER",)) for i in pair_ids]
        projections.add(session, run, rows)

    store.write(work)


@pytest.fixture
def corpus(store):
    corpus_id = corpora.create(store, ADA, "Test")
    corpora.add(store, ADA, corpus_id, [make_pair("one"), make_pair("two")])
    with store.read() as session:
        from xner.store import queue
        from xner.store.rows import Filters

        ids = queue.ids(session, corpus_id, Filters(), order="document")
    project(store, corpus_id, ids)
    return corpus_id, ids


def edit(document, made, *, seq=None, action="draft", **changed):
    return {
        "doc_id": str(document.id),
        "rev": document.rev,
        "client": document.client,
        "seq": seq or document.ack_seq + 1,
        "spans": [
            {"id": f"n{k}", "start": a, "end": b, "label": label, "src": src, "status": "edited", "conf": None}
            for k, (a, b, label, src) in enumerate(made)
        ],
        "cuts": None,
        "dropped": [],
        "history": [],
        "ops": [],
        "action": action,
        "note": None,
        **changed,
    }


def spans(document):
    return [(e.span.start, e.span.end, e.label, e.source) for e in document.annotation.entities]


BOTH = [(0, 1, "PER", 0), (2, 3, "LOC", 1)]


def test_a_pair_nobody_worked_on_shows_its_projection(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    assert spans(document) == [(0, 1, "PER", 0)]
    assert (document.status, document.number, document.ack_seq) == ("projected", 0, 0)


def test_an_acknowledged_edit_is_what_the_next_reader_sees(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    saved = corrections.save_correction(store, ADA, edit(document, BOTH))
    again = open_document(store, BEN, corpus[1][0], "client-bb")
    assert spans(again) == BOTH
    assert (again.number, again.status, saved.ack_seq) == (1, "draft", 1)


def test_own_saves_do_not_change_what_the_editor_was_opened_on(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    corrections.save_correction(store, ADA, edit(document, BOTH))
    assert open_document(store, ADA, corpus[1][0], "client-aa").rev == document.rev
    assert open_document(store, BEN, corpus[1][0], "client-bb").rev == "r1"


def test_the_same_save_twice_is_one_revision(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    for _ in range(3):
        assert corrections.save_correction(store, ADA, edit(document, BOTH)).ack_seq == 1
    assert open_document(store, ADA, corpus[1][0], "client-aa").number == 1


def test_a_save_that_comes_too_late_is_kept_and_the_first_stays(store, corpus):
    mine, theirs = (open_document(store, who, corpus[1][0], f"client-{k}a") for who, k in ((ADA, "a"), (BEN, "b")))
    corrections.save_correction(store, BEN, edit(theirs, BOTH))
    for _ in range(2):  # the page sends again until it hears an answer
        with pytest.raises(RevisionConflict) as conflict:
            corrections.save_correction(store, ADA, edit(mine, []))
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    assert spans(document) == BOTH
    assert [kept.id for kept in document.conflicts] == [conflict.value.context["conflict_id"]]
    assert open_document(store, BEN, corpus[1][0], "client-ba").conflicts == ()


@pytest.mark.parametrize(("how", "expected"), [("theirs", BOTH), ("mine", []), ("merge", BOTH[1:])])
def test_a_conflict_is_decided_without_losing_either_version(store, corpus, how, expected):
    mine, theirs = (open_document(store, who, corpus[1][0], f"client-{k}a") for who, k in ((ADA, "a"), (BEN, "b")))
    corrections.save_correction(
        store,
        BEN,
        edit(
            theirs,
            BOTH,
            spans=[
                {"id": "p0", "start": 0, "end": 1, "label": "PER", "src": 0, "status": "projected", "conf": 0.9},
                {"id": "b1", "start": 2, "end": 3, "label": "LOC", "src": 1, "status": "edited", "conf": None},
            ],
        ),
    )
    with pytest.raises(RevisionConflict) as conflict:
        corrections.save_correction(store, ADA, edit(mine, []))
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    corrections.resolve_conflict(store, ADA, document, conflict.value.context["conflict_id"], how)
    after = open_document(store, ADA, corpus[1][0], "client-aa")
    assert spans(after) == expected
    assert after.conflicts == ()
    with store.read() as session:
        assert revisions.conflict(session, conflict.value.context["conflict_id"]).resolved == how


def test_nobody_decides_on_the_version_of_another(store, corpus):
    mine, theirs = (open_document(store, who, corpus[1][0], f"client-{k}a") for who, k in ((ADA, "a"), (BEN, "b")))
    corrections.save_correction(store, BEN, edit(theirs, BOTH))
    with pytest.raises(RevisionConflict) as conflict:
        corrections.save_correction(store, ADA, edit(mine, []))
    with pytest.raises(NotAllowed):
        corrections.resolve_conflict(store, BEN, theirs, conflict.value.context["conflict_id"], "theirs")


@pytest.mark.parametrize(
    "changed",
    [
        {"rev": "x" * 30},
        {"client": "server"},
        {"doc_id": "1e3"},
        {"spans": [{"id": "a"}]},
        {"seq": -1},
        {"cuts": [99]},
        {"doc_id": None},
        {"client": None},
    ],
)
def test_a_payload_that_no_editor_sends_stores_nothing(store, corpus, changed):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    with pytest.raises((InputError, NotAllowed)):
        corrections.save_correction(store, ADA, edit(document, BOTH, **changed))
    assert open_document(store, ADA, corpus[1][0], "client-aa").number == 0


def test_who_has_no_role_sees_and_saves_nothing(store, corpus):
    stranger = User("oidc:eve", "Eve")
    with pytest.raises(NotAllowed):
        open_document(store, stranger, corpus[1][0], "client-ee")
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    with pytest.raises(NotAllowed):
        corrections.save_correction(store, stranger, edit(document, BOTH))
    assert corpora.visible(store, stranger) == []


def test_accepting_settles_every_entity(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    corrections.save_correction(store, ADA, edit(document, BOTH, action="accepted"))
    after = open_document(store, ADA, corpus[1][0], "client-aa")
    assert after.status == "accepted"
    assert {e.status for e in after.annotation.entities} == {"accepted"}


def test_an_earlier_revision_comes_back_as_a_new_one(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    corrections.save_correction(store, ADA, edit(document, BOTH))
    corrections.save_correction(store, ADA, edit(document, [], seq=2))
    corrections.restore_revision(store, ADA, open_document(store, ADA, corpus[1][0], "client-aa"), 1)
    after = open_document(store, ADA, corpus[1][0], "client-aa")
    assert (spans(after), after.number) == (BOTH, 3)
    assert len(versions.history(store, ADA, after)) == 3
    assert after.rev == "r3", "the open editor has to take it over"


def test_what_others_did_is_one_more_step_to_undo(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    step = {"op": "add LOC", "del": [], "add": []}
    corrections.save_correction(store, ADA, edit(document, BOTH, history=[step]))
    other = open_document(store, BEN, corpus[1][0], "client-bb")
    corrections.save_correction(store, BEN, edit(other, BOTH[1:]))
    history = open_document(store, ADA, corpus[1][0], "client-cc").history
    assert history[0]["op"] == "add LOC"
    assert len(history) == 2
    assert {span["label"] for span in history[1]["del"]} == {"PER", "LOC"}


def test_a_bulk_action_is_taken_back_at_once_but_not_where_somebody_worked_since(store, corpus):
    ids = corpus[1]
    batch, n_changed, n_left = bulk_saves.bulk(
        store, ADA, ids, lambda document: (document.annotation, "accepted"), "accept all"
    )
    assert (n_changed, n_left) == (2, 0)
    corrections.save_correction(store, BEN, edit(open_document(store, BEN, ids[1], "client-bb"), []))
    assert bulk_saves.undo_bulk(store, ADA, batch) == (1, 1)
    assert open_document(store, ADA, ids[0], "client-aa").status == "projected"
    assert spans(open_document(store, ADA, ids[0], "client-aa")) == [(0, 1, "PER", 0)]
    assert open_document(store, ADA, ids[1], "client-aa").status == "draft"


def test_what_is_taken_back_shows_who_made_what_stands_again(store, corpus):
    corpus_id, ids = corpus
    corrections.save_correction(store, BEN, edit(open_document(store, BEN, ids[0], "client-bb"), BOTH))
    batch, *_ = bulk_saves.bulk(store, ADA, ids, lambda document: (document.annotation, "accepted"), "accept all")
    assert [row.annotator for row in rows_of(store, ADA, corpus_id, ids)] == ["Ada", "Ada"]
    bulk_saves.undo_bulk(store, ADA, batch)
    rows = rows_of(store, ADA, corpus_id, ids)
    assert [(row.annotator, row.status) for row in rows] == [("Ben", "draft"), ("", "projected")]
    names = [
        version.author for version in versions.versions(store, ADA, open_document(store, ADA, ids[0], "client-aa"))
    ]
    assert names == ["Ada", "Ada", "Ben", ""], "the history says who took it back"
    assert "heads-newest" not in {finding.name for finding in doctor.check(store)}


def test_annotators_of_an_independent_corpus_are_blind_to_each_other(store, corpus):
    corpus_id, ids = corpus
    corpora.set_mode(store, ADA, corpus_id, "independent")
    for who, client, made in ((ADA, "client-aa", BOTH), (BEN, "client-bb", [])):
        document = open_document(store, who, ids[0], client)
        assert spans(document) == [(0, 1, "PER", 0)]
        corrections.save_correction(store, who, edit(document, made))
    assert spans(open_document(store, ADA, ids[0], "client-aa")) == BOTH
    assert spans(open_document(store, BEN, ids[0], "client-bb")) == []
    assert open_document(store, ADA, ids[0], "client-aa", track=0).number == 0


def test_a_new_projection_shows_where_nobody_worked_and_leaves_corrections_alone(store, corpus):
    corpus_id, ids = corpus
    document = open_document(store, ADA, ids[0], "client-aa")
    corrections.save_correction(store, ADA, edit(document, BOTH))
    project(store, corpus_id, ids, entities=())
    assert spans(open_document(store, ADA, ids[0], "client-aa")) == BOTH
    assert spans(open_document(store, ADA, ids[1], "client-aa")) == []


def test_an_editor_open_on_an_older_projection_is_told(store, corpus):
    corpus_id, ids = corpus
    document = open_document(store, ADA, ids[0], "client-aa")
    project(store, corpus_id, ids, entities=())
    with pytest.raises(RevisionConflict):
        corrections.save_correction(store, ADA, edit(document, BOTH))


def test_new_labels_of_pairs_join_the_label_set_with_keys_of_their_own(store):
    corpus_id = corpora.create(store, ADA, "Labels")
    ship = (Entity(Span(0, 1), "Ship"),)
    pair = SentencePair("x", Sentence(("A",), "en"), Sentence(("B",), "de"), source_entities=ship)
    corpora.add(store, ADA, corpus_id, [pair, make_pair()])
    labels = corpora.get(store, ADA, corpus_id).labels
    assert {label.name for label in labels} == {"Ship", "PER", "LOC"}
    assert len({label.key for label in labels}) == 3


def test_a_label_in_use_stays(store, corpus):
    with pytest.raises(InputError, match="used by"):
        corpora.set_labels(store, ADA, corpus[0], [])


def test_a_label_that_one_blind_annotator_uses_stays(store, corpus):
    corpus_id, ids = corpus
    corpora.set_mode(store, ADA, corpus_id, "independent")
    document = open_document(store, BEN, ids[0], "client-bb")
    corrections.save_correction(store, BEN, edit(document, [(2, 3, "LOC", 1)]))
    labels = [label for label in corpora.get(store, ADA, corpus_id).labels if label.name != "LOC"]
    with pytest.raises(InputError, match="LOC"):
        corpora.set_labels(store, ADA, corpus_id, labels)


def test_nothing_changes_in_an_archived_corpus_until_it_is_brought_back(store, corpus):
    corpus_id, ids = corpus
    document = open_document(store, ADA, ids[0], "client-aa")
    corpora.archive(store, ADA, corpus_id)
    with pytest.raises(NotAllowed, match="archived"):
        corrections.save_correction(store, ADA, edit(document, BOTH))
    corpora.archive(store, ADA, corpus_id, archived=False)
    assert corrections.save_correction(store, ADA, edit(document, BOTH)).number == 1


def test_a_flag_and_its_note_stay_until_somebody_decides(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    corrections.save_correction(store, ADA, edit(document, BOTH, action="flagged", note="which Bergen?"))
    corrections.save_correction(store, ADA, edit(document, BOTH[:1], seq=2))
    after = open_document(store, ADA, corpus[1][0], "client-aa")
    assert (after.status, after.revision.note, spans(after)) == ("flagged", "which Bergen?", BOTH[:1])
    corrections.save_correction(store, ADA, edit(document, BOTH, seq=3, action="accepted"))
    assert open_document(store, ADA, corpus[1][0], "client-aa").status == "accepted"


def test_history_is_json(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    corrections.save_annotation(store, ADA, document, Annotation(), status="draft", note="emptied")
    with store.read() as session:
        kept = revisions.undo_history(session, corpus[1][0], 0, corpora.person(store, ADA))
    assert json.loads(kept[1])[-1]["op"] == "emptied"


def test_a_link_set_by_hand_moves_spans_as_projected_and_spares_edited_ones(store, corpus):
    from xner.config import RunConfig
    from xner.services.inspect_pair import analyse

    config = RunConfig().updated({"align.name": "given", "score.preset": "align"})
    evidence = analyse(make_pair(), config)
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    kept = {"id": "e1", "start": 1, "end": 2, "label": "LOC", "src": 1, "status": "edited", "conf": None}
    as_projected = {"id": "p0", "start": 0, "end": 1, "label": "PER", "src": 0, "status": "projected", "conf": 0.9}
    corrections.save_correction(store, ADA, edit(document, [], spans=[as_projected, kept]))
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    for link in ((0, 0), (0, 3)):
        document = open_document(store, ADA, corpus[1][0], "client-aa")
        link_saves.toggle_link(store, ADA, document, evidence, config, link)
    after = open_document(store, ADA, corpus[1][0], "client-aa")
    assert after.annotation.links == {(0, 0): False, (0, 3): True}
    assert (1, 2, "LOC", 1) in spans(after)
    assert (3, 4, "PER", 0) in spans(after)
    assert after.alignment.links == {(0, 3), (1, 3), (2, 2)}


def test_a_decision_is_taken_back_and_the_step_before_it_can_be_undone(store, corpus):
    pair_id, step = corpus[1][0], {"op": "add LOC", "del": [], "add": []}
    document = open_document(store, ADA, pair_id, "client-aa")
    corrections.save_correction(store, ADA, edit(document, BOTH, history=[step]))
    accepted = corrections.save_correction(store, ADA, edit(document, BOTH, seq=2, action="accepted", history=[step]))
    corrections.take_back(store, ADA, pair_id, accepted.number)
    after = open_document(store, ADA, pair_id, "client-aa")
    assert (after.status, spans(after), after.number, list(after.history)) == ("draft", BOTH, 3, [step])
    assert "accepted" not in {entity.status for entity in after.annotation.entities}
    with pytest.raises(InputError, match="not the newest"):
        corrections.take_back(store, ADA, pair_id, accepted.number)


def test_a_sentence_accepted_untouched_stands_as_it_began_when_taken_back(store, corpus):
    document = open_document(store, ADA, corpus[1][0], "client-aa")
    accepted = corrections.save_correction(store, ADA, edit(document, BOTH[:1], action="accepted"))
    corrections.take_back(store, ADA, corpus[1][0], accepted.number)
    after = open_document(store, ADA, corpus[1][0], "client-aa")
    assert (after.status, spans(after)) == ("projected", [(0, 1, "PER", 0)])


def flagged(store, pair_id, made):
    document = open_document(store, ADA, pair_id, "client-aa")
    corrections.save_correction(store, ADA, edit(document, made, action="flagged", note="Is it a town?"))


def test_a_flag_that_nothing_was_changed_under_comes_off_as_if_it_had_never_been(store, corpus):
    corpus_id, ids = corpus
    flagged(store, ids[0], BOTH[:1])
    saved = corrections.take_flag_back(store, ADA, ids[0])
    after = open_document(store, ADA, ids[0], "client-aa")
    assert (saved.number, after.status, spans(after)) == (2, "projected", [(0, 1, "PER", 0)])
    assert [row.annotator for row in rows_of(store, ADA, corpus_id, [ids[0]])] == [""]

    document = open_document(store, BEN, ids[1], "client-bb")
    corrections.save_correction(store, BEN, edit(document, BOTH, action="accepted"))
    flagged(store, ids[1], BOTH)
    corrections.take_flag_back(store, ADA, ids[1])
    after = open_document(store, ADA, ids[1], "client-aa")
    assert (after.status, spans(after), after.number) == ("accepted", BOTH, 3)
    assert {entity.status for entity in after.annotation.entities} == {"accepted"}
    assert [row.annotator for row in rows_of(store, ADA, corpus_id, [ids[1]])] == ["Ben"]


def test_what_was_changed_under_a_flag_stays_as_a_draft_when_it_comes_off(store, corpus):
    pair_id, step = corpus[1][0], {"op": "add LOC", "del": [], "add": []}
    flagged(store, pair_id, BOTH[:1])
    document = open_document(store, ADA, pair_id, "client-aa")
    corrections.save_correction(store, ADA, edit(document, BOTH, seq=2, history=[step]))
    assert open_document(store, ADA, pair_id, "client-aa").status == "flagged"
    corrections.take_flag_back(store, ADA, pair_id)
    after = open_document(store, ADA, pair_id, "client-aa")
    assert (after.status, spans(after), list(after.history)) == ("draft", BOTH, [step])
    with pytest.raises(InputError, match="not flagged"):
        corrections.take_flag_back(store, ADA, pair_id)

"""Adjudication: who differs is shown, who agrees can be settled at once, and every decision names what it saw."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.unit.services.test_export_silver import ADA, BEN, ids_of, make_corpus, make_pair, project, rows, save
from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.tokens import imported_cuts
from xner.errors import InputError, NotAllowed, RevisionConflict
from xner.services import bulk_saves, corpora
from xner.services.adjudication import (
    accept_agreed,
    begin_edit,
    open_case,
    save_edit,
    settle,
    skip,
    take_back,
)
from xner.services.adjudication_overview import overview
from xner.services.annotator_agreement import agreement_of
from xner.services.documents import open_document
from xner.services.export_silver import Request, export
from xner.services.finished_versions import FINISHED
from xner.services.identity import User, local_user
from xner.store import people, revisions
from xner.store.session import Store
from xner.types import Entity, Span

CARLA = local_user("Carla")
PER = AnnotatedEntity("a", Span(0, 1), "PER", None, 0)
ORG = AnnotatedEntity("b", Span(0, 1), "ORG", None, 0)
LOC = AnnotatedEntity("c", Span(2, 3), "LOC", None, 1)


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.close()


@pytest.fixture
def blind(store):
    """Two annotators: they differ on `one`, agree on `two`; `three` only Ada has finished."""
    corpus_id, ids = make_corpus(store, make_pair("one"), make_pair("two"), make_pair("three"), mode="independent")
    save(store, ADA, ids[0], "accepted", Annotation((PER, LOC)))
    save(store, BEN, ids[0], "accepted", Annotation((ORG, LOC)))
    save(store, ADA, ids[1], "accepted", Annotation((PER,)))
    save(store, BEN, ids[1], "accepted", Annotation((replace(PER, id="other", score=0.3),)))
    save(store, ADA, ids[2], "accepted", Annotation())
    return corpus_id, ids


def own(store, pair_id):
    with store.read() as session:
        return revisions.history(session, pair_id)


def test_pairs_are_told_apart_by_whether_their_annotators_agree(store, blind):
    corpus_id, (one, two, _) = blind
    found = overview(store, CARLA, corpus_id)
    assert (found.differing, found.agreed, found.settled, found.n_single) == ((one,), (two,), (), 1)
    assert found.finished == {"Ada": 3, "Ben": 2}
    assert found.n_shared == 2


def test_a_case_shows_every_finished_version_and_no_draft(store, blind):
    _, (one, *_) = blind
    save(store, CARLA, one, "draft", Annotation())
    case = open_case(store, CARLA, one)
    assert [(v.letter, v.annotator, v.annotation.entities[0].label) for v in case.versions] == [
        ("A", "Ada", "PER"),
        ("B", "Ben", "ORG"),
    ]


def test_a_version_taken_becomes_the_pairs_own_with_all_parents_named(store, blind):
    corpus_id, (one, *_) = blind
    case = open_case(store, CARLA, one)
    ben = corpora.person(store, BEN)
    settle(store, CARLA, case, ben)
    (revision,) = own(store, one)
    assert (revision.status, revision.track) == ("adjudicated", 0)
    assert json.loads(revision.parents) == {"versions": [[corpora.person(store, ADA), 1], [ben, 1]], "taken": ben}
    assert [e["label"] for e in json.loads(revision.payload)["entities"]] == ["ORG", "LOC"]
    assert {e["status"] for e in json.loads(revision.payload)["entities"]} == {"accepted"}
    assert overview(store, CARLA, corpus_id).settled == (one,)
    assert [row.id for row in rows(store, corpus_id)[0]] == ["one"]


def test_an_annotation_of_the_adjudicators_own_is_a_decision_too(store, blind):
    _, (one, *_) = blind
    settle(store, CARLA, open_case(store, CARLA, one), Annotation((LOC,)))
    (revision,) = own(store, one)
    assert json.loads(revision.parents)["taken"] is None
    assert "Ada" not in (revision.note or "")


def test_a_version_that_changes_after_the_decision_brings_the_pair_back(store, blind):
    corpus_id, (one, *_) = blind
    settle(store, CARLA, open_case(store, CARLA, one), corpora.person(store, ADA))
    save(store, BEN, one, "accepted", Annotation((LOC,)))
    found = overview(store, CARLA, corpus_id)
    assert one in found.differing
    assert found.changed == {one}


def test_a_decision_on_versions_that_have_changed_is_refused(store, blind):
    _, (one, *_) = blind
    case = open_case(store, CARLA, one)
    save(store, BEN, one, "accepted", Annotation((LOC,)))
    with pytest.raises(RevisionConflict):
        settle(store, CARLA, case, corpora.person(store, ADA))
    assert own(store, one) == []


def test_of_two_adjudicators_the_second_is_refused(store, blind):
    _, (one, *_) = blind
    first, second = open_case(store, CARLA, one), open_case(store, local_user("Dan"), one)
    settle(store, CARLA, first, corpora.person(store, ADA))
    with pytest.raises(RevisionConflict):
        settle(store, local_user("Dan"), second, corpora.person(store, BEN))
    assert len(own(store, one)) == 1


def test_a_decision_that_is_taken_back_waits_again(store, blind):
    corpus_id, (one, *_) = blind
    for decide in (
        lambda: settle(store, CARLA, open_case(store, CARLA, one), corpora.person(store, ADA)),
        lambda: skip(store, CARLA, open_case(store, CARLA, one)),
    ):
        made = decide()
        assert one not in overview(store, CARLA, corpus_id).differing
        take_back(store, CARLA, one, made.number)
        assert one in overview(store, CARLA, corpus_id).differing
        assert open_case(store, CARLA, one).own.status == "projected"
        with pytest.raises(InputError, match="not the newest"):
            take_back(store, CARLA, one, made.number)
    assert rows(store, corpus_id)[1].n_exported == 0


def test_what_all_agree_on_is_settled_at_once_and_can_be_taken_back(store, blind):
    corpus_id, (one, two, _) = blind
    batch, n_done, n_left = accept_agreed(store, CARLA, corpus_id, [one, two])
    assert (n_done, n_left) == (1, 1)
    assert own(store, one) == []
    assert len(json.loads(own(store, two)[0].parents)["versions"]) == 2
    assert overview(store, CARLA, corpus_id).settled == (two,)
    assert bulk_saves.undo_bulk(store, CARLA, batch) == (1, 0)
    assert overview(store, CARLA, corpus_id).agreed == (two,)
    assert rows(store, corpus_id)[1].n_exported == 0


@pytest.mark.parametrize(("source", "agrees"), [(0, True), (1, False)])
def test_source_entities_of_different_projections_are_compared_by_place_and_label(store, source, agrees):
    pair = make_pair("one")
    corpus_id, (one,) = make_corpus(store, pair, mode="independent")
    save(store, ADA, one, "accepted", Annotation((LOC,)))  # Bergen, the second of two
    mira, bergen = pair.source_entities
    others = (bergen,) if agrees else (mira, Entity(Span(1, 2), "MISC"), bergen)
    again = replace(pair, source_entities=others)
    project(store, [again], [one], entities=())
    save(store, BEN, one, "accepted", Annotation((replace(LOC, source=source),)))
    found = overview(store, CARLA, corpus_id)  # by the bare numbers it is the other way round
    assert (found.agreed, found.differing) == (((one,), ()) if agrees else ((), (one,)))
    ada, ben = open_case(store, CARLA, one).versions
    place = others.index(bergen)  # on screen both count the source entities that are shown
    assert [e.source for e in ada.view.entities] == [place]
    assert [e.source for e in ben.view.entities] == [source]
    assert ada.annotation.entities[0].source == 1


def test_flagged_versions_never_agree_and_skipped_ones_cannot_be_taken(store, blind):
    corpus_id, (one, two, three) = blind
    save(store, BEN, two, "flagged", Annotation((PER,)))
    save(store, BEN, three, "skipped", Annotation())
    found = overview(store, CARLA, corpus_id)
    assert found.differing == (one, two, three)
    case = open_case(store, CARLA, three)
    with pytest.raises(InputError):
        settle(store, CARLA, case, corpora.person(store, BEN))
    settle(store, CARLA, open_case(store, CARLA, two), corpora.person(store, BEN))


def test_a_pair_that_everybody_skipped_waits_for_nobody(store):
    corpus_id, (one,) = make_corpus(store, make_pair("one"), mode="independent")
    for user in (ADA, BEN):
        save(store, user, one, "skipped")
    found = overview(store, CARLA, corpus_id)
    assert (found.n_skipped, found.differing, found.agreed) == (1, (), ())


def test_an_unsettled_pair_can_be_left_for_good_and_is_not_exported(store, blind):
    corpus_id, (one, *_) = blind
    skip(store, CARLA, open_case(store, CARLA, one))
    assert overview(store, CARLA, corpus_id).settled == (one,)
    assert rows(store, corpus_id)[1].left_out["skipped"] == 1


def test_annotators_see_nothing_of_each_other(store, blind):
    corpus_id, (one, *_) = blind
    ida = User("ida", "Ida")
    me = corpora.person(store, ida)
    store.write(lambda session: people.grant(session, me, corpus_id, "annotator"))
    case = open_case(store, CARLA, one)
    for look in (
        lambda: overview(store, ida, corpus_id),
        lambda: open_case(store, ida, one),
        lambda: settle(store, ida, case, Annotation()),
        lambda: take_back(store, ida, one, 1),
        lambda: agreement_of(store, ida, corpus_id),
        lambda: accept_agreed(store, ida, corpus_id, [one]),
        lambda: save_edit(store, ida, case, {"doc_id": str(one)}),
    ):
        with pytest.raises(NotAllowed):
            look()


def test_names_can_be_hidden_everywhere(store, blind):
    corpus_id, (one, *_) = blind
    shown = repr(
        (
            overview(store, CARLA, corpus_id, hide_names=True),
            [version.annotator for version in open_case(store, CARLA, one, hide_names=True).versions],
            agreement_of(store, CARLA, corpus_id, hide_names=True, n_resamples=10),
        )
    )
    assert "Ada" not in shown
    assert "Ben" not in shown
    assert "Annotator 2" in shown


def edit_of(document, spans, action, seq=1):
    return {
        "doc_id": str(document.id), "rev": document.rev, "client": document.client, "seq": seq,
        "spans": spans, "cuts": None, "dropped": [], "history": [], "ops": [], "action": action, "note": None,
    }  # fmt: skip


def test_editing_begins_from_a_version_and_accepting_it_adjudicates(store, blind):
    corpus_id, (one, *_) = blind
    begin_edit(store, CARLA, open_case(store, CARLA, one), corpora.person(store, BEN))
    case = open_case(store, CARLA, one, "client-of-carla")
    assert [e.label for e in case.own.annotation.entities] == ["ORG", "LOC"]
    assert overview(store, CARLA, corpus_id).differing == (one,)
    assert rows(store, corpus_id)[1].left_out["not adjudicated"] == 3
    span = {"id": "x", "start": 0, "end": 2, "label": "PER", "src": 0, "status": "edited", "conf": None}
    saved = save_edit(store, CARLA, case, edit_of(case.own, [span], "accepted"))
    assert saved.status == "adjudicated"
    newest = own(store, one)[0]
    assert len(json.loads(newest.parents)["versions"]) == 2
    assert overview(store, CARLA, corpus_id).settled == (one,)


def test_a_draft_of_the_adjudicator_settles_nothing(store, blind):
    corpus_id, (one, *_) = blind
    case = open_case(store, CARLA, one, "client-of-carla")
    save_edit(store, CARLA, case, edit_of(case.own, [], "draft"))
    assert overview(store, CARLA, corpus_id).differing == (one,)


def test_an_edit_of_another_pair_is_refused(store, blind):
    _, (one, two, _) = blind
    case = open_case(store, CARLA, one, "client-of-carla")
    other = open_document(store, CARLA, two, "client-of-carla", track=0)
    with pytest.raises(InputError):
        save_edit(store, CARLA, case, edit_of(other, [], "accepted"))


def test_a_shared_corpus_has_nothing_to_settle(store):
    corpus_id, (one,) = make_corpus(store, make_pair("one"))
    save(store, ADA, one, "accepted")
    assert overview(store, CARLA, corpus_id).n_shared == 0
    with pytest.raises(InputError):
        open_case(store, CARLA, one)


def test_agreement_counts_accepted_versions_of_shared_pairs(store, blind):
    corpus_id, _ = blind
    found = agreement_of(store, CARLA, corpus_id, n_resamples=10)
    assert found.overall.n_sentences == 2
    assert found.overall.strict.value == pytest.approx(2 * 2 / 6)
    assert [part.label for part in found.by_label] == ["LOC", "ORG", "PER"]
    assert [part.language for part in found.by_language] == ["de"]


def test_an_end_inside_an_imported_token_is_a_boundary_error(store):
    corpus_id, (one,) = make_corpus(store, make_pair("one"), mode="independent")
    cuts = tuple(sorted({*imported_cuts(make_pair("one").target), 2}))
    save(store, ADA, one, "accepted", Annotation((PER,)))
    save(store, BEN, one, "accepted", Annotation((PER,), cuts=cuts))
    found = agreement_of(store, CARLA, corpus_id, n_resamples=10).overall
    assert (found.strict.value, found.tolerant.value) == (0.0, 1.0)


def test_two_names_inside_one_imported_token_can_be_compared(store):
    corpus_id, (one,) = make_corpus(store, make_pair("one"), mode="independent")
    cuts = tuple(sorted({*imported_cuts(make_pair("one").target), 2}))
    both = Annotation((PER, replace(LOC, span=Span(1, 2))), cuts=cuts)
    for user in (ADA, BEN):
        save(store, user, one, "accepted", both)
    assert agreement_of(store, CARLA, corpus_id, n_resamples=10).overall.strict.value == 1.0


def test_the_card_of_an_export_says_how_far_annotators_agree(store, blind, tmp_path):
    corpus_id, (_, two, _) = blind
    accept_agreed(store, CARLA, corpus_id, [two])
    card = export(store, CARLA, corpus_id, Request("conll"), tmp_path / "x").card.replace("\\", "")
    assert "span F1, strict, 2 sentences: 0.667" in card


def test_the_fingerprint_of_an_overview_follows_every_version(store, blind):
    corpus_id, (one, *_) = blind
    before = overview(store, CARLA, corpus_id).fingerprint
    assert overview(store, CARLA, corpus_id).fingerprint == before
    save(store, ADA, one, "accepted")
    assert overview(store, CARLA, corpus_id).fingerprint != before


def test_one_annotator_gives_no_agreement(store):
    corpus_id, ids = make_corpus(store, make_pair("one"), mode="independent")
    save(store, ADA, ids[0], "accepted")
    assert agreement_of(store, CARLA, corpus_id) is None
    assert overview(store, CARLA, corpus_id).n_single == 1


def test_archived_pairs_are_left_out(store, blind):
    from xner.store.corpora import archive_pair

    corpus_id, (one, *_) = blind
    store.write(lambda session: archive_pair(session, one, archived=True))
    assert overview(store, CARLA, corpus_id).differing == ()
    assert one not in ids_of(store, corpus_id)


def test_finished_is_not_draft():
    assert "draft" not in FINISHED

"""What must not get lost or mixed up around a correction: begun from, taken back, refused, linked anew."""

import json
from dataclasses import replace

import pytest

from tests.unit.services.test_corrections import ADA, BEN, corpus, edit, make_pair, project, spans, store
from xner.config import RunConfig
from xner.correct.annotation import AnnotatedEntity, Annotation, plain_annotation
from xner.errors import InputError, NotAllowed
from xner.io.json_lines import dumps, record_from_pair
from xner.services import bulk_saves, corpora, corrections, link_saves, manual_links, versions
from xner.services.documents import open_document
from xner.services.export_selection import annotators, count
from xner.services.identity import Role, User
from xner.services.inspect_pair import analyse
from xner.services.membership import give_role
from xner.services.silver_rows import ExportFilters
from xner.store import doctor, projections, runs
from xner.store.rows import NewProjection
from xner.store.states import iterate_states
from xner.types import Entity, Projection, Span

__all__ = ["corpus", "store"]
CONFIG = RunConfig().updated({"align.name": "given", "score.preset": "align"})


def project_as(store, corpus_id, pair_id, projection, sources=None):
    pair = (
        make_pair(projection.pair_id)
        if sources is None
        else replace(make_pair(projection.pair_id), source_entities=sources)
    )
    record = dumps(record_from_pair(pair, projection))
    new = NewProjection(pair_id, projection.status, record, projection.signature, 0.5, (), ())

    def work(session):
        projections.add(session, runs.begin(session, corpus_id, "{}", 1), [new])

    store.write(work)


def place_mira(document):
    made = AnnotatedEntity("n1", Span(0, 1), "PER", None, 0, "edited")
    return Annotation((made,)), "draft"


def new_pair(store, corpus_id, name):
    return corpora.add(store, ADA, corpus_id, [replace(make_pair(), id=name)]).first_id


@pytest.mark.parametrize("start", ["new", "failed"])
def test_a_bulk_action_taken_back_leaves_a_pair_as_it_began_open_to_the_next_projection(store, corpus, start):
    corpus_id, _ = corpus
    pair_id = new_pair(store, corpus_id, "more")
    if start == "failed":
        project_as(store, corpus_id, pair_id, Projection.failed("more", "no links"))
    batch, n, _ = bulk_saves.bulk(store, ADA, [pair_id], place_mira, "try")
    assert n == 1
    assert bulk_saves.undo_bulk(store, ADA, batch) == (1, 0)
    document = open_document(store, ADA, pair_id, "client-aa")
    assert (document.status, document.number, spans(document)) == (start, 2, [])
    assert count(store, ADA, corpus_id, ExportFilters()).left_out == {start: 1}
    project_as(store, corpus_id, pair_id, Projection("more", (Entity(Span(2, 3), "LOC", 0.8, 1),), "ok", signature="s"))
    document = open_document(store, ADA, pair_id, "client-aa")
    assert (document.status, spans(document)) == ("projected", [(2, 3, "LOC", 1)])
    with store.read() as session:
        state = next(s for s in iterate_states(session, corpus_id) if s.pair.id == pair_id)
    assert (state.status, state.projection.status) == ("projected", "ok")
    corrections.save_correction(store, ADA, edit(document, [(2, 4, "LOC", 1)]))
    assert spans(open_document(store, BEN, pair_id, "client-bb")) == [(2, 4, "LOC", 1)]
    assert [finding.name for finding in doctor.check(store)] == ["projections-of-their-pair"]  # of the fixture alone


def test_who_looked_before_a_pair_was_taken_back_and_projected_anew_is_told(store, corpus):
    corpus_id, ids = corpus
    batch, _, _ = bulk_saves.bulk(store, ADA, ids[:1], place_mira, "try")
    bulk_saves.undo_bulk(store, ADA, batch)
    before = open_document(store, BEN, ids[0], "client-bb").rev
    assert open_document(store, BEN, ids[0], "client-bb").rev == before
    project(store, corpus_id, ids[:1])
    assert open_document(store, BEN, ids[0], "client-bb").rev != before


def test_a_bulk_action_of_somebody_else_is_taken_back_by_a_reviewer_only(store, corpus):
    corpus_id, ids = corpus
    eve, rita = User("eve", "Eve"), User("rita", "Rita")
    give_role(store, ADA, "eve", Role.ANNOTATOR, corpus_id)
    give_role(store, ADA, "rita", Role.REVIEWER, corpus_id)
    batch, _, _ = bulk_saves.bulk(store, ADA, ids, place_mira, "try")
    with pytest.raises(NotAllowed):
        bulk_saves.undo_bulk(store, eve, batch)
    assert bulk_saves.undo_bulk(store, rita, batch) == (2, 0)


def test_an_undo_history_is_never_longer_than_an_edit_may_be(store, corpus):
    pair_id = corpus[1][0]
    step = {"op": "x", "del": [], "add": []}
    document = open_document(store, ADA, pair_id, "client-aa")
    corrections.save_correction(store, ADA, edit(document, [(0, 1, "PER", 0)], history=[step] * 50))
    other = open_document(store, BEN, pair_id, "client-bb")
    corrections.save_correction(store, BEN, edit(other, [(0, 2, "PER", 0)]))
    again = open_document(store, ADA, pair_id, "client-cc")
    assert again.history[-1]["op"] == "change by others"
    sent = edit(again, [(0, 2, "PER", 0)], action="accepted", history=list(again.history))
    assert corrections.save_correction(store, ADA, sent).status == "accepted"


def test_a_refused_save_goes_back_to_the_source_entities_that_it_counts(store, corpus):
    corpus_id, ids = corpus
    document = open_document(store, ADA, ids[0], "client-aa")
    fewer = (Entity(Span(2, 3), "LOC"),)
    project_as(store, corpus_id, ids[0], Projection("one", (), "empty", signature="s"), fewer)
    with pytest.raises(corrections.RevisionConflict):
        corrections.save_correction(store, ADA, edit(document, [(2, 3, "LOC", 1)]))
    late = open_document(store, ADA, ids[0], "client-dd")
    assert len(late.pair.source_entities) == 1
    shown = versions.clash(store, late, late.conflicts[0])
    assert shown.merged.annotation is None
    with pytest.raises(InputError, match="can't be merged"):
        corrections.resolve_conflict(store, ADA, late, late.conflicts[0].id, "merge")
    corrections.resolve_conflict(store, ADA, late, late.conflicts[0].id, "mine")
    now = open_document(store, ADA, ids[0], "client-dd")
    assert (spans(now), len(now.pair.source_entities)) == ([(2, 3, "LOC", 1)], 2)
    assert [finding.name for finding in doctor.check(store)] == ["projections-of-their-pair"]  # of the fixture alone


def test_merging_does_not_bring_back_what_its_author_had_added_and_deleted_again(store, corpus):
    pair_id = corpus[1][0]
    ada = open_document(store, ADA, pair_id, "client-aa")
    corrections.save_correction(store, ADA, edit(ada, [(0, 1, "PER", 0), (2, 3, "LOC", 1)], seq=1))
    ben = open_document(store, BEN, pair_id, "client-bb")
    same = plain_annotation(ben.annotation)["entities"]
    kept = [{**{k: e[k] for k in ("id", "start", "end", "label", "status")}, "src": e["source"], "conf": e["score"]}
            for e in same]  # fmt: skip
    corrections.save_correction(store, BEN, edit(ben, [], spans=[{**kept[0], "label": "LOC"}, kept[1]]))
    with pytest.raises(corrections.RevisionConflict):
        corrections.save_correction(store, ADA, edit(ada, [], spans=[kept[0]], seq=2))
    late = open_document(store, ADA, pair_id, "client-dd")
    corrections.resolve_conflict(store, ADA, late, late.conflicts[0].id, "merge")
    assert spans(open_document(store, ADA, pair_id, "client-dd")) == [(0, 1, "LOC", 0)]


def test_a_refused_save_is_decided_on_its_own_track(store, corpus):
    corpus_id, ids = corpus
    document = open_document(store, BEN, ids[0], "client-bb")
    corrections.save_correction(store, ADA, edit(open_document(store, ADA, ids[0], "client-aa"), [(0, 2, "PER", 0)]))
    with pytest.raises(corrections.RevisionConflict) as caught:
        corrections.save_correction(store, BEN, edit(document, [(2, 3, "LOC", 1)]))
    corpora.set_mode(store, ADA, corpus_id, "independent")
    own = open_document(store, BEN, ids[0], "client-cc")
    assert own.conflicts == ()
    with pytest.raises(NotAllowed):
        corrections.resolve_conflict(store, BEN, own, caught.value.context["conflict_id"], "mine")


def test_a_document_opened_before_annotators_became_blind_does_not_save_to_the_common_history(store, corpus):
    corpus_id, ids = corpus
    give_role(store, ADA, "eve", Role.ANNOTATOR, corpus_id)
    eve = User("eve", "Eve")
    document = open_document(store, eve, ids[0], "client-ee")
    corpora.set_mode(store, ADA, corpus_id, "independent")
    with pytest.raises(NotAllowed):
        corrections.restore_revision(store, eve, document, 0)


def test_nobody_writes_on_the_track_of_another(store, corpus):
    corpus_id, ids = corpus
    corpora.set_mode(store, ADA, corpus_id, "independent")
    ben = open_document(store, BEN, ids[0], "client-bb")
    corrections.save_correction(store, BEN, edit(ben, [(2, 3, "LOC", 1)]))
    bens = open_document(store, ADA, ids[0], "client-aa", track=corpora.person(store, BEN))
    assert spans(bens) == [(2, 3, "LOC", 1)]
    with pytest.raises(NotAllowed):
        corrections.save_annotation(store, ADA, bens, Annotation(), status="draft")


def test_a_span_taken_away_by_hand_does_not_come_back_with_a_link_elsewhere(store, corpus):
    pair_id, evidence = corpus[1][0], analyse(make_pair(), CONFIG)
    document = open_document(store, ADA, pair_id, "client-aa")
    corrections.save_correction(store, ADA, edit(document, [(2, 3, "LOC", 1)]))
    document = open_document(store, ADA, pair_id, "client-aa")
    link_saves.toggle_link(store, ADA, document, evidence, CONFIG, (1, 1))
    assert spans(open_document(store, ADA, pair_id, "client-aa")) == [(2, 3, "LOC", 1)]


def test_links_from_which_nothing_can_be_projected_leave_the_spans_alone(store, corpus, monkeypatch):
    pair_id, evidence = corpus[1][0], analyse(make_pair(), CONFIG)

    def no_match(*_args):
        raise InputError("no time left", "Try again.")

    monkeypatch.setattr(manual_links, "rematch", no_match)
    document = open_document(store, ADA, pair_id, "client-aa")
    link_saves.toggle_link(store, ADA, document, evidence, CONFIG, (0, 3))
    after = open_document(store, ADA, pair_id, "client-aa")
    assert (spans(after), dict(after.annotation.links)) == (spans(document), {(0, 3): True})


def test_taking_back_keeps_what_a_decision_names(store, corpus):
    pair_id = corpus[1][0]
    document = open_document(store, ADA, pair_id, "client-aa")
    named = json.dumps({"versions": [[2, 1]], "taken": None})
    corrections.save_annotation(store, ADA, document, document.annotation, status="adjudicated", parents=named)
    batch, _, _ = bulk_saves.bulk(store, ADA, [pair_id], place_mira, "try")
    bulk_saves.undo_bulk(store, ADA, batch)
    found = open_document(store, ADA, pair_id, "client-aa").revision
    assert (found.status, found.parents) == ("adjudicated", named)


def test_an_archived_corpus_does_not_come_back_under_a_name_that_is_taken(store, corpus):
    corpora.archive(store, ADA, corpus[0])
    other = corpora.create(store, ADA, "Test")
    with pytest.raises(InputError, match="called"):
        corpora.archive(store, ADA, corpus[0], archived=False)
    corpora.archive(store, ADA, other)
    corpora.archive(store, ADA, corpus[0], archived=False)
    assert [found.name for found in corpora.visible(store, ADA)] == ["Test"]


def test_a_role_taken_away_is_gone_however_often_it_was_given(store, corpus):
    from xner.store import people
    from xner.store.tables import Grant

    eve = User("eve", "Eve")
    number = corpora.person(store, eve)
    store.write(lambda session: session.add_all([Grant(person_id=number, corpus_id=None, role="admin")]))
    store.write(lambda session: session.add_all([Grant(person_id=number, corpus_id=None, role="admin")]))
    give_role(store, ADA, "eve", None, None)
    with store.read() as session:
        assert people.grants_of(session, "eve") == []


def test_blind_annotators_are_not_told_who_else_exports(store, corpus):
    corpus_id, ids = corpus
    corpora.set_mode(store, ADA, corpus_id, "independent")
    give_role(store, ADA, "eve", Role.ANNOTATOR, corpus_id)
    eve = User("eve", "Eve")
    for user in (BEN, eve):
        document = open_document(store, user, ids[0], f"client-{user.name}")
        corrections.save_correction(store, user, edit(document, [(2, 3, "LOC", 1)]))
    assert sorted(annotators(store, ADA, corpus_id).values()) == ["Ben", "Eve"]
    assert list(annotators(store, eve, corpus_id).values()) == ["Eve"]

"""The Adjudicate page in its states: nobody, one annotator, two who differ, decisions, agreement, names hidden."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.app.conftest import PAIRS, Open, Shelf, make_pair
from xner.correct.annotation import Annotation
from xner.services import corpora, corrections
from xner.services.documents import open_document
from xner.services.identity import local_user
from xner.store import revisions

BEN, CARLA = local_user("Ben"), local_user("Carla")


@pytest.fixture
def blind(shelf: Shelf) -> Shelf:
    """Three projected sentences; Ben and Carla differ on `one` and agree on `two`, Carla alone did `drei`."""
    corpus_id = shelf.corpus(PAIRS, projected=True)
    corpora.set_mode(shelf.store, shelf.user, corpus_id, "independent")
    return shelf


@pytest.fixture
def differing(blind: Shelf) -> Shelf:
    for user, record_id, change in (
        (BEN, "one", None), (CARLA, "one", relabelled), (BEN, "two", None), (CARLA, "two", None), (CARLA, "drei", None),
    ):  # fmt: skip
        save(blind, user, record_id, change)
    return blind


def relabelled(annotation: Annotation) -> Annotation:
    first, *rest = annotation.entities
    return replace(annotation, entities=(replace(first, label="ORG"), *rest))


def save(shelf, user, record_id, change=None, status="accepted"):
    document = open_document(shelf.store, user, shelf.id_of(record_id), "client-of-test")
    annotation = change(document.annotation) if change else document.annotation
    corrections.save_annotation(shelf.store, user, document, annotation, status=status)


def own(shelf, record_id):
    with shelf.store.read() as session:
        return revisions.history(session, shelf.id_of(record_id))


def versions_on(at):
    component = next(c for c in at.get("bidi_component") if c.proto.component_name == "xner_pair_view")
    return json.loads(component.proto.json)["rows"][1:]


def fine(at):
    assert not at.exception
    assert not at.error
    return at


def test_an_empty_store_says_what_belongs_here(shelf, open_page: Open, words):
    assert "There is no corpus yet" in words(fine(open_page("adjudicate")))


def test_a_shared_corpus_is_explained_and_can_be_switched(news, open_page: Open, words):
    at = fine(open_page("adjudicate"))
    assert "share one version" in words(at)
    at.button(key="switch_mode").click().run()
    assert corpora.visible(news.store, news.user)[0].mode == "independent"
    assert "Nobody has finished" in words(fine(at))


def test_one_annotator_is_told_what_a_second_one_gives(blind, open_page: Open, words):
    save(blind, BEN, "one")
    shown = words(fine(open_page("adjudicate")))
    assert "A second one who does the same sentences" in shown
    assert "Finished by Ben 1" in shown


def test_only_the_sentence_on_which_they_differ_is_shown_with_both_versions(differing, open_page: Open, words):
    at = fine(open_page("adjudicate"))
    shown = words(at)
    assert "1 of 1** that differ" in shown
    assert "≠ **label**: A has PER" in shown
    rows = versions_on(at)
    assert [row["title"] for row in rows] == ["A · Ben", "B · Carla"]
    assert [row["entities"][0]["chip"] for row in rows] == ["PER ⇠1 ≠", "ORG ⇠1 ≠"]
    assert "≠" not in rows[0]["entities"][1]["chip"]


def test_taking_a_version_settles_the_sentence_and_names_its_parents(differing, open_page: Open, words):
    at = fine(open_page("adjudicate"))
    at.button(key="take_B").click().run()
    (revision,) = own(differing, "one")
    assert revision.status == "adjudicated"
    assert json.loads(revision.payload)["entities"][0]["label"] == "ORG"
    assert len(json.loads(revision.parents)["versions"]) == 2
    assert "No sentence waits" in words(fine(at)) + "".join(s.value for s in at.success)


def test_what_they_agree_on_is_settled_together_and_taken_back(differing, open_page: Open, words):
    at = fine(open_page("adjudicate"))
    at.button(key="accept_agreed").click().run()
    assert own(differing, "two")[0].status == "adjudicated"
    assert own(differing, "one") == []
    at.button(key="undo_agreed").click().run()
    assert own(differing, "two")[0].status == "projected"
    assert "1 agrees" in str([p.text for p in at.get("progress")]) or "On **1 sentence**" in words(fine(at))


def test_a_decision_is_taken_back_from_the_notice_behind_it(differing, open_page: Open):
    at = fine(open_page("adjudicate"))
    at.button(key="take_B").click().run()
    assert own(differing, "one")[0].status == "adjudicated"
    fine(at).button(key="take_back_case").click().run()
    assert own(differing, "one")[0].status == "projected"
    assert at.query_params["doc"] == str(differing.id_of("one"))
    fine(at)
    assert at.button(key="take_B")
    assert not any(one.key == "take_back_case" for one in at.button)


def test_a_decision_is_taken_back_in_its_own_corpus_alone(differing, open_page: Open):
    here = differing.document("one").corpus.id
    other = differing.corpus([make_pair("else")], "Other", projected=True)
    at = open_page("adjudicate")
    for corpus_id, key in ((here, "take_B"), (other, ""), (here, "take_back_case")):
        at.query_params.pop("doc", None)
        at.query_params["corpus"] = str(corpus_id)
        keys = [one.key for one in fine(at.run()).button]
        assert ("take_back_case" in keys) == (key == "take_back_case")
        if key:
            at.button(key=key).click().run()
    assert own(differing, "one")[0].status == "projected"


def test_a_sentence_can_be_left_unsettled(differing, open_page: Open, words):
    at = fine(open_page("adjudicate"))
    at.button(key="leave_case").click().run()
    assert own(differing, "one")[0].status == "skipped"
    assert "that differ" not in words(fine(at))


def test_hidden_names_are_nowhere_on_the_page(differing, open_page: Open, words):
    at = fine(open_page("adjudicate", adjudicate_hide=True))
    everything = words(at) + json.dumps(versions_on(at)) + " ".join(b.label for b in at.button)
    assert "Carla" not in everything
    assert "Ben" not in everything
    assert "Annotator 2" in everything


def test_a_decision_on_a_version_that_changed_meanwhile_is_refused_in_words(differing, open_page: Open):
    at = fine(open_page("adjudicate"))
    save(differing, BEN, "one", relabelled, status="flagged")
    at.button(key="take_A").click().run()
    assert own(differing, "one") == []
    assert "changed this sentence since you opened it" in at.error[0].value


def test_a_skipped_version_can_be_seen_but_not_taken(blind, open_page: Open):
    save(blind, BEN, "one", status="skipped")
    save(blind, CARLA, "one")
    at = fine(open_page("adjudicate"))
    assert at.button(key="take_A").disabled
    assert not at.button(key="take_B").disabled
    assert "skipped" in versions_on(at)[0]["note"]


def test_an_edit_begins_from_a_version_in_the_editor(differing, open_page: Open):
    at = fine(open_page("adjudicate"))
    at.button(key="edit_B").click().run()
    fine(at)
    (draft,) = own(differing, "one")
    assert (draft.status, draft.note) == ("draft", "begun from version B")
    editor = next(c for c in at.get("bidi_component") if c.proto.component_name == "xner_span_editor")
    assert json.loads(editor.proto.json)["tgt"]["spans"][0]["label"] == "ORG"
    at.button(key="close_editor").click().run()
    assert [row["title"] for row in versions_on(at)] == ["A · Ben", "B · Carla"]


def test_agreement_is_shown_with_interval_and_the_figure_to_trust(differing, open_page: Open, words):
    at = fine(open_page("adjudicate", adjudicate_tab="Agreement"))
    shown = words(at)
    assert "Go by the strict span F1 of 0.75" in shown.replace("\\", "")
    together = at.table[0].value
    assert together["Span F1"].iloc[0].startswith("0.75 [")
    assert list(at.table[2].value["Label"].map(lambda cell: cell.strip("\u2068\u2069"))) == ["LOC", "ORG", "PER"]


def test_an_annotator_sees_nothing_of_the_others(differing, open_page: Open, words, monkeypatch):
    from xner.services.identity import Role, User
    from xner.store import people
    from xner.ui import auth

    ida = User("ida", "Ida")
    corpus_id = corpora.visible(differing.store, differing.user)[0].id
    me = corpora.person(differing.store, ida)
    differing.store.write(lambda session: people.grant(session, me, corpus_id, Role.ANNOTATOR.value))
    monkeypatch.setattr(auth, "current_user", lambda last_name="": ida)
    at = fine(open_page("adjudicate"))
    assert "blind to the others" in words(at)
    assert not at.get("bidi_component")
    assert "Carla" not in words(at)


def test_a_sentence_of_the_address_that_nobody_compared_is_no_error(differing, open_page: Open, words):
    at = fine(open_page("adjudicate", doc=differing.id_of("drei")))
    assert "Fewer than two annotators" in words(at)


def test_the_page_links_to_a_settled_sentence_that_can_be_decided_again(differing, open_page: Open, words):
    at = fine(open_page("adjudicate"))
    at.button(key="take_A").click().run()
    at = fine(open_page("adjudicate", doc=differing.id_of("one")))
    at.button(key="take_B").click().run()
    assert len(own(differing, "one")) == 2

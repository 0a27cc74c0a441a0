"""The Correct page without a browser: queue, editor, and what a save can meet."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from tests.app.conftest import GIVEN, make_pair
from xner.errors import StoreBusy
from xner.services import bulk_accept, corrections, reading_list
from xner.services.documents import open_document
from xner.services.identity import Role, User, local_user
from xner.services.inspect_pair import analyse
from xner.store import people, session
from xner.types import Alignment, Sentence, SentencePair
from xner.ui import around, inspecting

BEN = local_user("Ben")


def component_edit(at: AppTest, payload: Any, state: str = "edit") -> AppTest:
    """Deliver an edit or a command as the browser would, callback included."""
    element = at.get("bidi_component")[0]
    states = at._tree.get_widget_states()
    states.widgets.append(WidgetState(id=element.id, json_value=json.dumps({state: payload})))
    return at._run(states)


def data_of(at: AppTest) -> dict[str, Any]:
    """Return what the editor is given."""
    return json.loads(at.get("bidi_component")[0].proto.json)


def edit_of(at: AppTest, spans: Any = None, **changed: Any) -> dict[str, Any]:
    """Return an edit as the editor makes it of what it was given: by default the first span goes."""
    data = data_of(at)
    return {
        "doc_id": data["doc_id"], "rev": data["rev"], "client": data["client"], "seq": data["ack_seq"] + 1,
        "spans": data["tgt"]["spans"][1:] if spans is None else spans, "cuts": None, "dropped": [], "history": [],
        "ops": [{"op": "delete", "ms": 1, "seq": data["ack_seq"] + 1}], "action": "draft", "note": None, **changed,
    }  # fmt: skip


def button(at: AppTest, label: str) -> Any:
    return next(one for one in at.button if label in one.label)


def labels_of(document: Any) -> list[str]:
    return [entity.label for entity in document.annotation.entities]


@pytest.fixture
def news(shelf):
    """Three projected pairs in two languages."""
    shelf.corpus(projected=True)
    return shelf


@pytest.fixture
def member(shelf, monkeypatch):
    """Return a function that lets somebody with one role in the corpus look at the pages."""

    def become(corpus_id: int, role: Role) -> User:
        user = User("oidc:vic", "Vic")

        def work(open_session):
            people.grant(open_session, people.person_id(open_session, user.id, user.name), corpus_id, role.value)

        shelf.store.write(work)
        monkeypatch.setattr("xner.ui.auth.current_user", lambda *_: user)
        return user

    return become


def save_as(shelf, user, record_id, **kept):
    """Let somebody else save a sentence without its first entity."""
    document = open_document(shelf.store, user, shelf.id_of(record_id), "client-ben")
    entities = document.annotation.entities[1:]
    annotation = type(document.annotation)(entities, **kept)
    corrections.save_annotation(shelf.store, user, document, annotation, status="draft")


# The queue.


def test_without_a_corpus_the_page_says_what_belongs_here(open_page, words):
    at = open_page("correct")
    assert "There is no corpus yet" in words(at)
    assert button(at, "Add text")


def test_an_unprojected_corpus_offers_to_project_it_and_then_lists_it(shelf, open_page, words):
    shelf.corpus()
    at = open_page("correct")
    assert "Nothing is projected yet" in words(at)
    button(at, "Project these 3 now").click().run()
    assert "Nothing is projected yet" not in words(at)
    assert set(at.dataframe[0].value["Status"]) == {"◌ projected"}


def test_the_table_shows_the_riskiest_first_with_names_tags_and_status(shelf, open_page):
    shelf.corpus([make_pair("sure"), make_pair("risky", target="Mira Halvorsen war dort .")], projected=True)
    at = open_page("correct")
    table = at.dataframe[0].value
    assert list(table["Risk"]) == sorted(table["Risk"], reverse=True)
    assert "PER \u2068Mira Halvorsen\u2069" in table["Entities"].iloc[1]
    assert {"Risk", "Source", "Target", "Smart tags", "Status", "Annotator", "Changed"} <= set(table.columns)


def test_the_address_filters_and_a_filter_changes_the_address(news, open_page):
    at = open_page("correct")
    at.query_params["lang"] = "nl"
    at.run()
    assert len(at.dataframe[0].value) == 1
    next(one for one in at.get("button_group") if one.key == "queue_lang").set_value(["de", "nl"]).run()
    assert at.query_params["lang"] == ["de", "nl"]
    assert len(at.dataframe[0].value) == 3


def test_an_empty_list_names_the_filter_that_removes_most_and_drops_it_by_one_click(news, open_page, words):
    at = open_page("correct")
    at.query_params["lang"], at.query_params["status"] = "nl", "flagged"
    at.run()
    assert "**status** removes most: without it there is 1 sentence" in words(at)
    button(at, "Drop the filter on status").click().run()
    assert len(at.dataframe[0].value) == 1
    assert "status" not in at.query_params


def test_filters_come_back_after_another_page(news, open_page):
    at = open_page("correct")
    at.query_params["lang"] = "nl"
    at.run()
    button(at, "Start with the first").click().run()
    button(at, "Queue:").click().run()
    at.query_params.clear()
    at.run()
    assert at.query_params["lang"] == "nl"
    assert len(at.dataframe[0].value) == 1


def test_a_viewer_sees_the_queue_without_any_action(news, open_page, member):
    member(news.documents()[news.id_of("one")].corpus.id, Role.VIEWER)
    at = open_page("correct")
    assert len(at.dataframe[0].value) == 3
    assert not [one for one in at.button if "Accept" in one.label]


def test_all_that_agrees_is_accepted_after_a_look_and_taken_back(news, open_page, words):
    at = open_page("correct")
    button(at, "Accept all where methods agree").click().run()
    assert news.document("one").status == "projected"  # nothing before the look
    button(at, "Accept 3 sentences").click().run()
    assert "Accepted 3 sentences" in words(at)
    assert {document.status for document in news.documents().values()} == {"accepted"}
    button(at, "Take it back").click().run()
    assert {document.status for document in news.documents().values()} == {"projected"}
    assert not [one for one in at.button if "Take it back" in one.label]


def test_where_nothing_can_be_accepted_at_once_the_conditions_and_what_is_missing_are_named(news, open_page, words):
    for pair_id in news.documents():
        document = open_document(news.store, news.user, pair_id, "client-test")
        corrections.save_annotation(news.store, news.user, document, document.annotation, status="draft")
    at = open_page("correct")
    button(at, "Accept all where methods agree").click().run()
    assert "No sentence of this list qualifies. It takes a sentence that nobody has touched" in words(at)
    assert "Accept 3 sentences" not in [one.label for one in at.button]


# The editor.


def test_an_edit_is_stored_and_acknowledged(news, open_page):
    at = open_page("correct", doc=news.id_of("one"))
    assert data_of(at)["ack_seq"] == 0
    component_edit(at, edit_of(at))
    assert not at.exception
    assert labels_of(news.document("one")) == ["LOC"]
    assert (data_of(at)["ack_seq"], data_of(at)["status"]) == (1, "draft")
    assert data_of(at)["received"]["saved"] is True


def test_own_edits_follow_each_other_without_a_conflict(news, open_page):
    at = open_page("correct", doc=news.id_of("one"))
    first, rev = data_of(at)["tgt"]["spans"], data_of(at)["rev"]
    for spans in ([], first, first[:1]):
        component_edit(at, edit_of(at, spans))
    assert data_of(at)["rev"] == rev
    assert (news.document("one").number, labels_of(news.document("one"))) == (3, ["PER"])


def test_accepting_goes_to_the_next_that_waits_and_the_last_to_a_summary(news, open_page, words):
    at = open_page("correct")
    button(at, "Start with the first").click().run()
    seen = []
    for _ in range(3):
        seen.append(data_of(at)["doc_id"])
        component_edit(at, edit_of(at, data_of(at)["tgt"]["spans"], action="accepted"))
    assert sorted(map(int, seen)) == sorted(news.documents())
    assert "doc" not in at.query_params
    assert "This list is done" in words(at)
    assert "**3 sentences** (3 accepted)" in words(at)
    assert {document.status for document in news.documents().values()} == {"accepted"}


def test_a_decision_is_taken_back_from_the_sentence_after_it_and_within_it(news, open_page):
    at = open_page("correct")
    button(at, "Start with the first").click().run()
    first = data_of(at)["doc_id"]
    for take in ("notice", "key"):
        component_edit(at, edit_of(at, data_of(at)["tgt"]["spans"], action="accepted"))
        assert data_of(at)["doc_id"] != first
        if take == "notice":
            at.button("take_back").click().run()
        else:
            at.query_params["doc"] = first
            at.run()
            assert data_of(at)["can_take_back"]
            component_edit(at, {"name": "take_back"}, "command")
        assert (data_of(at)["doc_id"], data_of(at)["status"]) == (first, "projected")
        assert not any(one.key == "take_back" for one in at.button)


def test_a_flag_is_taken_back_by_the_command_of_the_editor(news, open_page):
    at = open_page("correct", doc=news.id_of("one"))
    first = data_of(at)["doc_id"]
    component_edit(at, edit_of(at, data_of(at)["tgt"]["spans"], action="flagged", note="a town?"))
    at.query_params["doc"] = first
    at.run()
    assert (data_of(at)["can_unflag"], data_of(at)["note"]) == (True, "a town?")
    component_edit(at, {"name": "unflag"}, "command")
    assert (data_of(at)["doc_id"], data_of(at)["status"], data_of(at)["can_unflag"]) == (first, "projected", False)
    assert [toast.value for toast in at.toast] == ["The flag is taken back\\."]
    assert news.document("one").number == 2
    assert not any(one.key == "take_back" for one in at.button)  # its notice would lead to a decision that is no more


def test_skipped_sentences_can_be_gone_back_to_from_the_summary(news, open_page, words):
    at = open_page("correct")
    at.query_params["lang"] = "nl"
    at.run()
    button(at, "Start with the first").click().run()
    component_edit(at, edit_of(at, action="flagged", note="look"))
    assert "1 flagged" in words(at)
    button(at, "Close").click().run()
    assert "This list is done" not in words(at)


def test_previous_and_next_follow_the_list_as_it_was_opened(news, open_page):
    at = open_page("correct")
    button(at, "Start with the first").click().run()
    first = data_of(at)["doc_id"]
    component_edit(at, edit_of(at, []))  # its risk rises or falls: the order of reading must not
    at.button(key="next").click().run()
    second = data_of(at)["doc_id"]
    at.button(key="previous").click().run()
    assert data_of(at)["doc_id"] == first != second
    assert at.button(key="previous").disabled


@pytest.mark.parametrize(
    "payload",
    [None, "x", 7, {}, {"doc_id": "1"}, {"doc_id": "0", "client": "abcdefgh", "seq": 1},
     {"doc_id": "999999", "client": "abcdefgh", "seq": 1}],
)  # fmt: skip
def test_a_payload_that_is_none_stores_nothing_and_breaks_nothing(news, open_page, payload):
    at = open_page("correct", doc=news.id_of("one"))
    component_edit(at, payload)
    assert not at.exception
    assert {document.number for document in news.documents().values()} == {0}


@pytest.mark.parametrize(
    "changed", [{"spans": [{"id": "x", "start": 4, "end": 99, "label": "PER", "src": 0, "status": "edited",
                            "conf": None}]}, {"rev": "no"}, {"action": "delete all"}, {"dropped": [5]}, {"cuts": [99]}]
)  # fmt: skip
def test_a_payload_that_does_not_fit_is_told_and_the_editor_stops_sending_it(news, open_page, words, changed):
    at = open_page("correct", doc=news.id_of("one"))
    component_edit(at, edit_of(at, **changed))
    assert "Code: `INPUT`" in words(at)
    assert data_of(at)["received"]["saved"] is False
    assert news.document("one").number == 0
    component_edit(at, edit_of(at, seq=2))  # a good one afterwards is saved, and the message goes
    assert "Code: `INPUT`" not in words(at)
    assert news.document("one").number == 1


def test_a_busy_store_leaves_the_edit_unacknowledged_and_the_repetition_is_saved(news, open_page, words, monkeypatch):
    at = open_page("correct", doc=news.id_of("one"))
    payload = edit_of(at)

    def busy(*_: object) -> None:
        raise StoreBusy("Another program is writing to the store.", "Try again in a moment: nothing was lost.")

    with monkeypatch.context() as patch:
        patch.setattr(session.Store, "write", busy)
        component_edit(at, payload)
    assert "Not saved yet" in words(at)
    assert (data_of(at)["ack_seq"], data_of(at)["received"]) == (0, None)
    component_edit(at, {**payload, "attempt": 2})
    assert "Not saved yet" not in words(at)
    assert labels_of(news.document("one")) == ["LOC"]


@pytest.mark.parametrize(("choice", "expected"), [("Take theirs", ["LOC"]), ("Keep mine", ["PER"]), ("Merge", [])])
def test_who_comes_second_sees_both_versions_and_any_choice_keeps_both_in_the_store(
    news, open_page, words, choice, expected
):
    at = open_page("correct", doc=news.id_of("one"))
    mine = edit_of(at, data_of(at)["tgt"]["spans"][:1])
    save_as(news, BEN, "one")
    component_edit(at, mine)
    assert "Changed by Ben at" in words(at)
    again = open_page("correct", doc=news.id_of("one"))  # a reload
    assert "Changed by Ben at" in words(again)
    assert data_of(again)["readonly"] is True
    button(again, choice).click().run()
    assert "Changed by Ben" not in words(again)
    assert labels_of(news.document("one")) == expected
    assert data_of(again)["readonly"] is False
    with news.store.read() as open_session:
        from xner.store import revisions

        kept = revisions.conflict(open_session, 1)
    assert kept.resolved == {"Take theirs": "theirs", "Keep mine": "mine", "Merge": "merge"}[choice]


def test_versions_that_touch_each_other_can_not_be_merged_and_say_why(news, open_page):
    at = open_page("correct", doc=news.id_of("one"))
    spans = data_of(at)["tgt"]["spans"]
    mine = edit_of(at, [{**spans[0], "label": "LOC", "status": "edited"}, *spans[1:]])
    save_as(news, BEN, "one")
    component_edit(at, mine)
    merge = at.button(key="conflict_merge")
    assert merge.disabled
    assert merge.help.startswith("Not possible")


def test_a_viewer_reads_the_reason_and_a_forged_edit_is_refused(news, open_page, member, words):
    document = news.document("one")
    member(document.corpus.id, Role.VIEWER)
    at = open_page("correct", doc=document.id)
    assert "Your role here is viewer" in data_of(at)["reason"]
    component_edit(at, edit_of(at))
    assert "Code: `NOT-ALLOWED`" in words(at)
    assert news.document("one").number == 0


@pytest.mark.parametrize("doc", ["0", "99", "x", "-1", "²"])
def test_a_sentence_that_is_not_there_is_told_with_a_way_back(news, open_page, words, doc):
    at = open_page("correct", doc=doc)
    assert "Code: `NOT-ALLOWED`" in words(at)
    button(at, "To the queue").click().run()
    assert len(at.dataframe) == 1


def test_a_stranger_learns_nothing_of_a_sentence(news, open_page, words, monkeypatch):
    monkeypatch.setattr("xner.ui.auth.current_user", lambda *_: User("oidc:eve", "Eve"))
    at = open_page("correct", doc=news.id_of("one"))
    assert "Code: `NOT-ALLOWED`" in words(at)
    assert "Mira" not in words(at)
    assert not at.get("bidi_component")


def test_a_failed_sentence_says_why_offers_a_retry_and_can_be_annotated(shelf, open_page, words):
    broken = SentencePair("bad", Sentence(("Mira", "came"), "en"), Sentence(("Mira", "kam"), "de"), source_entities=())
    shelf.corpus([make_pair(), broken], projected=True)  # the second has no links
    at = open_page("correct", doc=shelf.id_of("bad"))
    assert "**⚠ Failed**" in words(at)
    assert not button(at, "Retry").disabled
    spans = [{"id": "n0", "start": 0, "end": 1, "label": "PER", "src": None, "status": "edited", "conf": None}]
    component_edit(at, edit_of(at, spans))
    assert labels_of(shelf.document("bad")) == ["PER"]


def test_a_pair_without_a_target_says_so_in_words(shelf, open_page, words):
    shelf.corpus([SentencePair("half", Sentence(("Mira", "came"), "en"), None)])
    at = open_page("correct", doc=shelf.id_of("half"))
    assert "no target sentence" in words(at)
    assert not at.get("bidi_component")


# Around the editor.


def lost_pair(name: str) -> SentencePair:
    """Return a pair whose second name no link leads to."""
    whole = make_pair(name)
    return SentencePair(
        name, whole.source, whole.target, whole.source_entities, alignment=Alignment(frozenset({(0, 0), (1, 1)})),
        back_translation=whole.back_translation,
    )  # fmt: skip


def test_the_checklist_names_what_is_missing_and_takes_a_drop_by_one_click(shelf, open_page, words):
    shelf.corpus([lost_pair("one")], projected=True)
    at = open_page("correct", doc=shelf.id_of("one"))
    assert "✗ missing" in words(at)
    button(at, "Dropped").click().run()
    assert "– dropped in translation" in words(at)
    assert shelf.document("one").annotation.dropped == {1}
    button(at, "Not dropped").click().run()
    assert shelf.document("one").annotation.dropped == frozenset()


def test_a_missing_name_is_placed_on_its_likeliest_span_by_one_click(shelf, open_page):
    shelf.corpus([make_pair("one")], projected=True)
    at = open_page("correct", doc=shelf.id_of("one"))
    component_edit(at, edit_of(at, data_of(at)["tgt"]["spans"][:1]))
    button(at, "Place on").click().run()
    entity = shelf.document("one").annotation.entities[1]
    assert (entity.label, entity.source, entity.span.start) == ("LOC", 1, 3)
    assert data_of(at)["rev"] == "r2"  # the editor takes it over


@pytest.mark.parametrize(
    ("tab", "expected"),
    [("Why here", "Why here?"), ("Matrix", "Click a cell"), ("Back-translation", "~~visited~~ **was**"),
     ("Same name elsewhere", "occurs in **1 more sentence**"), ("History", "the projection: 2 entities"),
     ("Help", "Keys of the editor")],
)  # fmt: skip
def test_every_tab_draws_when_it_is_opened(shelf, open_page, words, tab, expected):
    shelf.corpus([make_pair("one"), lost_pair("two")], projected=True)
    at = open_page("correct", doc=shelf.id_of("one"), correct_tab=tab)
    if tab == "Same name elsewhere":
        next(one for one in at.get("button_group") if one.key.startswith("same_name")).set_value("p1").run()
    assert not at.exception
    assert expected in words(at)


@pytest.mark.parametrize(("payload", "kind"), [({"name": "next"}, "command"), ({"action": "accepted"}, "edit")])
def test_a_list_that_can_not_be_read_on_is_told_in_words_and_the_decision_stays(
    news, open_page, monkeypatch, payload, kind
):
    at = open_page("correct", doc=news.id_of("one"))
    read = reading_list.place

    def gone(*_args, **_more):
        monkeypatch.setattr(reading_list, "place", read)
        raise StoreBusy("The store does not answer.", "Try again in a moment.")

    monkeypatch.setattr(reading_list, "place", gone)
    monkeypatch.setattr(reading_list, "next_open", gone)
    component_edit(at, edit_of(at, **payload) if kind == "edit" else payload, kind)
    assert not at.exception
    assert "does not answer" in at.error[0].value
    assert news.document("one").status == ("accepted" if kind == "edit" else "projected")


def test_a_source_that_nobody_has_searched_is_not_said_to_have_no_names(shelf, open_page, words, monkeypatch):
    pair = make_pair("one")
    trace = analyse(pair, GIVEN)
    shelf.corpus([replace(pair, source_entities=None, target_entities=None)])
    looked = inspecting.Inspection(shelf.document("one"), pair, GIVEN, trace, trace)
    monkeypatch.setattr(around, "evidence", lambda *_: looked)
    at = open_page("correct", doc=shelf.id_of("one"), correct_tab="Candidates")
    assert not at.exception
    assert words(at).count("not been searched for entities yet") == 2
    assert "no entities" not in words(at)


def test_an_earlier_version_is_restored_as_a_new_one(news, open_page, words):
    at = open_page("correct", doc=news.id_of("one"), correct_tab="History")
    component_edit(at, edit_of(at, []))
    assert "removed PER" in words(at)
    button(at, "Restore this").click().run()
    assert labels_of(news.document("one")) == ["PER", "LOC"]
    assert news.document("one").number == 2


def test_a_name_is_carried_over_to_ticked_sentences_and_taken_back(shelf, open_page, words):
    shelf.corpus([make_pair("one"), lost_pair("two"), lost_pair("three")], projected=True)
    at = open_page("correct", doc=shelf.id_of("one"), correct_tab="Same name elsewhere")
    next(one for one in at.get("button_group") if one.key.startswith("same_name")).set_value("p1").run()
    at.checkbox[0].uncheck().run()
    button(at, "Carry over to 1 sentence").click().run()
    assert [labels_of(shelf.document(name)) for name in ("two", "three")] == [["PER"], ["PER", "LOC"]]
    button(at, "Take it back").click().run()
    assert labels_of(shelf.document("three")) == ["PER"]
    assert bulk_accept.last_batch(shelf.store, shelf.user, shelf.document("one").corpus.id) is None

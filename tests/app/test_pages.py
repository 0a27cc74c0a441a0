"""Every page in its states: nothing there, sentences there, input that is broken."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from xner.services import corrections
from xner.types import Entity, Sentence, SentencePair, Span
from xner.ui.settings import Settings

from .conftest import PAIRS, Shelf

PAGES = sorted((Path(__file__).resolve().parents[2] / "pages").glob("*.py"))
Open = Callable[..., AppTest]
Words = Callable[[AppTest], str]


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label == label)


def view(at: AppTest) -> dict:
    """Return what the pair view was told to draw."""
    component = next(c for c in at.get("bidi_component") if c.proto.component_name == "xner_pair_view")
    return json.loads(component.proto.json)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_first_statement_of_a_page_asks_for_leave(path):
    statements = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if not isinstance(node, (ast.Import, ast.ImportFrom))
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    assert ast.unparse(statements[0]) == "ui.auth.require()"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("page", ["home", "add", "run", "inspection"])
def test_a_page_shows_nothing_on_a_server_that_others_can_reach(page, open_page: Open, words: Words, monkeypatch):
    import streamlit as st

    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else None)
    at = open_page(page)
    assert "reached from other machines" in at.error[0].value
    assert not at.title
    assert not at.button


@pytest.mark.parametrize("page", ["home", "add", "run", "inspection"])
def test_an_empty_session_gets_a_way_on_and_no_error(page, open_page: Open):
    at = open_page(page)
    assert not at.exception
    assert not at.error
    assert at.title[0].value in ("xner", "Add text", "Run", "Inspect")


@pytest.mark.parametrize("page", ["home", "add", "run", "inspection"])
def test_a_store_that_is_broken_is_words_and_a_code_and_the_page_lives(page, open_page: Open):
    from xner.store.session import data_folder

    data_folder().mkdir(parents=True)
    (data_folder() / "xner.db").write_bytes(b"this is no database" * 500)
    at = open_page(page)
    assert not at.exception
    assert "Code: `STORE`" in at.error[0].value
    assert at.title[0].value in ("xner", "Add text", "Run", "Inspect")


@pytest.mark.parametrize("page", ["home", "add", "run", "inspection"])
def test_a_page_over_the_sample_corpus_is_whole(page, open_page: Open, shelf: Shelf):
    from xner.services import home

    home.open_sample(shelf.store, shelf.user, "de")
    at = open_page(page)
    assert not at.exception
    said = [error.value for error in at.error]
    assert all("has no alignment" in text for text in said)  # the aligner of these tests takes links of the file
    assert len(said) == (1 if page == "inspection" else 0)


def test_an_empty_corpus_gets_a_way_on_and_no_error(open_page: Open, shelf: Shelf, words: Words):
    shelf.corpus([])
    assert "no sentence yet" in words(open_page())
    at = open_page("inspection")
    assert "no sentence yet" in words(at)
    assert not at.error


def test_on_a_first_visit_two_actions_stand_out(open_page: Open):
    at = open_page()
    primary = [b.label for b in at.main.button if b.proto.type == "primary"]
    assert primary == ["Open the sample corpus", "Add text"]


def test_home_says_how_far_each_language_is(open_page: Open, shelf: Shelf):
    shelf.corpus(projected=True)
    document = shelf.document("one")
    corrections.save_annotation(shelf.store, shelf.user, document, document.annotation, status="accepted")
    at = open_page()
    table = at.table[0].value
    assert list(table["Language"]) == ["German", "Dutch"]
    assert list(table["✓ accepted"]) == ["1", "–"]
    assert list(table["◌ projected"]) == ["1", "1"]
    assert [b.label for b in at.main.button if b.proto.type == "primary"] == ["Continue where you left"]


def test_one_continues_with_the_sentence_one_changed_last(open_page: Open, shelf: Shelf):
    shelf.corpus(projected=True)
    for record_id in ("drei", "two"):
        document = shelf.document(record_id)
        corrections.save_annotation(shelf.store, shelf.user, document, document.annotation, status="draft")
    at = open_page()
    at.button(key="resume").click().run()
    assert at.query_params["doc"] == str(shelf.id_of("two"))


def test_home_offers_to_project_what_is_new_and_says_what_became_of_it(open_page: Open, shelf: Shelf, words: Words):
    shelf.corpus([*PAIRS, replace(PAIRS[0], id="bare", alignment=None)])
    at = open_page()
    button(at, "Project these 4 now").click().run()
    assert "3 of 4 projected, 1 failed." in at.warning[0].value
    assert "has no alignment" in words(at)
    assert button(at, "Try it again")
    assert shelf.document("bare").status == "failed"
    assert shelf.document("one").status == "projected"


def test_an_archived_corpus_leaves_and_comes_back(open_page: Open, news: Shelf):
    at = open_page()
    at.button(key="archive").click().run()
    assert news.documents() == {}
    at.button(key="undo_archive").click().run()
    assert len(news.documents()) == 3
    at.button(key="archive").click().run()
    at = open_page(show_archived=True)
    button(at, "Bring back").click().run()
    assert len(news.documents()) == 3


def test_home_says_where_the_store_is_and_checks_it(open_page: Open, news: Shelf, words: Words):
    at = open_page()
    system = next(table.value for table in at.table if "What for" in table.value)
    assert str(news.store.path) in system["Detail"][0].replace("\\", "")
    at.button(key="check_store").click().run()
    assert any("The store is whole" in done.value for done in at.success)


def test_damage_that_the_doctor_finds_is_named(open_page: Open, news: Shelf):
    from xner.services import store_upkeep

    with news.store.raw_connection() as connection:
        connection.execute("UPDATE pair SET sha256 = 'x' WHERE record_id = 'one'")
        connection.commit()
    at = open_page()
    at.button(key="check_store").click().run()
    names = {finding.name for finding in store_upkeep.check_for(news.store, news.user)}
    found = next(table.value for table in at.table if "Places" in table.value)
    assert len(found["Check"]) == len(names) == 1


def test_opening_the_sample_stores_it_and_says_what_could_not_be_projected(open_page: Open, shelf: Shelf):
    at = open_page()
    button(at, "Open the sample corpus").click().run()  # there are no links to take: the aligner of these tests fails
    assert at.title[0].value == "Inspect"
    assert "0 of 24 projected, 24 failed." in at.warning[0].value
    assert {document.status for document in shelf.documents().values()} == {"failed"}


def test_inspect_draws_source_target_gold_and_the_projection(open_page: Open, news: Shelf):
    data = view(open_page("inspection", doc=news.id_of("one")))
    source, target, gold = data["rows"]
    assert [block["chip"] for block in source["entities"]] == ["1 PER", "2 LOC"]
    assert [(b["start"], b["end"], b["chip"]) for b in target["entities"]] == [(0, 2, "PER ⇠1"), (3, 4, "LOC ⇠2")]
    assert [block["chip"] for block in gold["entities"]] == ["PER ✓", "LOC ✓"]


def test_inspect_says_why_and_how_it_agrees_with_gold(open_page: Open, news: Shelf, words: Words):
    text = words(open_page("inspection", doc=news.id_of("one")))
    assert "Both words are linked into this span" in text
    assert "✓ **2** correct" in text


def test_hiding_gold_takes_its_row_away(open_page: Open, news: Shelf):
    at = open_page("inspection", doc=news.id_of("one"))
    at.toggle(key="show_gold").set_value(False).run()
    assert [row["role"] for row in view(at)["rows"]] == ["source", "target"]


def test_next_and_previous_move_through_the_corpus_and_the_address(open_page: Open, news: Shelf):
    at = open_page("inspection", doc=news.id_of("one"))
    at.button(key="next").click().run()
    assert (view(at)["doc"], at.query_params["doc"]) == ("two", str(news.id_of("two")))
    at.button(key="previous").click().run()
    assert (view(at)["doc"], at.query_params["doc"]) == ("one", str(news.id_of("one")))
    assert at.button(key="previous").disabled


def test_the_list_opens_the_sentence_that_is_picked(open_page: Open, news: Shelf):
    at = open_page("inspection", doc=news.id_of("one"))
    at.selectbox(key="picked").set_value(news.id_of("drei")).run()
    assert (view(at)["doc"], at.query_params["doc"]) == ("drei", str(news.id_of("drei")))


def test_a_language_filter_leaves_only_its_sentences(open_page: Open, news: Shelf):
    at = open_page("inspection", doc=news.id_of("one"))
    at.pills(key="language").set_value("nl").run()
    assert view(at)["doc"] == "drei"
    assert len(at.selectbox(key="picked").options) == 1


def test_a_long_corpus_is_searched_and_jumped_through_and_its_list_stays_short(open_page: Open, shelf: Shelf):
    shelf.corpus([replace(PAIRS[0], id=f"p{n}") for n in range(250)] + [PAIRS[1]])
    at = open_page("inspection")
    assert len(at.selectbox(key="picked").options) == 100
    at.number_input(key="go_to").set_value(203).run()
    assert view(at)["doc"] == "p202"
    at.text_input(key="find").set_value("war").run()
    assert view(at)["doc"] == "two"
    at.text_input(key="find").set_value("zebra").run()
    button(at, "Show all sentences").click().run()
    assert view(at)["doc"] == "two"


@pytest.mark.parametrize("wanted", ["nowhere", "99", "-1", "1e3"])
def test_an_unknown_sentence_is_words_and_a_way_on(wanted, open_page: Open, news: Shelf):
    at = open_page("inspection", doc=wanted)
    assert "no such sentence" in at.error[0].value
    button(at, "Open the sentence that was open last").click().run()
    assert view(at)["doc"] == "one"


def test_the_sentence_that_was_open_is_open_again_after_another_page(open_page: Open, news: Shelf):
    at = open_page("inspection", doc=news.id_of("drei"))
    at.query_params.clear()
    at.switch_page("pages/add.py").run()
    at.switch_page("pages/inspection.py").run()
    assert view(at)["doc"] == "drei"


def test_a_weight_matches_again_at_once(open_page: Open, news: Shelf, words: Words):
    at = open_page("inspection", doc=news.id_of("one"))
    before = words(at)
    at.slider(key="set_coverage").set_value(0.5).run()
    assert "total score 1.00" in words(at)
    assert "total score 2.00" in before


def test_settings_survive_another_page(open_page: Open, news: Shelf):
    at = open_page("inspection", doc=news.id_of("one"))
    at.slider(key="set_coverage").set_value(0.5).run()
    at.switch_page("pages/add.py").run()
    at.switch_page("pages/inspection.py").run()
    assert at.slider(key="set_coverage").value == 0.5


def test_without_any_weight_the_sentence_is_failed_and_not_empty(open_page: Open, news: Shelf):
    weightless = Settings(aligner="given", links=0.0, coverage=0.0, soft=0.0)
    at = open_page("inspection", doc=news.id_of("one"), settings=weightless)
    assert not at.exception
    assert "Failed" in at.error[0].value
    assert view(at)["rows"][1]["note"] == "⚠ failed"


def test_links_set_by_hand_are_stored_and_can_be_reset(open_page: Open, news: Shelf, words: Words):
    at = open_page("inspection", doc=news.id_of("one"))
    chosen = at.multiselect[0]
    chosen.set_value([(3, 4) if link == (3, 3) else link for link in chosen.value]).run()
    assert dict(news.document("one").annotation.links) == {(3, 3): False, (3, 4): True}
    assert [(b["start"], b["end"]) for b in view(at)["rows"][1]["entities"]] == [(0, 2), (4, 5)]
    assert [3, 4, "manual"] in view(at)["links"]
    assert "Changed by your links" in words(at)
    assert "✎ draft** by Ada" in words(at)
    again = open_page("inspection", doc=news.id_of("one"))  # another browser, or this one after a reload
    assert [3, 4, "manual"] in view(again)["links"]
    again.button(key="reset_links").click().run()
    assert [(b["start"], b["end"]) for b in view(again)["rows"][1]["entities"]] == [(0, 2), (3, 4)]
    assert dict(news.document("one").annotation.links) == {}
    assert news.document("one").number == 3


def test_a_viewer_sees_links_and_cannot_set_them(open_page: Open, news: Shelf, words: Words, as_viewer):
    at = open_page("inspection", doc=news.id_of("one"))
    assert "takes an annotator" in words(at)
    assert at.multiselect[0].disabled
    assert at.button(key="reset_links").disabled
    assert at.button(key="keep").disabled


@pytest.fixture
def as_viewer(monkeypatch):
    """Let whoever opens a page only look."""
    from xner.services.identity import Role, local_user
    from xner.ui import auth

    monkeypatch.setattr(
        auth, "current_user", lambda _last="": replace(local_user("Ada"), id="v", everywhere=Role.VIEWER)
    )


def test_a_viewer_can_neither_add_nor_archive(open_page: Open, news: Shelf, as_viewer):
    at = open_page("add")
    assert any("takes a reviewer" in info.value for info in at.info)
    assert at.button(key="add_typed").disabled
    home = open_page()
    assert not any(b.key == "archive" for b in home.button)
    button(home, "Open the sample corpus").click().run()
    assert "`NOT-ALLOWED`" in home.error[0].value


def test_a_corrected_sentence_is_shown_beside_the_live_projection(open_page: Open, shelf: Shelf, words: Words):
    shelf.corpus(projected=True)
    document = shelf.document("one")
    only_place = replace(document.annotation, entities=document.annotation.entities[1:])
    corrections.save_annotation(shelf.store, shelf.user, document, only_place, status="accepted")
    at = open_page("inspection", doc=document.id)
    assert "**Stored: ✓ accepted** by Ada" in words(at)
    assert [(row["role"], row["title"], len(row["entities"])) for row in view(at)["rows"]] == [
        ("source", "Source", 2), ("target", "Target", 2), ("stored", "Corrected", 1), ("gold", "Gold", 2),
    ]  # fmt: skip


def test_what_is_stored_as_it_is_drawn_is_not_drawn_twice(open_page: Open, shelf: Shelf, words: Words):
    shelf.corpus(projected=True)
    at = open_page("inspection", doc=shelf.id_of("one"))
    assert "the same entities" in words(at)
    assert [row["role"] for row in view(at)["rows"]] == ["source", "target", "gold"]
    assert not any(b.key == "keep" for b in at.button)


def test_a_new_sentence_is_projected_and_kept_on_demand(open_page: Open, news: Shelf, words: Words):
    at = open_page("inspection", doc=news.id_of("two"))
    assert "not kept" in words(at)
    button(at, "Project this sentence and keep it").click().run()
    assert {k: d.status for k, d in news.documents().items() if d.status != "new"} == {news.id_of("two"): "projected"}
    assert "1 of 1 projected." in at.success[0].value


def test_a_failed_sentence_can_be_tried_again(open_page: Open, shelf: Shelf, words: Words):
    from xner.config import RunConfig
    from xner.services.project_corpus import project_corpus

    corpus_id = shelf.corpus()
    nothing = RunConfig().updated({"align.name": "given", "match.name": "exact", "score.weights.coverage": 0.0,
                                   "score.weights.links": 0.0, "score.weights.soft": 1.0})  # fmt: skip
    project_corpus(shelf.store, shelf.user, corpus_id, nothing)
    assert shelf.document("one").status == "failed"
    at = open_page("inspection", doc=shelf.id_of("one"))
    assert "**Stored: ⚠ failed**" in words(at)
    button(at, "Retry").click().run()
    assert shelf.document("one").status == "projected"


def test_somebody_elses_change_is_told_and_not_overwritten(open_page: Open, news: Shelf):
    from xner.services.identity import local_user

    at = open_page("inspection", doc=news.id_of("one"))
    document = news.document("one")
    corrections.save_annotation(news.store, local_user("Ben"), document, document.annotation, status="accepted")
    chosen = at.multiselect[0]
    chosen.set_value(chosen.value[1:]).run()
    assert "`CONFLICT`" in at.error[0].value
    assert news.document("one").status == "accepted"
    assert not at.run().error


def test_a_sentence_without_translation_is_failed_with_its_reason(open_page: Open, news: Shelf, pair):
    news.corpus([replace(pair, id="half", target=None, target_entities=None, alignment=None)], "More")
    at = open_page("inspection", doc=news.id_of("half"))
    assert not at.exception
    assert "target sentence is missing" in at.error[0].value
    assert "`INPUT`" in at.error[0].value


def test_a_sentence_without_links_is_failed_where_links_are_to_be_given(open_page: Open, news: Shelf, pair):
    news.corpus([replace(pair, id="bare", alignment=None)], "More")
    at = open_page("inspection", doc=news.id_of("bare"))
    assert "has no alignment" in at.error[0].value
    assert view(at)["links"] == []


def test_what_nobody_foresaw_becomes_words_and_a_code(open_page: Open, news: Shelf, monkeypatch, caplog):
    from xner.services import inspect_pair

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(inspect_pair, "why_here", broken)
    at = open_page("inspection", doc=news.id_of("one"))
    assert not at.exception
    assert re.search(r"UNEXPECTED-[0-9a-f]{6}", at.error[0].value)
    assert "secret detail" not in at.error[0].value
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("", "Hallo", "The source sentence is empty"),
        ("Hello", " ", "The translation is empty"),
        ("a\x00b", "Hallo", "NUL"),
    ],
)
def test_a_typed_pair_that_cannot_be_used_is_explained_and_not_kept(
    source, target, said, open_page: Open, shelf: Shelf
):
    at = open_page("add")
    at.text_area(key="typed_source").set_value(source)
    at.text_area(key="typed_target").set_value(target)
    at.button(key="add_typed").click().run()
    assert said in at.error[0].value.replace("\\", "")
    assert shelf.documents() == {}


def test_names_typed_beside_a_sentence_of_another_language_are_taken(open_page: Open, shelf: Shelf):
    at = open_page("add")
    at.selectbox(key="typed_source_lang").set_value("fr").run()
    at.text_area(key="typed_source").set_value("Ada vit à Turin.")
    at.text_area(key="typed_target").set_value("Ada lebt in Turin.")
    at.text_area(key="typed_names").set_value("Ada = PER\nTurin = LOC")
    at.button(key="add_typed").click().run()
    (document,) = shelf.documents().values()
    assert [(e.span.start, e.label) for e in document.pair.source_entities] == [(0, "PER"), (3, "LOC")]
    assert (document.corpus.name, at.query_params["doc"]) == ("My sentences", str(document.id))


def test_a_typed_pair_goes_into_the_current_corpus(open_page: Open, news: Shelf):
    at = open_page("add")
    at.text_area(key="typed_source").set_value("Hello")
    at.text_area(key="typed_target").set_value("Hallo")
    at.button(key="add_typed").click().run()
    assert len({document.corpus.id for document in news.documents().values()}) == 1
    assert news.document("typed-4").pair.target.text == "Hallo"


@pytest.mark.parametrize(("typed", "shown"), [("iw", "Hebrew \\(he\\), written from right to left"), ("Urd", "Urdu")])
def test_a_language_can_be_typed_as_tag_or_name(typed, shown, open_page: Open, words: Words):
    at = open_page("add", typed_target_lang=typed)
    assert shown in words(at)
    assert not at.error


def test_what_is_no_language_is_explained_and_cannot_be_added(open_page: Open):
    at = open_page("add", typed_target_lang="Klingonese!")
    assert "language tag" in at.error[0].value
    assert at.button(key="add_typed").disabled


def test_the_direction_of_the_chosen_language_is_shown(open_page: Open, words: Words):
    at = open_page("add")
    at.selectbox(key="typed_target_lang").set_value("ar").run()
    assert "from right to left" in words(at)


def upload(open_page: Open, rows: list[str]) -> AppTest:
    at = open_page("add")
    return at.file_uploader(key="upload").set_value(("rows.jsonl", "\n".join(rows).encode(), "text/plain")).run()


ROW = {
    "id": "r1", "source_lang": "en", "target_lang": "de", "source_tokens": ["Mira"], "target_tokens": ["Mira"],
    "source_entities": [{"start": 0, "end": 1, "label": "PER"}], "alignment": [[0, 0]],
}  # fmt: skip


def test_an_upload_is_reported_before_anything_is_kept(open_page: Open, words: Words, shelf: Shelf):
    at = upload(open_page, [json.dumps(ROW), "not json"])
    assert "1 row fine, 1 not" in words(at)
    assert shelf.documents() == {}
    assert at.text_input(key="upload_name").value == "rows"
    at.button(key="import").click().run()
    assert "**rows**: 1 sentence added." in at.success[0].value
    assert shelf.document("r1").corpus.name == "rows"
    assert not any(b.key == "import" for b in at.button)
    button(at, "Project it now").click().run()
    assert "1 of 1 projected." in words(at)
    assert shelf.document("r1").status == "projected"


def test_an_upload_may_go_into_a_corpus_that_is_there_and_clashes_come_back(open_page: Open, news: Shelf, words: Words):
    clash = {**ROW, "id": "one"}
    at = upload(open_page, [json.dumps(ROW), json.dumps(clash)])
    at.button(key="import").click().run()
    assert "1 sentence added, 1 id is taken." in at.success[0].value
    assert "1 row was not added" in at.warning[0].value
    assert len(news.documents()) == 4


def test_projections_of_a_file_come_along(open_page: Open, shelf: Shelf, words: Words):
    projection = {"status": "ok", "entities": [{"start": 0, "end": 1, "label": "PER", "source": 0}]}
    at = upload(open_page, [json.dumps({**ROW, "projection": projection})])
    assert "1 row brings its projection along" in words(at)
    at.button(key="import").click().run()
    assert "1 projection came along" in at.success[0].value
    assert shelf.document("r1").status == "projected"


@pytest.mark.parametrize(("name", "said"), [("  ", "needs a name"), ("News", "corpus 'News' already")])
def test_a_name_that_a_corpus_cannot_have_is_explained_and_nothing_is_kept(name, said, open_page: Open, news: Shelf):
    at = upload(open_page, [json.dumps(ROW)])
    at.selectbox(key="upload_corpus").set_value(0).run()
    at.text_input(key="upload_name").set_value(name).run()
    at.button(key="import").click().run()
    assert said in at.error[0].value.replace("\\", "")
    assert len(news.documents()) == 3


def test_the_button_says_into_which_corpus_rows_go(open_page: Open, news: Shelf):
    at = upload(open_page, [json.dumps(ROW)])
    assert at.button(key="import").label == "Import 1 row into News"
    at.selectbox(key="upload_corpus").set_value(0).run()
    at.text_input(key="upload_name").set_value("Field notes").run()
    assert at.button(key="import").label == "Import 1 row into Field notes"
    at.button(key="import").click().run()
    assert at.success[0].value.startswith("**Field notes**")
    assert [document.corpus.name for document in news.documents().values()].count("News") == 3


def test_a_file_that_cannot_be_read_is_explained(open_page: Open):
    at = open_page("add")
    at.file_uploader(key="upload").set_value(("x.bin", b"\x00\x01" * 40, "text/plain")).run()
    assert "could not be read" in at.error[0].value
    assert not any(b.key == "import" for b in at.button)


def test_a_table_without_languages_is_not_taken_before_both_are_chosen(open_page: Open, shelf: Shelf, words: Words):
    at = open_page("add")
    at.file_uploader(key="upload").set_value(("two.tsv", b"Mira left\tMira lahti\n", "text/plain")).run()
    assert "1 row does not say" in at.info[-1].value
    assert not any(b.key == "import" for b in at.button)
    at.selectbox(key="upload_source_lang").set_value("en").run()
    assert "Choose the target language above" in at.info[-1].value
    at.selectbox(key="upload_target_lang").set_value("et").run()
    at.button(key="import").click().run()
    (document,) = shelf.documents().values()
    assert (document.pair.source.lang, document.pair.target.lang) == ("en", "et")


def test_the_examples_of_files_are_read_as_they_stand():
    from xner.io.reading import Upload
    from xner.services import import_corpus
    from xner.services.input_files import InputOptions

    for name, text in (
        ("a.tsv", import_corpus.TSV_EXAMPLE), ("a.jsonl", import_corpus.JSON_EXAMPLE),
        ("a.txt", import_corpus.PLAIN_EXAMPLE),
    ):  # fmt: skip
        options = InputOptions("auto", "en", "de") if name == "a.txt" else InputOptions()
        report = import_corpus.read_upload(Upload(name, text.encode()), options)
        assert [str(problem) for problem in report.problems] == []
        assert [pair.target.text for pair in report.pairs] == ["Mira war in Nairobi."]


def test_a_label_that_a_format_cannot_carry_is_announced_by_the_name_of_the_format(open_page: Open):
    blank = {**ROW, "source_entities": [{"start": 0, "end": 1, "label": "two words"}]}
    assert "CoNLL-U Plus" in upload(open_page, [json.dumps(blank)]).warning[0].value
    fine = {**ROW, "source_entities": [{"start": 0, "end": 1, "label": "weather/noun_1"}]}
    assert not upload(open_page, [json.dumps(fine)]).warning


def settings_of(at: AppTest, corpus_id: int, label: str) -> AppTest:
    return at.selectbox(key=f"label_{corpus_id}").set_value(label).run()


def make_label(at: AppTest, corpus_id: int, name: str) -> AppTest:
    settings_of(at, corpus_id, "New label …")
    next(box for box in at.text_input if box.label == "Name").set_value(name)
    return button(at, "Save label").click().run()


def test_labels_made_one_after_the_other_look_different_and_each_is_confirmed(open_page: Open, news: Shelf):
    from xner.services import corpora

    corpus_id = news.document("one").corpus.id
    at = open_page()
    for name in ("ship", "river/sea"):
        make_label(at, corpus_id, name)
        assert f"{name.split('/')[0]}" in at.success[0].value
        assert "is saved" in at.success[0].value
        assert at.selectbox(key=f"label_{corpus_id}").value is None
    styles = [(label.light, label.line) for label in corpora.get(news.store, news.user, corpus_id).labels]
    assert len(set(styles)) == len({light for light, _ in styles}) == 4


def test_a_label_that_a_format_cannot_carry_is_not_made(open_page: Open, news: Shelf):
    from xner.services import corpora

    corpus_id = news.document("one").corpus.id
    at = make_label(open_page(), corpus_id, "big ship")
    assert "CoNLL-U Plus" in at.error[0].value.replace("\\", "")
    assert "big_ship" in at.error[0].value.replace("\\", "")
    assert len(corpora.get(news.store, news.user, corpus_id).labels) == 2


def test_a_corpus_is_renamed_in_its_settings(open_page: Open, news: Shelf):
    corpus_id = news.document("one").corpus.id
    at = open_page()
    at.text_input(key=f"corpus_name_{corpus_id}").set_value("Fjords")
    button(at, "Rename").click().run()
    assert "**\u2068Fjords\u2069** now" in at.success[0].value
    assert news.document("one").corpus.name == "Fjords"


def test_a_sentence_is_archived_on_inspect_and_brought_back_there_or_in_the_settings(open_page: Open, news: Shelf):
    one = news.id_of("one")
    at = open_page("inspection", doc=one)
    at.button(key="archive_pair").click().run()
    assert not at.exception
    assert one not in news.documents()
    assert at.query_params["doc"] != str(one)
    at.button(key="undo_archive").click().run()
    assert one in news.documents()
    assert not any(b.key == "undo_archive" for b in at.button)

    at.button(key="archive_pair").click().run()
    assert one not in news.documents()
    at = open_page()
    at.button(key=f"bring_back_pair_{one}").click().run()
    assert "is back" in at.success[0].value
    assert one in news.documents()


def test_rows_with_one_side_are_announced(open_page: Open):
    at = upload(open_page, [json.dumps(ROW), json.dumps({"id": "h", "source_lang": "en", "source_text": "Hello"})])
    assert "only one side" in at.warning[0].value


HOSTILE = [
    "![i](http://evil.test/i.png)", "[l](javascript:alert(1))", "<img src=x onerror=alert(1)>", "</style>", ":red[x]",
    "$x$", "`c`", "**b**", "www.evil.test", "# h",
]  # fmt: skip


def test_hostile_strings_never_become_markdown(open_page: Open, words: Words, shelf: Shelf):
    labels = [f"{text}{n}"[:100] for n, text in enumerate(HOSTILE)]
    spans = [Span(n, n + 1) for n in range(len(HOSTILE))]
    entities = tuple(Entity(span, label) for span, label in zip(spans, labels, strict=True))
    sentence = Sentence(tuple(HOSTILE), "en")
    pair = SentencePair(
        HOSTILE[0], sentence, replace(sentence, lang="de"), entities, entities[:3], make_links(len(HOSTILE)),
        back_translation=" ".join(HOSTILE),
    )  # fmt: skip
    shelf.corpus([pair], HOSTILE[1], projected=True)
    shelf.corpus([pair], HOSTILE[2])
    at = open_page("inspection", doc=shelf.id_of(HOSTILE[0]))
    assert not at.exception
    shown = words(at) + words(open_page(xner_name=HOSTILE[3])) + words(open_page("inspection", doc=HOSTILE[0] + "?"))
    for live in (r"(?<!\\)!\\?\[", r"(?<!\\)<img", r"(?<!\\):red\[", r"(?<!\\)\$x", r"(?<!\\)\]\(", r"www\\?\."):
        assert not re.search(live, shown), live


def make_links(n: int):
    from xner.types import Alignment

    return Alignment(frozenset((k, k) for k in range(n)))


def test_a_translation_and_links_may_come_in_files_of_their_own(open_page: Open, shelf: Shelf):
    at = open_page("add")
    at.file_uploader(key="upload_target").set_value(("fi.txt", b"Mira saapui\n", "text/plain"))
    at.file_uploader(key="upload_links").set_value(("links.txt", b"0-0 1-1\n", "text/plain"))
    at.file_uploader(key="upload").set_value(("en.conll", b"Mira\tB-PER\narrived\tO\n\n", "text/plain")).run()
    assert not at.exception
    assert "Choose the source language and the target language" in at.info[-1].value
    at.selectbox(key="upload_source_lang").set_value("en").run()
    at.selectbox(key="upload_target_lang").set_value("fi").run()
    assert "1 row, all fine" in at.subheader[0].value
    at.button(key="import").click().run()
    (document,) = shelf.documents().values()
    pair = document.pair
    assert pair.target.tokens == ("Mira", "saapui")
    assert (pair.source_entities[0].label, len(pair.alignment.links)) == ("PER", 2)

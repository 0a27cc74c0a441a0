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

from xner.types import Entity, Sentence, SentencePair, Span
from xner.ui.settings import Settings
from xner.ui.state import SESSION_ONLY, Workspace

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


@pytest.mark.parametrize("page", ["home", "add", "inspection"])
def test_a_page_shows_nothing_on_a_server_that_others_can_reach(page, open_page: Open, words: Words, monkeypatch):
    import streamlit as st

    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else None)
    at = open_page(page)
    assert "reached from other machines" in at.error[0].value
    assert not at.title
    assert not at.button


@pytest.mark.parametrize("page", ["home", "add", "inspection"])
def test_an_empty_session_gets_a_way_on_and_no_error(page, open_page: Open):
    at = open_page(page)
    assert not at.exception
    assert not at.error
    assert at.title[0].value in ("xner", "Add text", "Inspect")


@pytest.mark.parametrize("page", ["home", "add", "inspection"])
def test_the_reader_is_told_that_sentences_are_not_kept(page, open_page: Open, workspace: Workspace, words: Words):
    assert SESSION_ONLY in words(open_page(page, work=workspace))


def test_on_a_first_visit_two_actions_stand_out(open_page: Open):
    at = open_page()
    primary = [b.label for b in at.button if b.proto.type == "primary"]
    assert primary == ["Open the sample corpus", "Add text"]


def test_a_session_with_sentences_is_offered_for_continuing(open_page: Open, workspace: Workspace):
    workspace.current = "two"
    at = open_page(work=workspace)
    button(at, "Continue").click().run()
    assert at.query_params["doc"] == "two"
    assert [b.label for b in at.button if b.proto.type == "primary"] == []
    assert at.title[0].value == "Inspect"


def test_forgetting_everything_leaves_an_empty_session(open_page: Open, workspace: Workspace):
    at = open_page(work=workspace)
    button(at, "Forget everything").click().run()
    assert at.session_state["xner_workspace"].pairs == {}


def test_inspect_draws_source_target_gold_and_the_projection(open_page: Open, workspace: Workspace):
    data = view(open_page("inspection", work=workspace, doc="one"))
    source, target, gold = data["rows"]
    assert [block["chip"] for block in source["entities"]] == ["1 PER", "2 LOC"]
    assert [(b["start"], b["end"], b["chip"]) for b in target["entities"]] == [(0, 2, "PER ⇠1"), (3, 4, "LOC ⇠2")]
    assert [block["chip"] for block in gold["entities"]] == ["PER ✓", "LOC ✓"]


def test_inspect_says_why_and_how_it_agrees_with_gold(open_page: Open, workspace: Workspace, words: Words):
    text = words(open_page("inspection", work=workspace, doc="one"))
    assert "Both words are linked into this span" in text
    assert "✓ **2** correct" in text


def test_hiding_gold_takes_its_row_away(open_page: Open, workspace: Workspace):
    at = open_page("inspection", work=workspace, doc="one")
    at.toggle(key="show_gold").set_value(False).run()
    assert [row["role"] for row in view(at)["rows"]] == ["source", "target"]


def test_next_and_previous_move_through_the_corpus_and_the_address(open_page: Open, workspace: Workspace):
    at = open_page("inspection", work=workspace, doc="one")
    at.button(key="next").click().run()
    assert (view(at)["doc"], at.query_params["doc"]) == ("two", "two")
    at.button(key="previous").click().run()
    assert (view(at)["doc"], at.query_params["doc"]) == ("one", "one")
    assert at.button(key="previous").disabled


def test_the_list_opens_the_sentence_that_is_picked(open_page: Open, workspace: Workspace):
    at = open_page("inspection", work=workspace, doc="one")
    at.selectbox(key="picked").set_value("drei").run()
    assert (view(at)["doc"], at.query_params["doc"]) == ("drei", "drei")


def test_a_language_filter_leaves_only_its_sentences(open_page: Open, workspace: Workspace):
    at = open_page("inspection", work=workspace, doc="one")
    at.pills(key="language").set_value("nl").run()
    assert view(at)["doc"] == "drei"
    assert len(at.selectbox(key="picked").options) == 1


def test_an_unknown_sentence_is_named_and_a_way_on_is_shown(open_page: Open, workspace: Workspace):
    at = open_page("inspection", work=workspace, doc="nowhere")
    assert "nowhere" in at.warning[0].value
    button(at, "Open the first sentence").click().run()
    assert view(at)["doc"] == "one"


def test_an_address_into_the_sample_corpus_offers_to_open_it(open_page: Open):
    at = open_page("inspection", doc="sample/en-de/03")
    assert any(b.label == "Open the German sample corpus here" for b in at.button)


def test_a_weight_matches_again_at_once(open_page: Open, workspace: Workspace, words: Words):
    at = open_page("inspection", work=workspace, doc="one")
    before = words(at)
    at.slider(key="set_coverage").set_value(0.5).run()
    assert "total score 1.00" in words(at)
    assert "total score 2.00" in before


def test_settings_survive_another_page(open_page: Open, workspace: Workspace):
    at = open_page("inspection", work=workspace, doc="one")
    at.slider(key="set_coverage").set_value(0.5).run()
    at.switch_page("pages/add.py").run()
    at.switch_page("pages/inspection.py").run()
    assert at.slider(key="set_coverage").value == 0.5


def test_without_any_weight_the_sentence_is_failed_and_not_empty(open_page: Open, workspace: Workspace):
    workspace.settings = Settings(aligner="given", links=0.0, coverage=0.0, soft=0.0)
    at = open_page("inspection", work=workspace, doc="one")
    assert not at.exception
    assert "Failed" in at.error[0].value
    assert view(at)["rows"][1]["note"] == "⚠ failed"


def test_links_set_by_hand_change_the_projection_and_can_be_reset(open_page: Open, workspace: Workspace, words: Words):
    workspace.decisions["one"] = {(3, 3): False, (3, 4): True}
    at = open_page("inspection", work=workspace, doc="one")
    assert [(b["start"], b["end"]) for b in view(at)["rows"][1]["entities"]] == [(0, 2), (4, 5)]
    assert [3, 4, "manual"] in view(at)["links"]
    assert "Changed by your links" in words(at)
    at.button(key="reset_links").click().run()
    assert [(b["start"], b["end"]) for b in view(at)["rows"][1]["entities"]] == [(0, 2), (3, 4)]


def test_the_list_of_links_is_another_way_to_set_one(open_page: Open, workspace: Workspace):
    at = open_page("inspection", work=workspace, doc="one")
    chosen = at.multiselect[0]
    chosen.set_value([link for link in chosen.value if link != (3, 3)]).run()
    assert at.session_state["xner_workspace"].decisions["one"] == {(3, 3): False}


def test_a_sentence_without_translation_is_failed_with_its_reason(open_page: Open, workspace: Workspace, pair):
    workspace.add([replace(pair, id="half", target=None, target_entities=None, alignment=None)])
    at = open_page("inspection", work=workspace, doc="half")
    assert not at.exception
    assert "target sentence is missing" in at.error[0].value
    assert "`INPUT`" in at.error[0].value


def test_a_sentence_without_links_is_failed_where_links_are_to_be_given(open_page: Open, workspace: Workspace, pair):
    workspace.add([replace(pair, id="bare", alignment=None)])
    at = open_page("inspection", work=workspace, doc="bare")
    assert "has no alignment" in at.error[0].value
    assert view(at)["links"] == []


def test_what_nobody_foresaw_becomes_words_and_a_code(open_page: Open, workspace: Workspace, monkeypatch, caplog):
    from xner.services import inspect_pair

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(inspect_pair, "why_here", broken)
    at = open_page("inspection", work=workspace, doc="one")
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
def test_a_typed_pair_that_cannot_be_used_is_explained_and_not_kept(source, target, said, open_page: Open):
    at = open_page("add")
    at.text_area(key="typed_source").set_value(source)
    at.text_area(key="typed_target").set_value(target)
    at.button(key="add_typed").click().run()
    assert said in at.error[0].value.replace("\\", "")
    assert at.session_state["xner_workspace"].pairs == {}


def test_names_typed_beside_a_sentence_of_another_language_are_taken(open_page: Open):
    at = open_page("add")
    at.session_state["xner_workspace"].settings = Settings(aligner="given")
    at.selectbox(key="typed_source_lang").set_value("fr").run()
    at.text_area(key="typed_source").set_value("Ada vit à Turin.")
    at.text_area(key="typed_target").set_value("Ada lebt in Turin.")
    at.text_area(key="typed_names").set_value("Ada = PER\nTurin = LOC")
    at.button(key="add_typed").click().run()
    (pair,) = at.session_state["xner_workspace"].pairs.values()
    assert [(e.span.start, e.label) for e in pair.source_entities] == [(0, "PER"), (3, "LOC")]


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


def test_an_upload_is_reported_before_anything_is_kept(open_page: Open, words: Words):
    at = upload(open_page, [json.dumps(ROW), "not json"])
    assert "1 row fine, 1 not" in words(at)
    assert at.session_state["xner_workspace"].pairs == {}
    at.session_state["xner_workspace"].settings = Settings(aligner="given")
    at.button(key="import").click().run()
    assert list(at.session_state["xner_workspace"].pairs) == ["r1"]
    assert at.title[0].value == "Inspect"


def test_a_file_that_cannot_be_read_is_explained(open_page: Open):
    at = open_page("add")
    at.file_uploader(key="upload").set_value(("x.bin", b"\x00\x01" * 40, "text/plain")).run()
    assert "could not be read" in at.error[0].value
    assert not any(b.key == "import" for b in at.button)


def test_rows_with_one_side_are_announced(open_page: Open):
    at = upload(open_page, [json.dumps(ROW), json.dumps({"id": "h", "source_lang": "en", "source_text": "Hello"})])
    assert "only one side" in at.warning[0].value


HOSTILE = [
    "![i](http://evil.test/i.png)", "[l](javascript:alert(1))", "<img src=x onerror=alert(1)>", "</style>", ":red[x]",
    "$x$", "`c`", "**b**", "www.evil.test", "# h",
]  # fmt: skip


def test_hostile_strings_never_become_markdown(open_page: Open, words: Words):
    labels = [f"{text}{n}"[:100] for n, text in enumerate(HOSTILE)]
    spans = [Span(n, n + 1) for n in range(len(HOSTILE))]
    entities = tuple(Entity(span, label) for span, label in zip(spans, labels, strict=True))
    sentence = Sentence(tuple(HOSTILE), "en")
    pair = SentencePair(
        HOSTILE[0], sentence, replace(sentence, lang="de"), entities, entities[:3], make_links(len(HOSTILE)),
        back_translation=" ".join(HOSTILE),
    )  # fmt: skip
    work = Workspace(settings=Settings(aligner="given"))
    work.add([pair])
    at = open_page("inspection", work=work, doc=pair.id)
    assert not at.exception
    shown = words(at) + words(open_page(work=work)) + words(open_page("inspection", work=work, doc=HOSTILE[0] + "?"))
    for live in (r"(?<!\\)!\\?\[", r"(?<!\\)<img", r"(?<!\\):red\[", r"(?<!\\)\$x", r"(?<!\\)\]\(", r"www\\?\."):
        assert not re.search(live, shown), live


def make_links(n: int):
    from xner.types import Alignment

    return Alignment(frozenset((k, k) for k in range(n)))


def test_a_translation_and_links_may_come_in_files_of_their_own(open_page: Open):
    at = open_page("add")
    at.file_uploader(key="upload_target").set_value(("fi.txt", b"Mira saapui\n", "text/plain"))
    at.file_uploader(key="upload_links").set_value(("links.txt", b"0-0 1-1\n", "text/plain"))
    at.file_uploader(key="upload").set_value(("en.conll", b"Mira\tB-PER\narrived\tO\n\n", "text/plain")).run()
    assert not at.exception
    assert "1 row, all fine" in at.subheader[0].value
    at.session_state["xner_workspace"].settings = Settings(aligner="given")
    at.button(key="import").click().run()
    (pair,) = at.session_state["xner_workspace"].pairs.values()
    assert pair.target.tokens == ("Mira", "saapui")
    assert (pair.source_entities[0].label, len(pair.alignment.links)) == ("PER", 2)

"""Compare without a browser: its states, and that address and page say the same."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.services import corrections
from xner.types import Span

from .conftest import Shelf, make_pair

Open = Callable[..., AppTest]
Words = Callable[[AppTest], str]
GIVEN = "align.name=given"


@pytest.fixture
def compare(open_page: Open) -> Open:
    """Return a function that opens the page under an address."""

    def run(**address: object) -> AppTest:
        at = open_page()
        at.switch_page("pages/compare.py")
        for key, value in address.items():
            at.query_params[key] = value if isinstance(value, list) else str(value)
        return at.run()

    return run


def views(at: AppTest) -> list[dict]:
    found = [c for c in at.get("bidi_component") if c.proto.component_name == "xner_pair_view"]
    return [json.loads(c.proto.json) for c in found]


def rows(at: AppTest) -> dict[str, list[tuple[int, int, str]]]:
    """Return what stands in each row of the view: title to start, end and chip of its entities."""
    return {row["title"]: [(e["start"], e["end"], e["chip"]) for e in row["entities"]] for row in views(at)[0]["rows"]}


def test_an_empty_store_offers_to_type_a_sentence(compare: Open, words: Words):
    at = compare()
    assert not at.exception
    assert not at.error
    assert "Type a sentence and its translation" in words(at)


def test_methods_stand_one_beneath_the_other_with_gold(news: Shelf, compare: Open, words: Words):
    at = compare(doc=news.id_of("one"), m=[f"default;{GIVEN}", f"heuristic;{GIVEN}"])
    assert not at.error
    found = rows(at)
    assert list(found) == [
        "Source", "Default · align.name=given", "Heuristic (NoDaLiDa 2025) · align.name=given", "Gold",
    ]  # fmt: skip
    assert found["Gold"] == [(0, 2, "PER"), (3, 4, "LOC")]
    assert "Both methods agree" in words(at)


def test_what_differs_is_marked_from_gold_or_from_the_first_method(news: Shelf, compare: Open, words: Words):
    address = {"doc": news.id_of("one"), "m": [f"default;extract.max_tokens=1;{GIVEN}", f"default;{GIVEN}"]}
    short, full = list(rows(compare(**address)).values())[1:3]
    assert [chip for _, _, chip in short] == ["PER ⇠1 ↔", "LOC ⇠2"]
    assert [chip for _, _, chip in full] == ["PER ⇠1", "LOC ⇠2"]
    at = compare(**address, against="first")
    assert [[chip for _, _, chip in row] for row in list(rows(at).values())[1:]] == [
        ["PER ⇠1", "LOC ⇠2"], ["PER ⇠1 ↔", "LOC ⇠2"],
    ]  # fmt: skip
    assert "agree on 1 of 2 entities" in words(at)


def test_a_correction_is_what_methods_are_held_against(news: Shelf, compare: Open):
    document = news.document("one")
    place = AnnotatedEntity("a", Span(3, 4), "ORG", source=1, status="edited")
    corrections.save_annotation(news.store, news.user, document, Annotation((place,)), status="accepted")
    at = compare(doc=document.id, m=["given-links"])
    found = list(rows(at).items())
    assert found[1][1] == [(0, 2, "PER ⇠1 +"), (3, 4, "LOC ⇠2 ≠")]
    assert found[2] == ("Correction", [(3, 4, "ORG ⇠2")])


def test_a_method_nobody_knows_is_told_and_loses_nothing(news: Shelf, compare: Open, words: Words):
    asked = [f"default;{GIVEN}", "hueristic", f"greedy-links;{GIVEN}"]
    at = compare(doc=news.id_of("two"), m=asked)
    assert "Did you mean 'heuristic'" in at.error[0].value.replace("\\", "")
    assert list(rows(at))[1:3] == ["Default · align.name=given", "Greedy on links · align.name=given"]
    assert at.query_params["m"] == asked
    assert at.query_params["doc"] == str(news.id_of("two"))


def test_a_method_that_fails_shows_why_and_is_no_row(news: Shelf, compare: Open, words: Words):
    at = compare(doc=news.id_of("one"), m=["given-links", f"default;match.constraint=>=;match.per_entity=4;{GIVEN}"])
    assert len(rows(at)) == 3
    assert "INFEASIBLE" in at.error[0].value
    assert "not an empty result" in words(at)


def test_a_method_that_is_not_installed_says_how_to_get_it(news: Shelf, compare: Open, words: Words):
    at = compare(doc=news.id_of("one"), m=["given-links", "align.model=nobody/knows-this"])
    assert "not installed here" in words(at)
    assert "python -m xner models prepare nobody/knows-this" in [code.value for code in at.code]


def test_more_than_four_methods_are_told(news: Shelf, compare: Open):
    asked = [f"{GIVEN};extract.max_tokens={n}" for n in range(1, 7)]
    at = compare(doc=news.id_of("one"), m=asked)
    assert "names 6 methods" in at.warning[0].value
    assert at.query_params["m"] == asked


def test_what_is_chosen_goes_into_the_address(news: Shelf, compare: Open, words: Words):
    at = compare(doc=news.id_of("one"), m=["given-links"])
    at.multiselect(key="compare_methods").set_value(["given-links", "exact-nmt"]).run()
    assert at.query_params["m"] == ["given-links", "exact-nmt"]
    assert "not installed here" in words(at)


def test_links_are_drawn_when_asked_for(news: Shelf, compare: Open):
    address = {"doc": news.id_of("one"), "m": ["given-links", f"heuristic;{GIVEN}"]}
    assert len(views(compare(**address))) == 1
    assert len(views(compare(**address, links=2))[1]["links"]) == 3


def test_a_typed_sentence_stands_in_the_address_alone(compare: Open, words: Words, shelf: Shelf):
    at = compare(
        sentence="typed", source="Ada was here", target="Ada war hier", to="de", names="Ada = PER", m=["given-links"]
    )
    at.query_params["from"] = "en"
    at.run()
    assert "given" in " ".join(error.value for error in at.error)  # it brings no links, and that is a failure
    assert not shelf.documents()
    link = next(code.value for code in at.code)
    assert "source=Ada+was+here" in link
    assert "names=Ada+%3D+PER" in link


def test_hostile_words_in_the_address_stay_words(news: Shelf, compare: Open):
    spec = "<img src=x onerror=alert(1)>**b**"
    at = compare(doc=news.id_of("one"), m=["given-links", spec])
    shown = at.error[0].value
    assert "<img" not in shown.replace("\\<", "")
    assert "**b**" not in shown


def test_a_sentence_of_somebody_else_is_not_shown(news: Shelf, compare: Open):
    at = compare(doc=10**6, m=["given-links"])
    assert "no such sentence" in at.error[0].value
    assert not views(at)


def test_a_sentence_without_translation_is_told(shelf: Shelf, compare: Open, words: Words):
    from dataclasses import replace

    shelf.corpus([replace(make_pair(), target=None, target_entities=None, alignment=None, back_translation=None)])
    assert "no translation yet" in words(compare(m=["given-links"]))


def test_settings_in_the_address_load_no_picture(news: Shelf, compare: Open, words: Words):
    picture = "![x](http://example.org/x.png)"
    at = compare(doc=news.id_of("one"), m=[f"labels={picture},PER;{GIVEN}", "given-links"])
    assert not at.exception
    labels = [
        *at.table[0].value.columns,
        *(option.content for group in at.button_group for option in group.proto.options),
    ]
    assert any("example" in label for label in labels)
    assert not any(picture in text for text in [*labels, words(at)])


def tables(at: AppTest) -> list[dict]:
    return [table.value.to_dict("list") for table in at.table]


def test_f1_beneath_is_computed_when_asked_for_and_names_what_is_missing(news: Shelf, compare: Open, words: Words):
    at = compare(doc=news.id_of("one"), m=[f"default;{GIVEN}", f"default;extract.max_tokens=1;{GIVEN}", "nobody"])
    assert "Compute over 3 sentences" in [button.label for button in at.button]
    next(button for button in at.button if button.key == "compare_compute").click()
    at.run()
    found = tables(at)[-1]
    assert found["F1 (95 % interval)"] == [
        "**1.000** (1.000 to 1.000)",
        "**0.500** (0.500 to 0.500)",
        "⚠ no such method",
    ]
    assert found["Difference (95 % interval)"][1] == "-0.500 (-0.500 to -0.500)"
    assert found["Failed"] == ["0", "0", "–"]
    assert "on 3 sentences with gold" in words(at)
    assert not [button for button in at.button if button.key == "compare_compute"]


def test_f1_of_a_stored_run_needs_no_button(shelf: Shelf, compare: Open):
    shelf.corpus(projected=True)
    at = compare(doc=shelf.id_of("one"), m=f"default;{GIVEN}")
    assert tables(at)[-1]["From"] == ["run 1"]
    assert not [button for button in at.button if button.key == "compare_compute"]

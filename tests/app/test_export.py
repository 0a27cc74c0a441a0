"""The Export page in its states: nothing there, rows left out, a file made, checked and offered, or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.app.conftest import PAIRS, Open, Shelf, make_pair
from xner.io.formats import FORMATS
from xner.services import corpora, corrections
from xner.services.documents import open_document
from xner.services.identity import local_user
from xner.types import Entity, Span

BEN = local_user("Ben")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "<b>x</b>", "*x*", "$x$", ":red[x]", "![](http://x)", "javascript:x")


@pytest.fixture
def projected(shelf: Shelf) -> Shelf:
    shelf.corpus(projected=True)
    return shelf


def save(shelf, record_id, status, user=None):
    user = user or shelf.user
    document = open_document(shelf.store, user, shelf.id_of(record_id), "client-of-test")
    corrections.save_annotation(shelf.store, user, document, document.annotation, status=status)


def links(at):
    return [element.proto.label for element in at.get("page_link")]


def make_file(at):
    at.button(key="export_make").click().run()
    return at


def download(at, key="export_download"):
    return next(element for element in at.get("download_button") if key in element.proto.id)


def test_an_empty_store_says_what_belongs_here(shelf, open_page: Open, words):
    at = open_page("export")
    assert "There is no corpus yet" in words(at)
    assert not at.exception


def test_a_corpus_without_sentences_is_no_error(shelf, open_page: Open, words):
    shelf.corpus(pairs=())
    assert "no sentences yet" in words(open_page("export"))


def test_nothing_projected_means_nothing_to_export_and_says_why(news, open_page: Open, words):
    at = open_page("export")
    assert "Nothing is left to export" in words(at)
    assert "3 · not projected yet" in links(at)
    assert not at.get("download_button")


def test_rows_are_counted_by_status_and_reason(projected, open_page: Open, words):
    save(projected, "one", "accepted")
    save(projected, "two", "skipped")
    at = open_page("export")
    shown = words(at)
    assert not at.error
    assert "2 sentences of 3" in shown
    assert "✓ accepted 1 · ◌ projected 1" in shown
    assert "1 · skipped" in links(at)


def test_filters_change_the_count_at_once(projected, open_page: Open, words):
    save(projected, "one", "accepted")
    at = open_page("export")
    at.button_group(key="export_statuses").set_value(["accepted"]).run()
    assert "1 sentence of 3" in words(at)
    assert "2 · the status is not chosen" in words(at)
    at.button_group(key="export_langs").set_value(["nl"]).run()
    assert "Nothing is left to export" in words(at)


def test_download_waits_for_the_check_and_for_nothing_else(projected, open_page: Open, words):
    at = open_page("export")
    assert download(at).proto.disabled
    make_file(at)
    assert "Written, read back and equal: 3 sentences, 6 entities" in words(at)
    assert not download(at).proto.disabled
    assert not download(at, "export_card").proto.disabled


def test_another_choice_takes_the_file_back(projected, open_page: Open, words):
    at = make_file(open_page("export"))
    at.selectbox(key="export_format").set_value("jsonl").run()
    assert "choices have changed" in words(at)
    assert download(at).proto.disabled


def test_a_file_that_came_back_otherwise_is_not_offered(projected, open_page: Open, words, monkeypatch):
    monkeypatch.setitem(FORMATS, "conll", replace(FORMATS["conll"], read=lambda stream, options: iter(())))
    at = make_file(open_page("export"))
    assert "not the same" in words(at)
    assert download(at).proto.disabled


def test_a_sentence_that_the_format_has_no_place_for_is_named(shelf, open_page: Open, words):
    shelf.corpus([make_pair("good"), make_pair("bad", target="-DOCSTART- Halvorsen hat Bergen besucht .")],
                 projected=True)  # fmt: skip
    at = make_file(open_page("export"))
    assert "1 sentence has no place in this format and is left out" in words(at)
    assert "bad" in str(at.table[0].value)
    assert "read back and equal: 1 sentence" in words(at)


def test_conflicts_are_counted_and_can_be_taken_along(projected, open_page: Open, words):
    pair_id = projected.id_of("one")
    first, second = (
        open_document(projected.store, user, pair_id, f"client-of-{user.name}") for user in (projected.user, BEN)
    )
    for document, user in ((first, projected.user), (second, BEN)):
        edit = {
            "doc_id": str(pair_id), "rev": document.rev, "client": document.client, "seq": 1, "spans": [],
            "cuts": None, "dropped": [], "history": [], "ops": [], "action": "accepted", "note": None,
        }  # fmt: skip
        try:
            corrections.save_correction(projected.store, user, edit)
        except corrections.RevisionConflict:
            continue
    at = open_page("export")
    assert "waits for its author to decide" in words(at)
    assert "2 sentences of 3" in words(at)
    at.checkbox(key="export_conflicts").check().run()
    assert "3 sentences of 3" in words(at)


def test_an_independent_corpus_offers_adjudicated_pairs_or_one_persons(projected, open_page: Open, words):
    corpus_id = corpora.visible(projected.store, projected.user)[0].id
    corpora.set_mode(projected.store, projected.user, corpus_id, "independent")
    save(projected, "one", "accepted", BEN)
    at = open_page("export")
    assert "3 · not adjudicated yet" in links(at)
    at.selectbox(key="export_track").set_value(corpora.person(projected.store, BEN)).run()
    assert "✓ accepted 1 · ◌ projected 2" in words(at)


def test_the_preview_shows_the_file_as_it_will_be(projected, open_page: Open):
    at = open_page("export")
    assert "Mira\tB-PER" in at.code[0].value
    at.selectbox(key="export_format").set_value("docbin").run()
    assert not at.code


def test_raw_cells_are_off_and_warned_of(projected, open_page: Open, words):
    at = open_page("export")
    at.selectbox(key="export_format").set_value("csv").run()
    assert at.checkbox(key="export_raw").value is False
    at.checkbox(key="export_raw").check().run()
    assert "runs cells that begin with" in words(at)


@pytest.mark.parametrize("text", FORMULAS)
def test_hostile_text_is_shown_as_text_and_comes_back(text, shelf, open_page: Open):
    tokens = f"{text} Halvorsen hat Bergen besucht ."
    hostile = replace(make_pair(text, target=tokens), target_entities=None,
                      source_entities=(Entity(Span(0, 2), text), Entity(Span(3, 4), "LOC")))  # fmt: skip
    shelf.corpus([hostile, PAIRS[0]], name=text, projected=True)
    for name in ("csv", "jsonl"):
        at = open_page("export", export_format=name)
        make_file(at)
        assert not at.exception
        assert not at.error
        assert "=1+1" != at.table[0].value.iloc[0, 0][:4]
        assert not download(at).proto.disabled


def test_a_damaged_store_stops_the_export_in_words(projected, open_page: Open):
    from sqlalchemy import text

    change = text("UPDATE projection SET record = replace(record, '\"ok\"', '\"empty\"')")
    projected.store.write(lambda session: session.execute(change))
    at = make_file(open_page("export"))
    assert "nothing is exported" in at.error[0].value
    assert "doctor" in at.error[0].value


def test_the_page_says_what_a_format_leaves_behind_before_and_after_the_file_is_made(open_page, shelf, words):
    shelf.corpus(projected=True)
    at = open_page("export")
    assert "Without: the source sentence" in words(at)
    at = make_file(at)
    assert "back-translations" in at.info[0].value.replace("\\", "")
    at.selectbox(key="export_format").set_value("jsonl").run()
    assert "Without:" not in words(at)
    at = make_file(at)
    assert not at.info

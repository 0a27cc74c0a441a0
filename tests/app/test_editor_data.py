"""What the editor is told of a pair: everything by token index, nothing that the label set lacks left out."""

import json

import pytest

from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.correct.edits import parse_edit
from xner.correct.labels import Label
from xner.correct.offer import Offer
from xner.types import Alignment, Entity, Sentence, SentencePair, Span
from xner.ui import editor

LABELS = (Label("LOC", "l", "#00695c", "#2fbf8f", "dashed"),)
PAIR = SentencePair(
    "1", Sentence(("in", "Brussels"), "en"), Sentence(("בבריסל", "."), "he", spaces=(False, False)),
    source_entities=(Entity(Span(1, 2), "GPE"),),
)  # fmt: skip
ENTITY = AnnotatedEntity("p0", Span(1, 2), "LOC", 0.5, 0, "projected")
SPLIT = Annotation((ENTITY,), cuts=(1, 6))


def data(pair=PAIR, annotation=SPLIT, **more):
    return editor.editor_data(pair, annotation, LABELS, doc_id="7", rev="r", client="c", **more)


def test_the_data_is_json_and_comes_back_as_the_same_annotation():
    sent = json.loads(json.dumps(data(offers=[Offer(0, Span(0, 1), 0.4, ("ner",))]), allow_nan=False))
    edit = {
        "doc_id": sent["doc_id"], "rev": sent["rev"], "client": sent["client"], "seq": 1, "spans": sent["tgt"]["spans"],
        "cuts": sent["tgt"]["cuts"], "dropped": sent["dropped"], "history": [], "ops": [], "action": "draft",
        "note": None,
    }  # fmt: skip

    assert parse_edit(edit, PAIR, LABELS, SPLIT).annotation == SPLIT


def test_pieces_and_clitics_are_those_of_the_imported_tokens():
    target = data()["tgt"]
    assert target["pieces"] == [list("בבריסל"), ["."]]
    assert target["clitics"] == [[1], []]
    assert (target["cuts"], target["dir"], target["ws"]) == ([1, 6], "rtl", [False, False])


def test_a_label_of_the_pair_beyond_the_label_set_can_be_chosen_without_a_key():
    labels = data()["labels"]
    assert [(label["name"], label["key"]) for label in labels] == [("LOC", "l"), ("GPE", "")]
    assert all(label["light"].startswith("#") for label in labels)


def test_links_set_and_removed_by_hand_are_applied():
    alignment = Alignment(frozenset({(0, 0), (1, 0)}), frozenset({(0, 0), (0, 1)}))
    by_hand = Annotation(links={(1, 0): False, (1, 1): True})
    assert data(annotation=by_hand, alignment=alignment)["align"] == [
        [1, 1, "manual"], [0, 1, "possible"], [0, 0, "sure"],
    ]  # fmt: skip


def test_a_pair_without_target_is_read_only_and_says_why():
    sent = data(SentencePair("1", PAIR.source, None), Annotation())
    assert (sent["readonly"], sent["reason"]) == (True, "This pair has no target text.")
    assert data(readonly_reason="Jana has it open.")["reason"] == "Jana has it open."
    assert (data()["readonly"], data()["reason"]) == (False, None)


@pytest.mark.parametrize(
    ("sent", "name"),
    [({"name": "next"}, "next"), ({"name": "rm -rf"}, ""), ({"name": ["next"]}, ""), ("next", ""), (None, "")],
)
def test_a_command_is_one_of_three_words_whatever_the_browser_sends(sent, name, monkeypatch):
    monkeypatch.setattr(editor.st, "session_state", {editor.KEY: {"command": sent, "edit": sent}})
    assert editor.last_command() == name
    assert isinstance(editor.last_edit(), dict)

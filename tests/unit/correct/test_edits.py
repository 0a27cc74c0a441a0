"""The browser's payload: a good one becomes the annotation it means, a bad one is refused with the field's name."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.correct.annotation import AnnotatedEntity, Annotation, plain_annotation
from xner.correct.edits import MAX_HISTORY, MAX_NOTE, MAX_OPS, Step, parse_edit, plain_spans
from xner.correct.labels import Label
from xner.errors import InputError
from xner.types import Entity, Sentence, SentencePair, Span

LABELS = (Label("PER", "p", "#003f88", "#3f8fe0", "solid"), Label("LOC", "l", "#00695c", "#2fbf8f", "dashed"))
PAIR = SentencePair(
    "1", Sentence(("Mira", "in", "Tokyo"), "en"), Sentence(("ミラ", "は", "東京都", "へ"), "ja"),
    source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "GPE")),
)  # fmt: skip
BEFORE = Annotation(links={(0, 0): True, (2, 2): False})


def span(start=0, end=1, **other):
    return {"id": "p0", "start": start, "end": end, "label": "PER", "src": 0, "status": "edited", "conf": None} | other


def payload(**other):
    return {
        "doc_id": "7", "rev": "r1", "client": "c", "seq": 3, "spans": [span()], "cuts": None, "dropped": [],
        "history": [{"op": "add PER", "del": [], "add": [span()]}],
        "ops": [{"op": "add PER", "ms": 1_700_000_000_000, "seq": 3}], "action": "draft", "note": None,
    } | other  # fmt: skip


def parse(edit):
    return parse_edit(edit, PAIR, LABELS, BEFORE)


def test_a_good_payload_becomes_the_annotation_it_means():
    edit = parse(payload(dropped=[1], action="flagged", note="  which city? "))
    assert edit.annotation.entities == (AnnotatedEntity("p0", Span(0, 1), "PER", None, 0, "edited"),)
    assert (edit.annotation.dropped, edit.annotation.cuts) == (frozenset({1}), None)
    assert (edit.doc_id, edit.rev, edit.client, edit.seq) == ("7", "r1", "c", 3)
    assert (edit.action, edit.note) == ("flagged", "which city?")
    assert edit.ops == (Step("add PER", 1_700_000_000_000, 3),)
    assert edit.history == ({"op": "add PER", "del": [], "add": [span()]},)


def test_links_that_the_editor_does_not_send_are_kept():
    assert parse(payload()).annotation.links == BEFORE.links


def test_spans_count_the_tokens_as_they_are_cut_now():
    cuts = [2, 3, 5, 6]  # 東京|都
    edit = parse(payload(cuts=cuts, spans=[span(2, 3, label="LOC", src=1)]))
    assert edit.annotation.cuts == tuple(cuts)
    with pytest.raises(InputError, match=r"spans\.end"):
        parse(payload(spans=[span(2, 5)]))


def test_the_imported_cutting_is_stored_as_none():
    assert parse(payload(cuts=[2, 3, 6])).annotation.cuts is None


def test_spans_in_any_order_are_sorted():
    edit = parse(payload(spans=[span(2, 3), span(0, 1, id="p1")]))
    assert [e.span.start for e in edit.annotation.entities] == [0, 2]


def test_labels_already_on_the_pair_are_known():
    before = Annotation((AnnotatedEntity("p0", Span(0, 1), "OLD"),))
    assert parse(payload(spans=[span(label="GPE")])).annotation.entities[0].label == "GPE"
    assert parse_edit(payload(spans=[span(label="OLD")]), PAIR, LABELS, before).annotation.entities[0].label == "OLD"


def test_the_history_may_hold_labels_and_cuttings_of_the_past():
    delta = {"op": "split", "del": [span(0, 6, label="GONE")], "add": [], "cuts": {"from": None, "to": [2, 3]},
             "dropped": {"from": [1], "to": []}}  # fmt: skip
    assert parse(payload(history=[delta])).history == (delta,)


def test_what_is_sent_to_the_editor_comes_back_as_the_same_annotation():
    before = Annotation(
        (AnnotatedEntity("p0", Span(1, 3), "PER", 0.25, 0, "projected"),), frozenset({1}), {(0, 0): True}
    )
    edit = parse_edit(payload(spans=plain_spans(before.entities), dropped=[1]), PAIR, LABELS, before)
    assert plain_annotation(edit.annotation) == plain_annotation(before)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("doc_id", {"doc_id": 7}),
        ("doc_id", {"doc_id": ""}),
        ("rev", {"rev": None}),
        ("client", {"client": "x" * 300}),
        ("client", {"client": "a\x00b"}),
        ("seq", {"seq": 0}),
        ("seq", {"seq": True}),
        ("seq", {"seq": 1.5}),
        ("seq", {"seq": 2**40}),
        ("spans", {"spans": {}}),
        ("spans", {"spans": [span(i, i + 1, id=f"x{i}") for i in range(4)] + [span()]}),
        ("spans", {"spans": [span(0, 2), span(1, 3, id="p1")]}),
        ("spans.id", {"spans": [span(), span(1, 2)]}),
        ("spans.id", {"spans": [span(id="<b>")]}),
        ("spans.id", {"spans": [None]}),
        ("spans.start", {"spans": [span(-1, 1)]}),
        ("spans.start", {"spans": [span(4, 5)]}),
        ("spans.end", {"spans": [span(2, 2)]}),
        ("spans.end", {"spans": [span(0, 5)]}),
        ("spans.end", {"spans": [span(0, "1")]}),
        ("spans.label", {"spans": [span(label="ORG")]}),
        ("spans.label", {"spans": [span(label=None)]}),
        ("spans.src", {"spans": [span(src=2)]}),
        ("spans.src", {"spans": [span(src=-1)]}),
        ("spans.status", {"spans": [span(status="new")]}),
        ("spans.conf", {"spans": [span(conf=float("nan"))]}),
        ("spans.conf", {"spans": [span(conf="0.5")]}),
        ("spans.conf", {"spans": [span(conf=10**400)]}),
        ("cuts", {"cuts": [2, 2]}),
        ("cuts", {"cuts": [0]}),
        ("cuts", {"cuts": [9]}),
        ("cuts", {"cuts": "1"}),
        ("cuts", {"cuts": [True]}),
        ("dropped", {"dropped": [2]}),
        ("dropped", {"dropped": [0]}),  # placed
        ("dropped", {"dropped": None}),
        ("action", {"action": "adjudicated"}),
        ("action", {"action": ["draft"]}),
        ("note", {"note": 1}),
        ("note", {"note": "x" * (MAX_NOTE + 1)}),
        ("note", {"note": "\x1b[31m"}),
        ("history", {"history": [{"op": "x", "del": [], "add": []}] * (MAX_HISTORY + 1)}),
        ("history.op", {"history": [{"op": "", "del": [], "add": []}]}),
        ("history.del", {"history": [{"op": "x", "add": []}]}),
        ("history.add.end", {"history": [{"op": "x", "del": [], "add": [span(0, 99)]}]}),
        ("history.cuts", {"history": [{"op": "x", "del": [], "add": [], "cuts": {"from": None}}]}),
        ("history.cuts", {"history": [{"op": "x", "del": [], "add": [], "cuts": [1]}]}),
        ("history.dropped", {"history": [{"op": "x", "del": [], "add": [], "dropped": {"from": [], "to": [5]}}]}),
        ("ops", {"ops": [{"op": "x", "ms": 1, "seq": 1}] * (MAX_OPS + 1)}),
        ("ops.ms", {"ops": [{"op": "x", "ms": -1, "seq": 1}]}),
        ("ops.seq", {"ops": [{"op": "x", "ms": 1, "seq": 4}]}),  # later than the edit itself
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_named(column, change):
    with pytest.raises(InputError) as refused:
        parse(payload(**change))
    assert refused.value.column == column


@pytest.mark.parametrize("name", [*payload()])
def test_a_missing_field_is_named(name):
    edit = payload()
    del edit[name]
    with pytest.raises(InputError) as refused:
        parse(edit)
    assert refused.value.column == name


def test_tokens_are_not_merged_over_white_space():
    pair = SentencePair("1", Sentence(("York",), "en"), Sentence(("New", "York"), "en", spaces=(True, False)))
    with pytest.raises(InputError, match="white space"):
        parse_edit(payload(spans=[], history=[], cuts=[1, 2, 4, 5, 6]), pair, LABELS, BEFORE)


def test_a_pair_without_target_takes_no_edit():
    with pytest.raises(InputError, match="no target"):
        parse_edit(payload(), SentencePair("1", PAIR.source, None), LABELS, BEFORE)


def test_a_history_of_many_long_steps_is_refused_before_it_fills_the_store():
    wide = SentencePair("1", Sentence(("a",), "en"), Sentence(("x",) * 400, "de"))
    spans = [span(i, i + 1, id=f"{'i' * 50}{i}", label="L" * 150, src=None) for i in range(400)]
    with pytest.raises(InputError, match="history"):
        parse_edit(
            payload(spans=[], history=[{"op": "x", "del": spans, "add": []}] * MAX_HISTORY), wide, LABELS, BEFORE
        )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.data())
def test_a_payload_with_one_field_replaced_is_understood_or_refused_by_name(data):
    edit = copy.deepcopy(payload(history=[{"op": "x", "del": [span()], "add": [], "cuts": {"from": None, "to": [1]}}]))
    node, path = edit, []
    while isinstance(node, dict | list) and node and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        path.append((node, key))
        node = node[key]
    parent, key = path[-1]
    parent[key] = data.draw(ANYTHING)
    assert _named_or_understood(edit)


def _named_or_understood(edit):
    try:
        found = parse(edit)
    except InputError as refused:
        return refused.column
    return json.dumps([plain_annotation(found.annotation), found.history], allow_nan=False)

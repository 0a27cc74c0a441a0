import dataclasses
import json

import pytest

from xner.errors import InputError
from xner.io.json_lines import (
    dumps,
    labelled_from_record,
    loads,
    pair_from_record,
    projection_from_record,
    record_from_pair,
)
from xner.io.reading import Upload, read_pairs
from xner.io.report import RowProblem
from xner.types import Alignment, Entity, Projection, RunnerUp, Sentence, SentencePair, Span

PAIR = {
    "id": "p1", "source_lang": "en", "target_lang": "iw", "source_tokens": ["Dr.", "Who"], "source_text": "Dr. Who",
    "target_tokens": ["דוקטור", "הו"],
}  # fmt: skip
MONO = {
    "id": "m1",
    "lang": "sw",
    "tokens": ["Dar", "es", "Salaam"],
    "entities": [{"start": 0, "end": 3, "label": "LOC"}],
}


def read(*records, **options):
    data = "".join(json.dumps(record) + "\n" for record in records).encode()
    return list(read_pairs(Upload("x.jsonl", data), **options))


def test_given_tokens_are_kept_and_the_text_gives_their_offsets():
    pair = pair_from_record(PAIR)
    assert pair.source.tokens == ("Dr.", "Who")
    assert pair.source.offsets == ((0, 3), (4, 7))
    assert pair.target == Sentence(("דוקטור", "הו"), "he")


def test_a_text_alone_is_cut_into_tokens():
    pair = pair_from_record({"id": "1", "target_lang": "th", "target_text": "กรุงเทพ 2"})
    assert pair.source is None
    assert pair.target.tokens[-1] == "2"
    assert "".join(pair.target.tokens) == "กรุงเทพ2"


def test_absent_null_and_empty_entities_are_told_apart():
    assert pair_from_record(PAIR).source_entities is None
    assert pair_from_record(PAIR | {"source_entities": None}).source_entities is None
    assert pair_from_record(PAIR | {"source_entities": []}).source_entities == ()
    assert "source_entities" not in record_from_pair(pair_from_record(PAIR))
    assert record_from_pair(pair_from_record(PAIR | {"source_entities": []}))["source_entities"] == []


def test_entities_are_sorted_by_start():
    items = [{"start": 1, "end": 2, "label": "B"}, {"start": 0, "end": 1, "label": "A"}]
    pair = pair_from_record(PAIR | {"source_entities": items})
    assert [entity.label for entity in pair.source_entities] == ["A", "B"]


def test_the_record_wins_over_the_languages_of_the_caller():
    (pair,) = read({**PAIR, "source_lang": None}, source_lang="en-GB", target_lang="ar")
    assert (pair.source.lang, pair.target.lang) == ("en-GB", "he")


def test_rows_without_an_id_are_named_after_their_line():
    record = {name: value for name, value in PAIR.items() if name != "id"}
    data = "\n" + json.dumps(record) + "\n\n" + json.dumps(record)
    assert [pair.id for pair in read_pairs(Upload("x.jsonl", data.encode()))] == ["line-2", "line-4"]


def test_whole_numbers_are_ids():
    assert pair_from_record(PAIR | {"id": 12}).id == "12"


def test_a_repeated_link_is_one_link():
    pair = pair_from_record(PAIR | {"alignment": [[0, 0], [0, 0]], "possible_alignment": [[1, 0]]})
    assert pair.alignment == Alignment(frozenset({(0, 0)}), frozenset({(1, 0)}))
    assert pair_from_record(PAIR | {"possible_alignment": [[1, 0]]}).alignment.links == frozenset()


def test_fields_of_other_tools_travel_in_meta_and_come_back():
    record = PAIR | {"split": "dev", "meta": {"note": 1}, "tags": {"a": [1]}}
    pair = pair_from_record(record)
    assert pair.meta == {"note": 1, "_extra": {"split": "dev", "tags": {"a": [1]}}}
    written = record_from_pair(pair)
    assert (written["split"], written["tags"], written["meta"]) == ("dev", {"a": [1]}, {"note": 1})


def test_meta_of_a_user_never_overwrites_a_field():
    pair = dataclasses.replace(pair_from_record(PAIR), meta={"_extra": {"id": "other", "source_token": 1, "fine": 2}})
    record = record_from_pair(pair)
    assert record["id"] == "p1"
    assert pair_from_record(record) == pair


def test_the_key_of_foreign_fields_is_reserved():
    with pytest.raises(InputError, match="reserved"):
        pair_from_record(PAIR | {"meta": {"_extra": 1}, "split": "dev"})
    assert pair_from_record(PAIR | {"meta": {"_extra": 1}}).meta == {"_extra": 1}


def test_the_language_of_a_missing_translation_is_kept():
    record = {"id": "1", "source_lang": "en", "source_tokens": ["a"], "target_lang": "swa"}
    pair = pair_from_record(record)
    assert pair.target is None
    assert record_from_pair(pair)["target_lang"] == "sw"
    assert pair_from_record(record_from_pair(pair)) == pair


def test_a_projection_is_written_as_the_design_says():
    pair = pair_from_record(PAIR | {"source_entities": [{"start": 0, "end": 2, "label": "PER"}]})
    projection = Projection(
        "p1", (Entity(Span(0, 2), "PER", 0.5, 0),), "ok", alignment=Alignment(frozenset({(1, 1), (0, 0)})),
        objective=1.9, runner_up=(RunnerUp(None, 0.25),), signature="s",
    )  # fmt: skip
    record = loads(dumps(record_from_pair(pair, projection)))
    assert list(record["projection"]["entities"][0]) == ["start", "end", "label", "score", "source"]
    assert record["projection"] == {
        "status": "ok", "reason": None, "entities": [{"start": 0, "end": 2, "label": "PER", "score": 0.5, "source": 0}],
        "alignment": [[0, 0], [1, 1]], "objective": 1.9, "runner_up": [{"start": None, "end": None, "margin": 0.25}],
        "signature": "s",
    }  # fmt: skip
    assert pair_from_record(record) == pair
    assert projection_from_record(record) == projection
    assert projection_from_record(PAIR) is None


def test_a_projection_with_a_span_beyond_its_sentence_is_refused():
    projection = {"status": "ok", "entities": [{"start": 0, "end": 3, "label": "PER"}]}
    with pytest.raises(InputError, match="has 2 tokens"):
        projection_from_record(PAIR | {"projection": projection})


def test_one_line_is_one_record_for_tools_that_split_at_other_line_ends():
    line = dumps({"id": "a\u2028b\u0085c"})
    assert len(line.splitlines()) == 1
    assert loads(line) == {"id": "a\u2028b\u0085c"}


def test_numbers_that_are_not_json_are_never_written():
    with pytest.raises(ValueError, match="JSON"):
        dumps({"score": float("nan")})


def test_lists_64_deep_are_read_and_brackets_in_strings_do_not_count():
    assert loads('{"a": ' + "[" * 63 + "]" * 63 + "}")
    assert loads('{"a": "' + "[" * 500 + '\\""}')["a"].endswith('["')


@pytest.mark.parametrize("side", ["gold", "predicted"])
def test_a_record_of_one_language_is_gold_and_prediction(side):
    row = labelled_from_record(MONO, side)
    assert (row.id, row.sentence.lang, row.status) == ("m1", "sw", "ok")
    assert row.entities == (Entity(Span(0, 3), "LOC"),)


def test_gold_is_never_taken_from_a_projection():
    gold, found = [{"start": 0, "end": 1, "label": "PER"}], [{"start": 1, "end": 2, "label": "PER"}]
    record = PAIR | {"target_entities": gold, "projection": {"status": "ok", "entities": found}}
    assert labelled_from_record(record, "gold").entities == (Entity(Span(0, 1), "PER"),)
    assert labelled_from_record(record, "predicted").entities == (Entity(Span(1, 2), "PER"),)
    without = PAIR | {"projection": {"status": "ok", "entities": found}}
    assert labelled_from_record(without, "gold").entities is None


def test_a_failed_projection_is_failed_and_not_empty():
    failed = {"status": "failed", "reason": "no model", "entities": []}
    row = labelled_from_record(PAIR | {"projection": failed, "target_entities": []}, "predicted")
    assert (row.status, row.reason, row.entities) == ("failed", "no model", None)
    source_only = {"id": "1", "source_lang": "en", "source_tokens": ["a"], "projection": failed}
    row = labelled_from_record(source_only, "predicted")
    assert (row.status, row.sentence.tokens) == ("failed", ())


def test_an_empty_projection_has_no_entities_and_they_are_known():
    row = labelled_from_record(PAIR | {"projection": {"status": "empty", "entities": []}}, "predicted")
    assert (row.status, row.entities) == ("ok", ())


def test_scoring_needs_no_language():
    record = {name: value for name, value in MONO.items() if name != "lang"}
    assert labelled_from_record(record, "gold").sentence.lang == "und"
    assert labelled_from_record(record, "gold", lang="sw").sentence.lang == "sw"


def test_a_record_without_a_sentence_is_refused():
    with pytest.raises(InputError, match="no sentence"):
        labelled_from_record({"id": "1", "entities": []}, "gold")


def test_the_id_is_required_where_there_is_no_line():
    with pytest.raises(InputError, match="is missing"):
        pair_from_record({"source_lang": "en", "source_tokens": ["a"]})


def test_a_pair_without_anything_known_is_a_short_record():
    pair = SentencePair("1", None, Sentence(("a",), "sw"))
    assert record_from_pair(pair) == {"id": "1", "target_lang": "sw", "target_tokens": ["a"]}


def test_a_problem_says_where_what_and_how():
    bad = {**PAIR, "source_entities": [{"start": 0, "end": 12, "label": "PER"}]}
    (problem,) = read(bad)
    assert isinstance(problem, RowProblem)
    assert str(problem) == (
        "x.jsonl:1: source_entities[0]: ends at token 12, the sentence has 2 tokens. "
        "Fix: end is exclusive and at most 2."
    )
    assert json.loads(problem.raw) == bad

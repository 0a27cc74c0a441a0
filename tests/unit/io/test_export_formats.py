"""Other programs load the exports, and what can't be exported is refused by name and reason."""

import csv
import io
import json
import zipfile
from dataclasses import replace

import pytest

from tests.unit.io.silver_rows import SIGNATURE, exported, row, sample_rows
from xner.errors import InputError, LimitExceeded
from xner.io import brat
from xner.io.conll_silver import read_silver_conll
from xner.io.formats import FORMATS, cannot_carry, check_round_trip, format_named, read_rows, write_rows
from xner.io.losses import Losses, not_carried
from xner.io.reading import Upload, read_labelled, read_pairs
from xner.io.silver import ExportOptions, SilverRow
from xner.signature import short_hash
from xner.text.iob import labels_from_entities
from xner.text.tokenise import sentence_from_tokens
from xner.types import Alignment, Entity, Sentence, Span


def spans(entities):
    return [(entity.span.start, entity.span.end, entity.label) for entity in entities]


@pytest.mark.parametrize("name", FORMATS)
def test_the_sample_comes_back_equal_in_every_format(name):
    report = check_round_trip(sample_rows(), FORMATS[name], exported(sample_rows(), name))
    assert report.is_equal, report.differences
    assert (report.n_rows, report.n_entities) == (3, 4)


@pytest.mark.parametrize("name", FORMATS)
def test_equal_rows_give_equal_bytes(name):
    assert exported(sample_rows(), name) == exported(sample_rows(), name)


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_of_no_rows_is_read_as_no_rows(name):
    assert check_round_trip([], FORMATS[name], exported([], name)).is_equal


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_of_every_format_says_how_it_came_about(name):
    for facts in read_rows(exported(sample_rows(), name), FORMATS[name]):
        assert facts.get("signature", SIGNATURE) == SIGNATURE
        assert facts.get("signature_hash", short_hash(SIGNATURE)) == short_hash(SIGNATURE)
        assert {"signature", "signature_hash"} & set(facts)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("change", ["span", "label", "token", "row", "order"])
def test_any_change_of_the_data_is_a_difference(name, change):
    rows = sample_rows()
    other = {
        "span": [replace(rows[0], entities=(Entity(Span(0, 2), "LOC", 0.875, 0),)), *rows[1:]],
        "label": [replace(rows[0], entities=(Entity(Span(0, 3), "ORG", 0.875, 0),)), *rows[1:]],
        "token": [row("a-1", ("Dar", "es", "Salam", "ni", "mji", "."), (0, 3, "LOC")), *rows[1:]],
        "row": rows[:2],
        "order": rows[::-1],
    }[change]
    report = check_round_trip(rows, FORMATS[name], exported(other, name))
    assert not report.is_equal
    assert report.n_rows == 3
    assert 0 < len(report.differences) <= 10


@pytest.mark.parametrize("status", ["failed", "new", "skipped", "flagged", ""])
def test_what_is_not_silver_data_can_not_be_made_into_a_row(status):
    with pytest.raises(ValueError, match="status"):
        row(status=status)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"signature": ""}, "no signature"),
        ({"entities": (Entity(Span(5, 7), "LOC"),)}, "after its last token"),
        ({"entities": (Entity(Span(0, 2), "LOC"), Entity(Span(1, 3), "LOC"))}, "overlap"),
        ({"source_entities": (Entity(Span(0, 1), "LOC"),)}, "after its last token"),
        ({"alignment": Alignment(frozenset({(0, 0)}))}, "outside"),
        ({"dropped": frozenset({0})}, "dropped"),
    ],
)
def test_a_row_is_checked_when_it_is_made(fields, words):
    with pytest.raises(ValueError, match=words):
        row(**fields)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(tokens=("a\x00b",)), "NUL"),
        (row(tokens=()), "holds no token"),
        (row(tokens=("a\tb",)), "a tab or a line end"),
        (row(tokens=("a\nb",)), "a tab or a line end"),
        (row(tokens=(" ",)), "empty"),
        (row(tokens=("\ufeffa",)), "byte order mark"),
        (row(tokens=("\ud83d",)), "surrogate"),
        (row(tokens=("a",) * 1001), "1000"),
        (row("", ("a",)), "id"),
        (row("a\nb", ("a",)), "id"),
        (row("1", ("a",), (0, 1, "a\x00")), "NUL"),
        (row("1", ("a",), (0, 1, "L" * 101)), "100"),
        (row(note="\x00"), "NUL"),
        (row(annotator="\ud83d"), "surrogate"),
        (row(meta={"a": float("nan")}), "JSON"),
        (row(meta={"a": {1, 2}}), "JSON"),
    ],
)
def test_what_no_format_carries_is_told_before_writing_and_refused_in_writing(bad, reason):
    for format in FORMATS.values():
        assert reason in cannot_carry(bad, format)
        with pytest.raises(InputError, match="can't carry the sentence"):
            list(write_rows([bad], format))


@pytest.mark.parametrize(
    ("bad", "names"),
    [
        (row(tokens=("-DOCSTART-", "a")), {"conll"}),
        (row(tokens=("a", "-DOCSTART-")), {"conll"}),
        (row("1", ("a",), (0, 1, "人")), set()),
        (row("1", ("a",), (0, 1, "weather/noun_1")), set()),
        (row("1", ("a",), (0, 1, "a b")), {"conllu-plus"}),
        (row(tokens=("a\u2028b",)), {"brat"}),
        (row(annotator="a\tb"), {"tsv"}),
        (row(meta={"a": [[[[0]]]] * 30}), set()),
        (row("1", ("a",), (0, 1, "X", None, 0), source=Sentence(("b",), "en"), source_entities=()), {"jsonl"}),
        (row(meta=json.loads("[" * 70 + "]" * 70) and {"a": json.loads("[" * 70 + "]" * 70)}), {"jsonl"}),
    ],
)
def test_a_format_refuses_only_what_it_has_no_place_for(bad, names):
    assert {name for name, format in FORMATS.items() if cannot_carry(bad, format)} == names


def test_two_rows_with_one_id_are_refused():
    with pytest.raises(InputError, match="Two sentences have the id 'x'"):
        list(write_rows([row("x"), row("x")], FORMATS["jsonl"]))


def test_an_unknown_format_is_told_with_the_known_ones():
    with pytest.raises(InputError, match="parquet"):
        format_named("xlsx")


def test_rows_are_written_as_they_come():
    for name in ("conll", "conllu-plus", "jsonl", "tsv", "csv"):
        drawn = []
        stream = write_rows((drawn.append(n) or row(str(n)) for n in range(1000)), FORMATS[name])
        next(stream), next(stream)
        assert len(drawn) <= 2


def test_the_json_of_an_export_is_read_for_evaluation_and_for_another_projection():
    rows = sample_rows()
    upload = Upload("silver.jsonl", exported(rows, "jsonl"))
    for side in ("gold", "predicted"):
        assert [spans(read.entities) for read in read_labelled(upload, side)] == [spans(r.entities) for r in rows]
    pairs = list(read_pairs(upload))
    assert pairs[0].source_entities == rows[0].source_entities
    assert pairs[0].alignment == rows[0].alignment


def test_character_offsets_of_the_json_count_code_points():
    text = "🙂 Dar es Salaam"
    (line,) = exported([row("1", ("🙂", "Dar", "es", "Salaam"), (1, 4, "LOC"), text=text)], "jsonl").splitlines()
    (entity,) = json.loads(line)["target_entities"]
    assert text[entity["char_start"] : entity["char_end"]] == "Dar es Salaam"


def test_provenance_of_an_earlier_export_is_replaced():
    again = row(meta={"silver": {"signature": "old"}, "kept": 1}, annotator="B")
    (facts,) = read_rows(exported([again], "jsonl"), FORMATS["jsonl"])
    assert (facts["signature"], facts["annotator"], facts["meta"]) == (SIGNATURE, "B", {"kept": 1})


def test_conll_without_comments_is_tokens_and_tags_alone():
    text = exported([row("1", ("Dar", "es"), (0, 2, "LOC"), note="n")], "conll", comments=False)
    assert text == b"Dar\tB-LOC\nes\tI-LOC\n\n"
    assert check_round_trip(
        sample_rows(), FORMATS["conll"], exported(sample_rows(), "conll", comments=False), ExportOptions(comments=False)
    ).is_equal


def test_columns_of_conll_stand_between_token_and_tag():
    (line, *_) = exported([row("1", ("a", "b"), (0, 1, "LOC", 0.1, 2))], "conll", comments=False, columns=True).split(
        b"\n"
    )
    assert line == b"a\t2\t0.1\tB-LOC"


def test_missing_comments_are_a_difference_where_they_were_asked_for():
    report = check_round_trip(sample_rows(), FORMATS["conll"], exported(sample_rows(), "conll", comments=False))
    assert {difference.field for difference in report.differences} >= {"id", "signature"}


def test_seqeval_scores_the_exported_tags_against_the_rows_as_perfect():
    from seqeval.metrics import f1_score
    from seqeval.scheme import IOB2

    rows = sample_rows()
    blocks = exported(rows, "conll", comments=False).decode().split("\n\n")
    tags = [[line.split("\t")[-1] for line in block.split("\n")] for block in blocks if block]
    gold = [labels_from_entities(r.entities, len(r.sentence)) for r in rows]
    assert tags == gold
    assert f1_score(gold, tags, mode="strict", scheme=IOB2) == 1.0


def test_spacy_loads_the_docbin_with_equal_spans():
    import spacy
    from spacy.tokens import DocBin

    rows = sample_rows()
    documents = list(DocBin().from_bytes(exported(rows, "docbin")).get_docs(spacy.blank("xx").vocab))
    found = [[(ent.start, ent.end, ent.label_) for ent in document.ents] for document in documents]
    assert found == [spans(r.entities) for r in rows]
    assert [tuple(token.text for token in document) for document in documents] == [r.sentence.tokens for r in rows]
    assert documents[0].text == "Dar es Salaam ni mji."
    assert documents[0].user_data["xner"]["signature"] == SIGNATURE


def test_datasets_loads_the_folder_with_names_of_tags(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    import datasets

    rows = sample_rows()
    with zipfile.ZipFile(io.BytesIO(exported(rows, "parquet", labels=("ORG", "LOC")))) as archive:
        archive.extractall(tmp_path / "silver")
    loaded = datasets.load_dataset(str(tmp_path / "silver"), cache_dir=str(tmp_path / "cache"))["train"]
    names = loaded.features["ner_tags"].feature.names
    assert names[:5] == ["O", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
    assert [tuple(tokens) for tokens in loaded["tokens"]] == [r.sentence.tokens for r in rows]
    tags = [[names[number] for number in numbers] for numbers in loaded["ner_tags"]]
    assert tags == [labels_from_entities(r.entities, len(r.sentence)) for r in rows]
    parquet = str(tmp_path / "silver" / "data" / "train-00000-of-00001.parquet")
    alone = datasets.load_dataset("parquet", data_files=parquet, cache_dir=str(tmp_path / "cache"))["train"]
    assert alone.features["ner_tags"].feature.names == names


def test_the_table_of_tokens_is_read_by_any_reader_of_tables_without_quotes():
    text = exported(sample_rows(), "tsv").decode()
    lines = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [line["token"] for line in lines if line["sentence_id"] == "a-2"] == ["=SUM(A1)", '"', "NA", "#", "-", "_"]
    assert {len(line) for line in lines} == {12}


def test_brat_gets_the_text_of_every_annotation_and_all_labels():
    with zipfile.ZipFile(io.BytesIO(exported(sample_rows(), "brat", labels=("ORG", "人")))) as archive:
        text = archive.read("text-00001.txt").decode()
        notes = [line.split("\t") for line in archive.read("text-00001.ann").decode().splitlines()]
        labels = archive.read("annotation.conf").decode().split("\n")
    bounds = [(fields[1].split(" "), fields[2]) for fields in notes if fields[0].startswith("T")]
    assert [text[int(start) : int(end)] for (_, start, end), _ in bounds] == [shown for _, shown in bounds]
    assert [label for (label, _, _), _ in bounds] == ["LOC", "PER", "PER", "PER-SON"]
    assert labels[:6] == ["[entities]", "ORG", "_", "LOC", "PER", "PER-SON"]


def test_a_span_that_was_moved_in_brat_comes_back_moved():
    with zipfile.ZipFile(io.BytesIO(exported([row("1", ("a", "b", "c"), (0, 1, "LOC"))], "brat"))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    files["text-00001.ann"] = "T7\tPER 2 5\tb c\n"
    (facts,) = read_rows(zipped(files), FORMATS["brat"])
    assert (facts["spans"], facts["labels"], facts["scores"]) == (((1, 3),), ("PER",), (None,))


@pytest.mark.parametrize("line", ["T1\tLOC 0 2\ta ", "T1\tLOC 0 1\tx", "R1\tx", "#1\tAnnotatorNotes T9\tscore=1"])
def test_an_annotation_of_brat_that_does_not_lie_on_tokens_is_told(line):
    with zipfile.ZipFile(io.BytesIO(exported([row("1", ("a", "b"))], "brat"))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    files["text-00001.ann"] = f"{line}\n"
    with pytest.raises(InputError, match="text-00001"):
        list(read_rows(zipped(files), FORMATS["brat"]))


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_many_sentences_are_several_texts_and_no_more_than_can_be_read_again(monkeypatch):
    rows = [row(str(number), ("a", str(number)), (1, 2, "X")) for number in range(250)]
    data = exported(rows, "brat")
    assert check_round_trip(rows, FORMATS["brat"], data).is_equal
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sum(name.endswith(".txt") for name in archive.namelist()) == 3
    monkeypatch.setattr("xner.io.zipped.MAX_ARCHIVE_MEMBERS", 8)
    with pytest.raises(LimitExceeded):
        exported(rows, "brat")
    assert brat.SENTENCES_PER_TEXT == 100


def test_a_path_is_read_like_bytes(tmp_path):
    path = tmp_path / "x.conll"
    path.write_bytes(exported(sample_rows(), "conll"))
    assert check_round_trip(sample_rows(), FORMATS["conll"], path).is_equal


def test_conll_of_other_tools_is_read_without_what_it_lacks():
    with io.BufferedReader(io.BytesIO(b"Dar B-LOC\nes I-LOC\n")) as stream:
        (facts,) = read_silver_conll(stream, ExportOptions())
    assert facts == {"tokens": ("Dar", "es"), "spans": ((0, 2),), "labels": ("LOC",)}


def test_white_space_of_every_kind_comes_back_in_conllu_plus():
    text = "\u00a0a\u2028b  c\t|\\ d\r\n"
    rows = [SilverRow("1", replace_text(("a", "b", "c", "|", "\\", "d"), text), (), SIGNATURE, "draft")]
    data = exported(rows, "conllu-plus")
    assert next(read_rows(data, FORMATS["conllu-plus"]))["text"] == text
    assert all(line.startswith(b"#") or line.count(b"\t") == 5 or not line for line in data.split(b"\n"))


def replace_text(tokens, text):
    return replace(Sentence(tokens, "qaa"), text=text)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_another_kind_is_told_and_never_read_as_no_rows(name):
    for data in (b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b'{"id": "1"}\n', b"\xff\xfe\x00"):
        with pytest.raises(InputError):
            list(read_rows(data, FORMATS[name]))


def test_labels_that_brat_has_no_name_for_get_one_each_and_come_back():
    entities = [(0, 1, "a/b"), (1, 2, "a_b"), (2, 3, "a b"), (3, 4, "PER")]
    data = exported([row("1", ("w", "x", "y", "z"), *entities)], "brat")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        written = [line.split("\t")[1].split(" ")[0] for line in archive.read("text-00001.ann").decode().splitlines()]
        shown = archive.read("visual.conf").decode()
    assert written == ["a_b", "a_b-2", "a_b-3", "PER"]
    assert "a_b | a/b\n" in shown
    (facts,) = read_rows(data, FORMATS["brat"])
    assert facts["labels"] == ("a/b", "a_b", "a b", "PER")


FULL = row(
    "b-1", ("Torino", "bella"), (0, 1, "LOC", 0.5, 0), source=sentence_from_tokens(["Ada", "in", "Turin"], "en", None),
    source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC")), back_translation="Beautiful Turin.",
    dropped=frozenset({0}),
)  # fmt: skip


@pytest.mark.parametrize("name", ["jsonl", "docbin", "parquet", "csv"])
def test_back_translation_and_marks_of_dropped_entities_come_back(name):
    full = replace(FULL, entities=(Entity(Span(0, 1), "LOC", 0.5, 1),))
    (facts,) = read_rows(exported([full], name), FORMATS[name])
    assert facts["back_translation"] == "Beautiful Turin."
    assert facts["dropped"] == (0,)


def test_json_names_the_back_translation_as_records_do_and_the_dropped_entities_in_its_provenance():
    record = json.loads(exported([FULL], "jsonl"))
    assert record["back_translation"] == "Beautiful Turin."
    assert record["meta"]["silver"]["dropped_source_entities"] == [0]


@pytest.mark.parametrize("wrong", [[2], [-1], [True], "0", [0.0]])
def test_dropped_entities_that_there_are_not_are_refused(wrong):
    record = json.loads(exported([FULL], "jsonl"))
    record["meta"]["silver"]["dropped_source_entities"] = wrong
    with pytest.raises(InputError, match="dropped_source_entities"):
        list(read_rows(json.dumps(record).encode(), FORMATS["jsonl"]))


def test_what_a_format_has_no_place_for_is_named_and_counted_by_the_rows_that_have_it():
    bare = row("b-2", ("Bari",), text="Bari")
    losses = Losses(FORMATS["conll"].fields(ExportOptions(comments=False)))
    assert list(losses.watch([FULL, bare])) == [FULL, bare]
    assert losses.counts["back-translations"] == losses.counts["marks “dropped in translation”"] == 1
    assert losses.counts["status, annotator and signature"] == 2
    assert "word links" not in losses.counts  # neither row has any
    assert not_carried(FORMATS["jsonl"].fields(ExportOptions())) == ()

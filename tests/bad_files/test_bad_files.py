"""Every bad file is refused in words that name the place, and its good rows are read."""

import time
import tracemalloc

import pytest
from bad_file_cases import BAD_FILES, BAD_ROWS, GOOD, line

from xner.errors import InputError
from xner.io.reading import Upload, read_labelled, read_pairs
from xner.io.report import RowProblem
from xner.types import SentencePair


def read(case):
    return read_pairs(Upload(case.name, case.data), **case.options)


@pytest.mark.parametrize("case", BAD_ROWS, ids=lambda case: case.title)
def test_a_bad_row_is_named_and_the_others_are_read(case):
    rows = list(read(case))
    problems = [row for row in rows if isinstance(row, RowProblem)]
    assert len(problems) == 1
    problem = problems[0]
    assert (problem.line, problem.field) == case.place
    assert case.words in f"{problem.problem} {problem.fix}"
    assert problem.file == case.name
    assert problem.problem.endswith(".")
    assert len(str(problem)) < 400
    assert problem.raw.startswith(problem.text)
    raw_lines = case.data.decode("utf-8", errors="replace").split("\n")
    assert problem.raw.split("\n")[0] == raw_lines[problem.line - 1]
    if case.name == "x.jsonl":
        assert [row.id for row in rows if isinstance(row, SentencePair)] == ["a", "b", "c"]


@pytest.mark.parametrize("case", BAD_FILES, ids=lambda case: case.title)
def test_a_bad_file_is_refused_as_a_whole(case):
    with pytest.raises(InputError) as caught:
        list(read(case))
    assert case.words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_there_are_enough_bad_files_and_no_two_are_the_same():
    titles = [case.title for case in BAD_ROWS + BAD_FILES]
    assert len(titles) >= 80
    assert len(set(titles)) == len(titles)


def test_a_bad_file_on_disk_is_refused_as_an_upload_is(tmp_path):
    path = tmp_path / "x.jsonl"
    with pytest.raises(InputError, match="no such file"):
        list(read_pairs(path))
    with pytest.raises(InputError, match="a folder"):
        list(read_pairs(tmp_path))
    path.write_bytes(line().encode("utf-16"))
    with pytest.raises(InputError, match="UTF-16"):
        list(read_pairs(path))


CONLL = [
    ("three columns after two", "a\tO\nb\tX\tO\n\nc\tO\n", 2, "", "3 columns, the lines before have 2"),
    ("no tag", "a\tO\nb\n\nc\tO\n", 2, "", "1 columns"),
    ("an empty tag", "a\tO\nb\t\n\nc\tO\n", 2, "tag", "is empty"),
    ("an unknown prefix", "a\tX-PER\n\nc\tO\n", 1, "tag", "'X-PER' is not a tag"),
    ("a label without prefix", "a\tPER\nb\tO\n\nc\tO\n", 1, "tag", "'PER' is not a tag"),
    ("a prefix without label", "a\tB-\n\nc\tO\n", 1, "tag", "'B-' is not a tag"),
    ("no token", "\tO\n\nc\tO\n", 1, "token", "is an empty token"),
    ("NUL in a token", "a\x00\tO\n\nc\tO\n", 1, "token", "NUL"),
    ("a label of another set", "a\tO\n\tO\n\nc\tB-DATE\n\nd\tO\n", 2, "token", "empty"),
    ("an id twice", "# id = 1\na\tO\n\n# id = 1\nb\tO\n\nc\tO\n", 4, "id", "stands on line 1 already"),
    ("1,001 tokens", "a\tO\n" * 1001 + "\nc\tO\n", 1001, "token", "more than 1000 tokens"),
    ("a sentence without end", "a\tO\n" * 5000 + "\nc\tO\n", 1001, "token", "more than 1000 tokens"),
    ("10,001 characters", "a" * 10_001 + "\tO\n\nc\tO\n", 1, "token", "10000 characters"),
    ("line ends of other tools", "a\u2028b\tO\nc\x1cd\tO\n\nc\tO\n", 2, "token", "U+001C"),
]


@pytest.mark.parametrize(("data", "number", "field", "words"), [case[1:] for case in CONLL], ids=[c[0] for c in CONLL])
def test_a_bad_line_of_conll_rejects_its_sentence_and_no_other(data, number, field, words):
    rows = list(read_labelled(Upload("x.conll", data.encode()), "gold", labels=None))
    problem = next(row for row in rows if isinstance(row, RowProblem))
    assert (problem.line, problem.field) == (number, field)
    assert words in problem.problem
    assert rows[-1].sentence.tokens in {("c",), ("d",)}


@pytest.mark.parametrize(
    ("projection", "field"),
    [
        ([], "projection"),
        ({"status": "fine"}, "projection.status"),
        ({"status": "failed"}, "projection"),
        ({"status": "ok", "entities": [{"start": 0, "end": 9, "label": "PER"}]}, "projection.entities[0]"),
        ({"status": "empty", "entities": [], "runner_up": [{}]}, "projection.runner_up"),
        (
            {"status": "ok", "entities": [{"start": 0, "end": 1, "label": "PER"}], "runner_up": [7]},
            "projection.runner_up[0]",
        ),
        ({"status": "empty", "objective": "1"}, "projection.objective"),
    ],
)
def test_a_damaged_projection_is_named(projection, field):
    data = line(projection=projection).encode()
    problem = next(iter(read_labelled(Upload("x.jsonl", data), "predicted")))
    assert isinstance(problem, RowProblem)
    assert problem.field == field


@pytest.mark.parametrize(
    "raw",
    [
        '"' + '\\"' * 2_000_000 + "[" * 70,
        '{"a": ' + "[" * 70 + '"' + "\\" * 2_000_001,
        "{" + ",".join(f'"k{n}": 1' for n in range(200_000)) + "}",
        '{"meta": {' + ",".join(f'"k{n}": 1' for n in range(100_000)) + ', "k99999": 1}}',
        "-" * 3_000_000,
        '{"source_text": "' + "a." * 1_000_000 + '"}',
        '{"' + "source_token" * 200_000 + '": 1}',
    ],
    ids=["quotes", "backslashes", "fields", "a key twice among many", "dashes", "a long text", "a long name"],
)
def test_no_line_takes_long_or_much_memory(raw):
    tracemalloc.start()
    begin = time.process_time()
    rows = list(read_pairs(Upload("x.jsonl", raw.encode()), format="jsonl", source_lang="en"))
    seconds, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(rows[0], RowProblem)
    assert seconds < 5
    assert peak < 100 * 1024**2 + 10 * len(raw)


def test_the_good_record_is_good():
    assert [row.id for row in read_pairs(Upload("x.jsonl", line().encode()))] == [GOOD["id"]]

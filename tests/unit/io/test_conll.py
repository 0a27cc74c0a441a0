import pytest

from xner.errors import InputError
from xner.io.conll import is_comment, read_conll, write_conll
from xner.io.labelled import LabelledSentence
from xner.io.lines import open_lines
from xner.io.reading import Upload, read_labelled
from xner.types import Entity, Sentence, Span


def read(text, **options):
    with open_lines(Upload("x.conll", text.encode())) as lines:
        return list(read_conll(lines, **options))


def spans(row):
    return [(entity.span.start, entity.span.end, entity.label) for entity in row.entities]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB1", "I-PER I-PER O I-LOC B-LOC"),
        ("IOB2", "B-PER I-PER O B-LOC B-LOC"),
        ("IOBES", "B-PER E-PER O S-LOC S-LOC"),
        ("BILOU", "B-PER L-PER O U-LOC U-LOC"),
    ],
)
def test_every_scheme_gives_the_same_entities(scheme, tags):
    (row,) = read("".join(f"t{i} {tag}\n" for i, tag in enumerate(tags.split())))
    assert spans(row) == [(0, 2, "PER"), (3, 4, "LOC"), (4, 5, "LOC")]


def test_files_of_2002_and_2003_are_read():
    text = "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n-DOCSTART- -X- O O\nPeter NNP I-NP I-PER\n"
    assert [(row.sentence.tokens, spans(row)) for row in read(text)] == [
        (("EU", "rejects"), [(0, 1, "ORG")]),
        (("Peter",), [(0, 1, "PER")]),
    ]
    assert spans(read("Melbourne NP B-LOC\n( Fpa O\n")[0]) == [(0, 1, "LOC")]


def test_ids_come_from_comments_and_are_empty_without():
    rows = read("# newdoc\n# sent_id = a 1\n# text = He is O\nHe\tO\n\nx\tO\n", lang="eng")
    assert [(row.id, row.sentence.lang) for row in rows] == [("a 1", "en"), ("", "en")]


@pytest.mark.parametrize("line", ["# O", "#\tO", "#1\tB-MISC", "#hashtag O", "# id = 3\tB-X"])
def test_a_token_that_looks_like_a_comment_is_a_token(line):
    assert not is_comment(line)
    assert len(read(line + "\n")[0].sentence) == 1


def test_tokens_alone_have_entities_that_are_not_known():
    (row,) = read("Juma\n#left\n")
    assert (row.sentence.tokens, row.entities) == (("Juma", "#left"), None)


def test_only_line_feeds_end_a_line_and_only_tabs_or_blanks_a_column():
    rows = read("a\u2028b\tO\r\nc\u0085\tO\r\n\r\nNew\u00a0York B-LOC\r\n")
    assert [row.sentence.tokens for row in rows] == [("a\u2028b", "c\u0085"), ("New\u00a0York",)]


def test_blank_lines_of_any_number_separate():
    assert len(read("\n\na O\n \n\t\n\nb O\n\n\n")) == 2


def test_labels_outside_the_set_are_a_problem():
    rows = read("a B-DATE\n\nb B-PER\n", labels={"PER"})
    assert rows[0].field == "tag"
    assert spans(rows[1]) == [(0, 1, "PER")]


def test_a_failed_or_unknown_row_is_never_written_as_o():
    sentence = Sentence(("a",), "en")
    with pytest.raises(InputError, match="no model"):
        list(write_conll([LabelledSentence("1", sentence, None, status="failed", reason="no model")]))
    with pytest.raises(InputError, match="not known"):
        list(write_conll([LabelledSentence("1", sentence, None)]))


@pytest.mark.parametrize("tokens", [(), ("-DOCSTART-",), ("a\tb",), (" ",), ("a\nb",)])
def test_what_no_reader_would_get_back_is_not_written(tokens):
    with pytest.raises(InputError):
        list(write_conll([LabelledSentence("1", Sentence(tokens, "en"), ())]))


def test_what_is_written_is_iob2_with_tabs():
    row = LabelledSentence("", Sentence(("a", "b", "c"), "en"), (Entity(Span(0, 2), "X"), Entity(Span(2, 3), "X")))
    assert "".join(write_conll([row])) == "a\tB-X\nb\tI-X\nc\tB-X\n\n"
    named = LabelledSentence("7", row.sentence, ())
    assert "".join(write_conll([named], with_ids=False)) == "a\tO\nb\tO\nc\tO\n\n"


def test_a_long_file_is_streamed():
    def blocks():
        while True:
            yield b"a\tO\n\n"

    source = blocks()
    rows = read_labelled(Upload("x.conll", b"".join(next(source) for _ in range(1000))), "gold")
    assert next(rows).sentence.tokens == ("a",)
    rows.close()


def test_the_language_is_that_of_a_comment_and_what_is_no_tag_is_passed_over():
    text = b"# lang = sw\nNairobi B-LOC\n\nRome B-LOC\n\n# lang = what they spoke\nOslo B-LOC\n"
    rows = list(read_labelled(Upload("x.conll", text), "gold", lang="it"))
    assert [row.sentence.lang for row in rows] == ["sw", "it", "it"]

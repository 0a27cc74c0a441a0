"""Tables, plain text, Pharaoh links, and files that run side by side."""

import pytest

from xner.errors import InputError
from xner.io.pharaoh import attach_links, format_links, parse_links
from xner.io.reading import Upload, read_pairs, read_parallel
from xner.io.report import RowProblem
from xner.io.tabular import guess_delimiter, write_tabular
from xner.text.tokenise import tokenise
from xner.types import Alignment, Entity, SentencePair, Span

LANGUAGES = {"source_lang": "sw", "target_lang": "qaa"}


def read(name, text, **options):
    return list(read_pairs(Upload(name, text.encode()), **(LANGUAGES | options)))


def texts(rows):
    return [(row.id, row.source.text, row.target.text) for row in rows]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.tsv", "one two\teins, zwei\n"),
        ("x.csv", 'one two,"eins, zwei"\n'),
        ("x.csv", 'one two;"eins, zwei"\n'),
        ("x.csv", "one two\teins, zwei\n"),
        ("x.txt", "one two ||| eins, zwei\r\n\r\n"),
        ("x.txt", "\ufeffone two\teins, zwei"),
    ],
)
def test_two_columns_without_names_are_source_and_target(name, text):
    assert texts(read(name, text)) == [("line-1", "one two", "eins, zwei")]


def test_named_columns_stand_in_any_order():
    text = "Target,ID,src_lang,SRC,back_translation,genre\nzwei,7,sw-KE,two,deux,news\nvier,8,,four,,\n"
    rows = read("x.csv", text)
    assert texts(rows) == [("7", "two", "zwei"), ("8", "four", "vier")]
    assert [row.source.lang for row in rows] == ["sw-KE", "sw"]
    assert [row.back_translation for row in rows] == ["deux", None]
    assert [row.meta for row in rows] == [{"_extra": {"genre": "news"}}, {}]


def test_quotes_in_a_tsv_are_text():
    assert texts(read("x.tsv", 'say "x\t"y\n')) == [("line-1", 'say "x', '"y')]


def test_a_quoted_text_may_go_over_lines_and_the_lines_are_counted_right():
    rows = read("x.csv", 'source,target\n"a\nb",c\n\n"d""e",f\ng\n')
    assert texts(rows[:2]) == [("line-2", "a\nb", "c"), ("line-5", 'd"e', "f")]
    assert (rows[2].line, rows[2].raw) == (6, "g")


def test_one_side_is_enough():
    (row,) = read("x.tsv", "id\tsource\n1\tone\n")
    assert row.target is None


@pytest.mark.parametrize(
    ("line", "delimiter"), [("a,b", ","), ("a;b", ";"), ("a\tb", "\t"), ("a", ","), ("id;a,b", ";"), ('"a,b";c', ";")]
)
def test_the_delimiter_is_the_one_that_makes_sense_of_the_first_row(line, delimiter):
    assert guess_delimiter(line) == delimiter


def pair(source, target, **others):
    return SentencePair("1", tokenise(source, "sw"), tokenise(target, "qaa"), **others)


def test_formulas_are_disarmed_unless_told_not_to():
    rows = [pair("=1+1", "@x", back_translation="-2")]
    assert list(write_tabular(rows))[1] == "1\tsw\tqaa\t'=1+1\t'@x\t'-2\n"
    assert list(write_tabular(rows, ",", protect_formulas=False))[1] == "1,sw,qaa,=1+1,@x,-2\n"


@pytest.mark.parametrize(("text", "delimiter"), [("a\tb", "\t"), ("a\nb", "\t"), ("a\rb", ",")])
def test_a_text_that_a_table_can_not_hold_is_not_written(text, delimiter):
    with pytest.raises(InputError, match="JSON Lines"):
        list(write_tabular([pair("a", text)], delimiter))


def test_links_of_all_kinds_are_read_and_written_sorted():
    assert parse_links(" 10-2  1-2\t0p1 ") == Alignment(frozenset({(10, 2), (1, 2)}), frozenset({(0, 1)}))
    assert format_links(parse_links("10-2 1-2 1-10 0p1 0-1")) == "0-1 1-2 1-10 10-2 0p1"
    assert parse_links("") == Alignment(frozenset())


@pytest.mark.parametrize("line", ["0", "0-", "a-b", "0_0", "-1-0", "0-0-0", "1" * 10 + "-0", "٣-٣"])
def test_what_is_no_link_is_named(line):
    with pytest.raises(InputError, match="is not a link") as caught:
        parse_links(f"0-0 {line}")
    assert caught.value.column == "link 2"


def side_by_side(source, target, links=None, **options):
    uploads = [Upload("a.txt", source.encode()), Upload("b.txt", target.encode())]
    packed = None if links is None else Upload("c.txt", links.encode())
    return list(read_parallel(*uploads, links=packed, **(LANGUAGES | options)))


def test_labelled_source_and_plain_translation_make_pairs():
    (row,) = side_by_side("# id = s1\nJuma B-PER\nleft O\n", "Juma aliondoka.\n")
    assert row.id == "s1"
    assert row.source_entities == (Entity(Span(0, 1), "PER"),)
    assert (row.target.tokens, row.target_entities) == (("Juma", "aliondoka", "."), None)


def test_two_labelled_files_make_pairs_with_gold():
    (row,) = side_by_side("Juma B-PER\n", "Juma I-PER\n")
    assert (row.id, row.source_entities) == ("sentence-1", row.target_entities)


def test_a_sentence_that_ends_like_a_tag_is_a_sentence():
    rows = side_by_side("Er nimmt die S-Bahn\nSie geht zu Fuß\n", "a\nb\n")
    assert [row.source.tokens[-1] for row in rows] == ["S-Bahn", "Fuß"]


def test_a_sentence_about_conll_is_a_sentence():
    (row,) = side_by_side("-DOCSTART- begins a file .\n", "a\n")
    assert row.source.tokens[-1] == "."


def test_links_go_to_the_pair_of_their_line():
    rows = side_by_side("a b\n\nc\n", "x y\nz\nw\n", "0-0 1-1\n0-0\n\n")
    assert [row.alignment.links if isinstance(row, SentencePair) else row.line for row in rows] == [
        {(0, 0), (1, 1)},
        2,
        frozenset(),
    ]


def test_a_link_outside_its_pair_is_a_problem_of_that_line():
    rows = side_by_side("a\nb\n", "x\ny\n", "0-1\n0-0\n")
    assert (rows[0].file, rows[0].line) == ("c.txt", 1)
    assert "the target has 1 tokens" in rows[0].problem
    assert rows[1].alignment.links == {(0, 0)}


def test_a_bad_line_of_links_is_a_problem_of_that_line():
    rows = side_by_side("a\n", "x\n", "zero\n")
    assert (rows[0].file, rows[0].line, rows[0].raw) == ("c.txt", 1, "zero")


@pytest.mark.parametrize(
    ("source", "target", "links", "words"),
    [
        ("a\nb\n", "x\n", None, "The source has 2 sentences, the target 1."),
        ("a\n", "x\ny\nz\n", None, "The source has 1 sentences, the target 3."),
        ("a\nb\n", "x\ny\n", "0-0\n", "2 sentence pairs but 1 lines of links"),
        ("a\n", "x\n", "0-0\n0-0\n", "1 sentence pairs but 2 lines of links"),
        ("", "", None, "no sentence pair"),
        ("# id = 1\na O\n", "# id = 2\nx O\n", None, "Sentence 1 is '1' in the source but '2' in the target."),
    ],
)
def test_files_that_do_not_run_side_by_side_are_refused(source, target, links, words):
    with pytest.raises(InputError) as caught:
        side_by_side(source, target, links)
    assert words in str(caught.value)


def test_a_problem_in_the_pairs_uses_up_its_line_of_links():
    problem = RowProblem("f", 1, "", "bad.", "", "", "")
    rows = list(attach_links([problem, pair("a", "b")], [Alignment(frozenset()), Alignment(frozenset({(0, 0)}))]))
    assert rows[0] is problem
    assert rows[1].alignment.links == {(0, 0)}

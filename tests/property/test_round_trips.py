"""What is written is read back equal, in every format and with the characters that break other tools."""

import gzip
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xner.errors import InputError
from xner.io.conll import write_conll
from xner.io.field_names import slip
from xner.io.json_lines import dumps, loads, pair_from_record, projection_from_record, record_from_pair
from xner.io.labelled import LabelledSentence
from xner.io.pharaoh import format_links, parse_links
from xner.io.reading import FORMATS, Upload, read_labelled, read_pairs, read_parallel
from xner.io.report import RowProblem
from xner.io.tabular import write_tabular
from xner.text.normalise import text_problem
from xner.text.tokenise import sentence_from_tokens, tokenise
from xner.types import Alignment, Entity, Projection, RunnerUp, SentencePair, Span

LANGUAGES = ("qaa", "th", "zh", "my", "bo", "am", "ar", "sw", "fon", "ja")
PIECES = (
    "a", "B", "é", "e\u0301", "ọ̀", "ß", "İ", "👩‍👩‍👧", "👍🏽", "❤️", "🇰🇪", "שָׁלוֹם", "مِصْر", "می\u200cخواهم", "क्\u200dष",
    "ก็", "東", "京", "བོད་", "𐐀", "\u200b", "\u200f", "\u202e", "\u2028", "\u0085", "\u00a0", " ", "  ", '"', "'", ",",
    ";", "|", "#", "\\", "=", "<b>", "O", "NA", "null", "-DOCSTART-", "0-0", "1", "²", "١٢",
)  # fmt: skip
LABELS = ("PER", "LOC", "ORG", "X-Y", "人", "B-PER")


def writable(text: str) -> bool:
    return text_problem(text) is None


texts = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join) | st.text(min_size=1, max_size=20)
).filter(writable)
visible_texts = texts.filter(lambda text: bool(tokenise(text, "qaa").tokens))
one_line = texts.map(lambda text: " ".join(text.split())).filter(bool)
tokens = one_line.filter(lambda token: not any(character in token for character in "\t\r\n"))
names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def sentences(draw):
    lang = draw(st.sampled_from(LANGUAGES))
    if draw(st.booleans()):
        return tokenise(draw(visible_texts), lang)
    given_tokens = draw(st.lists(tokens, min_size=1, max_size=8))
    text = " ".join(given_tokens) if draw(st.booleans()) else None
    return sentence_from_tokens(given_tokens, lang, text)


@st.composite
def entities(draw, n_tokens, n_sources=None):
    cuts = sorted(draw(st.sets(st.integers(0, n_tokens), max_size=8)))
    spans = [Span(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    scores = st.none() | st.floats(0, 1)
    sources = st.integers(0, n_sources - 1) if n_sources else st.none()
    return tuple(Entity(span, draw(st.sampled_from(LABELS)), draw(scores), draw(sources)) for span in spans)


@st.composite
def alignments(draw, n_source, n_target):
    links = st.frozensets(st.tuples(st.integers(0, n_source - 1), st.integers(0, n_target - 1)), max_size=6)
    sure = draw(links)
    return Alignment(sure, draw(links) - sure)


@st.composite
def pairs(draw):
    source, target = draw(sentences()), draw(sentences())
    source_entities = draw(st.none() | entities(len(source)))
    return SentencePair(
        id=draw(names),
        source=source,
        target=target,
        source_entities=source_entities,
        target_entities=draw(st.none() | entities(len(target), len(source_entities or ()))),
        alignment=draw(st.none() | alignments(len(source), len(target))),
        back_translation=draw(st.none() | texts),
        meta=draw(st.dictionaries(names, values, max_size=2)),
    )


@st.composite
def projections(draw, pair):
    if draw(st.booleans()):
        return Projection.failed(pair.id, draw(one_line), draw(st.none() | one_line))
    found = draw(entities(len(pair.target), len(pair.source_entities or ())))
    runner_up = tuple(RunnerUp(draw(st.none() | st.just(e.span)), draw(st.none() | st.floats(0, 9))) for e in found)
    return Projection(
        pair_id=pair.id,
        entities=found,
        status="ok" if found else "empty",
        alignment=draw(st.none() | alignments(len(pair.source), len(pair.target))),
        objective=draw(st.none() | st.floats(0, 100)),
        runner_up=draw(st.none() | st.just(runner_up)),
        signature=draw(st.none() | one_line),
    )


pairs_with_projections = pairs().flatmap(lambda pair: st.tuples(st.just(pair), st.none() | projections(pair)))


@st.composite
def files(draw, lines):
    """Return the same lines as files come: with either line end, with or without a byte order mark, packed or not."""
    data = b"\xef\xbb\xbf" * draw(st.booleans()) + "".join(lines).encode()
    if draw(st.booleans()):
        data = data.replace(b"\n", b"\r\n")
    return gzip.compress(data) if draw(st.booleans()) else data


def unique_ids(rows):
    return len({row.id for row in rows}) == len(rows)


@given(st.lists(pairs(), min_size=1, max_size=4).filter(unique_ids), st.data())
def test_pairs_survive_a_file_of_json_lines(written, data):
    content = data.draw(files([dumps(record_from_pair(pair)) + "\n" for pair in written]))
    assert list(read_pairs(Upload("a.jsonl", content))) == written


@given(pairs_with_projections)
def test_a_projection_survives_beside_its_pair(drawn):
    pair, projection = drawn
    record = loads(dumps(record_from_pair(pair, projection)))
    assert pair_from_record(record) == pair
    assert projection_from_record(record) == projection


@given(pairs(), st.dictionaries(names, values, min_size=1, max_size=2))
def test_fields_of_other_tools_come_back_to_where_they_were(pair, fields):
    record = record_from_pair(pair)
    fields = {name: value for name, value in fields.items() if name not in record}
    assume(all(slip(name) is None for name in fields))
    assert record_from_pair(pair_from_record(record | fields)) == record | fields


@given(st.lists(pairs(), min_size=1, max_size=3))
def test_a_record_is_one_line_for_every_tool(written):
    for pair in written:
        assert len(dumps(record_from_pair(pair)).splitlines()) == 1


@st.composite
def labelled(draw):
    found = draw(st.lists(tokens, min_size=1, max_size=8).filter(lambda found: found[0] != "-DOCSTART-"))
    row_id = draw(st.just("") | names)
    return LabelledSentence(row_id, sentence_from_tokens(found, "qaa"), draw(entities(len(found))))


def without_scores(row):
    plain = tuple(Entity(entity.span, entity.label) for entity in row.entities)
    return LabelledSentence(row.id, row.sentence, plain)


def unique_or_no_ids(rows):
    named = [row for row in rows if row.id]
    return unique_ids(named)


@given(st.lists(labelled(), min_size=1, max_size=4).filter(unique_or_no_ids), st.data())
def test_sentences_survive_a_file_of_conll(written, data):
    content = data.draw(files(list(write_conll(written))))
    read = list(read_labelled(Upload("a.conll", content), "gold", lang="qaa"))
    assert read == [without_scores(row) for row in written]


@given(alignments(50, 70))
def test_links_survive_a_line_of_pharaoh(alignment):
    assert parse_links(format_links(alignment)) == alignment


cells = one_line.map(str.strip).filter(lambda cell: cell and bool(tokenise(cell, "qaa").tokens))
rows_of_text = st.builds(
    lambda row_id, source, target, back: SentencePair(
        row_id, tokenise(source, "qaa"), tokenise(target, "th"), back_translation=back
    ),
    names,
    cells,
    cells,
    st.none() | one_line.map(str.strip).filter(bool),
)


@given(st.lists(rows_of_text, min_size=1, max_size=4).filter(unique_ids), st.sampled_from("\t,;"), st.data())
def test_text_pairs_survive_a_table(written, delimiter, data):
    lines = list(write_tabular(written, delimiter, protect_formulas=False))
    name = "a.tsv" if delimiter == "\t" else "a.csv"
    assert list(read_pairs(Upload(name, data.draw(files(lines))))) == written


untagged = cells.map(lambda cell: f"{cell} .")


@given(st.lists(st.tuples(untagged, untagged), min_size=1, max_size=4), st.data())
def test_two_plain_files_make_pairs_line_by_line(written, data):
    left, right = (data.draw(files([f"{row[side]}\n" for row in written])) for side in (0, 1))
    read = list(read_parallel(Upload("a.en", left), Upload("a.th", right), source_lang="qaa", target_lang="qaa"))
    assert [(pair.source.text, pair.target.text) for pair in read] == written


VALID = {
    "jsonl": '{"id": "1", "source_lang": "qaa", "target_lang": "th", "source_tokens": ["Àwọn", "🙂"], "target_text": '
    '"กรุง 2", "source_entities": [{"start": 0, "end": 1, "label": "PER"}], "alignment": [[0, 0]], "meta": {"a": 1}}\n',
    "conll": "# id = 1\nÀwọn\tB-PER\n🙂\tO\n\nกรุง\tI-LOC\n",
    "tsv": "id\tsource_text\ttarget_text\n1\tÀwọn 🙂\tกรุง\n",
    "csv": 'id,source_text,target_text\n1,"Àwọn, ""🙂""",กรุง\n',
    "plain": "Àwọn 🙂 ||| กรุง\n",
    "pharaoh": "0-0 1-2\n",
}


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return a file with some bytes changed, cut, doubled or put elsewhere."""
    for _ in range(rng.randint(1, 6)):
        i, j = sorted(rng.choices(range(len(content) + 1), k=2))
        change = rng.randrange(5)
        noise = rng.choice(
            [rng.randbytes(3), b'"', b"\n", b"\x00", b"\t", b"[", b"{", b"\xff\xfe", b"\r", b"1e999", b"NaN"]
        )
        content = (
            content[:i] + noise + content[i:], content[:i] + content[j:], content[:j] + content[i:],
            content[j:] + content[i:j] + content[:i], content[:i] + noise + content[j:],
        )[change]  # fmt: skip
        content = content[:20_000]
    return content


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.booleans())
def test_a_damaged_file_gives_pairs_or_words_and_nothing_else(name, rng, is_packed):
    content = mutated(VALID[name].encode() * 3, rng)
    content = mutated(gzip.compress(content), rng) if is_packed else content
    upload = Upload(f"a.{name}", content)
    for rows in (
        read_pairs(upload, source_lang="qaa", target_lang="th"),
        read_labelled(upload, "gold", lang="th"),
        read_parallel(upload, upload, links=upload, source_lang="qaa", target_lang="th"),
    ):
        assert all(words_of(rows))


def words_of(rows):
    """Return what is said about the bad rows of a file, and about the file."""
    words = []
    try:
        words += [row.problem for row in rows if isinstance(row, RowProblem) and row.line >= 1]
    except InputError as error:
        words.append(error.message)
    return words

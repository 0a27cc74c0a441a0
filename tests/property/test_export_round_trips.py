"""What is exported comes back equal in all that the format carries, and what it can't carry is told before."""

import re
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xner.errors import InputError
from xner.io.formats import FORMATS, cannot_carry, check_round_trip, read_rows, write_rows
from xner.io.silver import SILVER_STATUSES, ExportOptions, SilverRow, row_problem
from xner.io.spreadsheet import protected, unprotected
from xner.text.normalise import text_problem
from xner.text.tokenise import sentence_from_tokens, tokenise
from xner.types import Alignment, Entity, Sentence, Span

PIECES = (
    "a", "B", "é", "e\u0301", "ọ̀", "İ", "👩‍👩‍👧", "👍🏽", "❤️", "🇰🇪", "שָׁלוֹם", "مِصْر", "می\u200cخواهم", "क्\u200dष", "ก็",
    "東", "𐐀", "\u200b", "\u200f", "\u202e", "\u2028", "\u2029", "\u0085", "\u00a0", "\u2060", " ", "'", '"', ",", ";",
    "|", "#", "\\", "=", "NA", "null", "-DOCSTART-", "0-0", "-", "_", "=1+1", "@x", "＝1", "+", "# id = 7",
    "# text = x", "O", "B-PER", "\\s", "SpaceAfter=No", "T1", "{", "[", "true", "NaN", "1e5", "²",
)  # fmt: skip
LABELS = ("PER", "LOC", "B-PER", "PER-SON", "X_1", "人", "a b", "=X", "O", "I-", "a/b", "a_b")
PATIENT = {"suppress_health_check": [HealthCheck.too_slow]}
"""The first example loads spaCy or pyarrow."""
LANGUAGES = ("qaa", "ar", "zh", "th", "sw", "en", "ja", "bo")

# More than half of what is drawn can be carried by every format; the rest must be refused in words.
lines = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
tokens = (lines | st.sampled_from(PIECES) | st.text(min_size=1, max_size=6)).filter(
    lambda token: token.strip() and not set(token) & set("\t\n\r")
)
texts = st.lists(st.sampled_from((*PIECES, "\t", "\r\n", "\n", "\r", "  ")), min_size=1, max_size=10).map("".join)
ids = st.text(min_size=1, max_size=8) | st.sampled_from(("-5", "=1+1", "1", "NA", "a b", "#", "é/../x"))
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts


@st.composite
def sentences(draw):
    lang = draw(st.sampled_from(LANGUAGES))
    if draw(st.booleans()):
        cut = tokenise(draw(texts), lang)
        return cut if cut.tokens else Sentence(("x",), lang)
    found = draw(st.lists(tokens, min_size=1, max_size=7))
    if draw(st.booleans()):
        return Sentence(tuple(found), lang, spaces=tuple(draw(st.booleans()) for _ in found))
    gaps = [draw(st.sampled_from((" ", "", "  ", "\u00a0", "\t", "\n", "\u2028", "\u200b", "\r\n"))) for _ in found]
    text = "".join(token + gap for token, gap in zip(found, gaps, strict=True))
    try:
        return sentence_from_tokens(found, lang, text)
    except InputError:  # a token that begins like the gap before it
        return Sentence(tuple(found), lang)


@st.composite
def entities(draw, n_tokens, with_source=True):
    cuts = sorted(draw(st.sets(st.integers(0, n_tokens), max_size=6)))
    # Every cut can be an end and a beginning, so entities touch each other.
    spans = [Span(start, end) for start, end in pairwise(cuts) if draw(st.booleans())]
    scores, sources = st.none() | st.floats(0, 1), st.none() | st.integers(0, 3)
    label = st.sampled_from(LABELS)
    if not with_source:
        return tuple(Entity(span, draw(label)) for span in spans)
    return tuple(Entity(span, draw(label), draw(scores), draw(sources)) for span in spans)


@st.composite
def rows(draw):
    target, source = draw(sentences()), draw(st.none() | sentences())
    links = st.tuples(st.integers(0, len(source) - 1 if source else 0), st.integers(0, len(target) - 1))
    sure = draw(st.frozensets(links, max_size=4))
    possible = draw(st.frozensets(links, max_size=2)) - sure
    of_source = draw(st.none() | entities(len(source), with_source=False)) if source else None
    found = draw(entities(len(target)))
    if of_source is not None:
        found = tuple(e if (e.source or 0) < len(of_source) else replace(e, source=None) for e in found)
    return SilverRow(
        id=draw(ids), sentence=target, entities=found, signature=draw(texts.filter(bool)),
        status=draw(st.sampled_from(SILVER_STATUSES)), source=source, source_entities=of_source,
        alignment=draw(st.none() | st.just(Alignment(sure, possible))) if source else None,
        back_translation=draw(st.none() | texts),
        dropped=draw(st.frozensets(st.integers(0, len(of_source) - 1))) if of_source else frozenset(),
        annotator=draw(st.none() | texts), revision=draw(st.none() | st.integers(1, 10**6)),
        note=draw(st.none() | texts), meta=draw(st.dictionaries(st.text(max_size=3), values, max_size=2)),
    )  # fmt: skip


files_of_rows = st.lists(rows(), min_size=1, max_size=3, unique_by=lambda row: row.id)
options = st.builds(ExportOptions, comments=st.booleans(), columns=st.booleans(), raw_cells=st.booleans())


def assert_equal_after(name, drawn, chosen):
    format = FORMATS[name]
    carried = [row for row in drawn if cannot_carry(row, format) is None]
    data = b"".join(write_rows(carried, format, chosen))
    report = check_round_trip(carried, format, data, chosen)
    assert report.is_equal, report.differences
    assert report.n_rows == len(carried)
    assert report.n_entities == sum(len(row.entities) for row in carried)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=500, **PATIENT)
@given(files_of_rows, options)
def test_what_a_format_can_carry_comes_back_equal(name, drawn, chosen):
    assert_equal_after(name, drawn, chosen)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=20_000, **PATIENT)
@given(files_of_rows, options)
def test_what_a_format_can_carry_comes_back_equal_twenty_thousand_times(name, drawn, chosen):
    assert_equal_after(name, drawn, chosen)


@settings(**PATIENT)
@given(rows())
def test_a_row_that_some_format_carries_is_refused_by_another_only_for_its_own_reason(row):
    if row_problem(row) is None:
        plain = all(label.isascii() and " " not in label and "=" not in label for label in labels_of(row))
        breakers = any(len(f"{text}x".splitlines()) > 1 for text in (*row.sentence.tokens, row.annotator or ""))
        named = not any(map(text_problem, row.meta))  # JSONL alone holds `meta`, and refuses what no file can say
        if (
            plain
            and named
            and not breakers
            and "-DOCSTART-" not in row.sentence.tokens
            and "\t" not in (row.annotator or "")
        ):
            refused = {name: cannot_carry(row, format) for name, format in FORMATS.items()}
            assert set(refused.values()) == {None}


def labels_of(row):
    return [entity.label for entity in row.entities]


@given(st.lists(st.sampled_from("'=+-@＝;\t\r\n,a\""), max_size=8).map("".join) | st.text())
def test_apostrophes_against_formulas_are_taken_away_where_they_were_added_and_nowhere_else(cell):
    safe = protected(cell)
    assert unprotected(safe) == cell
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert not any(piece.startswith(("=", "+", "-", "@", "＝")) for piece in re.split("[;\t\r\n]", safe))


YORUBA = tokenise("Àwọn 🙂 wa, =1.", "yo")
SAMPLE = [
    SilverRow(f"s{number}", YORUBA, (Entity(Span(0, 2), "LOC", 0.5, 0),), "xner:0", "accepted", note="=1")
    for number in range(3)
]
EXPORTS: dict[str, bytes] = {}


def mutated(content, rng):
    for _ in range(rng.randint(1, 4)):
        i, j = sorted(rng.choices(range(len(content) + 1), k=2))
        noise = rng.choice([rng.randbytes(3), b'"', b"\n", b"\x00", b"\t", b"0", b"{", b"PK\x01\x02", b"1e999", b"NaN"])
        content = rng.choice(
            (content[:i] + noise + content[i:], content[:i] + content[j:], content[:j] + content[i:], content[:i])
        )[:50_000]
    return content


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=100, **PATIENT)
@given(st.randoms(use_true_random=False))
def test_a_damaged_export_is_told_in_words_or_as_a_difference(name, rng):
    data = EXPORTS.setdefault(name, b"".join(write_rows(SAMPLE, FORMATS[name])))
    broken = mutated(data, rng)
    with suppress(InputError):
        list(read_rows(broken, FORMATS[name]))
    report = check_round_trip(SAMPLE, FORMATS[name], broken)
    assert report.n_rows == len(SAMPLE)


@pytest.mark.parametrize("name", ["conll", "conllu-plus", "jsonl", "tsv"])
@settings(**PATIENT)
@given(st.lists(rows(), min_size=1, max_size=2, unique_by=lambda row: row.id), st.booleans())
def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(name, drawn, has_mark):
    carried = [row for row in drawn if cannot_carry(row, FORMATS[name]) is None]
    data = b"".join(write_rows(carried, FORMATS[name])).replace(b"\n", b"\r\n")
    report = check_round_trip(carried, FORMATS[name], b"\xef\xbb\xbf" * (has_mark and bool(data)) + data)
    assert report.is_equal, report.differences

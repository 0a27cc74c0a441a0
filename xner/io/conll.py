"""CoNLL-2002 and -2003 columns: a token and its tag a line, a blank line between sentences.

Read: two or more columns (token first, tag last) or tokens alone, tabs or blanks, IOB1, IOB2, IOBES and BILOU,
``-DOCSTART-`` and comments. Written: token, tab, IOB2 tag.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from xner.errors import InputError, LimitExceeded
from xner.io.fields import check_id, check_label, check_token, wrong
from xner.io.labelled import LabelledSentence
from xner.io.limits import MAX_SENTENCE_CHARACTERS, MAX_SENTENCE_TOKENS
from xner.io.lines import Lines
from xner.io.report import FirstLines, RowProblem
from xner.text.iob import entities_from_labels, labels_from_entities, split_tag
from xner.text.script import normalise_tag
from xner.text.tokenise import sentence_from_tokens

TAG = re.compile(r"O|[BIESLU]-\S.*")
_BLANKS = re.compile(r" +")
_KEY = re.compile(r"#\s*[\w.:-]+\s*=")
_ID = re.compile(r"#\s*(?:sent_)?id\s*=\s*(.*)")
_LANG = re.compile(r"#\s*lang\s*=\s*(\S+)\s*")
DOCUMENT_START = "-DOCSTART-"
_FOUR_COLUMNS = "Token first, tag last, the same number of columns on every line."


@dataclass(slots=True)
class _Block:
    """Lines of one sentence; of a sentence without end only the beginning is kept, so that memory is bounded."""

    first_line: int
    raw: list[str] = field(default_factory=list)
    id: str = ""
    lang: str | None = None
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    n_columns: int = 0
    n_characters: int = 0
    problem: tuple[InputError, int] | None = None


def read_conll(
    lines: Lines, *, lang: str = "und", labels: Collection[str] | None = None
) -> Iterator[LabelledSentence | RowProblem]:
    """Yield the sentences of a one-language file, in order; a bad line rejects its sentence and no other.

    The id is that of a comment ``# id = …``, else ``""``; the language that of ``# lang = TAG``, else `lang`, also
    where a comment holds something else than a tag. Without a tag column entities are ``None``.

    Raises:
        InputError: `lang` is not a language tag, or the file is not UTF-8.
    """
    lang = normalise_tag(lang)
    seen = FirstLines()
    block: _Block | None = None
    for number, raw in lines:
        if not raw.strip(" \t"):
            yield from _finished(block, lines.name, lang, seen)
            block = None
            continue
        block = block or _Block(number)
        if len(block.raw) < 2 * MAX_SENTENCE_TOKENS:
            block.raw.append(raw)
        if block.problem is None:
            try:
                _add_line(block, raw, labels)
            except InputError as error:
                block.problem = (error, number)
    yield from _finished(block, lines.name, lang, seen)


def _add_line(block: _Block, raw: str, labels: Collection[str] | None) -> None:
    if is_comment(raw):
        if match := _ID.fullmatch(raw):
            block.id = check_id(match[1].strip())
        elif match := _LANG.fullmatch(raw):
            with suppress(InputError):  # other people's comments mean what they like
                block.lang = normalise_tag(match[1])
        return
    columns = split_columns(raw)
    if columns[0] == DOCUMENT_START and not block.tokens:
        return
    block.n_columns = block.n_columns or len(columns)
    if len(columns) != block.n_columns:
        problem = f"{len(columns)} columns, the lines before have {block.n_columns}."
        raise wrong("", problem, _FOUR_COLUMNS)
    block.n_characters += len(columns[0])
    if len(block.tokens) == MAX_SENTENCE_TOKENS or block.n_characters > MAX_SENTENCE_CHARACTERS:
        problem = f"the sentence has more than {MAX_SENTENCE_TOKENS} tokens or {MAX_SENTENCE_CHARACTERS} characters."
        raise LimitExceeded(problem, "Split it, or put a blank line between sentences.", column="token")
    block.tokens.append(check_token("token", columns[0]))
    if len(columns) > 1:
        block.tags.append(_check_tag(columns[-1], labels))


def _check_tag(tag: str, labels: Collection[str] | None) -> str:
    try:
        _, label = split_tag(tag)
    except ValueError:
        problem = f"{tag[:40]!r} is not a tag." if tag else "is empty."
        raise wrong("tag", problem, "Tags are O, B-PER, I-PER and so on, in the last column.") from None
    if label:
        check_label("tag", label, labels)
    return tag


def _finished(
    block: _Block | None, file: str, lang: str, seen: FirstLines
) -> Iterator[LabelledSentence | RowProblem]:  # fmt: skip
    if block is None:
        return
    if block.problem is None and block.tokens and block.id:
        try:
            seen.check(block.id, block.first_line)
        except InputError as error:
            block.problem = (error, block.first_line)
    if block.problem is not None:
        reason, line = block.problem
        yield RowProblem.of(reason, file, line, "\n".join(block.raw))
    elif block.tokens:
        entities = entities_from_labels(block.tags) if block.tags else None
        yield LabelledSentence(block.id, sentence_from_tokens(block.tokens, block.lang or lang), entities)


def is_comment(raw: str) -> bool:
    r"""Tell a comment from a token that begins with ``#``, which is followed by a tag or stands alone.

    Example:
        >>> [is_comment(line) for line in ("# id = 7", "# newdoc", "# O", "#\tO", "#tag")]
        [True, True, False, False, False]
    """
    if not raw.startswith("#"):
        return False
    if "\t" in raw:
        return not TAG.fullmatch(raw.rsplit("\t", 1)[1])
    if _KEY.match(raw):
        return True
    columns = split_columns(raw)
    return len(columns) > 1 and not TAG.fullmatch(columns[-1])


def split_columns(raw: str) -> list[str]:
    """Return the columns of a line: separated by tabs if it has one, else by blanks."""
    return raw.split("\t") if "\t" in raw else _BLANKS.split(raw.strip(" "))


def write_conll(sentences: Iterable[LabelledSentence], *, with_ids: bool = True) -> Iterator[str]:
    r"""Yield one block of text a sentence, with its blank line; written one after another they are the file.

    Raises:
        InputError: a sentence that failed, whose entities are not known, or that no reader would get back. None of
            these is ever written as a row of O.

    Example:
        >>> from xner.types import Entity, Sentence, Span
        >>> row = LabelledSentence("7", Sentence(("Dar", "ni", "mji"), "sw"), (Entity(Span(0, 1), "LOC"),))
        >>> next(write_conll([row]))
        '# id = 7\nDar\tB-LOC\nni\tO\nmji\tO\n\n'
    """
    for row in sentences:
        if row.status == "failed" or row.entities is None:
            reason = row.reason or "its entities are not known"
            raise InputError(f"Sentence {row.id!r} can't be written: {reason}.", "Leave it out, and say so.")
        tokens = [check_token(f"sentence {row.id!r}", token) for token in row.sentence.tokens]
        if not tokens or tokens[0] == DOCUMENT_START:
            raise InputError(f"Sentence {row.id!r} can't be written: CoNLL has no place for it.", "Use JSON Lines.")
        for entity in row.entities:
            check_label(f"sentence {row.id!r}", entity.label)
        tags = labels_from_entities(row.entities, len(tokens))
        head = f"# id = {check_id(row.id)}\n" if with_ids and row.id else ""
        yield head + "".join(f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True)) + "\n"

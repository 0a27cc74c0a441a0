"""Plain text: ``source ||| target`` on a line, or one sentence a line in two files that run side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from xner.errors import InputError
from xner.io.fields import check_sentence, wrong
from xner.io.labelled import LabelledSentence
from xner.io.lines import Lines
from xner.io.records import pair_from_record
from xner.io.report import RowProblem
from xner.text.script import normalise_tag
from xner.types import SentencePair

SEPARATOR = "|||"


def read_plain(
    lines: Lines, *, source_lang: str | None = None, target_lang: str | None = None
) -> Iterator[SentencePair | RowProblem]:
    """Yield a pair a line, named ``line-1`` and so on; blank lines are passed over."""
    for number, raw in lines:
        if not raw.strip():
            continue
        try:
            sides = raw.split(SEPARATOR)
            if len(sides) != 2:
                problem = f"{len(sides) - 1} times {SEPARATOR}, it has to stand once."
                raise wrong("", problem, f"Write: source sentence {SEPARATOR} target sentence.")
            record = {"source_text": sides[0].strip(), "target_text": sides[1].strip()}
            yield pair_from_record(
                record, source_lang=source_lang, target_lang=target_lang, default_id=f"line-{number}"
            )  # fmt: skip
        except InputError as error:
            yield RowProblem.of(error, lines.name, number, raw)


def read_sentences(lines: Lines, *, lang: str) -> Iterator[LabelledSentence | RowProblem]:
    """Yield one sentence a line, without id and entities; an empty line is a problem, because lines are counted."""
    lang = normalise_tag(lang)
    for number, raw in lines:
        try:
            sentence = check_sentence("tokens", None, "text", raw.strip(), lang)
        except InputError as error:
            yield RowProblem.of(error, lines.name, number, raw)
        else:
            yield LabelledSentence("", sentence, None)


def pair_up(
    source: Iterable[LabelledSentence | RowProblem], target: Iterable[LabelledSentence | RowProblem]
) -> Iterator[SentencePair | RowProblem]:
    """Yield pairs of the first with the first, the second with the second and so on.

    A pair takes the id that one of its sides has, else ``sentence-1`` and so on. If a side is a problem, the pair is.

    Raises:
        InputError: one side has more sentences, or two sides of a pair have different ids; pairs before that were
            yielded already.
    """
    n_source = n_target = 0
    for left, right in zip_longest(source, target):
        n_source += left is not None
        n_target += right is not None
        if isinstance(left, LabelledSentence) and isinstance(right, LabelledSentence):
            yield _pair(left, right, n_source)
        elif n_source == n_target:
            yield from (side for side in (left, right) if isinstance(side, RowProblem))
    if n_source != n_target:
        raise InputError(
            f"The source has {n_source} sentences, the target {n_target}.",
            "The files must run side by side, sentence by sentence.",
        )


def _pair(source: LabelledSentence, target: LabelledSentence, number: int) -> SentencePair:
    if source.id and target.id and source.id != target.id:
        raise InputError(
            f"Sentence {number} is {source.id!r} in the source but {target.id!r} in the target.",
            "The files must run side by side, sentence by sentence.",
        )
    return SentencePair(
        id=source.id or target.id or f"sentence-{number}",
        source=source.sentence,
        target=target.sentence,
        source_entities=source.entities,
        target_entities=target.entities,
    )

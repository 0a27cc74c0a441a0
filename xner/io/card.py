"""The data card that goes along with an export: what the data are, how they were made, and what they are not.

Everything that a user or a file wrote is escaped, for Markdown and for the YAML of the header alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from xner.io.comments import quoted
from xner.io.silver import SilverRow
from xner.signature import parse_signature, short_hash
from xner.text.script import language_name

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINE_ENDS = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_BACKTICKS = re.compile(r"`+")
_HUB_LICENCES = frozenset(
    "apache-2.0 mit cc0-1.0 cc-by-4.0 cc-by-3.0 cc-by-sa-4.0 cc-by-sa-3.0 cc-by-nc-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 "
    "cc-by-nc-nd-4.0 odbl odc-by pddl gpl-3.0 agpl-3.0 lgpl-3.0 gfdl".split()
)
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LIMITS = """\
- Silver data are not gold. A row of status `projected` was labelled by a machine and read by nobody; `draft` was begun
  by hand and not finished; `accepted` was read by one person; `adjudicated` settles differences between several.
- Entities were projected from the source language. What the translation drops, adds or rewrites can be missing or
  wrong, and a span can be too short or too long, most often at particles, titles and names in apposition.
- Entities are flat: none lies inside another.
- Pairs that failed, were skipped or flagged are not rows without entities. They are left out and counted above.
- Scores of a model trained on these data say how well it repeats them. Measure on data labelled by people.
"""


@dataclass(frozen=True, slots=True)
class Card:
    """What only the user and the export know; all of it is shown as plain text.

    `left_out` is reason to number of pairs; `agreement` is a measure's name to its value, ``None`` where it could not
    be measured; `filters` is what was chosen, in words.
    """

    title: str
    licence: str = ""
    sources: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    agreement: Mapping[str, float | None] = field(default_factory=dict)
    remarks: str = ""


@dataclass(slots=True)
class Tally:
    """Counts of the rows that went by."""

    n_rows: int = 0
    n_tokens: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    source_languages: Counter[str] = field(default_factory=Counter)
    signatures: Counter[str] = field(default_factory=Counter)

    def watch(self, rows: Iterable[SilverRow]) -> Iterator[SilverRow]:
        """Yield the rows as they come, and count them."""
        for row in rows:
            self.n_rows += 1
            self.n_tokens += len(row.sentence)
            self.statuses[row.status] += 1
            self.labels.update(entity.label for entity in row.entities)
            self.languages[row.sentence.lang] += 1
            if row.source is not None:
                self.source_languages[row.source.lang] += 1
            self.signatures[row.signature] += 1
            yield row


def escaped(text: str) -> str:
    r"""Return a text that Markdown shows as it is, on one line.

    Example:
        >>> escaped("*no* <b>")
        '\\*no\\* \\<b\\>'
    """
    return _PUNCTUATION.sub(r"\\\1", _LINE_ENDS.sub(" ", text).strip())


def fenced(text: str) -> str:
    """Return a text as a block of code, whose fence is longer than any in the text."""
    fence = "`" * max([3, *(len(run) + 1 for run in _BACKTICKS.findall(text))])
    return f"{fence}text\n{text}\n{fence}"


def card_header(card: Card, tally: Tally) -> str:
    """Return the YAML that the Hugging Face hub and `datasets` read, between its ``---``."""
    by_hand = any(status != "projected" for status in tally.statuses)
    licence = card.licence.strip().lower()
    size = next((name for limit, name in _SIZES if tally.n_rows < limit), "n>1M")
    lists = {
        "language": sorted(tally.languages),
        "annotations_creators": ["machine-generated", *(["expert-generated"] if by_hand else [])],
        "task_categories": ["token-classification"],
        "task_ids": ["named-entity-recognition"],
        "size_categories": [size],
        "tags": ["silver", "annotation-projection"],
    }
    lines = [
        f"pretty_name: {quoted(card.title)}",
        f"license: {quoted(licence if licence in _HUB_LICENCES else 'other')}",
    ]
    for key, values in lists.items():
        lines += [f"{key}:", *(f"- {quoted(value)}" for value in values)] if values else []
    lines += ["configs:", '- config_name: "default"', "  data_files:", '  - split: "train"', '    path: "data/train-*"']
    return "\n".join(("---", *lines, "---", ""))


def write_card(card: Card, tally: Tally) -> str:
    """Return the card as Markdown, without a header; `tally` counted the exported rows."""
    n_entities = tally.labels.total()
    parts = [
        f"# {escaped(card.title)}",
        f"Silver data for named entity recognition: {tally.n_rows:,} sentences, {tally.n_tokens:,} tokens, "
        f"{n_entities:,} entities. Made with xner.",
        *_section("Languages", [_languages("Labelled", tally.languages), _languages("From", tally.source_languages)]),
        *_section("Sources", [f"- {escaped(source)}" for source in card.sources] or ["Not stated."]),
        *_section("Licence", [fenced(card.licence)] if card.licence.strip() else ["Not stated."]),
        *_section("Rows", _counts("status", "sentences", tally.statuses)),
        *_section("Entities", _counts("label", "entities", tally.labels)),
        *_section("Left out", _counts("reason", "pairs", card.left_out) if card.left_out else ["Nothing."]),
        *_section("Filters", [f"- {escaped(k)}: {escaped(v)}" for k, v in card.filters.items()] or ["None."]),
        *_section("Agreement", _agreement(card.agreement)),
        *_section("How the rows were made", list(_methods(tally.signatures))),
        *_section("Limits", [_LIMITS.rstrip()]),
        *(_section("Remarks", [fenced(card.remarks)]) if card.remarks.strip() else ()),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield f"## {title}"
    yield "\n".join(line for line in lines if line)


def _languages(what: str, languages: Counter[str]) -> str:
    names = [f"{escaped(language_name(tag))} ({escaped(tag)}): {n:,}" for tag, n in sorted(languages.items())]
    return f"- {what}: {'; '.join(names)}" if names else ""


def _counts(what: str, number: str, counts: Mapping[str, int]) -> list[str]:
    rows = [f"| {escaped(name)} | {n:,} |" for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return [f"| {what} | {number} |", "|---|---:|", *rows] if rows else ["None."]


def _agreement(measured: Mapping[str, float | None]) -> list[str]:
    shown = [f"- {escaped(name)}: {'–' if value is None else f'{value:.3f}'}" for name, value in measured.items()]
    return shown or ["Not measured."]


def _methods(signatures: Counter[str]) -> Iterator[str]:
    yield "One line for each way that rows were made: components with their parameters, models with the hash of their"
    yield "weights, version. The 12 digits before it are its short form, as tables have it."
    for signature, n_rows in signatures.most_common():
        yield f"\n`{short_hash(signature)}`, {n_rows:,} sentences:\n"
        try:
            lines = [f"{key}: {value}" for key, value in parse_signature(signature).items()]
        except ValueError:
            lines = []
        yield fenced("\n".join([signature, *lines]))

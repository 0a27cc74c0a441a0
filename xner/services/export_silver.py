"""Silver data out of the store: chosen, written, read back, compared, and only then offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from xner.errors import InputError, StoreFailed
from xner.io.card import Card, Tally, card_header, write_card
from xner.io.formats import RoundTripReport, check_round_trip, format_named
from xner.io.losses import Losses
from xner.io.silver import ExportOptions, Format, SilverRow
from xner.services import corpora
from xner.services.export_card import agreement_words, chosen_words
from xner.services.export_selection import Counts, Selection, select, words
from xner.services.identity import User
from xner.services.silver_rows import ExportFilters
from xner.store import doctor
from xner.store.doctor import Finding
from xner.store.session import Store

LOOKING = "looking over the store"
_TOLD_EVERY = 200


@dataclass(frozen=True, slots=True)
class Request:
    """What the user wants: format and filters, what to write, and what the card says.

    `options` are those of `xner.io.formats`; labels and card are filled in by the export.
    """

    format: str
    filters: ExportFilters = field(default_factory=ExportFilters)
    options: ExportOptions = field(default_factory=ExportOptions)
    licence: str = ""
    sources: tuple[str, ...] = ()
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What became of an export. The file is at `path` only where `report` says that it was read back unchanged.

    `findings` are what the doctor found in the store, none of it damage; `card` is Markdown; `lost` says what the
    format does not carry, with the number of rows that have it.
    """

    path: Path
    format: Format
    report: RoundTripReport
    counts: Counts
    card: str
    findings: tuple[Finding, ...]
    lost: Mapping[str, int] = field(default_factory=dict)


def export(
    store: Store,
    user: User,
    corpus_id: int,
    request: Request,
    output: Path,
    on_progress: Callable[[str, int], None] = lambda _what, _n: None,
) -> ExportResult:
    """Write the rows to a file, read it back and compare; a file that came back otherwise is taken away again.

    Args:
        store: is looked over by the doctor first.
        user: a viewer of the corpus.
        corpus_id: which corpus.
        request: what the user wants.
        output: is written over.
        on_progress: called with what is going on and the number of rows done; `LOOKING` counts all rows of the store.

    Raises:
        NotAllowed: see `select`.
        InputError: there is no such format, or nothing is left to export.
        StoreFailed: the doctor found damage in the store.
    """
    format = format_named(request.format)
    corpus = corpora.get(store, user, corpus_id)
    findings = check_store(store, partial(on_progress, LOOKING))
    with select(store, user, corpus_id, request.filters, format) as selection:
        card = Card(
            corpus.name, licence=request.licence, sources=request.sources, remarks=request.remarks,
            filters=chosen_words(store, request.filters, format), agreement=agreement_words(store, user, corpus),
        )  # fmt: skip
        left_out: dict[str, int] = {}
        options = replace(
            request.options, labels=tuple(label.name for label in corpus.labels), card=replace(card, left_out=left_out)
        )
        tally, losses = Tally(), Losses(format.fields(options))
        rows = _told(losses.watch(tally.watch(_counting(selection, left_out))), partial(on_progress, "writing"))
        try:
            with output.open("wb") as file:
                # the selection has asked the format already, and made ids unique: what `write_rows` would do again
                for block in format.write(rows, options):
                    file.write(block)
            counts = selection.counts
            if not counts.n_exported:
                raise InputError("Nothing is left to export.", "Look at what is left out, and choose otherwise.")
            again = _told(iter(selection), partial(on_progress, "reading back"))
            report = check_round_trip(again, format, output, options)
        except BaseException:
            output.unlink(missing_ok=True)
            raise
    if not report.is_equal:
        output.unlink()
    full = replace(card, left_out=dict(left_out))
    text = f"{card_header(full, tally)}\n{write_card(full, tally)}"
    return ExportResult(output, format, report, counts, text, findings, dict(losses.counts.most_common()))


def check_store(store: Store, tell: Callable[[int], None] = lambda _n_read: None) -> tuple[Finding, ...]:
    """Return what the doctor finds untidy; `tell` is called with the number of rows read.

    Raises:
        StoreFailed: it finds damage, and then nothing may be handed on as data.
    """
    findings = doctor.check(store, tell)
    damage = [finding for finding in findings if finding.weight == "damage"]
    if damage:
        first = damage[0]
        more = f", and {len(damage) - 1} more kinds of damage" if len(damage) > 1 else ""
        raise StoreFailed(
            f"The store is damaged, so nothing is exported: {first.name} ({first.says}) does not hold at "
            f"{first.n} places{more}.",
            "Run python -m xner doctor: it names the places and what can be repaired.",
        )
    return tuple(findings)


def _counting(selection: Selection, left_out: dict[str, int]) -> Iterator[SilverRow]:
    """Yield the rows; at their end `left_out` holds what an archive's card says, which is written after them."""
    yield from selection
    left_out.update(words(selection.counts.left_out))


def _told(rows: Iterator[SilverRow], tell: Callable[[int], None]) -> Iterator[SilverRow]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % _TOLD_EVERY == 0:
            tell(number)

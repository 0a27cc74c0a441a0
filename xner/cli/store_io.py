"""``xner import`` and ``xner export``: sentences into the store, silver data out of it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xner.cli.access import operator
from xner.cli.console import EXIT_SOME_FAILED, EXIT_UNUSABLE, progress_bar, tell
from xner.cli.options import Force, Format, Input, LabelSet, LinksFile, SourceLang, TargetFile, TargetLang, labels_of
from xner.errors import InputError

if TYPE_CHECKING:
    from xner.io.silver import SilverStatus
    from xner.services.corpora import Corpus
    from xner.services.export_silver import ExportResult
    from xner.services.identity import User
    from xner.services.silver_rows import ExportFilters
    from xner.store.rows import Mode
    from xner.store.session import Store

_CHUNK = 2_000
"""Sentences that are in memory at once."""


def import_file(
    source: Input,
    corpus: Annotated[str, typer.Option("--corpus", help="Its name; a new one is made where there is none.")],
    mode: Annotated[
        str, typer.Option("--mode", help="Of a new corpus: shared, or independent (annotators blind to each other).")
    ] = "shared",
    format: Format = "auto",
    source_lang: SourceLang = None,
    target_lang: TargetLang = None,
    target: TargetFile = None,
    links: LinksFile = None,
    label_set: LabelSet = None,
) -> None:
    """Add sentence pairs to a corpus of the store; what `project` wrote brings its projections along.

    A pair that is there already is passed over, so an interrupted import is finished by giving it again.

    Example: `python -m xner import silver.jsonl --corpus News`
    """
    from xner.services.import_corpus import ImportReport, store_report
    from xner.services.input_files import InputOptions, pairs_of
    from xner.store.session import open_store
    from xner.types import Projection, SentencePair

    store, user = open_store(), operator()
    projections: dict[str, Projection] = {}
    options = InputOptions(format, source_lang, target_lang, target, links, labels_of(label_set))
    rows = pairs_of(source, options, lambda projection: projections.update({projection.pair_id: projection}))
    corpus_id = run_id = None
    n_added = n_present = n_projections = n_rejected = n_clashing = 0
    while chunk := list(itertools.islice(rows, _CHUNK)):
        pairs = tuple(row for row in chunk if isinstance(row, SentencePair))
        for row in chunk:
            if not isinstance(row, SentencePair):
                tell(str(row))
                n_rejected += 1
        if not pairs:
            continue
        corpus_id = _corpus_id(store, user, corpus, mode) if corpus_id is None else corpus_id
        report = ImportReport(source.name, pairs, projections=dict(projections))
        done = store_report(store, user, corpus_id, report, run_id=run_id)
        run_id = done.run_id
        projections.clear()
        for pair in done.clashing:
            tell(f"not added  {pair.id}: another sentence of the corpus has this id.")
        n_added, n_present = n_added + done.added.n_added, n_present + done.added.n_present
        n_clashing, n_projections = n_clashing + len(done.clashing), n_projections + done.n_projections
    tell(
        f"{corpus}: {n_added:,} sentences added, {n_present:,} were there, {n_projections:,} with a projection; "
        f"{n_clashing:,} not added because of their ids, {n_rejected:,} rows rejected."
    )
    if not n_added and not n_present:
        raise typer.Exit(EXIT_UNUSABLE)
    if n_rejected or n_clashing:
        raise typer.Exit(EXIT_SOME_FAILED)


def export_corpus(
    corpus: Annotated[str, typer.Argument(help="Name of the corpus, or its number in the store.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.", dir_okay=False)],
    format: Annotated[
        str | None,
        typer.Option("--format", help="conll, conllu-plus, jsonl, tsv, csv, brat, docbin, parquet; else by the name."),
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", help="projected, draft, accepted, adjudicated; may be given again.")
    ] = None,
    lang: Annotated[list[str] | None, typer.Option("--lang", help="Target language; may be given again.")] = None,
    min_confidence: Annotated[
        float | None, typer.Option("--min-confidence", help="Least score of every entity that nobody has accepted.")
    ] = None,
    annotator: Annotated[
        list[str] | None, typer.Option("--annotator", help="Only what this person made; may be given again.")
    ] = None,
    versions_of: Annotated[
        str | None,
        typer.Option(
            "--versions-of", help="In a corpus annotated independently: this person's, not the adjudicated ones."
        ),
    ] = None,
    with_conflicts: Annotated[
        bool, typer.Option("--with-conflicts", help="Also sentences with a version that waits for a decision.")
    ] = False,
    hide_annotators: Annotated[bool, typer.Option("--hide-annotators", help="No names in the file.")] = False,
    comments: Annotated[
        bool, typer.Option("--comments/--no-comments", help="CoNLL: lines that say where a sentence comes from.")
    ] = True,
    columns: Annotated[bool, typer.Option("--columns", help="CoNLL: columns of source entity and score.")] = False,
    raw_cells: Annotated[
        bool, typer.Option("--raw-cells", help="CSV: no apostrophe before = + - @; unsafe in spreadsheet programs.")
    ] = False,
    licence: Annotated[str, typer.Option("--licence", help="Licence of the data, for the card.")] = "",
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Where the text is from, for the card; may be given again.")
    ] = None,
    card: Annotated[Path | None, typer.Option("--card", help="Write the data card here.", dir_okay=False)] = None,
    force: Force = False,
) -> None:
    """Write the silver data of a corpus: projected, draft, accepted and adjudicated sentences, nothing else.

    The file is read back and compared before it appears under its name. What is left out is counted on standard error.
    Exit code 1: the format could not carry some sentence; 2: no file.

    Example: `python -m xner export News -o news.conll --status accepted --status adjudicated`
    """
    from xner.io.silver import ExportOptions
    from xner.services import corpora
    from xner.services.export_silver import Request, export
    from xner.services.output_files import refuse_existing
    from xner.services.silver_rows import ExportFilters
    from xner.store.session import open_store

    refuse_existing([output, card], force=force)
    store, user = open_store(), operator()
    found = corpora.by_name(store, user, corpus)
    filters = ExportFilters(
        statuses=_statuses(status), langs=_langs(lang), min_score=min_confidence,
        annotators=tuple(_person(store, user, found, name) for name in annotator or ()),
        track=_person(store, user, found, versions_of) if versions_of else 0,
        with_conflicts=with_conflicts, hide_annotators=hide_annotators,
    )  # fmt: skip
    request = Request(
        format or _format_of(output), filters, ExportOptions(comments=comments, columns=columns, raw_cells=raw_cells),
        licence, tuple(sources or ()),
    )  # fmt: skip
    partial = Path(f"{output}.partial")
    with progress_bar("exporting") as (bar, task):
        result = export(
            store, user, found.id, request, partial, lambda what, n: bar.update(task, completed=n, description=what)
        )
    _report(result, output, filters)
    if not result.report.is_equal:
        raise typer.Exit(EXIT_UNUSABLE)
    partial.replace(output)
    if card is not None:
        card.write_text(result.card, encoding="utf-8")
    if result.counts.left_out["format"]:
        raise typer.Exit(EXIT_SOME_FAILED)


def _report(result: ExportResult, output: Path, filters: ExportFilters) -> None:
    from xner.services.export_selection import words

    for finding in result.findings:
        tell(f"doctor  {finding.name}: {finding.says} does not hold at {finding.n} places (nothing is lost).")
    for row_id, problem in result.counts.refused:
        tell(f"left out  {row_id}: {problem}")
    for reason, n in words(result.counts.left_out).items():
        tell(f"left out  {n:,}: {reason}")
    if result.counts.n_renamed:
        tell(f"{result.counts.n_renamed:,} ids are in two languages; the second has its language behind it.")
    report = result.report
    if not report.is_equal:
        for difference in report.differences:
            tell(f"came back otherwise  {difference.id} {difference.field}: {difference.found}")
        tell(f"{output}: not written, {report.n_differences:,} facts were not the same when read back.")
        return
    for what, n in result.lost.items():
        tell(f"not in the file  {n:,} sentences have {what}, which {result.format.title} does not carry.")
    statuses = ", ".join(f"{n:,} {status}" for status, n in sorted(result.counts.exported.items()))
    tell(
        f"{output}: {report.n_rows:,} sentences ({statuses}) with {report.n_entities:,} entities as "
        f"{result.format.title}, read back and equal."
    )


def _corpus_id(store: Store, user: User, name: str, mode: str) -> int:
    from xner.services import corpora

    modes: dict[str, Mode] = {"shared": "shared", "independent": "independent"}
    if mode not in modes:
        raise InputError(f"There is no mode {mode!r}.", "It is shared or independent.", column="mode")
    present = [corpus.id for corpus in corpora.visible(store, user) if corpus.name == name.strip()]
    return present[0] if present else corpora.create(store, user, name, mode=modes[mode])


def _statuses(names: list[str] | None) -> tuple[SilverStatus, ...]:
    from xner.io.silver import SILVER_STATUSES

    wanted = names or list(SILVER_STATUSES)
    for name in wanted:
        if name not in SILVER_STATUSES:
            raise InputError(f"Sentences that are {name!r} can't be exported.",
                             f"Choose of {', '.join(SILVER_STATUSES)}.", column="status")  # fmt: skip
    return tuple(status for status in SILVER_STATUSES if status in wanted)


def _langs(tags: list[str] | None) -> tuple[str, ...]:
    from xner.text.script import normalise_tag

    return tuple(normalise_tag(tag) for tag in tags or ())


def _person(store: Store, user: User, corpus: Corpus, name: str) -> int:
    from xner.services.export_selection import annotators

    known = annotators(store, user, corpus.id)
    for person, shown in known.items():
        if shown == name:
            return person
    raise InputError(
        f"Nobody called {name!r} has worked on {corpus.name!r}.",
        f"These have: {', '.join(known.values()) or 'nobody'}.", column="annotator",
    )  # fmt: skip


def _format_of(output: Path) -> str:
    from xner.io.formats import FORMATS

    name = output.name.lower()
    for known in sorted(FORMATS.values(), key=lambda known: -len(known.suffix)):
        if name.endswith(known.suffix):
            return known.name
    raise InputError(f"{output.name!r} does not say its format.", f"Give --format: {', '.join(FORMATS)}.")

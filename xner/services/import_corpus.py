"""Bring sentences in: first a report on the file, and nothing is kept; then, on the user's word, into a corpus."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from xner.correct.annotation import annotation_of, canonical
from xner.errors import LimitExceeded, XnerError
from xner.io.json_lines import dumps, record_from_pair
from xner.io.limits import MAX_UPLOAD_PAIRS
from xner.io.reading import Upload
from xner.io.records import pair_from_record
from xner.io.report import RowProblem
from xner.services import corpora
from xner.services.assessment import assess
from xner.services.identity import User
from xner.services.input_files import AS_FOUND, InputOptions, pairs_of, usable
from xner.services.rejected_rows import RejectedRows, one_line
from xner.services.typed_names import entities_from_lines
from xner.store import corpora as stored
from xner.store import projections, runs
from xner.store.corpora import Added
from xner.store.rows import NewProjection
from xner.store.session import Store
from xner.text.script import normalise_tag
from xner.types import Projection, SentencePair

SAMPLE_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "sample"
TSV_EXAMPLE = (
    "id\tsource_text\ttarget_text\tsource_lang\ttarget_lang\tback_translation\n"
    "1\tMira was in Nairobi.\tMira war in Nairobi.\ten\tde\tMira was in Nairobi.\n"
)
JSON_EXAMPLE = (
    '{"id": "1", "source_lang": "en", "target_lang": "de", "source_text": "Mira was in Nairobi.", '
    '"target_text": "Mira war in Nairobi.", "source_entities": [{"start": 0, "end": 1, "label": "PER"}]}\n'
)
PLAIN_EXAMPLE = "Mira was in Nairobi. ||| Mira war in Nairobi.\n"
_BATCH = 500
"""Projections that are stored in one transaction."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of reading a file: `error` for a file that can't be read, `rejected` for single rows."""

    name: str
    pairs: tuple[SentencePair, ...]
    rejected: RejectedRows = field(default_factory=RejectedRows)
    error: str | None = None
    projections: Mapping[str, Projection] = field(default_factory=dict)
    """Id of a pair to what its row says was projected onto it: a file written by `project`."""

    @property
    def problems(self) -> tuple[RowProblem, ...]:
        """What is wrong with the first rows that were rejected; `rejected` counts all of them."""
        return tuple(self.rejected.first)

    @property
    def labels(self) -> dict[str, int]:
        """Label to number of entities, source and target together."""
        entities = [e for p in self.pairs for e in (*(p.source_entities or ()), *(p.target_entities or ()))]
        return dict(Counter(entity.label for entity in entities).most_common())


def read_upload(upload: Upload, options: InputOptions = AS_FOUND) -> ImportReport:
    """Return the report on an uploaded file, and those that go with it; it never raises for bad input."""
    rejected = RejectedRows()
    projections: dict[str, Projection] = {}

    def keep(projection: Projection) -> None:
        projections[projection.pair_id] = projection

    try:
        pairs = tuple(itertools.islice(usable(pairs_of(upload, options, keep), rejected.add), MAX_UPLOAD_PAIRS + 1))
        if len(pairs) > MAX_UPLOAD_PAIRS:
            raise LimitExceeded(
                f"The file holds more than {MAX_UPLOAD_PAIRS:,} sentence pairs.",
                "Import it where the store is: python -m xner import FILE --corpus NAME", file=upload.name,
            )  # fmt: skip
    except XnerError as error:
        return ImportReport(upload.name, (), rejected, str(error))
    return ImportReport(upload.name, pairs, rejected, projections=projections)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a report that was brought into a corpus."""

    corpus_id: int
    added: Added
    n_projections: int
    clashing: tuple[SentencePair, ...]
    """Not added: their ids are taken by other sentences."""
    run_id: int | None = None
    """Under which projections were kept, if there were any."""


def store_report(
    store: Store, user: User, corpus_id: int, report: ImportReport,
    on_progress: Callable[[int], None] = lambda _n: None, *, run_id: int | None = None,
) -> Imported:  # fmt: skip
    """Add what a report holds to a corpus; the projections of its rows are kept as a run of their own.

    A sentence that has a projection keeps it. After an interruption the same call does the rest. A file that comes in
    parts passes the run of the parts before on, so that all of it is one run.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: more labels than a corpus may have.
    """
    added = corpora.add(store, user, corpus_id, report.pairs, on_progress)
    taken = set(added.clashes)
    clashing = tuple(pair for pair in report.pairs if pair.id in taken) if taken else ()
    projected = [pair for pair in report.pairs if pair.id in report.projections and pair.id not in taken]
    if not projected:
        return Imported(corpus_id, added, 0, clashing, run_id)
    n_projections, run_id = _store_projections(store, user, corpus_id, report, projected, run_id)
    return Imported(corpus_id, added, n_projections, clashing, run_id)


def add_typed(store: Store, user: User, corpus_id: int, pair: SentencePair) -> int:
    """Add a pair that somebody typed, under the first free id ``typed-N``, and return its id in the store.

    Raises:
        NotAllowed: it takes a reviewer.
    """
    number = corpora.get(store, user, corpus_id).n_pairs
    while True:
        number += 1
        added = corpora.add(store, user, corpus_id, [replace(pair, id=f"typed-{number}")])
        if added.n_added and added.first_id is not None:
            return added.first_id


def rejected_rows(report: ImportReport) -> bytes:
    """Return the rejected rows as text: above each its line, field, problem and fix, on a line that begins with a #."""
    head = (
        f"# Rows of {one_line(report.name)} that were rejected: {report.rejected.n:,}. Above each: line, field, "
        "problem, fix.\n# Correct them, delete the lines that begin with #, put the header of the file back on top if "
        "it had one, and upload this file.\n"
    )
    return head.encode("utf-8", "surrogatepass") + report.rejected.text()


def json_lines(pairs: Sequence[SentencePair]) -> bytes:
    """Return one record a line: for rows that were not taken, so that they can be changed and come again."""
    return "".join(f"{dumps(record_from_pair(pair))}\n" for pair in pairs).encode("utf-8")


def _store_projections(
    store: Store, user: User, corpus_id: int, report: ImportReport, pairs: Sequence[SentencePair], run_id: int | None
) -> tuple[int, int | None]:
    """Store the projections of pairs that have none yet; return how many that were, and in which run."""
    me, settings, n_stored = corpora.person(store, user), canonical({"imported": report.name}), 0
    for start in range(0, len(pairs), _BATCH):
        batch = pairs[start : start + _BATCH]
        with store.read() as session:
            ids = stored.pair_ids(session, corpus_id, _names(batch))
            present = projections.newest_of(session, list(ids.values()))
        new = []
        for pair in batch:
            pair_id = ids[corpora.target_lang_of(pair), pair.id]
            if pair_id not in present:
                new.append(_new_projection(pair_id, pair, report.projections[pair.id]))
        if not new:
            continue
        corpora.extend_labels(store, corpus_id, sorted({label for row in new for label in row.labels}))
        if run_id is None:
            run_id = store.write(lambda session: runs.begin(session, corpus_id, settings, me))
        _add_projections(store, run_id, new)
        n_stored += len(new)
    if run_id is not None:
        _finish(store, run_id)
    return n_stored, run_id


def _finish(store: Store, run_id: int) -> None:
    store.write(lambda session: runs.change(session, run_id, state="finished"))


def _names(pairs: Sequence[SentencePair]) -> dict[str, list[str]]:
    by_lang: dict[str, list[str]] = {}
    for pair in pairs:
        by_lang.setdefault(corpora.target_lang_of(pair), []).append(pair.id)
    return by_lang


def _add_projections(store: Store, run_id: int, new: Sequence[NewProjection]) -> None:
    store.write(lambda session: projections.add(session, run_id, new))


def _new_projection(pair_id: int, pair: SentencePair, projection: Projection) -> NewProjection:
    rated = assess(pair, projection, annotation_of(projection))
    labels = {entity.label for entity in (*(pair.source_entities or ()), *projection.entities)}
    return NewProjection(
        pair_id=pair_id, status=projection.status, record=dumps(record_from_pair(pair, projection)),
        signature=projection.signature, risk=rated.risk, tags=rated.tags, labels=tuple(sorted(labels)),
    )  # fmt: skip


def typed_pair(
    source_text: str,
    target_text: str,
    source_lang: str,
    target_lang: str,
    *,
    pair_id: str,
    back_translation: str | None = None,
    names: str = "",
) -> SentencePair:
    """Return the pair that somebody typed, checked and cut into tokens as a file would be.

    `names` are lines ``name = LABEL`` of the source; without any, a recogniser looks for them.

    Raises:
        InputError: an empty side, an unknown language, or a character that no file may hold.
    """
    record = {
        "id": pair_id,
        "source_lang": source_lang,
        "target_lang": target_lang,
        "source_text": source_text.strip(),
        "target_text": target_text.strip(),
    }
    if back_translation and back_translation.strip():
        record["back_translation"] = back_translation.strip()
    pair = pair_from_record(record)
    if names.strip() and pair.source is not None:
        return replace(pair, source_entities=entities_from_lines(names, pair.source))
    return pair


def sample_languages() -> list[str]:
    """Return the target languages of the sample corpus, sorted."""
    return sorted(path.stem.removeprefix("en-") for path in SAMPLE_FOLDER.glob("en-*.jsonl"))


def sample_pairs(target_lang: str) -> ImportReport:
    """Return the sample corpus in one target language."""
    path = SAMPLE_FOLDER / f"en-{normalise_tag(target_lang)}.jsonl"
    return read_upload(Upload(path.name, path.read_bytes()))


def first_pairs(source: Path | None, n: int) -> list[SentencePair]:
    """Return the first `n` readable pairs of a file, or of the sample corpus in all its languages.

    Raises:
        InputError: the file can't be read.
    """
    if source is None:
        return [pair for lang in sample_languages() for pair in sample_pairs(lang).pairs][:n]
    return list(itertools.islice(usable(pairs_of(source, AS_FOUND), lambda _problem: None), n))

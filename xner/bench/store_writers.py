"""Child processes of `xner.bench.store`: each writes down what was acknowledged to it, and may be killed."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from xner.errors import RevisionConflict, StoreBusy
from xner.io.json_lines import dumps, record_from_pair
from xner.services import corpora
from xner.services.corrections import save_correction
from xner.services.documents import Document, open_document
from xner.services.identity import User, local_user
from xner.store import projections, runs
from xner.store.rows import NewProjection
from xner.store.session import Store
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span

ADMIN = local_user("Bench")
_SPANS = ((0, 1, "PER", 0), (0, 2, "PER", 0), (2, 3, "LOC", 1), (3, 4, "LOC", None))


@dataclass(slots=True)
class WriterReport:
    """What one writer did. `saved`: (number, base, note) of every acknowledged save."""

    client: str
    saved: list[tuple[int, str, str]] = field(default_factory=list)
    n_conflicts: int = 0
    n_busy: int = 0
    slowest_s: float = 0.0


def processes() -> BaseContext:
    """Return how child processes are made: from a server that has imported everything, where there is one."""
    import multiprocessing

    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "xner.store.schema", "xner.store.doctor"])
    return context


def make_pair(number: int) -> SentencePair:
    """Return one of any number of pairs."""
    return SentencePair(
        f"pair-{number}",
        Sentence(("Mira", "visited", "Bergen", str(number)), "en"),
        Sentence(("Mira", "hat", "Bergen", "besucht", str(number)), "de"),
        source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC")),
        alignment=Alignment(frozenset({(0, 0), (1, 3), (2, 2), (3, 4)})),
    )


def make_corpus(store: Store, name: str, n_pairs: int) -> tuple[int, int]:
    """Return (corpus, first pair) of a new corpus whose pairs are projected."""
    corpus_id = corpora.create(store, ADMIN, name)
    first = corpora.add(store, ADMIN, corpus_id, map(make_pair, range(n_pairs))).first_id
    if first is None:
        raise ValueError("a corpus needs a pair")
    project(store, corpus_id, first, n_pairs)
    return corpus_id, first


def project(store: Store, corpus_id: int, first: int, n_pairs: int) -> None:
    """Store a projection of every pair of a corpus."""
    person = corpora.person(store, ADMIN)
    run = store.write(lambda session: runs.begin(session, corpus_id, "{}", person))
    rows = []
    for number in range(n_pairs):
        pair = make_pair(number)
        made = Projection(pair.id, (Entity(Span(0, 1), "PER", 0.9, 0),), "ok", signature="bench")
        record = dumps(record_from_pair(pair, made))
        rows.append(NewProjection(first + number, "ok", record, "bench", 0.5, ("missing",), ("PER",)))
    store.write(lambda session: projections.add(session, run, rows))
    store.write(lambda session: runs.change(session, run, state="finished"))


def edit_of(document: Document, rev: str, seq: int, note: str) -> dict[str, Any]:
    """Return what the editor would send: one entity, chosen by `seq`, and a note to know the save by."""
    start, end, label, source = _SPANS[seq % len(_SPANS)]
    span = {
        "id": f"n{seq}", "start": start, "end": end, "label": label, "src": source, "status": "edited", "conf": None
    }  # fmt: skip
    return {
        "doc_id": str(document.id), "rev": rev, "client": document.client, "seq": seq, "spans": [span], "cuts": None,
        "dropped": [], "history": [], "ops": [], "action": "draft", "note": note,
    }  # fmt: skip


def save_until(url: str, name: str, pair_id: int, n_saves: int, think_s: float) -> WriterReport:
    """Save one document until `n_saves` were acknowledged; after a conflict look again and do it anew, as people do."""
    store, user = Store(url), local_user(name)
    report = WriterReport(f"client-{name}")
    document = open_document(store, user, pair_id, report.client)
    seq = document.ack_seq
    while len(report.saved) < n_saves:
        seq += 1
        edit = edit_of(document, document.rev, seq, f"{name} {seq}")
        start = time.monotonic()
        try:
            number = _saved(store, user, edit, report)
        except RevisionConflict:
            report.n_conflicts += 1
            document = open_document(store, user, pair_id, report.client)
        else:
            report.saved.append((number, edit["rev"], edit["note"]))
        report.slowest_s = max(report.slowest_s, time.monotonic() - start)
        time.sleep(random.uniform(0, think_s))  # noqa: S311 (somebody thinking)
    store.close()
    return report


def _saved(store: Store, user: User, edit: dict[str, Any], report: WriterReport) -> int:
    while True:
        try:
            return save_correction(store, user, edit).number
        except StoreBusy:
            report.n_busy += 1


def save_forever(url: str, name: str, first: int, n_pairs: int, log: Path) -> None:
    """Save pair after pair; every acknowledged save becomes a line of the log: pair, number, note."""
    store, user, client = Store(url), local_user(name), f"client-{name}-{os.getpid()}"
    with _Log(log) as lines:
        lines.add("ready")
        for step in range(10**9):
            pair_id = first + step % n_pairs
            document = open_document(store, user, pair_id, client)
            note = f"{client} {step}"
            try:
                saved = save_correction(store, user, edit_of(document, document.rev, document.ack_seq + 1, note))
            except RevisionConflict:
                continue
            lines.add(f"{pair_id}\t{saved.number}\t{note}")


def import_all(url: str, corpus_id: int, n_pairs: int, log: Path) -> None:
    """Add pairs to a corpus; after each batch the log has how many are in the store."""
    store = Store(url)
    with _Log(log) as lines:
        lines.add("ready")
        corpora.add(store, ADMIN, corpus_id, map(make_pair, range(n_pairs)), lambda n: lines.add(f"{n}"))
        lines.add("end")


def open_new(url: str, log: Path) -> None:
    """Make a store where there is none: all migrations."""
    with _Log(log) as lines:
        lines.add("ready")
        Store(url).close()
        lines.add("end")


class _Log:
    """Lines that outlive the process, whole ones only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Log:
        self.descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def add(self, line: str) -> None:
        os.write(self.descriptor, f"{line}\n".encode())


def lines_of(log: Path) -> list[str]:
    """Return the lines of a log that were written whole."""
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()

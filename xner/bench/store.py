"""What the store promises, counted: no lost update, no acknowledged row missing after kill -9 or in a backup."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from xner.bench.store_writers import (
    ADMIN,
    import_all,
    lines_of,
    make_corpus,
    open_new,
    processes,
    save_forever,
    save_until,
)  # fmt: skip
from xner.services import corpora
from xner.store import doctor, revisions
from xner.store.backup import backup as write_backup
from xner.store.backup import restore
from xner.store.queue import count
from xner.store.rows import OWN, Filters
from xner.store.session import Store

Figures = dict[str, Any]
_START_S = 60.0
"""How long a child may take to come up on a busy machine."""
_ROUND = 10
"""Kills that one store lives through; then comes the next, so that the doctor stays quick."""
_MOMENT_S = 0.05
"""Longest time between the last acknowledgement that is waited for and the kill: some saves, or half of one."""
_KILLED = ("saves", "import", "saves", "migration")


def lost_update(url: str, *, n_processes: int = 8, n_saves: int = 250, think_s: float = 0.02) -> Figures:
    """Let processes edit one document at once, and count what doesn't add up: `overwritten` and `missing` are 0."""
    store = Store(url)
    _, pair_id = make_corpus(store, f"lost update {time.time_ns()}", 1)
    start = time.monotonic()
    with ProcessPoolExecutor(n_processes, mp_context=processes()) as pool:
        started = [pool.submit(save_until, url, f"w{k}", pair_id, n_saves, think_s) for k in range(n_processes)]
        reports = [writer.result() for writer in started]
    seconds = time.monotonic() - start
    with store.read() as session:
        stored = {row.number: row for row in revisions.history(session, pair_id)}
        n_kept = len(revisions.open_conflicts(session, pair_id=pair_id))
    acknowledged = {number: (r.client, base, note) for r in reports for number, base, note in r.saved}
    n_saved = sum(len(report.saved) for report in reports)
    figures = {
        "processes": n_processes,
        "acknowledged": n_saved,
        "revisions": len(stored),
        "missing": sum(n not in stored or stored[n].note != note for n, (_, _, note) in acknowledged.items())
        + n_saved - len(acknowledged),
        "overwritten": sum(base != _newest_foreign(stored, n, who) for n, (who, base, _) in acknowledged.items()),
        "conflicts": sum(report.n_conflicts for report in reports),
        "conflicts kept": n_kept,
        "locked": sum(report.n_busy for report in reports),
        "slowest save s": max(report.slowest_s for report in reports),
        "saves per s": n_saved / seconds,
        "findings": _findings(store),
    }  # fmt: skip
    store.close()
    return figures


def _newest_foreign(stored: dict[int, Any], number: int, client: str) -> str:
    """Return the base that a save has to have: the newest revision before it that another client made."""
    before = (n for n in range(number - 1, 0, -1) if stored[n].client != client)
    return f"r{next(before, 0)}".replace("r0", f"p{stored[1].projection_id}")


def kills(
    folder: Path, *, n_cycles: int = 200, seed: int = 0, url: str | None = None,
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Figures:  # fmt: skip
    """Kill a process again and again while it saves, imports or migrates, and look for what it was told is safe.

    `url` is that of a server; without it SQLite files in `folder` are used.
    """
    rng = random.Random(seed)  # noqa: S311 (when to kill)
    figures: Figures = dict.fromkeys(("cycles", "acknowledged", "missing", "half migrated", "findings"), 0)
    start = time.monotonic()
    for cycle in range(n_cycles):
        if cycle % _ROUND == 0:
            address = url or f"sqlite:///{folder / f'round{cycle}.db'}"
            round_of = _Round(address, folder, cycle)
        kind = _KILLED[cycle % len(_KILLED)]
        if kind == "migration" and url is not None:
            kind = "saves"
        acknowledged, missing, torn = round_of.cycle(kind, cycle, rng)
        figures["cycles"] += 1
        figures["acknowledged"] += acknowledged
        figures["missing"] += missing
        figures["half migrated"] += torn
        if url is None or cycle % _ROUND == _ROUND - 1:
            figures["findings"] += round_of.findings()
        on_progress(cycle + 1)
    figures["seconds per cycle"] = (time.monotonic() - start) / n_cycles
    return figures


class _Round:
    """One store and the processes that die on it."""

    def __init__(self, url: str, folder: Path, number: int) -> None:
        self.url, self.folder, self.n_imported = url, folder, 3000
        store = Store(url)
        stamp = f"{number} {time.time_ns()}"
        self.n_pairs = 20
        _, self.first = make_corpus(store, f"saves {stamp}", self.n_pairs)
        self.imported = corpora.create(store, ADMIN, f"import {stamp}")
        store.close()

    def cycle(self, kind: str, number: int, rng: random.Random) -> tuple[int, int, int]:
        """Return how many rows were acknowledged, how many of them are missing, and how much is there in part."""
        log = self.folder / f"log{number}-{time.time_ns()}"
        if kind == "saves":
            _kill(save_forever, (self.url, f"k{number}", self.first, self.n_pairs, log), log, rng)
            saved = [line.split("\t") for line in lines_of(log)[1:]]
            return len(saved), len(saved) - _n_found(self.url, saved), 0
        if kind == "import":
            _kill(import_all, (self.url, self.imported, self.n_imported, log), log, rng)
            told = max((int(line) for line in lines_of(log)[1:] if line != "end"), default=0)
            return told, max(0, told - self._present()), 0
        fresh = self.folder / f"new{number}.db"
        _kill(open_new, (f"sqlite:///{fresh}", log), log, rng, most_lines=1)
        whole = Store(f"sqlite:///{fresh}")
        n_findings = _findings(whole)
        whole.close()
        return 0, 0, n_findings

    def findings(self) -> int:
        store = Store(self.url)
        n = _findings(store)
        store.close()
        return n

    def _present(self) -> int:
        store = Store(self.url)
        with store.read() as session:
            n = count(session, self.imported, Filters())
        store.close()
        return n


def backup_under_writes(folder: Path, url: str, *, n_writers: int = 4, n_backups: int = 5) -> Figures:
    """Write backups while others save; restored elsewhere, each has to hold all that was acknowledged before it."""
    store = Store(url)
    n_pairs = 50
    _, first = make_corpus(store, f"backup {time.time_ns()}", n_pairs)
    logs = [folder / f"writer{k}.log" for k in range(n_writers)]
    context = processes()
    writers: list[Any] = [
        context.Process(target=save_forever, args=(url, f"b{k}", first, n_pairs, log))  # type: ignore[attr-defined]
        for k, log in enumerate(logs)
    ]
    figures: Figures = dict.fromkeys(("backups", "acknowledged before", "found", "missing", "findings"), 0)
    seconds = []
    for writer in writers:
        writer.start()
    try:
        for log, writer in zip(logs, writers, strict=True):
            _await_lines(log, writer)
        for number in range(n_backups):
            time.sleep(0.3)  # some saves in between
            saved = [line.split("\t") for log in logs for line in lines_of(log)[1:]]
            report = write_backup(store, folder / f"{number}.backup")
            seconds.append(report.seconds)
            target = f"sqlite:///{folder / f'restored{number}.db'}"
            restore(report.path, target)
            n_found = _n_found(target, saved)
            figures["backups"] += 1
            figures["acknowledged before"] += len(saved)
            figures["found"] += n_found
            figures["missing"] += len(saved) - n_found
            elsewhere = Store(target)
            figures["findings"] += _findings(elsewhere)
            elsewhere.close()
    finally:
        for writer in writers:
            writer.kill()
            writer.join()
        store.close()
    return {**figures, "slowest backup s": max(seconds)}


def _n_found(url: str, saved: list[list[str]]) -> int:
    store = Store(url)
    with store.read() as session:
        rows = [(revisions.revision(session, int(pair), OWN, int(n)), note) for pair, n, note in saved]
    store.close()
    return sum(row is not None and row.note == note for row, note in rows)


def _kill(
    target: Callable[..., None], args: tuple[Any, ...], log: Path, rng: random.Random, *, most_lines: int = 8
) -> None:  # fmt: skip
    """Kill a process some moments after it was told that a few of its writes are safe, or as soon as it began."""
    process = processes().Process(target=target, args=args)  # type: ignore[attr-defined]
    process.start()
    try:
        _await_lines(log, process, rng.randint(1, most_lines))
        time.sleep(rng.uniform(0, _MOMENT_S))
    finally:
        process.kill()
        process.join()
        process.close()


def _await_lines(log: Path, process: Any, n: int = 1) -> None:
    """Return when a log has so many lines, or its process has come to its end."""
    end = time.monotonic() + _START_S
    while len(lines_of(log)) < n and process.exitcode != 0:
        if time.monotonic() > end or process.exitcode is not None:
            raise RuntimeError(f"a writer did not come to line {n}")
        time.sleep(0.002)  # a file tells nobody that it has grown


def _findings(store: Store) -> int:
    return sum(finding.n for finding in doctor.check(store))

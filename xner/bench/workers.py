"""Sentence pairs a second by workers and engine: what a second worker brings, and that the file stays the same."""

from __future__ import annotations

import hashlib
import importlib.util
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xner.config import RunConfig
from xner.engine.plan import BATCH_SIZE, Plan, n_cores
from xner.errors import InputError
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.services.import_corpus import first_pairs
from xner.services.run_projection import RunSummary, project_file

_THREADS = ("OMP_NUM_THREADS", "XNER_THREADS")


def run(source: Path, config: RunConfig, *, n_pairs: int = 600, n_workers: int = 2) -> dict[str, Any]:
    """Return seconds and pairs a second of one and of several workers, on the engines that are here.

    Every cell is a process of its own that has loaded nothing, without the cache. `s` is all of it; `pairs a second`
    counts from the moment when each worker has done its first batch, so without starting and loading. `efficiency`
    is the rate of n workers over n times that of one worker with as many threads of torch each; beside it stands what
    n workers bring over one worker that has all cores, which is how a single process runs.

    Raises:
        InputError: there are too few pairs for each worker to have a few batches.
    """
    fewest = BATCH_SIZE * n_workers * 2
    threads = max(1, n_cores() // n_workers)
    one, whole, many = f"local, 1 x {threads}", f"local, 1 x {n_cores()}", f"local, {n_workers} x {threads}"
    plans = {one: Plan(1, None), whole: Plan(1, None), many: Plan(n_workers, threads)}  # on one core two are the same
    ray_one, ray_many = f"ray, 1 x {threads}", f"ray, {n_workers} x {threads}"
    if importlib.util.find_spec("ray") is not None:
        plans |= {ray_one: Plan(1, threads, "ray"), ray_many: Plan(n_workers, threads, "ray")}
    config = config.updated({"cache.reuse": "off"})
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="xner-bench-") as name:
        pairs = first_pairs(source, n_pairs)
        if len(pairs) < fewest:
            raise InputError(f"{len(pairs)} pairs are too few.", f"Give {fewest} or more.", file=str(source))
        file = Path(name) / "pairs.jsonl"
        file.write_text("".join(dumps(record_from_pair(pair)) + "\n" for pair in pairs), encoding="utf-8")
        cells = {}
        for words, plan in plans.items():
            each = int(words.rpartition(" ")[2])
            with _environment(dict.fromkeys(_THREADS, str(each))), _process() as process:
                cells[words] = process.submit(_cell, file, config, plan).result()
    rate = {words: cell["pairs a second"] for words, cell in cells.items()}
    figures: dict[str, Any] = {"pairs": len(pairs), "cores": n_cores(), "load before": load, "workers x threads": {}}
    figures["workers x threads"] = {
        words: {key: value for key, value in cell.items() if key != "sha256"} for words, cell in cells.items()
    }
    figures["efficiency local"] = rate[many] / (n_workers * rate[one])
    figures["over one process with all cores"] = rate[many] / rate[whole]
    if ray_many in rate:
        figures["efficiency ray"] = rate[ray_many] / (n_workers * rate[ray_one])
        figures["ray over local"] = rate[ray_many] / rate[many]
    else:
        figures["ray"] = "not installed"
    figures["same bytes"] = "yes" if len({cell["sha256"] for cell in cells.values()}) == 1 else "NO"
    return figures


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _cell(file: Path, config: RunConfig, plan: Plan) -> dict[str, Any]:
    """Return what one run took; it has this process for itself."""
    n_first, moments = BATCH_SIZE * plan.workers, []

    def on_row(summary: RunSummary) -> None:
        if summary.n_done == n_first:
            moments.append(time.perf_counter())

    output = file.with_name("out.jsonl")
    start = time.perf_counter()
    summary = project_file(file, output, config, on_row=on_row, plan=plan)
    end = time.perf_counter()
    (warm,) = moments
    found = hashlib.sha256(output.read_bytes()).hexdigest()
    output.unlink()
    return {
        "s": end - start, "before the first batches s": warm - start,
        "pairs a second": (summary.n_done - n_first) / (end - warm), "sha256": found,
    }  # fmt: skip

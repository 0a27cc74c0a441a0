"""Every system on every data set of a benchmark, into a results directory; what is there already is not run again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xner import __version__
from xner.align import aligners
from xner.bench.all_pairs import Links, align_all, project_all
from xner.bench.catalogue import Benchmark, DataSet
from xner.bench.projection import SYSTEMS
from xner.config import SCORE_PRESETS, AlignConfig, RunConfig
from xner.engine.local import Failure, run
from xner.errors import AlignmentFailed, ConfigError, ModelUnavailable, TranslationFailed
from xner.io import results_files as files
from xner.io.json_lines import dumps
from xner.io.records import record_from_pair
from xner.models.token_classifier import load_classifier
from xner.pipeline import Pipeline
from xner.services.results import NewCell, Row, open_results, write_cell, write_links_cell
from xner.services.score_scale import greatest_score
from xner.services.whole_corpus import learn_from
from xner.signature import hash_json, make_signature, parse_signature
from xner.text.iob import split_tag
from xner.trace import Evidence
from xner.types import Alignment, Projection, SentencePair

TRANSFER: dict[str, Any] = {"pipeline": "model-transfer", "recognise.name": "transformers"}
_TEST: dict[str, Any] = {"pipeline": "translate-test", "translate.to": "en", "recognise.name": "transformers"}
_UNITED = {"align.name": "argmax", "align.unite": "statistical"}
_NER_SCORES = frozenset({"ner", "ner_span"})
_LINKERS = ("argmax", "itermax", "mwmf", "awesome", "statistical")
Systems = Mapping[str, Mapping[str, Any]]


def default_systems(benchmark: Benchmark) -> dict[str, dict[str, Any]]:
    """Return all systems of the field by name; which of them can run here is found out when they are started.

    Example:
        >>> from xner.bench.catalogue import BENCHMARKS
        >>> sorted(default_systems(BENCHMARKS["xlwa"]))
        ['argmax', 'awesome', 'itermax', 'mwmf', 'statistical']
    """
    if benchmark.kind == "links":
        return {name: {"align.name": name} for name in _LINKERS}
    alone = {
        "model-transfer e5-ner": TRANSFER,
        "translate-test apertium": {**_TEST, "translate.name": "apertium"},
        "translate-test nllb": {**_TEST, "translate.name": "nllb"},
    }
    if benchmark.kind == "target":
        return alone
    presets = {name: {"score.preset": name} for name in SCORE_PRESETS if _is_apart(name)}
    return {
        **alone,  # first, so that the seconds of e5-ner, which others share, are theirs
        **SYSTEMS,
        "exact coverage statistical": {"align.name": "statistical"},
        "exact coverage+soft united": _UNITED,
        "exact coverage+soft+edges united": {**SYSTEMS["exact coverage+soft+edges"], **_UNITED},
        **presets,
    }


def _is_apart(preset: str) -> bool:
    """Tell whether `SYSTEMS` lacks a preset."""
    return all(settings.get("score.preset") != preset for settings in SYSTEMS.values())


@dataclass(slots=True)
class Grid:
    """One pass over a benchmark. `done` are the rows, finished before or now; `not_run` what could not, and why."""

    benchmark: Benchmark
    directory: Path
    systems: Systems
    base: RunConfig
    tell: Callable[[str], None]
    done: list[Row] = field(default_factory=list)
    not_run: list[dict[str, str]] = field(default_factory=list)
    _links: dict[str, tuple[list[Links], float]] = field(default_factory=dict)
    _missing: dict[str, ModelUnavailable] = field(default_factory=dict)

    def run(self, data: DataSet, pairs: Sequence[SentencePair]) -> None:
        """Run every system on one data set; finished cells of equal signature are taken as they are.

        Raises:
            ConfigError: an impossible setting, or the directory can't be written.
        """
        self._links.clear()
        finished = {(row["cell"], row["signature"]): row for row in open_results(self.directory).cells}
        digest = hash_json([dumps(record_from_pair(pair)) for pair in pairs])[: files.HASH_DIGITS]
        for method, settings in self.systems.items():
            try:
                plan = self._plan(data, pairs, method, settings, digest)
                row = finished.get((plan.cell.name, plan.cell.signature))
                if row is None:
                    self.tell(f"{data.name}  {method} …")
                    row = self._run_cell(plan, pairs)
            except (ModelUnavailable, TranslationFailed, AlignmentFailed, _CanNotRun) as error:
                self._put_aside(data, method, f"{error.code}: {error}")
                files.write_not_run(self.directory, self._all_not_run(data))  # now: the run may not reach its end
            else:
                self.done.append(row)
        files.write_not_run(self.directory, self._all_not_run(data))

    def _plan(
        self, data: DataSet, pairs: Sequence[SentencePair], method: str, settings: Mapping[str, Any], digest: str
    ) -> _Plan:
        config = self._config(pairs, settings)
        pipeline = Pipeline(config)
        if self.benchmark.kind == "links":
            align = aligners.get(config.align.name)(config.align).describe()
            parts = {"align": align, "scheme": "aer"}
        else:
            _check_usable(config, data, pairs)
            self._check_models(pipeline)
            parts = _parts(pipeline)
        cell = NewCell(
            benchmark=self.benchmark.name,
            dataset=data.name,
            method=method,
            signature=make_signature({"data": f"{digest}+n:{len(pairs)}", **parts}),
            source_lang=data.source_lang,
            target_lang=data.target_lang,
            settings=dict(settings),
            ignore_labels=self.benchmark.ignore_labels,
            score_max=greatest_score(pipeline.config),
        )
        return _Plan(cell, config, pipeline)

    def _check_models(self, pipeline: Pipeline) -> None:
        """Load what the pipeline needs; what is not here is not looked for again, since a hub is asked for long."""
        config = pipeline.config
        needs = [config.score.nmt_model] if "nmt" in pipeline.weights else []
        if config.pipeline != "parallel":
            needs += [config.translate.name, str(config.translate.model)]
        key = " ".join(needs)
        if key in self._missing:
            raise self._missing[key]
        try:
            pipeline.check_models()
        except ModelUnavailable as error:
            if needs:  # what else a pipeline lacks is its own
                self._missing[key] = error
            raise

    def _config(self, pairs: Sequence[SentencePair], settings: Mapping[str, Any]) -> RunConfig:
        ignored = set(self.benchmark.ignore_labels)
        config = self.base
        if ignored and self.benchmark.kind == "projection":
            config = config.updated(
                {"labels": sorted({e.label for p in pairs for e in p.source_entities or ()} - ignored)}
            )
        return config.updated(settings)

    def _run_cell(self, plan: _Plan, pairs: Sequence[SentencePair]) -> Row:
        if self.benchmark.kind == "links":
            links, seconds = self._aligned(plan.config.align, pairs)
            given = [None if isinstance(found, Failure) else found for found in links]
            _refuse_if_all_failed(links)
            return write_links_cell(self.directory, plan.cell, pairs, given, seconds)
        if plan.config.pipeline == "parallel":
            links, seconds = self._aligned(plan.config.align, pairs)
            start = time.monotonic()
            projections = project_all(plan.pipeline, pairs, links)
            seconds += time.monotonic() - start
            _refuse_if_all_failed(projections)
            return write_cell(self.directory, plan.cell, pairs, projections, seconds)
        start = time.monotonic()
        alone = [SentencePair(pair.id, None, pair.target) for pair in pairs]
        learn_from(plan.pipeline, lambda: alone)
        outcomes = list(run(plan.pipeline, alone))
        seconds = time.monotonic() - start
        projections = [outcome.projection for outcome in outcomes]
        _refuse_if_all_failed(projections)
        made = [replace(outcome.pair, target_entities=None) for outcome in outcomes]
        return write_cell(self.directory, plan.cell, pairs, projections, seconds, projected_from=made)

    def _aligned(self, config: AlignConfig, pairs: Sequence[SentencePair]) -> tuple[list[Links], float]:
        """Return the links, which systems of one aligner share, and the seconds that they took."""
        key = config.model_dump_json()
        if key not in self._links:
            start = time.monotonic()
            found = align_all(config, pairs)
            self._links[key] = (found, time.monotonic() - start)
        return self._links[key]

    def _put_aside(self, data: DataSet, method: str, reason: str) -> None:
        self.not_run.append(
            {"benchmark": self.benchmark.name, "dataset": data.name, "method": method, "reason": reason}
        )

    def _all_not_run(self, data: DataSet) -> list[dict[str, str]]:
        """Return what is known of all benchmarks in the directory, this data set's anew."""
        tried = {(data.name, method) for method in self.systems}
        others = [item for item in files.read_not_run(self.directory) if (item["dataset"], item["method"]) not in tried]
        return others + [item for item in self.not_run if item["dataset"] == data.name]


@dataclass(frozen=True, slots=True)
class _Plan:
    cell: NewCell
    config: RunConfig
    pipeline: Pipeline


def _parts(pipeline: Pipeline) -> dict[str, str]:
    """Return what decides the outcome, before anything ran: models, settings, and all the rest of these as a hash."""
    config, nothing = pipeline.config, Alignment(frozenset())
    run_hash = {"run": hash_json(config.model_dump(mode="json", exclude={"cache"}))[: files.HASH_DIGITS]}
    if config.pipeline == "model-transfer":
        return {
            "pipeline": config.pipeline,
            "recognise": pipeline.recogniser.describe(),
            **run_hash,
            "xner": __version__,
        }
    evidence = Evidence(nothing)
    if config.pipeline == "translate-test":
        evidence = Evidence(nothing, entities_from=pipeline.recogniser.describe(), translated="source")
    return parse_signature(pipeline.signature(pipeline.weights, evidence)) | run_hash


class _CanNotRun(ConfigError):
    """A system that has nothing to do with this data."""


def _check_usable(config: RunConfig, data: DataSet, pairs: Sequence[SentencePair]) -> None:
    """Raise where a system can't give anything: before half an hour is spent on it."""
    labels = {e.label for pair in pairs for e in pair.target_entities or ()}
    models = [config.score.ner_model] if _NER_SCORES & set(config.score.fused_weights()) else []
    if config.pipeline != "parallel" and config.recognise.name == "transformers":
        models.append(config.recognise.model or "e5-ner")
    for model in models:
        known = {split_tag(tag)[1] for tag in load_classifier(model, None).columns} - {""}
        if not known & labels:
            raise _CanNotRun(f"{model} knows {', '.join(sorted(known))}, none of the labels of this data.")
    if config.pipeline == "translate-test" and data.target_lang.split("-")[0] == config.translate.to:
        raise _CanNotRun("The text is in the language that it would be translated into.")


def _refuse_if_all_failed(made: Sequence[Links] | Sequence[Projection]) -> None:
    """Raise the reason of the first where nothing ran: a figure over no sentence would be none."""
    reasons = [
        item.reason for item in made if isinstance(item, Failure) or (
            isinstance(item, Projection) and item.status == "failed"
        )
    ]  # fmt: skip
    if made and len(reasons) == len(made):
        raise _CanNotRun(f"No sentence could be processed: {reasons[0]}")

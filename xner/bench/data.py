"""Sentences of a benchmark: from local files, or from the Hugging Face hub where there is network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from xner.bench.catalogue import Benchmark, DataSet
from xner.errors import InputError, ModelUnavailable
from xner.io.labelled import LabelledSentence
from xner.io.reading import read_labelled, read_pairs, read_parallel
from xner.io.report import RowProblem
from xner.text.iob import entities_from_labels
from xner.text.tokenise import sentence_from_tokens
from xner.types import SentencePair


def read_data(
    benchmark: Benchmark,
    data: DataSet,
    limit: int | None = None,
    on_problem: Callable[[RowProblem], None] = lambda _problem: None,
) -> list[SentencePair]:
    """Return the pairs with the gold that the benchmark needs, at most `limit`; of single sentences the target alone.

    Raises:
        InputError: a file can't be read, or no row has the gold.
    """
    usable = []
    for row in _rows(benchmark, data):
        if isinstance(row, RowProblem):
            on_problem(row)
        elif _has_gold(benchmark, row):
            usable.append(row)
            if len(usable) == limit:
                break
    if not usable:
        needed = {"links": "alignment", "target": "entities", "projection": "source_entities and target_entities"}
        raise InputError(f"no row has {needed[benchmark.kind]}.", "Check the file.", file=str(data.target))
    return usable


def _rows(benchmark: Benchmark, data: DataSet) -> Iterator[SentencePair | RowProblem]:
    is_json = ".jsonl" in data.target.name
    if benchmark.kind == "target":
        rows = read_labelled(data.target, "gold", format="jsonl" if is_json else "conll", lang=data.target_lang)
        for number, row in enumerate(rows):
            yield row if isinstance(row, RowProblem) else _alone(row, f"{data.name}/{number:05d}")
    elif data.source is not None:
        yield from read_parallel(
            data.source, data.target, source_lang=data.source_lang or "en", target_lang=data.target_lang
        )
    else:
        yield from read_pairs(
            data.target, format="jsonl", source_lang=data.source_lang, target_lang=data.target_lang
        )  # fmt: skip


def _alone(row: LabelledSentence, default_id: str) -> SentencePair:
    return SentencePair(row.id or default_id, None, row.sentence, target_entities=row.entities)


def _has_gold(benchmark: Benchmark, pair: SentencePair) -> bool:
    if benchmark.kind == "links":
        return pair.alignment is not None
    if pair.target is None or pair.target_entities is None:
        return False
    return benchmark.kind == "target" or pair.source_entities is not None


def read_hub(
    benchmark: Benchmark, languages: list[str], limit: int | None = None
) -> Iterator[tuple[DataSet, list[SentencePair]]]:
    """Yield data sets of single sentences from the hub; needs the package datasets and network, unless it is cached.

    Args:
        benchmark: one that has a `hub`.
        languages: BCP-47 tags; empty for all.
        limit: sentences of each, at most.

    Raises:
        InputError: the benchmark has no known copy on the hub, or not of that language.
        ModelUnavailable: package, network or data set are not there.
    """
    if benchmark.hub is None:
        raise InputError(f"{benchmark.name} has no known copy on the hub.", "Give the folder of its files with --data.")
    tags = {tag: code for code, tag in benchmark.hub_languages.items()}
    if unknown := [lang for lang in languages if lang not in tags]:
        raise InputError(f"{benchmark.name} has no {', '.join(unknown)}.", f"It has {', '.join(sorted(tags))}.")
    for lang in languages or list(tags):
        rows = _hub_rows(benchmark, tags[lang])
        name = f"{benchmark.name}.{lang}"
        pairs = [
            SentencePair(
                f"{name}/{number:05d}",
                None,
                sentence_from_tokens(tokens, lang),
                target_entities=entities_from_labels(labels),
            )
            for number, (tokens, labels) in enumerate(itertools.islice(rows, limit))
        ]
        yield _on_hub(benchmark, name, lang), pairs


def _on_hub(benchmark: Benchmark, name: str, lang: str) -> DataSet:
    return DataSet(name, None, lang, Path((benchmark.hub or ("",))[0]))


def _hub_rows(benchmark: Benchmark, code: str) -> Iterator[tuple[list[str], list[str]]]:
    repository, configuration = benchmark.hub or ("", "")
    fix = f"Give the folder of its files: xner bench {benchmark.name} --data DIR."
    try:
        from datasets import load_dataset  # type: ignore[import-untyped]
    except ImportError:
        raise ModelUnavailable("The package datasets is not installed.", f"pip install datasets. {fix}") from None
    try:
        found = load_dataset(repository, configuration.format(lang=code), split="test")
    except (OSError, ValueError, RuntimeError) as error:
        # What the package raises without network differs between versions; all of it derives from these.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelUnavailable(f"{repository} can't be loaded from the hub: {reason}", fix) from error
    names = found.features["ner_tags"].feature.names
    for row in found:
        yield list(row["tokens"]), [names[tag] for tag in row["ner_tags"]]

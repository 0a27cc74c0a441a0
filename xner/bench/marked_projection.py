"""F1 of entities that markers carry, on gold targets: through the marked translation and from there by alignment.

A marked translation is in the translator's words, so its spans can't be compared with gold of a human translation.
Published work trains a recogniser on them instead. Here each recovered span goes on to the gold target: the marked
translation, which is in the language of the target, is aligned with it and projected by the usual matcher
(``back_translate.use = replace``). The F1 is of both steps together, beside projection from the source by the same
aligner and matcher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xner.bench.projection import row_of
from xner.config import RunConfig
from xner.engine.local import BATCH_SIZE
from xner.errors import TranslationFailed
from xner.evaluate.spans import Counts, count_boundaries, count_spans
from xner.pipeline import Pipeline
from xner.types import Projection, SentencePair

WAYS = {"from the source": "off", "from the marked translation": "replace", "from both": "add"}
"""Name of a way to its ``back_translate.use``; the first one is the reference of the differences."""


def run(pairs: Sequence[SentencePair], config: RunConfig) -> dict[str, Any]:
    """Return strict F1 with a 95 % interval of every way, its difference to the first, and how many sentences failed.

    Args:
        pairs: with `source_entities` and gold `target_entities`; others are left out.
        config: `translate` names the translator, the other sections are shared by all ways.
    """
    usable = [pair for pair in pairs if pair.source_entities is not None and pair.target_entities is not None]
    shared = config.updated({"translate.name": "given", "back_translate.name": config.translate.name})
    counts = {
        name: _counted(Pipeline(shared.updated({"back_translate.use": use})), usable) for name, use in WAYS.items()
    }
    tables = {name: [(c.tp, c.n_predicted, c.n_gold) for c in strict] for name, (strict, _, _) in counts.items()}
    reference = next(iter(tables.values()))
    return {
        "n_pairs": len(usable),
        "n_gold": sum(n_gold for _, _, n_gold in reference),
        "ways": {
            name: {**row_of(tables[name], reference, untyped), "n_failed": n_failed}
            for name, (_, untyped, n_failed) in counts.items()
        },
    }


def _counted(pipeline: Pipeline, pairs: Sequence[SentencePair]) -> tuple[list[Counts], Counts, int]:
    """Return strict counts of each pair, the sum of untyped ones, and how many failed (nothing is found there)."""
    strict, untyped, n_failed = [], Counts(), 0
    for start in range(0, len(pairs), BATCH_SIZE):
        batch = pairs[start : start + BATCH_SIZE]
        for pair, projection in zip(batch, _projected(pipeline, batch), strict=True):
            gold = pair.target_entities or ()
            strict.append(sum(count_spans(gold, projection.entities).values(), Counts()))
            untyped += count_boundaries(gold, projection.entities)
            n_failed += projection.status == "failed"
    return strict, untyped, n_failed


def _projected(pipeline: Pipeline, pairs: Sequence[SentencePair]) -> list[Projection]:
    try:
        return [trace.projection for trace in pipeline.run(pairs)]
    except TranslationFailed as error:
        if len(pairs) == 1:
            return [Projection.failed(pairs[0].id, str(error))]
        return [found for pair in pairs for found in _projected(pipeline, [pair])]

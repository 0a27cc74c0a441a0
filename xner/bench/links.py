"""Alignment error rate of the aligners on data with gold links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xner.align import aligners
from xner.config import AlignConfig
from xner.errors import InputError
from xner.evaluate.alignment import AlignmentCounts, count_links
from xner.types import SentencePair

METHODS = ("argmax", "itermax", "mwmf", "awesome")


def run(pairs: Sequence[SentencePair], model: str = "e5-small", layer: int | None = None) -> dict[str, Any]:
    """Return AER, precision and recall of every method on the pairs that have an alignment.

    Raises:
        InputError: no pair has one.
    """
    gold = [pair for pair in pairs if pair.alignment is not None]
    if not gold:
        raise InputError("no pair has an alignment to compare with.", "Give a file with the field alignment.")
    figures: dict[str, Any] = {"n_pairs": len(gold)}
    for method in METHODS:
        found = aligners.get(method)(AlignConfig(name=method, model=model, layer=layer)).align(gold)
        total = AlignmentCounts()
        for pair, alignment in zip(gold, found, strict=True):
            if pair.alignment is not None:
                total += count_links(alignment.links, pair.alignment.links, pair.alignment.possible)
        figures[method] = {"aer": total.aer, "precision": total.precision, "recall": total.recall}
    return figures


def with_means(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of several files, and the plain mean of each method's AER over the files."""
    means = {
        method: sum(file[method]["aer"] for file in figures.values()) / len(figures)
        for method in METHODS
        if all(file[method]["aer"] is not None for file in figures.values())
    }
    return {**figures, "mean_aer": means}

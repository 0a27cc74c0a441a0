"""Alignment error rate: word links against links that annotators were sure of, or found possible."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from xner.types import Link


@dataclass(frozen=True, slots=True)
class AlignmentCounts:
    """Links of a system (A), sure links (S), and how many of A are sure or possible (P, which includes S).

    Counts add; the rate of a corpus is that of the sum, not the mean over sentences. Ratios are ``None`` where
    undefined.
    """

    n_links: int = 0
    n_sure: int = 0
    n_links_sure: int = 0
    n_links_possible: int = 0

    def __add__(self, other: AlignmentCounts) -> AlignmentCounts:
        return AlignmentCounts(
            self.n_links + other.n_links,
            self.n_sure + other.n_sure,
            self.n_links_sure + other.n_links_sure,
            self.n_links_possible + other.n_links_possible,
        )

    @property
    def precision(self) -> float | None:
        """Share of the links that are possible, |A∩P| / |A|."""
        return self.n_links_possible / self.n_links if self.n_links else None

    @property
    def recall(self) -> float | None:
        """Share of the sure links that were found, |A∩S| / |S|."""
        return self.n_links_sure / self.n_sure if self.n_sure else None

    @property
    def aer(self) -> float | None:
        """Alignment error rate in [0, 1], lower is better."""
        total = self.n_links + self.n_sure
        return 1 - (self.n_links_sure + self.n_links_possible) / total if total else None


def count_links(
    links: AbstractSet[Link], sure: AbstractSet[Link], possible: AbstractSet[Link] = frozenset()
) -> AlignmentCounts:
    """Return the counts of one sentence pair; sure links are possible, whether or not `possible` repeats them."""
    return AlignmentCounts(len(links), len(sure), len(links & sure), len(links & (possible | sure)))


def aer(links: AbstractSet[Link], sure: AbstractSet[Link], possible: AbstractSet[Link] = frozenset()) -> float | None:
    """Return the alignment error rate of one pair, ``None`` if there is neither a link nor a sure one.

    AER = 1 - (|A∩S| + |A∩P|) / (|A| + |S|), with A the links and P = possible and sure.

    Source:
        Och and Ney, A Systematic Comparison of Various Statistical Alignment Models (CL 2003), section 6.1.

    Example:
        >>> aer({(0, 0), (1, 2)}, sure={(0, 0)}, possible={(1, 2)}), aer({(0, 1)}, sure={(0, 0)})
        (0.0, 1.0)
    """
    return count_links(links, sure, possible).aer

"""Statistical alignment learned from the user's own pairs, for languages that no encoder knows: `statistical`."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from xner.align.base import aligners
from xner.align.symmetrise import Mask, symmetrise
from xner.config import AlignConfig
from xner.errors import AlignmentFailed, ModelUnavailable
from xner.text.normalise import nfc
from xner.types import Alignment, Sentence, SentencePair

_PACKAGE = "sil-thot==3.5.3"
_ROUNDS = (8, 8, 32)
"""Of lexicon alone, with word order, and with fertility. On 1,200 English-Czech pairs twice as few lose .014 AER."""
_SAMPLERS = 3
"""Independent samplers whose estimates are averaged; a single one loses .04 AER there."""
_SEED = 1
_LONGEST = 200
"""Words of a sentence that is still trained on; the model's cost grows with the product of both lengths."""


@aligners.register("statistical")
class StatisticalAligner:
    """Links words that occur together, by eflomal's model in both directions (package sil-thot).

    It learns from the very pairs that it aligns: call `train` with all of them first. A few hundred are the least, some
    thousands better. There is no similarity, so that the soft score is left out.

    Source: Östling and Tiedemann 2016, Efficient word alignment with Markov Chain Monte Carlo.
    """

    def __init__(self, config: AlignConfig) -> None:
        self.config = config
        self._models: tuple[Any, Any] | None = None
        self._data = ""
        self.on_progress: Callable[[float], None] | None = None
        """Called with the share of the training that is done."""

    def train(self, pairs: Iterable[SentencePair]) -> None:
        """Learn from the pairs that have both sides, in place of what was learned before.

        Raises:
            AlignmentFailed: there is no such pair.
            ModelUnavailable: sil-thot is not installed.
        """
        thot = _thot()
        digest, n_pairs = hashlib.sha256(), 0
        forward, backward = thot.EflomalAlignmentModel(), thot.EflomalAlignmentModel()
        for pair in pairs:
            source, target = _words(pair.source), _words(pair.target)
            if source and target and max(len(source), len(target)) <= _LONGEST:
                forward.add_sentence_pair(source, target)
                backward.add_sentence_pair(target, source)
                digest.update(repr((source, target)).encode("utf-8", "surrogatepass"))
                n_pairs += 1
        if not n_pairs:
            raise AlignmentFailed(
                "There is no sentence pair to learn an alignment from.", "Give pairs with both sides."
            )
        for number, model in enumerate((forward, backward)):
            _fit(model, functools.partial(self._tell, number))
        self._models, self._data = (forward, backward), f"{n_pairs}@{digest.hexdigest()[:8]}"

    def _tell(self, number: int, n_rounds: int) -> None:
        if self.on_progress is not None:
            self.on_progress((number + n_rounds / sum(_ROUNDS)) / 2)

    def align(self, pairs: Sequence[SentencePair]) -> list[Alignment]:
        """Return one alignment a pair; words that were not seen in training stay without links.

        Raises:
            AlignmentFailed: nothing was learned yet.
        """
        if self._models is None:
            raise AlignmentFailed(
                "The aligner 'statistical' has learned nothing yet.",
                "It learns from all pairs of a file or corpus: project or align these, or choose another aligner.",
            )
        return [self._align_one(pair) for pair in pairs]

    def _align_one(self, pair: SentencePair) -> Alignment:
        source, target = _words(pair.source), _words(pair.target)
        if not source or not target or self._models is None:
            return Alignment(frozenset())
        forward, backward = self._models
        links = symmetrise(
            _mask(forward, source, target), _mask(backward, target, source).T, self.config.symmetrisation
        )
        return Alignment(frozenset((i, j) for i, j in np.argwhere(links).tolist()))

    def describe(self) -> str:
        """Return package, settings and what was learned from, for the signature.

        Raises:
            ModelUnavailable: sil-thot is not installed.
        """
        _thot()
        name = f"statistical+eflomal+sil-thot{version('sil-thot')}+{self.config.symmetrisation}"
        return f"{name}+learned:{self._data or 'nothing'}"


def _thot() -> Any:
    try:
        from thot import alignment
    except ImportError as error:
        raise ModelUnavailable(
            f"The package sil-thot can't be imported: {error}.", f'pip install "{_PACKAGE}"'
        ) from error
    return alignment


def _fit(model: Any, tell: Callable[[int], None]) -> None:
    model.seed, model.deterministic, model.num_samplers = _SEED, True, _SAMPLERS
    model.auto_iterations = False
    model.set_iterations(*_ROUNDS)
    model.start_training()
    for n_rounds in range(sum(_ROUNDS)):
        tell(n_rounds)
        model.train()
    model.end_training()


def _mask(model: Any, source: list[str], target: list[str]) -> Mask:
    _, matrix = model.get_best_alignment(source, target)
    return np.asarray(matrix.to_numpy(), dtype=np.bool_)


def _words(sentence: Sentence | None) -> list[str]:
    return [nfc(token).casefold() for token in sentence.tokens] if sentence else []

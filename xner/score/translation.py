"""Score from a translation model: how probable entity and candidate phrase are as translations of each other."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xner.cache import Entry, environment, key_of, open_room
from xner.config import CacheConfig, ScoreConfig
from xner.errors import ModelUnavailable
from xner.models.seq2seq import Seq2Seq, load_seq2seq
from xner.score.base import ScoreRequest, scorers
from xner.text.tokenise import with_text
from xner.types import Sentence, Span

_KIND = "nmt"
_N_KEPT = 3_000
"""Batches in memory; of 32 probabilities each some 30 MB."""


class _Question(NamedTuple):
    """How probable is `translation`, given `text`?"""

    text: str
    translation: str
    source: str
    target: str


def nmt_score(
    p_a_given_b: ArrayLike, p_a_given_a: ArrayLike, p_b_given_a: ArrayLike, p_b_given_b: ArrayLike
) -> NDArray[np.float64]:
    """Return how well a and b translate each other: the mean of both directions, each over its own copy.

    Args:
        p_a_given_b: Geometric mean of the token probabilities of a, the source being b; any shape.
        p_a_given_a: The same for a given itself, > 0.
        p_b_given_a: Of b given a.
        p_b_given_b: Of b given itself, > 0.

    Returns:
        Scores of the common shape, >= 0, mostly below 1.

    Raises:
        ValueError: a probability is negative, or that of a phrase given itself is not above 0.

    Source: Vamvas and Sennrich 2022, NMTScore, direct, normalised.

    Example:
        >>> float(nmt_score(0.2, 0.8, 0.3, 0.6).round(3))
        0.375
    """
    cross = [np.asarray(p_a_given_b, dtype=np.float64), np.asarray(p_b_given_a, dtype=np.float64)]
    own = [np.asarray(p_a_given_a, dtype=np.float64), np.asarray(p_b_given_b, dtype=np.float64)]
    if not all((values >= 0).all() for values in cross):
        raise ValueError("a translation probability is negative or not a number")
    if not all((values > 0).all() for values in own):
        raise ValueError("the probability of a phrase given itself must be above 0")
    return np.asarray((cross[0] / own[0] + cross[1] / own[1]) / 2.0)


@scorers.register("nmt")
class NmtScorer:
    """Direct NMTScore of every entity and candidate phrase, with any NLLB or M2M100 model.

    All candidates are scored, also those without a link, as in the published systems; what that costs is decided by
    the candidates: ``extract.name=aligned`` leaves only linked ones.
    """

    def __init__(self, config: ScoreConfig) -> None:
        self.config = config
        self._known: OrderedDict[tuple[_Question, ...], list[float]] = OrderedDict()
        self._cache = CacheConfig()

    def keep_by(self, settings: CacheConfig) -> None:
        """Keep probabilities as `settings` say."""
        self._cache = settings

    def score(self, requests: Sequence[ScoreRequest]) -> list[NDArray[np.float64] | None]:
        """Return (n_entities, n_candidates) for each request, >= 0, mostly below 1.

        Each question is asked once, those of all requests together in batches of phrases of like length. Batches follow
        from the requests alone, since padding shows in the last digits: what was asked before is taken by the whole
        batch or not at all, so that scores don't depend on what a process did before.

        Raises:
            ModelUnavailable: the model is not here, does not know a language, or translates one way only.
            TranslationFailed: a phrase is longer than the model reads.
        """
        phrases = [_phrases(request) for request in requests]
        wanted = [
            question
            for request, sides in zip(requests, phrases, strict=True)
            for question in _questions(*sides, *_languages(request))
        ]
        known = self._answers(wanted)
        return [_matrix(*sides, *_languages(r), known) for r, sides in zip(requests, phrases, strict=True)]

    def describe(self) -> str:
        """Return the model and the hash of its weights.

        Raises:
            ModelUnavailable: the model is not here.
        """
        return f"nmt+{self._model().describe()}"

    def _model(self) -> Seq2Seq:
        model = load_seq2seq(self.config.nmt_model, revision=self.config.nmt_revision)
        if not model.is_many_to_many:
            raise ModelUnavailable(
                f"{model.name} translates one way, the score nmt needs both directions of one model.",
                "Name an NLLB or M2M100 model: score.nmt_model=facebook/nllb-200-distilled-600M.",
            )
        return model

    def _answers(self, questions: Iterable[_Question]) -> dict[_Question, float]:
        """Return the mean log-probability that each question asks for."""
        found: dict[_Question, float] = {}
        for batch in map(tuple, _batches(list(dict.fromkeys(questions)), self.config.nmt_batch_size)):
            if batch not in self._known:
                self._known[batch] = self._values(batch)
            self._known.move_to_end(batch)
            found.update(zip(batch, self._known[batch], strict=True))
            while len(self._known) > _N_KEPT:
                self._known.popitem(last=False)
        return found

    def _values(self, batch: Sequence[_Question]) -> list[float]:
        """Return the answers to one batch; a whole batch is kept, since its padding shows in the last digits."""
        model, room = self._model(), open_room(self._cache)
        key = b"" if room is None else key_of(_KIND, model.describe(), environment("score"), batch)
        if room is not None and (known := room.get(_KIND, [key]).get(key)) is not None:
            return [float(value) for value in np.frombuffer(known, "<f8")]
        values = model.mean_log_probs([(q.text, q.translation) for q in batch], batch[0].source, batch[0].target)
        if room is not None:
            room.put(_KIND, [Entry(key, values.astype("<f8").tobytes())])
        return [float(value) for value in values]


def _batches(questions: Sequence[_Question], size: int) -> list[list[_Question]]:
    """Return the questions in batches of one direction and of phrases of like length."""
    batches: list[list[_Question]] = []
    for question in sorted(questions, key=lambda q: (q.source, q.target, len(q.text) + len(q.translation), q)):
        last = batches[-1] if batches else []
        if last and len(last) < size and last[0][2:] == question[2:]:
            last.append(question)
        else:
            batches.append([question])
    return batches


def _phrases(request: ScoreRequest) -> tuple[list[str], list[str]]:
    """Return the text of each entity and of each candidate, as it stands in its sentence."""
    source, target = request.pair.source, request.pair.target
    if source is None or target is None:
        raise AssertionError("a pair without both sides has nothing to score")
    return (
        _texts(source, [entity.span for entity in request.entities]),
        _texts(target, [candidate.span for candidate in request.candidates]),
    )


def _texts(sentence: Sentence, spans: Sequence[Span]) -> list[str]:
    shown = with_text(sentence)
    text, offsets = shown.text or "", shown.offsets or ()
    return [text[offsets[span.start][0] : offsets[span.end - 1][1]] for span in spans]


def _languages(request: ScoreRequest) -> tuple[str, str]:
    source, target = request.pair.source, request.pair.target
    return (source.lang if source else "", target.lang if target else "")


def _questions(entities: Sequence[str], candidates: Sequence[str], source: str, target: str) -> list[_Question]:
    if not entities or not candidates:
        return []
    own = [_Question(a, a, source, source) for a in entities] + [_Question(b, b, target, target) for b in candidates]
    there = [_Question(a, b, source, target) for a in entities for b in candidates]
    back = [_Question(b, a, target, source) for a in entities for b in candidates]
    return own + there + back


def _matrix(
    entities: Sequence[str], candidates: Sequence[str], source: str, target: str, known: dict[_Question, float]
) -> NDArray[np.float64]:
    shape = (len(entities), len(candidates))
    if 0 in shape:
        return np.zeros(shape)

    def probabilities(questions: Iterable[_Question]) -> NDArray[np.float64]:
        return np.array([math.exp(known[question]) for question in questions])

    a_given_b = probabilities(_Question(b, a, target, source) for a in entities for b in candidates).reshape(shape)
    b_given_a = probabilities(_Question(a, b, source, target) for a in entities for b in candidates).reshape(shape)
    a_given_a = probabilities(_Question(a, a, source, source) for a in entities)[:, np.newaxis]
    b_given_b = probabilities(_Question(b, b, target, target) for b in candidates)[np.newaxis, :]
    return nmt_score(a_given_b, a_given_a, b_given_a, b_given_b)

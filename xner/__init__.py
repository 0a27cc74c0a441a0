"""Project named entities onto a language without labelled data.

`xner.pipeline.project` is the way of a sentence pair through all stages. Heavy packages (torch, transformers, spaCy)
are imported where they are used, so that ``import xner`` stays fast.
"""

from xner.errors import XnerError
from xner.types import (
    Alignment,
    Candidate,
    Entity,
    Projection,
    RunnerUp,
    ScoreTable,
    Sentence,
    SentencePair,
    Span,
)

__version__ = "0.1.0"

__all__ = [
    "Alignment",
    "Candidate",
    "Entity",
    "Projection",
    "RunnerUp",
    "ScoreTable",
    "Sentence",
    "SentencePair",
    "Span",
    "XnerError",
    "__version__",
]

"""How well a candidate stands for an entity. A new score is a module here, registered in `scorers`, imported below."""

from xner.score import alignment, copy, edges, ner, translation
from xner.score.base import Learns, Scorer, ScoreRequest, scorers

__all__ = ["Learns", "ScoreRequest", "Scorer", "alignment", "copy", "edges", "ner", "scorers", "translation"]

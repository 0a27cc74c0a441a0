"""How well a candidate stands for an entity. A new score is a module here, registered in `scorers`, imported below."""

from xner.score import alignment, copy, translation
from xner.score.base import Scorer, ScoreRequest, scorers

__all__ = ["ScoreRequest", "Scorer", "alignment", "copy", "scorers", "translation"]

"""Spans that markers carried through a translation: nothing is aligned."""

from __future__ import annotations

from xner.config import MatchConfig
from xner.errors import InputError, TranslationFailed
from xner.match.base import Matching, MatchRequest, Selection, matchers


@matchers.register("marked")
class MarkedMatcher:
    """Takes each entity where its markers are in the translation."""

    uses_scores = False

    def __init__(self, config: MatchConfig) -> None:
        self.config = config

    def match(self, request: MatchRequest) -> Matching:
        """Return the spans between markers.

        Raises:
            InputError: the target is no marked translation.
            TranslationFailed: markers were lost; with `match.lost_markers` = ``keep`` only if all were.
        """
        if request.carried is None:
            raise InputError(
                "The target was not translated with markers.",
                "Set translate.name=marked:… and pipeline=translate-train.",
            )
        found = [Selection(k, span) for k, span in enumerate(request.carried) if span is not None]
        n_lost = len(request.carried) - len(found)
        if n_lost and (self.config.lost_markers == "fail" or not found):
            raise TranslationFailed(
                f"{n_lost} of {len(request.carried)} markers lost: the translation leaves no place for them.",
                "Align instead of reading markers (match.name=exact), or match.lost_markers=keep.",
            )
        return Matching(tuple(sorted(found, key=lambda selection: selection.span)))

    def describe(self) -> str:
        """Return name and parameters for the signature."""
        return f"marked+lost:{self.config.lost_markers}"

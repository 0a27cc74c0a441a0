"""Choose which candidate each entity gets. A new matcher is a module here, registered in `matchers`, imported below."""

from xner.match import carried, exact, garcia_ferrero, greedy, heuristic
from xner.match.base import Matcher, Matching, MatchRequest, Selection, matchers
from xner.match.check import check_matching

__all__ = [
    "MatchRequest",
    "Matcher",
    "Matching",
    "Selection",
    "carried",
    "check_matching",
    "exact",
    "garcia_ferrero",
    "greedy",
    "heuristic",
    "matchers",
]

"""The views of the dashboard: each a figure, what it says in words, and its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xner.ui.dashboard_confidence import draw_calibration
from xner.ui.dashboard_effort import draw_effort
from xner.ui.dashboard_errors import draw_errors, draw_slices
from xner.ui.dashboard_links import draw_links
from xner.ui.dashboard_parts import Scene
from xner.ui.dashboard_scores import draw_heat_map, draw_scores

VIEWS: Mapping[str, tuple[str, Callable[[Scene], None]]] = {
    "f1": ("F1 by language", draw_scores),
    "grid": ("Heat map", draw_heat_map),
    "errors": ("Errors", draw_errors),
    "slices": ("Slices", draw_slices),
    "calibration": ("Calibration", draw_calibration),
    "effort": ("Effort", draw_effort),
    "links": ("Word links", draw_links),
}
"""What stands in an address to what a view is called and draws."""


def offered(scene: Scene) -> dict[str, str]:
    """Return the views that have something to draw, with what they are called."""
    has_links = scene.opened is not None and bool(scene.opened.links.rows)
    has_entities = bool(scene.board.parts) or not has_links
    return {
        name: words for name, (words, _) in VIEWS.items() if (has_links if name == "links" else has_entities)
    }  # fmt: skip

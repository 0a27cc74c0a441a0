"""The views of the dashboard: each a figure, what it says in words, and its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xner.ui.dashboard_confidence import draw_calibration
from xner.ui.dashboard_effort import draw_effort
from xner.ui.dashboard_errors import draw_errors, draw_slices
from xner.ui.dashboard_parts import Scene
from xner.ui.dashboard_scores import draw_heat_map, draw_scores

VIEWS: Mapping[str, tuple[str, Callable[[Scene], None]]] = {
    "f1": ("F1 by language", draw_scores),
    "grid": ("Heat map", draw_heat_map),
    "errors": ("Errors", draw_errors),
    "slices": ("Slices", draw_slices),
    "calibration": ("Calibration", draw_calibration),
    "effort": ("Effort", draw_effort),
}
"""What stands in an address to what a view is called and draws."""

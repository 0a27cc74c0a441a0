"""Figures of a report as SVG text: no script, no browser, colours from the page's variables."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from xner.bench.report_parts import Panel
from xner.evaluate.calibration import Calibration

_ROW, _VALUES, _PLOT, _TOP, _BOTTOM = 18, 44, 170, 8, 22
_SIDE, _EDGE = 150, 34
_CHARACTERS, _CHARACTER = 30, 6.6
"""Letters of a name that are shown, and about how wide one is."""


def intervals(panel: Panel, low: float, high: float) -> str:
    """Return one row a method: a point and its 95 % interval on an axis from `low` to `high`, the figure beside it."""
    height = _TOP + _ROW * len(panel.points) + _BOTTOM
    labels = 16 + _CHARACTER * max((len(_cut(method)) for method, _, _, _ in panel.points), default=0)
    width = labels + _PLOT + _VALUES

    def x(value: float) -> float:
        return labels + (min(max(value, low), high) - low) / (high - low) * _PLOT

    parts = []
    for tick in _ticks(low, high):
        parts.append(f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{_TOP}" y2="{height - _BOTTOM}"/>')
        parts.append(f'<text class="tick" x="{x(tick):.1f}" y="{height - 6}">{tick:.1f}</text>')
    for number, (method, value, start, end) in enumerate(panel.points):
        y = _TOP + _ROW * (number + 0.5)
        parts.append(f'<text class="label" x="{labels - 8:.1f}" y="{y + 4:.1f}">{escape(_cut(method))}</text>')
        parts.append(f'<line class="interval" x1="{x(start):.1f}" x2="{x(end):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<circle class="point" cx="{x(value):.1f}" cy="{y:.1f}" r="4"/>')
        parts.append(f'<text class="value" x="{width:.1f}" y="{y + 4:.1f}">{value:.3f}</text>')
    said = "; ".join(f"{method} {value:.3f}" for method, value, _, _ in panel.points)
    return _svg(width, height, f"{panel.title}: {said}", parts)


def reliability(found: Calibration) -> str:
    """Return confidence against the share that is right, the area of a point growing with its predictions."""
    parts = [
        f'<rect class="frame" x="{_EDGE}" y="6" width="{_SIDE}" height="{_SIDE}"/>',
        f'<line class="grid" x1="{_EDGE}" y1="{_SIDE + 6}" x2="{_EDGE + _SIDE}" y2="6"/>',
    ]
    for tick in (0.0, 0.5, 1.0):
        parts.append(f'<text class="tick" x="{_EDGE + tick * _SIDE:.1f}" y="{_SIDE + 22}">{tick:.1f}</text>')
        parts.append(f'<text class="label" x="{_EDGE - 4}" y="{_SIDE + 10 - tick * _SIDE:.1f}">{tick:.1f}</text>')
    places = [(_EDGE + b.confidence * _SIDE, 6 + (1 - b.precision) * _SIDE, b) for b in found.bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    parts.append(f'<polyline class="line" points="{path}"/>')
    for x, y, bin_ in places:
        radius = 2.5 + 6 * (bin_.n / max(found.n, 1)) ** 0.5
        parts.append(
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{bin_.n:,} predictions: '
            f"confidence {bin_.confidence:.2f}, right {bin_.precision:.2f}</title></circle>"
        )
    said = "; ".join(f"confidence {b.confidence:.2f} right {b.precision:.2f}" for b in found.bins)
    return _svg(_EDGE + _SIDE + 10, _SIDE + 30, said, parts)


def common_axis(panels: Sequence[Panel]) -> tuple[float, float]:
    """Return the ends of an axis, tenths, that holds all intervals of the panels."""
    lows = [low for panel in panels for _, _, low, _ in panel.points]
    highs = [high for panel in panels for _, _, _, high in panel.points]
    if not lows:
        return 0.0, 1.0
    start, end = int(min(lows) * 10) / 10, min(1.0, -int(-max(highs) * 10 - 0.999) / 10)
    return (start, end) if end > start else (max(0.0, start - 0.1), start + 0.1)


def _ticks(low: float, high: float) -> list[float]:
    step = 0.1 if high - low <= 0.55 else 0.2
    return [round(low + k * step, 1) for k in range(int((high - low) / step + 1.001))]


def _cut(name: str) -> str:
    return name if len(name) <= _CHARACTERS else name[: _CHARACTERS - 1] + "…"


def _svg(width: float, height: float, said: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="{escape(said)}">{"".join(parts)}</svg>'
    )

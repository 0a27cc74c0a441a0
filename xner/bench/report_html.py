"""A report as one self-contained HTML page: figures inline, no script, no request, light and dark."""

from __future__ import annotations

from html import escape

from xner.bench.report_parts import Report, Section, Table, plain
from xner.bench.report_svg import common_axis, intervals, reliability

_CSS = """
:root { color-scheme: light dark; --ground: light-dark(#ffffff, #171614); --ink: light-dark(#1f1d1a, #eceae6);
  --soft: light-dark(#5f5b55, #aaa59c); --line: light-dark(#d9d5ce, #403d38); --point: light-dark(#0b5cad, #6db3f2);
  --shade: light-dark(11 92 173, 109 179 242); --raised: light-dark(#f6f4f0, #201e1b); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px clamp(16px, 3vw, 48px) 64px; max-width: 1840px; background: var(--ground);
  color: var(--ink); font: 15px/1.5 "Noto Sans", system-ui, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 21px; margin: 44px 0 8px; padding-top: 16px;
  border-top: 1px solid var(--line); } h3 { font-size: 16px; margin: 28px 0 2px; }
h4 { font-size: 14px; margin: 0 0 4px; } p { margin: 2px 0 8px; max-width: 100ch; } .soft { color: var(--soft); }
nav a { margin-right: 14px; } a { color: var(--point); } code { font: 13px/1.5 ui-monospace, monospace;
  overflow-wrap: anywhere; }
.panels { display: flex; flex-wrap: wrap; gap: 18px 28px; margin-top: 12px; } .panels > div { max-width: 100%; }
.scroll { overflow: auto; max-height: 80vh; border: 1px solid var(--line); border-radius: 6px; max-width: 100%;
  width: fit-content; }
table { border-collapse: separate; border-spacing: 0; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { font-weight: 600; position: sticky; top: 0; background: var(--raised); z-index: 1; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--raised); z-index: 1; }
th:first-child { z-index: 2; } tr:last-child td { border-bottom: 0; }
table.words td, table.words th { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 9ch;
  vertical-align: top; }
table.words td:last-child { max-width: 90ch; }
.s { background: color-mix(in srgb, var(--point) var(--d), transparent); }
svg { display: block; max-width: 100%; height: auto; } svg text { font: 12px "Noto Sans", system-ui, sans-serif;
  fill: var(--ink); } svg .tick { fill: var(--soft); text-anchor: middle; font-size: 11px; }
svg .label, svg .value { text-anchor: end; } svg .grid { stroke: var(--line); stroke-width: 1; }
svg .interval { stroke: var(--point); stroke-width: 2.5; opacity: .55; } svg .point { fill: var(--point); }
svg .line { fill: none; stroke: var(--point); stroke-width: 1.5; opacity: .7; } svg .frame { fill: none;
  stroke: var(--line); }
details { margin-top: 20px; } summary { cursor: pointer; font-weight: 600; }
@media print { .scroll { max-height: none; overflow: visible; } }
"""
_FOLDED = {"Time and signatures", "Not run"}
_WORDS = {"Time and signatures", "Not run", "Beside published figures"}
_MANY = 12
_DEEPEST = 38
"""Percent of the accent in the ground of the deepest cell; text on it keeps a contrast of more than 7."""


def write_html(report: Report, link: str) -> str:
    """Return the page; all text is escaped. `link` opens the same results in the app."""
    title = escape(report.title)
    parts = [f"<h1>{title}</h1>", f'<p class="soft">Results directory <code>{escape(report.directory)}</code>.']
    if link:
        parts.append(f' In the app: <a href="{escape(link)}">{escape(link)}</a>')
    parts.append("</p>")
    links = "".join(f'<a href="#{escape(s.name)}">{escape(s.name)}</a>' for s in report.sections)
    parts.append(f"<nav>{links}</nav>" if len(report.sections) > 1 else "")
    parts += [f"<p>Damaged: {escape(problem)}</p>" for problem in report.problems]
    if not report.sections:
        parts.append("<p>No cell is finished yet. Run a benchmark with -o and this directory.</p>")
    parts += [_section(section) for section in report.sections]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        f'<link rel="icon" href="data:,"><title>{title}</title><style>{_CSS}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _section(section: Section) -> str:
    parts = [f'<section><h2 id="{escape(section.name)}">{escape(section.title)}</h2>']
    parts.append(f"<p><code>{escape(section.command)}</code></p>" if section.command else "")
    if section.setup:
        parts.append("<p>Set-up: " + " ".join(map(escape, section.setup)) + "</p>")
    first, *others = section.tables or (None,)
    if section.panels:
        low, high = common_axis(section.panels)
        what = "Alignment error rate, lower is better" if section.is_error_rate else "Strict F1"
        figures = (f"<div><h4>{escape(p.title)}</h4>{intervals(p, low, high)}</div>" for p in section.panels)
        drawn = f'<div class="panels">{"".join(figures)}</div>'
        title = f"{what}, with 95 % intervals"
        if len(section.panels) > _MANY:  # then the table is the overview
            parts += [_table(first) if first else "", f"<details open><summary>{title}</summary>{drawn}</details>"]
        else:
            parts += [f"<h3>{title}</h3>{drawn}", _table(first) if first else ""]
    else:
        parts.append(_table(first) if first and first.title not in _FOLDED else "")
    parts += [_table(table) for table in others if table and table.title not in _FOLDED]
    if section.reliability:
        parts.append(
            '<h3>Confidence</h3><p class="soft">Score divided by the greatest possible one, across; share of right '
            "predictions, upwards. ECE: expected calibration error; AUC: how often a right one scores above a wrong "
            "one.</p>"
        )
        figures = (
            f"<div><h4>{escape(method)}</h4>{reliability(found) if found.ece is not None else ''}"
            f'<p class="soft">{found.n:,} predictions, ECE {_number(found.ece)}, AUC {_number(found.auc)}</p></div>'
            for method, found in section.reliability
        )
        parts.append(f'<div class="panels">{"".join(figures)}</div>')
    parts += [
        f"<details><summary>{escape(table.title)}</summary>{_table(table)}</details>"
        for table in section.tables
        if table.title in _FOLDED
    ]
    return "".join(parts) + "</section>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = "".join(f"<tr>{''.join(_cell(*cell) for cell in row)}</tr>" for row in table.rows)
    kind = ' class="words"' if table.title in _WORDS else ""
    return (
        f'<h3>{escape(table.title)}</h3><p class="soft">{escape(table.note)}</p><div class="scroll" tabindex="0">'
        f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(text: str, shade: float | None) -> str:
    if shade is None:
        return f"<td>{escape(plain(text))}</td>"
    depth = round(_DEEPEST * min(max(shade, 0.0), 1.0))
    return f'<td class="s" style="--d:{depth}%">{escape(plain(text))}</td>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

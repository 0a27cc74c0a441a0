"""A report as Markdown."""

from __future__ import annotations

from xner.bench.report_parts import Report, Section, Table, plain

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_|<>[]#~$"})


def write_markdown(report: Report, link: str) -> str:
    """Return the page; text of files is escaped, so that nothing in it is markup."""
    lines = [f"# {_text(report.title)}", "", "Made by `python -m xner report`; figures are never entered by hand.", ""]
    if link:
        lines += [f"In the app: <{link}>", ""]
    lines += [f"- damaged: {_text(problem)}" for problem in report.problems]
    for section in report.sections:
        lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section) -> list[str]:
    lines = [f"## {_text(section.title)}", ""]
    lines += [f"`{section.command}`", ""] if section.command else []
    lines += [f"- {_text(note)}" for note in section.setup]
    for table in section.tables:
        lines += ["", *_table(table)]
    if section.reliability:
        lines += [
            "",
            "### Confidence",
            "",
            "Score divided by the greatest possible one; ECE: expected calibration error.",
        ]
        lines += ["", "| method | predictions | ECE | AUC of right over wrong |", "|---|---|---|---|"]
        for method, found in section.reliability:
            lines.append(f"| {_text(method)} | {found.n:,} | {_number(found.ece)} | {_number(found.auc)} |")
    return [*lines, ""]


def _table(table: Table) -> list[str]:
    lines = [f"### {_text(table.title)}", "", _text(table.note), ""]
    lines += [f"| {' | '.join(_text(name) for name in table.columns)} |", "|" + "---|" * len(table.columns)]
    return lines + [f"| {' | '.join(_text(cell.text) for cell in row)} |" for row in table.rows]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _text(value: str) -> str:
    return plain(value).translate(_MARKS)

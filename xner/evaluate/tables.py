"""A table as text to take away: CSV for a spreadsheet, LaTeX for a paper."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

Value = str | int | float | None
NONE = "–"
"""What stands where there is no figure: never 0."""
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", NONE: "--", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def as_csv(columns: Mapping[str, Sequence[Value]]) -> str:
    """Return columns as CSV; what isn't known is an empty cell, and no text can be taken for a formula.

    Example:
        >>> print(as_csv({"language": ["de", "=1"], "f1": [0.5, None]}), end="")
        language,f1
        de,0.5
        '=1,
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_safe(value) for value in row])
    return out.getvalue()


def as_latex(columns: Mapping[str, Sequence[Value]], caption: str = "") -> str:
    r"""Return columns as a booktabs table; numbers stand to the right with three digits behind the point.

    Example:
        >>> print(as_latex({"language": ["de_AT"], "f1": [0.5]}))
        % \usepackage{booktabs}
        \begin{table}
        \centering
        \begin{tabular}{lr}
        \toprule
        language & f1 \\
        \midrule
        de\_AT & 0.500 \\
        \bottomrule
        \end{tabular}
        \end{table}
    """
    sides = "".join("l" if any(isinstance(v, str) for v in values) else "r" for values in columns.values())
    head = " & ".join(_tex(name) for name in columns)
    rows = [" & ".join(_tex(value) for value in row) + r" \\" for row in zip(*columns.values(), strict=True)]
    below = [rf"\caption{{{_tex(caption)}}}"] if caption else []
    return "\n".join([
        r"% \usepackage{booktabs}", r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{{sides}}}", r"\toprule",
        head + r" \\", r"\midrule", *rows, r"\bottomrule", r"\end{tabular}", *below, r"\end{table}",
    ])  # fmt: skip


def _safe(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _tex(value: Value) -> str:
    if value is None:
        return "--"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, int):
        return str(value)
    return "".join(_TEX.get(sign, sign) for sign in " ".join(value.split()))

"""Rows of an upload that were rejected: the first ones to look at, all of them packed for a download."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from xner.io.records import MISSING
from xner.io.report import RowProblem

N_KEPT = 100
"""Rows that are kept as they are; what is wrong with a file shows in its first ones."""


@dataclass(slots=True)
class RejectedRows:
    r"""Collects the rejected rows of one file in bounded memory: those beyond the first `N_KEPT` are only packed text.

    Example:
        >>> rows = RejectedRows()
        >>> rows.add(RowProblem("a.tsv", 3, "", "2 columns, the first row has 3.", "", "x", "x"))
        >>> rows.n, rows.text()
        (1, b'\n# Line 3, whole row: 2 columns, the first row has 3.\nx\n')
    """

    n: int = 0
    n_without_language: int = 0
    """Rows that were rejected because neither they nor the options name the language of a side."""
    first: list[RowProblem] = field(default_factory=list)
    _packed: bytearray = field(default_factory=bytearray)
    _packer: Any = field(default_factory=lambda: zlib.compressobj(level=1))

    def add(self, row: RowProblem) -> None:
        """Take a row in."""
        self.n += 1
        self.n_without_language += row.field in ("source_lang", "target_lang") and row.problem == MISSING
        if len(self.first) < N_KEPT:
            self.first.append(row)
        fix = f" Fix: {one_line(row.fix)}" if row.fix else ""
        text = f"\n# Line {row.line}, {one_line(row.field) or 'whole row'}: {one_line(row.problem)}{fix}\n{row.raw}\n"
        self._packed += self._packer.compress(text.encode("utf-8", "surrogatepass"))

    def text(self) -> bytes:
        """Return all rows, above each a line that begins with # and says where it stood and what is wrong."""
        return zlib.decompress(bytes(self._packed) + self._packer.copy().flush())


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())

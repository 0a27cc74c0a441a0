"""What is wrong with one row of a file, in words for the person who made it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from xner.errors import InputError

_SHOWN_CHARACTERS = 120
_SHORT = 24
"""Characters of an id that is kept as it is; of a longer one a hash stands for it."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was left out, and why; all other rows of the file are read.

    `line` counts from 1; `field` names the part of the row (``source_entities[0]``), ``""`` is the row as a whole;
    `fix` says what to do. `text` is the beginning of the row, `raw` all of it, for a file of rejected rows.
    """

    file: str
    line: int
    field: str
    problem: str
    fix: str
    text: str
    raw: str

    @classmethod
    def of(cls, error: InputError, file: str, line: int, raw: str) -> RowProblem:
        """Return the problem that an error stands for."""
        return cls(
            file=file,
            line=line,
            field=error.column or "",
            problem=error.message,
            fix=error.hint,
            text=raw[:_SHOWN_CHARACTERS],
            raw=raw,
        )

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        fix = f" Fix: {self.fix}" if self.fix else ""
        return f"{self.file}:{self.line}: {field}{self.problem}{fix}"


class FirstLines:
    """Where each id stood first; kept in memory, about 150 bytes a row however long the ids are."""

    def __init__(self) -> None:
        self._lines: dict[str | bytes, int] = {}

    def check(self, row_id: str, line: int) -> None:
        """Remember an id.

        Raises:
            InputError: an earlier line has it.
        """
        key: str | bytes = row_id
        if len(row_id) > _SHORT:
            key = blake2b(row_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        first = self._lines.setdefault(key, line)
        if first != line:
            raise InputError(
                f"{row_id!r} stands on line {first} already.", "Give every row an id of its own.", column="id"
            )

"""Every error that xner raises on purpose: a code, a sentence for the user, and what to do about it."""

from __future__ import annotations


class XnerError(Exception):
    """A failure with words for the user.

    `code` is stable and searchable, `message` one sentence, `hint` what to do; `context` holds the details.
    """

    code = "XNER"

    def __init__(self, message: str, hint: str = "", **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigError(XnerError):
    """A setting that is unknown or has an impossible value."""

    code = "CONFIG"


class InputError(XnerError):
    """A file or text that can't be read; says where."""

    code = "INPUT"

    def __init__(
        self, message: str, hint: str = "", *, file: str = "", line: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message, hint, file=file, line=line, column=column)
        self.file, self.line, self.column = file, line, column

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part not in ("", None))
        where = f"{place}: " if place else ""
        field = f"{self.column}: " if self.column else ""
        return f"{where}{field}{super().__str__()}"


class LimitExceeded(InputError):
    """Input beyond a limit of `xner.io.limits`."""

    code = "LIMIT"


class ModelUnavailable(XnerError):
    """A model or package that is not here; the hint says how to get it."""

    code = "MODEL"


class AlignmentFailed(XnerError):
    """Two sentences that can't be aligned, with the reason."""

    code = "ALIGN"


class TranslationFailed(XnerError):
    """A text that could not be translated, or a translation that can't be used, with the reason."""

    code = "TRANSLATE"


class MatchInfeasible(XnerError):
    """No set of spans satisfies the constraint (`=` or `>=`)."""

    code = "INFEASIBLE"


class MatchTimeout(XnerError):
    """The solver hit its time limit before it had proved an optimum."""

    code = "TIMEOUT"


class StoreFailed(XnerError):
    """The store can't be read or written: disk full, damaged, gone, or of a newer version."""

    code = "STORE"


class StoreBusy(XnerError):
    """Somebody else held the store for too long; nothing was written, trying again is safe."""

    code = "STORE-BUSY"


class RevisionConflict(XnerError):
    """The document was changed by somebody else since it was opened; `context` holds both revisions."""

    code = "CONFLICT"


class NotAllowed(XnerError):
    """The user lacks the role that this needs; who is not known has none."""

    code = "NOT-ALLOWED"

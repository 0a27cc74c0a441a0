"""Work for worker processes to do: no pipeline, no torch, and on demand the end of the process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xner.errors import ModelUnavailable


@dataclass(frozen=True)
class Squares:
    """Squares numbers. `poison` kills the process, always; `once` kills it until its file is there."""

    poison: int | None = None
    once: tuple[int, Path] | None = None
    pause_s: float = 0.0
    lacks_model: bool = False
    is_stillborn: bool = False
    bad: int | None = None

    def __call__(self) -> Callable[[Sequence[int]], list[int]]:
        if self.lacks_model:
            raise ModelUnavailable("No such model.", "Get it.")
        if self.is_stillborn:
            os._exit(3)
        return self.squares

    def squares(self, batch: Sequence[int]) -> list[int]:
        time.sleep(self.pause_s)
        if self.bad in batch:
            raise ValueError("not this one")
        if self.poison in batch:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.once and self.once[0] in batch and not self.once[1].exists():
            self.once[1].touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return [number * number for number in batch]

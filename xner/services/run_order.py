"""What a run is to do: over which sentences of a corpus, with which settings; kept with the run in the store."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from xner.config import RunConfig
from xner.store.runs import Selection

STARTS = ("new", "failed", "projected")
"""Sentences apart from what was corrected: without a projection, with a failed one, with one."""
_KEY = "job"
"""Beside the settings in the text of a run; runs over single sentences and imports have none."""
MARK = f'"{_KEY}": {{'
"""Stands in the text of a run that is a job, and in no other."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked for. `starts` and `langs` as in `Selection`."""

    corpus_id: int
    config: RunConfig
    starts: tuple[str, ...] = ("new", "failed")
    langs: tuple[str, ...] = ()

    @property
    def selection(self) -> Selection:
        """The pairs that it is over."""
        return Selection(self.corpus_id, self.starts, self.langs)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store keeps of a run beside its settings: whose process it is, how many pairs, what went wrong."""

    starts: tuple[str, ...]
    langs: tuple[str, ...] = ()
    n_total: int = 0
    host: str = ""
    pid: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Reason to number of pairs that the run did not touch."""
    problem: tuple[str, str, str] | None = None
    """Code, message and hint of what ended the run."""
    stopped_by: str = ""
    """Who cancelled it."""

    def mine(self) -> Kept:
        """Return the same under this process."""
        return replace(self, host=socket.gethostname(), pid=os.getpid(), problem=None, stopped_by="")


def written(config: RunConfig, kept: Kept) -> str:
    """Return the text that a run has in the store."""
    plain = {name: getattr(kept, name) for name in Kept.__slots__}
    return json.dumps(config.model_dump(mode="json") | {_KEY: plain}, ensure_ascii=False)


def read(text: str) -> tuple[dict[str, Any], Kept | None]:
    """Return settings as they stand there, and what is kept beside them: None for a run that is no job.

    Example:
        >>> config, kept = read(written(RunConfig(), Kept(("new",), n_total=3)))
        >>> config == RunConfig().model_dump(mode="json"), kept.n_total
        (True, 3)
    """
    data = json.loads(text)
    found = data.pop(_KEY, None)
    if found is None:
        return data, None
    problem = found.get("problem")
    return data, Kept(**{
        **found, "starts": tuple(found["starts"]), "langs": tuple(found["langs"]),
        "problem": None if problem is None else (problem[0], problem[1], problem[2]),
    })  # fmt: skip

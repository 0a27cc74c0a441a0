"""kill -9 for processes that work on something: who works under whom, and work that is long enough to be disturbed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

WAIT_S = 600


def record(k: int) -> dict:
    """Return a pair with its links, so that no model is loaded; every 50th has none, and fails."""
    links = {} if k % 50 == 7 else {"alignment": [[0, 0], [1, 1], [2, 2]]}
    return {
        "id": f"r{k}", "source_lang": "en", "target_lang": "de", "source_tokens": ["Ada", "visited", f"Bergen{k}"],
        "target_tokens": ["Ada", "besuchte", f"Bergen{k}"], "source_entities": [
            {"start": 0, "end": 1, "label": "PER"}, {"start": 2, "end": 3, "label": "LOC"}], **links,
    }  # fmt: skip


def write_records(path: Path, n: int) -> Path:
    path.write_text("".join(json.dumps(record(k)) + "\n" for k in range(n)), encoding="utf-8")
    return path


def workers_of(pid: int) -> list[int]:
    """Return the worker processes under a process."""
    found = []
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def kill(pid: int) -> bool:
    """End a process as a crash would; tell whether it was still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def wait_until(holds: Callable[[], bool], timeout_s: float = WAIT_S) -> bool:
    """Wait until something holds; tell whether it does."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.01)
    return False

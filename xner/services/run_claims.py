"""One run at a time over a corpus, also with several servers on one store; and which runs are still alive."""

from __future__ import annotations

import os
import socket
import threading
from datetime import UTC, datetime, timedelta

from xner.config import RunConfig
from xner.errors import StoreBusy
from xner.services.run_order import Kept, read, written
from xner.store import corpora, people, runs
from xner.store.runs import RunRow
from xner.store.session import Session, Store

SILENT_S = 1800
"""After which a run of another process counts as dead: a batch of long translations may take minutes."""
_mine: set[tuple[str, int]] = set()
"""(store, run) that this process is working on, or has in its queue."""
_lock = threading.Lock()


def claim(
    store: Store, corpus_id: int, config: RunConfig, kept: Kept, person: int, *, run_id: int | None = None
) -> int:
    """Return the id of a run that is this process's from now on: a new one, or one that was interrupted.

    Raises:
        StoreBusy: another run over this corpus is alive.
    """
    text = written(config, kept.mine())

    def work(session: Session) -> int:
        corpora.corpus(session, corpus_id, lock=True)
        for row in runs.running(session, corpus_id):
            if read(row.config)[1] is None:
                continue  # an import or a single sentence
            if is_alive(store, row):
                who = people.names(session).get(row.created_by, "somebody")
                raise StoreBusy(
                    f"This corpus is being projected already: run {row.id}, started by {who}.",
                    "Wait until it is done, or cancel it on the Run page.",
                )
            runs.change(session, row.id, state="interrupted")
        if run_id is None:
            return runs.begin(session, corpus_id, text, person)
        runs.change(session, run_id, state="running", config=text)
        return run_id

    with _lock:  # between commit and note nobody of this process takes the run for dead
        made = store.write(work)
        _mine.add((str(store.url), made))
    return made


def release(store: Store, run_id: int, state: str, config: RunConfig, kept: Kept) -> None:
    """Note how a run ended; it is nobody's any more, even where the store does not take the note."""
    try:
        store.write(lambda session: runs.change(session, run_id, state=state, config=written(config, kept)))
    finally:
        _mine.discard((str(store.url), run_id))


def is_alive(store: Store, row: RunRow) -> bool:
    """Tell whether some process works on a run that has not ended."""
    kept = read(row.config)[1]
    if row.state != "running" or kept is None:
        return False
    if kept.host == socket.gethostname() and kept.pid == os.getpid():
        return (str(store.url), row.id) in _mine
    if kept.host == socket.gethostname() and not _exists(kept.pid):
        return False
    since = (datetime.now(UTC) - timedelta(seconds=SILENT_S)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return row.heartbeat >= since


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OSError):  # there, but another user's; or a system without this question
        return True
    return True

"""One run at a time over a corpus, also with several servers on one store; and which jobs are still alive."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta

from xner.errors import StoreBusy
from xner.services.run_order import Order
from xner.store import corpora, jobs, people, runs
from xner.store.jobs import LIVE, JobRow, Owner
from xner.store.session import Session, Store

SILENT_S = 1800
"""After which a running job counts as dead: on a page that waits for it a batch of translations may take minutes."""
QUEUED_S = 60
"""After which a job in the queue does: whoever works off the queue gives signs for all of it every few seconds."""


def this_process() -> Owner:
    """Return what the store calls this process."""
    return Owner(socket.gethostname(), os.getpid())


def claim(
    store: Store, order: Order, person: int, n_total: int, *, state: str, run_id: int | None = None
) -> int:  # fmt: skip
    """Return the id of a job over a corpus that nobody else works on: a new one, or one that is to go on.

    Raises:
        StoreBusy: another job over this corpus is alive.
    """
    text = order.config.model_dump_json()

    def work(session: Session) -> int:
        corpora.corpus(session, order.corpus_id, lock=True)
        for row in jobs.live(session, corpus_id=order.corpus_id):
            if is_alive(row):
                who = people.names(session).get(row.run.created_by, "somebody")
                raise StoreBusy(
                    f"This corpus is being projected already: run {row.run.id}, started by {who}.",
                    "Wait until it is done, or cancel it on the Run page.",
                )
            jobs.end(session, row.run.id, "interrupted")
        number = runs.begin(session, order.corpus_id, text, person) if run_id is None else run_id
        jobs.put(
            session, number, this_process(), state=state, starts=order.starts, langs=order.langs, n_total=n_total
        )  # fmt: skip
        return number

    return store.write(work)


def is_alive(row: JobRow) -> bool:
    """Tell whether some process works on a job, or will."""
    if row.state not in LIVE:
        return False
    silent_s = QUEUED_S if row.state == "queued" else SILENT_S
    if row.beat < (datetime.now(UTC) - timedelta(seconds=silent_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"):
        return False
    return row.state == "queued" or row.host != socket.gethostname() or _exists(row.pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OSError):  # there, but another user's; or a system without this question
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Tell whether a process has ended and only its parent has not asked yet; False where the system can't say."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return stream.read().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False

"""Start the process that works off the queue of this machine; where there is one already the new one ends at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import xner
from xner.errors import StoreFailed
from xner.store.session import Store, data_folder

LOG = "jobs.log"
"""In the data folder: what that process, and libraries in it, have to say."""
_started: list[subprocess.Popen[bytes]] = []


def launch(store: Store) -> None:
    """Start it in a session of its own, so that it goes on when this process ends or its terminal is closed.

    Raises:
        StoreFailed: its log can't be written.
    """
    _started[:] = [process for process in _started if process.poll() is None]  # asks, or those that ended stay zombies
    folder, here = data_folder(), Path(xner.__file__).parents[1]
    address = store.url.render_as_string(hide_password=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOG).open("ab") as output:
            _started.append(subprocess.Popen(
                [sys.executable, "-m", "xner.services.job_runner"], cwd=here, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True, env={**os.environ, "XNER_DATABASE_URL": address},
            ))  # fmt: skip
    except OSError as error:
        raise StoreFailed(
            f"The process that works on runs can't be started: {error.strerror}.",
            f"Check the folder {folder}; then let the run go on.",
        ) from None

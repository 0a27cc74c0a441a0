"""A PostgreSQL server of our own: on a free loopback port, in a temporary folder, never as root, gone at the end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

USER = "xner"


def find_binaries() -> Path | None:
    """Return the folder that holds initdb and postgres, the newest version first."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: -float(path.parts[-3]))
    return versions[0].parent if versions else None


def runner() -> str | None:
    """Return whom the server runs as: postgres or nobody for root (PostgreSQL refuses it), else oneself."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class PostgresServer:
    """A server that can be started again on the same data and port."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="xner-postgres-"))
        if user := runner():
            shutil.chown(self.folder, user)
        self.data, self.log = self.folder / "data", self.folder / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        # no sync: these tests kill processes, not the power
        self._run("initdb", "-D", self.data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        command = [self.binaries / "postgres", "-D", self.data, *options.split(" ")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_user())
        end = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.05)  # nothing tells when it listens

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop: SIGQUIT at once, as a crash of the server would; SIGINT in order."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *args: object) -> None:
        command = [str(self.binaries / program), *map(str, args)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_user())

    def _as_user(self) -> dict:
        user = runner()
        settings: dict = {"cwd": self.folder, "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}
        if user:
            import pwd

            settings |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        return settings

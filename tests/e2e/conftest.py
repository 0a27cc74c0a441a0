"""A real server on a free port of this machine, and Chromium driven by Playwright."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
START_S = 60
"""How long a server may take to answer on a busy machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is not installed (Debian package chromium)"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def run_server(log: Path, script: str = "app.py", port: int | None = None, **environment: str) -> Iterator[str]:
    """Start the app, or another script, and yield its address; the server ends with the block.

    Its store lies in the folder ``data`` beside the log, unless the environment that is given says otherwise.
    """
    port = port or _free_port()
    process = start_server(log, script, port, **environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start_server(log: Path, script: str, port: int, **environment: str) -> subprocess.Popen[bytes]:
    """Return a server that answers; whoever asked for it ends it. See `run_server`."""
    inherited = {name: value for name, value in os.environ.items() if name != "XNER_DATABASE_URL"}
    variables = {**inherited, "XNER_DATA": str(log.parent / "data"), **environment}
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true", f"--server.port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=variables)
    try:
        _await(f"http://127.0.0.1:{port}/_stcore/health", process, log)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)  # nothing tells when a port will open
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that the tests of this session share."""
    with run_server(tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[str]:
    """The address of a server that nobody has visited."""
    with run_server(tmp_path / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # two busy cores are slow; a test that passes never waits that long
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS, headless=True)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page in a context of its own; `page.outside` collects requests to other hosts, `page.broken` script errors."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.outside, page.broken = [], []
    page.on("request", lambda request: _note_outside(page, request.url))
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    yield page
    context.close()


def _note_outside(page: Any, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        page.outside.append(url)


@pytest.fixture
def named() -> Callable[[Any], None]:
    """Return a function that gives a name where one is asked for: on the first visit to a store."""

    def give(page: Any, name: str = "Ada") -> None:
        asked = page.get_by_role("textbox", name="Your name")
        asked.or_(page.get_by_test_id("stSidebar").get_by_role("button", name=name)).first.wait_for()
        if asked.count():
            asked.fill(name)
            page.get_by_role("button", name="Use this name").click()
            page.get_by_test_id("stSidebar").get_by_role("button", name=name).wait_for()

    return give


@pytest.fixture
def settled() -> Callable[[Any], None]:
    """Return a function that waits until the script of the page has run to its end."""

    def wait(page: Any) -> None:
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()

    return wait

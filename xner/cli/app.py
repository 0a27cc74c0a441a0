"""The command line's commands and its outer edge: every failure ends in words and an exit code, never a traceback."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

import xner
from xner.cli import (
    access,
    align,
    bench,
    bench_rematch,
    bench_throughput,
    bench_workers,
    cache,
    compare,
    evaluate,
    models,
    project,
    report,
    store,
    store_io,
    train,
    tune,
)
from xner.cli.console import EXIT_SOME_FAILED, EXIT_UNUSABLE, tell
from xner.errors import XnerError

app = typer.Typer(
    name="xner",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Project named entities onto a language without labelled data. Exit codes: 0 all fine, 1 some rows failed or "
    "were rejected, 2 nothing could be done.",
)


def _say_version(asked: bool) -> None:
    if asked:
        print(f"xner {xner.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take what belongs to no command."""


app.command("project")(project.project)
app.command("align")(align.align)
app.command("evaluate")(evaluate.evaluate)
app.command("tune")(tune.tune_weights)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("import")(store_io.import_file)
app.command("export")(store_io.export_corpus)
app.command("backup")(store.backup)
app.command("restore")(store.restore)
app.command("doctor")(store.doctor)
app.add_typer(train.app, name="train", help="Train a model of your own.")
app.add_typer(access.app, name="access", help="Who has which role in which corpus.")
app.add_typer(models.app, name="models", help="What is here, what is not, how to get it.")
app.add_typer(cache.app, name="cache", help="What is kept of what models said, so that none is asked twice.")
bench.app.command("rematch")(bench_rematch.rematch)
bench.app.command("throughput")(bench_throughput.throughput)
bench.app.command("workers")(bench_workers.workers)
app.add_typer(bench.app, name="bench", help="The project's own benchmarks; each prints a table and writes JSON.")


@app.command("app")
def open_app() -> None:
    """Open the app in the browser, as `streamlit run app.py` does.

    Example: `python -m xner app`
    """
    import subprocess
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "streamlit", "run", str(root / "app.py")]
    raise SystemExit(subprocess.run(command, cwd=root, check=False).returncode)


_INTERRUPTED = 130
"""What typer, which catches Ctrl-C inside a command by itself, makes of it without a word."""


def main() -> None:
    """Run the command line; the process exits with 0, 1 or 2; 1 after Ctrl-C too."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except XnerError as error:
        tell(f"{error.code}: {error}")
        raise SystemExit(EXIT_UNUSABLE) from None
    except BrokenPipeError:  # the reader of our output has gone: `xner ... | head`
        raise SystemExit(1) from None
    except OSError as error:  # a path that can't be read or written
        place = f"{error.filename}: " if error.filename else ""
        tell(f"FILE: {place}{error.strerror or error}. Check the path, the rights there and the room on the disk.")
        raise SystemExit(EXIT_UNUSABLE) from None
    except (KeyboardInterrupt, SystemExit) as ended:
        if isinstance(ended, SystemExit) and ended.code != _INTERRUPTED:
            raise
        tell("Interrupted.")
        raise SystemExit(EXIT_SOME_FAILED) from None

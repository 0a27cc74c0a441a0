"""``xner report``: a results directory as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from xner.cli.console import tell
from xner.cli.options import Force
from xner.errors import ConfigError
from xner.io.results_files import replace_file
from xner.services.output_files import refuse_existing


def report(
    directory: Annotated[Path, typer.Argument(help="Results directory of `xner bench … -o`.", metavar="RUN_DIR")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Page to write: .html, self-contained, or .md.", dir_okay=False)
    ],
    app: Annotated[
        str, typer.Option(help="Address of the app, for the link to its dashboard; empty for no link.")
    ] = "http://localhost:8501",
    force: Force = False,
) -> None:
    """Write figures, intervals, errors, slices, confidence, published figures and signatures as one page.

    Example: `python -m xner report results -o report.html`
    """
    from xner.bench.report_content import build
    from xner.bench.report_html import write_html
    from xner.bench.report_markdown import write_markdown
    from xner.services.results import open_results

    writers = {".html": write_html, ".htm": write_html, ".md": write_markdown}
    write = writers.get(output.suffix.lower())
    if write is None:
        raise ConfigError(f"{output} ends neither in .html nor in .md.", "The ending chooses what is written.")
    refuse_existing([output], force=force)
    found = build(open_results(directory))
    link = f"{app.rstrip('/')}/dashboard?results={quote(found.directory, safe='')}" if app else ""
    replace_file(output, write(found, link).encode())
    tell(f"{output}: {sum(len(section.panels) for section in found.sections)} data sets.")
    for problem in found.problems:
        tell(problem)

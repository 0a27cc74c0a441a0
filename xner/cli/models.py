"""``xner models``: list and prepare."""

from __future__ import annotations

from typing import Annotated

import typer

from xner.cli.console import progress_bar, tell
from xner.services.system_check import check, prepare_model

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """Say what is installed, what is made on first use and what is missing.

    Example: `python -m xner models list`
    """
    for part in check():
        print(f"{part.state:12}  {part.name:24}  {part.purpose}\n{'':12}  {part.detail}")


@app.command("prepare")
def prepare(
    name: Annotated[
        str, typer.Argument(help="e5-small, a folder, or a hub id: encoder or translation model.")
    ] = "e5-small",
    revision: Annotated[str | None, typer.Option(help="Commit of a hub model.")] = None,
) -> None:
    """Make a model ready now, so that the first run need not wait; load it once as a check.

    Example: `python -m xner models prepare e5-small`
    """
    with progress_bar(f"preparing {name}") as (bar, task):
        description = prepare_model(
            name, revision, lambda share, what: bar.update(task, completed=round(100 * share), description=what)
        )
    tell(f"ready: {description}")

"""``xner cache``: what is kept of what models said, whether it is whole, and how to empty it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from xner.cache import upkeep
from xner.cli.console import EXIT_SOME_FAILED

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("info")
def info(as_json: AsJson = False) -> None:
    """Say where the cache is, how large it is and may become, and what it holds, by kind, with hits so far.

    XNER_CACHE moves it, XNER_CACHE_SIZE (1 GB; 0 = off) bounds it; what was used longest ago goes first.

    Example: `python -m xner cache info`
    """
    found = upkeep.info()
    if as_json:
        print(json.dumps(asdict(found), indent=1))
        return
    limit = f"of {found.limit_bytes / 1e6:,.0f} MB" if found.limit_bytes else "(XNER_CACHE_SIZE is 0: nothing is kept)"
    print(f"{found.file}\n{found.file_bytes / 1e6:,.1f} MB {limit}")
    for kind, part in found.kinds.items():
        damaged = f", {part.n_damaged:,} damaged" if part.n_damaged else ""
        print(
            f"{kind:14} {part.n_entries:9,} entries {part.n_bytes / 1e6:10,.1f} MB"
            f"   {part.n_hit:,} hits, {part.n_miss:,} misses{damaged}"
        )


@app.command("clear")
def clear(
    kind: Annotated[str | None, typer.Option("--kind", help="Only this kind, as `cache info` names it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Empty the cache, or what it holds of one kind. Nothing is lost but time; runs that are going on go on.

    Example: `python -m xner cache clear --kind alignments`
    """
    n = upkeep.clear(kind)
    print(json.dumps({"removed": n}) if as_json else f"{n:,} entries removed")


@app.command("check")
def check(as_json: AsJson = False) -> None:
    """Verify every checksum; damaged entries are removed. Exit code 1 if there were any.

    Example: `python -m xner cache check`
    """
    found = upkeep.check()
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        print(f"{found.n_checked:,} entries checked, {found.n_damaged:,} damaged and removed")
        if found.file_problem:
            print(f"{found.file_problem}; the cache was emptied")
    if found.n_damaged or found.file_problem:
        raise typer.Exit(EXIT_SOME_FAILED)

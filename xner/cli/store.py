"""``xner backup``, ``restore`` and ``doctor``: keeping what people annotated safe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xner.cli.console import EXIT_SOME_FAILED, tell

if TYPE_CHECKING:
    from xner.services.store_upkeep import Finding


def backup(
    output: Annotated[
        Path | None, typer.Argument(help="File to write; xner-DATE-TIME.backup here when left out.", dir_okay=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUTPUT if it is there.")] = False,
) -> None:
    """Write everything that the store holds to one file; people can go on working meanwhile.

    The store is the file in your data folder, or what XNER_DATABASE_URL names. The backup of either restores into
    either.

    Example: `python -m xner backup monday.backup`
    """
    from xner.services import store_upkeep

    _warn()
    report = store_upkeep.backup(output, replace=force)
    rows = report.manifest.rows
    tell(
        f"{rows['corpus']:,} corpora, {rows['pair']:,} pairs, {rows['revision']:,} revisions; "
        f"{report.n_bytes:,} bytes in {report.seconds:.1f} s"
    )
    print(report.path)


def restore(
    source: Annotated[Path, typer.Argument(help="A file that `xner backup` wrote.", dir_okay=False)],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the store that is there; it is kept beside the new one.")
    ] = False,
    accept_damage: Annotated[
        bool, typer.Option("--accept-damage", help="Restore even what was damaged when it was backed up.")
    ] = False,
) -> None:
    """Make the store hold what a backup holds. The file is checked to the last byte first, and the app must be closed.

    Exit codes: 0 restored; 1 restored, and the doctor has found something; 2 refused, the store is as it was.

    Example: `python -m xner restore monday.backup --replace`
    """
    from xner.services import store_upkeep

    report = store_upkeep.restore(source, replace=replace, accept_damage=accept_damage)
    rows = report.manifest.rows
    tell(f"restored {rows['pair']:,} pairs and {rows['revision']:,} revisions of {report.manifest.created}")
    if report.kept:
        tell(f"the store that was there is kept as {report.kept}")
    _warn()
    _show(report.findings)


def doctor(
    repair: Annotated[
        str | None,
        typer.Option("--repair", metavar="NAME", help="Repair what breaks this invariant."),
    ] = None,
    names: Annotated[bool, typer.Option("--list", help="List the invariants and check nothing.")] = False,
) -> None:
    """Check the store: each line of output is an invariant that does not hold, and where.

    Exit codes: 0 all hold; 1 some do not; 2 the store can't be read. Nothing is repaired unasked.

    Example: `python -m xner doctor --repair heads-newest`
    """
    from xner.services import store_upkeep

    if names:
        for name, says in store_upkeep.invariant_names().items():
            print(f"{name:26}{says}")
        return
    _warn()
    if repair is not None:
        report = store_upkeep.repair(repair)
        for line in report.done:
            print(line)
        tell(f"{repair}: {len(report.done):,} changes")
        _show((report.left,) if report.left else ())
        return
    findings = store_upkeep.check()
    _show(findings)
    tell(f"all {len(store_upkeep.invariant_names())} invariants hold")


def _show(findings: Sequence[Finding]) -> None:
    """Print findings and end with exit code 1 where there are any."""
    for finding in findings:
        print(f"{finding.name}\t{finding.n}\t{finding.weight}\t{'; '.join(finding.examples)}")
        tell(f"{finding.name}: it does not hold that {finding.says} ({finding.n:,} places).")
        if finding.repair:
            tell(f"  To {finding.repair}: python -m xner doctor --repair {finding.name}")
        else:
            tell("  It can't be made again from other rows: restore a backup that is free of it.")
    if findings:
        raise typer.Exit(EXIT_SOME_FAILED)


def _warn() -> None:
    from xner.services.store_upkeep import fleeting

    if warning := fleeting():
        tell(warning)

"""``xner access``: who has which role. Whoever can run this on the server's machine may do everything there."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from xner.cli.console import tell
from xner.errors import InputError

if TYPE_CHECKING:
    from xner.services.identity import User

app = typer.Typer(no_args_is_help=True)

Person = Annotated[str, typer.Argument(help="Id of the person, as the login shows it beside the name.")]
InCorpus = Annotated[str | None, typer.Option("--corpus", help="Name of a corpus; left out: all corpora.")]


@app.command("list")
def list_roles(corpus: InCorpus = None) -> None:
    """List who has which role in a corpus, or in all corpora; one line a person, tab-separated.

    Example: `python -m xner access list --corpus Sample`
    """
    from xner.services.membership import members
    from xner.store.session import open_store

    store, user = open_store(), operator()
    for member in members(store, user, _corpus_id(corpus)):
        where = "all corpora" if member.corpus_id is None else corpus
        typer.echo(f"{member.role.value}\t{where}\t{member.name}\t{member.subject}")


@app.command("grant")
def grant(
    person: Person,
    role: Annotated[str, typer.Argument(help="viewer, annotator, reviewer or admin.")],
    corpus: InCorpus = None,
) -> None:
    """Give a person a role; it replaces the one that they had there.

    Example: `python -m xner access grant "https://login.example.org#ada" annotator --corpus Sample`
    """
    from xner.services.identity import Role
    from xner.services.membership import give_role
    from xner.store.session import open_store

    known = {known.value: known for known in Role}
    if role not in known:
        raise InputError(f"There is no role {role!r}.", f"Choose one of {', '.join(known)}.", column="role")
    give_role(open_store(), operator(), person, known[role], _corpus_id(corpus))
    tell(f"{person}: {role} in {corpus or 'all corpora'}.")


@app.command("revoke")
def revoke(person: Person, corpus: InCorpus = None) -> None:
    """Take a person's role away; what they made stays.

    Example: `python -m xner access revoke "https://login.example.org#ada"`
    """
    from xner.services.membership import give_role
    from xner.store.session import open_store

    give_role(open_store(), operator(), person, None, _corpus_id(corpus))
    tell(f"{person}: no role in {corpus or 'all corpora'} any more.")


def operator() -> User:
    """Return whoever runs this: the store's files are theirs already."""
    from xner.services.identity import local_user

    return local_user(getpass.getuser())


def _corpus_id(name: str | None) -> int | None:
    if name is None:
        return None
    from xner.services.corpora import by_name
    from xner.store.session import open_store

    return by_name(open_store(), operator(), name).id

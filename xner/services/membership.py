"""Who has which role where: given and taken by admins."""

from __future__ import annotations

from dataclasses import dataclass

from xner.errors import InputError
from xner.services.access import require, role_in
from xner.services.identity import MAX_ID, Role, User, shown_name
from xner.store import people
from xner.store.session import Session, Store


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role in one corpus (`corpus_id` None: in all of them)."""

    person_id: int
    subject: str
    name: str
    corpus_id: int | None
    role: Role


def members(store: Store, user: User, corpus_id: int | None) -> list[Member]:
    """Return who has a role in a corpus, those with a role in all corpora included; by name.

    Raises:
        NotAllowed: it takes an admin.
    """
    require(store, user, corpus_id, Role.ADMIN)
    known = {role.value: role for role in Role}
    with store.read() as session:
        rows = {row.id: row for row in people.people(session)}
        found: list[tuple[int | None, int, str]] = [(None, *given) for given in people.grants_in(session, None)]
        if corpus_id is not None:
            found += [(corpus_id, *given) for given in people.grants_in(session, corpus_id)]
    made = [
        Member(person, rows[person].subject, rows[person].name, where, known[role])
        for where, person, role in found
        if role in known
    ]
    return sorted(made, key=lambda member: (member.name.casefold(), member.person_id))


def without_role(store: Store, user: User, corpus_id: int) -> list[tuple[str, str]]:
    """Return (id, name) of everybody who has opened the app but has no role in the corpus, by name.

    Only who is admin of all corpora is told: others may be here for other corpora.

    Raises:
        NotAllowed: it takes an admin of the corpus.
    """
    require(store, user, corpus_id, Role.ADMIN)
    if role_in(store, user, None) is not Role.ADMIN:
        return []
    taken = {member.person_id for member in members(store, user, corpus_id)}
    with store.read() as session:
        rows = [row for row in people.people(session) if row.id not in taken and not row.archived]
    return [(row.subject, row.name) for row in sorted(rows, key=lambda row: (row.name.casefold(), row.id))]


def give_role(store: Store, user: User, subject: str, role: Role | None, corpus_id: int | None) -> None:
    """Give somebody a role in a corpus (None: in all); `role` None takes it away. They need not have logged in yet.

    Args:
        store: where it is kept.
        user: an admin there.
        subject: the id that the login gives them; they see it beside their name.
        role: replaces the one that they had there.
        corpus_id: which corpus.

    Raises:
        NotAllowed: it takes an admin.
        InputError: the id can't be one, or a role is to go that they do not have there.
    """
    require(store, user, corpus_id, Role.ADMIN)
    clean = subject.strip()
    if not clean or len(clean) > MAX_ID or not clean.isprintable() or not shown_name(clean):
        raise InputError(
            "Type the id of the person.", "They see it beside their name after logging in.", column="person"
        )

    def work(session: Session) -> None:
        found = people.find_person(session, clean)
        if role is None and corpus_id not in dict(people.grants_of(session, clean)):
            where = "all corpora" if corpus_id is None else "this corpus"
            raise InputError(  # a mistyped id would leave somebody in, and nobody would know
                f"{clean!r} has no role in {where}.",
                "`python -m xner access list` shows who has which, and where.", column="person",
            )  # fmt: skip
        person = found.id if found else people.person_id(session, clean, shown_name(clean))
        people.grant(session, person, corpus_id, role.value if role else None)

    store.write(work)

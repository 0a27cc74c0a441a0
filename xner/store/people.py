"""People and what they may do."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from xner.store.rows import PersonRow
from xner.store.session import now
from xner.store.tables import Grant, Person


def person_id(session: Session, subject: str, name: str) -> int:
    """Return the id of a person, who is added when new; the name follows the login."""
    found = session.scalar(select(Person).where(Person.subject == subject))
    if found is None:
        found = Person(subject=subject, name=name, created=now())
        session.add(found)
        session.flush()
    elif found.name != name:
        found.name = name
    return found.id


def find_person(session: Session, subject: str) -> PersonRow | None:
    """Return a person by what the login calls them."""
    found = session.scalar(select(Person).where(Person.subject == subject))
    return _row(found) if found else None


def people(session: Session) -> list[PersonRow]:
    """Return everybody, by name."""
    return [_row(person) for person in session.scalars(select(Person).order_by(Person.name, Person.id))]


def names(session: Session) -> dict[int, str]:
    """Return id to name; two people of one name get their number behind it."""
    rows = people(session)
    seen: dict[str, int] = {}
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
    return {row.id: row.name if seen[row.name] == 1 else f"{row.name} ({row.id})" for row in rows}


def grants_of(session: Session, subject: str) -> list[tuple[int | None, str]]:
    """Return (corpus or None for all, role) of a person."""
    query = select(Grant.corpus_id, Grant.role).join(Person, Person.id == Grant.person_id)
    return [(corpus, role) for corpus, role in session.execute(query.where(Person.subject == subject))]


def grants_in(session: Session, corpus_id: int | None) -> list[tuple[int, str]]:
    """Return (person, role) of everybody who has a role in a corpus, or in all."""
    which = Grant.corpus_id.is_(None) if corpus_id is None else Grant.corpus_id == corpus_id
    return [(person, role) for person, role in session.execute(select(Grant.person_id, Grant.role).where(which))]


def grant(session: Session, person: int, corpus_id: int | None, role: str | None) -> None:
    """Give a person a role in a corpus (None: in all); no role takes it away."""
    session.get_one(Person, person, with_for_update=True)  # two roles for all corpora are no duplicates to a database
    which = Grant.corpus_id.is_(None) if corpus_id is None else Grant.corpus_id == corpus_id
    for found in session.scalars(select(Grant).where(Grant.person_id == person, which)).all():
        session.delete(found)
    session.flush()
    if role is not None:
        session.add(Grant(person_id=person, corpus_id=corpus_id, role=role))


def _row(person: Person) -> PersonRow:
    return PersonRow(person.id, person.subject, person.name, person.archived)

"""The tables. Revisions are only ever added; what a linguist sees is the newest of them (`head` finds it quickly).

Times are UTC in ISO 8601, so that they sort as text. `track` is 0 for a pair's own history and the id of a person for
what that person made alone in a corpus annotated independently.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, Text, UniqueConstraint, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The schema that `migrations/` builds; a test compares the two."""


def table_of(entity: type[Base]) -> Table:
    """Return the bare table of an entity, for statements over many rows: without objects they take a third."""
    return cast(Table, entity.__table__)


class Person(Base):
    """Somebody who opened the app. `subject` is what the login calls them, `name` what the pages show."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(300), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created: Mapped[str] = mapped_column(String(32))
    archived: Mapped[bool] = mapped_column(default=False)


class Grant(Base):
    """A role that a person has in one corpus, or in all (`corpus_id` empty)."""

    __tablename__ = "access"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    corpus_id: Mapped[int | None] = mapped_column(ForeignKey("corpus.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    __table_args__ = (UniqueConstraint("person_id", "corpus_id"),)


class Corpus(Base):
    """Pairs that belong together, and their label set."""

    __tablename__ = "corpus"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(20))
    labels: Mapped[str] = mapped_column(Text)
    created: Mapped[str] = mapped_column(String(32))
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    archived: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (CheckConstraint("mode IN ('shared', 'independent')", name="corpus_mode"),)


class Pair(Base):
    """One sentence pair as it was imported: never changed, archived instead of deleted."""

    __tablename__ = "pair"
    id: Mapped[int] = mapped_column(primary_key=True)
    corpus_id: Mapped[int] = mapped_column(ForeignKey("corpus.id"))
    place: Mapped[int]
    record_id: Mapped[str] = mapped_column(String(500))
    source_lang: Mapped[str] = mapped_column(String(40))
    target_lang: Mapped[str] = mapped_column(String(40))
    record: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    archived: Mapped[bool] = mapped_column(default=False)
    searched: Mapped[str] = mapped_column(Text, server_default="", deferred=True)
    """What a search looks through (`searched.searched_text`): derived from the newest projection, else the record."""
    __table_args__ = (
        UniqueConstraint("corpus_id", "target_lang", "record_id"),
        UniqueConstraint("corpus_id", "place"),
        Index("pair_by_language", "corpus_id", "target_lang", "place"),
    )


class Run(Base):
    """One projection of a corpus with one configuration. `state`: running, finished, interrupted."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    corpus_id: Mapped[int] = mapped_column(ForeignKey("corpus.id"), index=True)
    config: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    started: Mapped[str] = mapped_column(String(32))
    heartbeat: Mapped[str] = mapped_column(String(32))
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (CheckConstraint("state IN ('running', 'finished', 'interrupted')", name="run_state"),)


class Projection(Base):
    """What a run made of a pair; `record` is the pair with its source entities filled in and its projection."""

    __tablename__ = "projection"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    pair_id: Mapped[int] = mapped_column(ForeignKey("pair.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    record: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str | None] = mapped_column(Text)
    risk: Mapped[float] = mapped_column(default=0.0)
    """As the queue began with it; that of `head` follows the corrections, like tags and labels."""
    tags: Mapped[str] = mapped_column(Text, default="")
    labels: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[str] = mapped_column(String(32))
    __table_args__ = (
        UniqueConstraint("run_id", "pair_id"),
        CheckConstraint("status IN ('ok', 'empty', 'failed')", name="projection_status"),
    )


class Revision(Base):
    """One save of one pair on one track: the whole annotation, who made it, and from what."""

    __tablename__ = "revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    pair_id: Mapped[int] = mapped_column(ForeignKey("pair.id"))
    track: Mapped[int]
    number: Mapped[int]
    base_revision: Mapped[int]
    projection_id: Mapped[int | None] = mapped_column(ForeignKey("projection.id"))
    author: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    client: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    credit: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whose work stands in it: the author's; after an undo theirs whose work stood before, nobody's at the beginning.
    """
    parents: Mapped[str | None] = mapped_column(Text)
    batch: Mapped[str | None] = mapped_column(String(64), index=True)
    ops: Mapped[str | None] = mapped_column(Text)
    created: Mapped[str] = mapped_column(String(32))
    __table_args__ = (
        UniqueConstraint("pair_id", "track", "number"),
        Index("revision_by_client", "pair_id", "track", "client", "seq"),
        CheckConstraint(
            "status IN ('draft', 'accepted', 'skipped', 'flagged', 'adjudicated', 'projected')", name="revision_status"
        ),
    )


class Head(Base):
    """The newest state of a pair on a track, for lists: derived from revisions and projections, checked by doctor.

    `start` is what the pair is without any revision: new, projected or failed. Place, language and whether it is
    archived are the pair's, so that a list is filtered, ordered and counted from an index, without reading a text.
    """

    __tablename__ = "head"
    pair_id: Mapped[int] = mapped_column(ForeignKey("pair.id"), primary_key=True, autoincrement=False)
    track: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    corpus_id: Mapped[int] = mapped_column(ForeignKey("corpus.id"))
    place: Mapped[int] = mapped_column(server_default="0")
    target_lang: Mapped[str] = mapped_column(String(40), server_default="")
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    number: Mapped[int]
    projection_id: Mapped[int | None] = mapped_column(ForeignKey("projection.id"))
    start: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    author: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed: Mapped[str] = mapped_column(String(32))
    risk: Mapped[float]
    tags: Mapped[str] = mapped_column(Text)
    labels: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        Index("head_by_place", "corpus_id", "track", "archived", "place"),
        Index("head_by_risk", "corpus_id", "track", "archived", "risk", "place"),
        Index("head_by_status", "corpus_id", "track", "archived", "status", "target_lang", "risk", "place"),
        Index("head_by_start", "corpus_id", "track", "archived", "start", "target_lang", "number"),
        Index("head_by_change", "corpus_id", "track", "archived", "changed", "place"),
        Index("head_by_author", "corpus_id", "author", "status", "changed"),
    )


class UndoStack(Base):
    """The undo history of a person on a pair, so that it outlives the page. Not part of the annotation."""

    __tablename__ = "undo_stack"
    pair_id: Mapped[int] = mapped_column(ForeignKey("pair.id"), primary_key=True, autoincrement=False)
    track: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    number: Mapped[int]
    history: Mapped[str] = mapped_column(Text)


class Conflict(Base):
    """A save that was refused because somebody else had saved first: kept until its author has decided."""

    __tablename__ = "conflict"
    id: Mapped[int] = mapped_column(primary_key=True)
    pair_id: Mapped[int] = mapped_column(ForeignKey("pair.id"), index=True)
    track: Mapped[int]
    author: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    client: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int]
    base: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    created: Mapped[str] = mapped_column(String(32))
    resolved: Mapped[str | None] = mapped_column(String(20))
    resolved_at: Mapped[str | None] = mapped_column(String(32))

"""Repairs: each derives rows anew from others that are never changed, and says what it did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from xner.correct.annotation import canonical
from xner.correct.labels import Label, parse_labels, plain_labels, with_keys
from xner.correct.palette import LabelStyle, free_styles
from xner.io.json_lines import loads
from xner.store.corpora import packed
from xner.store.projections import current, start_of
from xner.store.revisions import newest_revision
from xner.store.rows import BACK, OWN
from xner.store.searched import searched_text
from xner.store.tables import Corpus, Head, Pair, Projection, Revision, Run, UndoStack

_CHUNK = 500


def rebuild_heads(session: Session) -> Iterator[str]:
    """Bring every line of the lists to the newest revision, else projection; yield what was changed.

    Risk and tags come from outside the store: where a line is there they stay, a new one gets the risk of its
    projection and no tags.
    """
    last = 0
    while pairs := session.scalars(select(Pair).where(Pair.id > last).order_by(Pair.id).limit(_CHUNK)).all():
        last = pairs[-1].id
        for pair in pairs:
            revised = session.scalars(select(Revision.track).where(Revision.pair_id == pair.id).distinct())
            for track in sorted({OWN, *revised}):
                yield from _rebuild(session, pair, track)
        session.flush()
        session.expunge_all()
    without = ~select(Revision.id).where(Revision.pair_id == Head.pair_id, Revision.track == Head.track).exists()
    for head in session.scalars(select(Head).where(Head.track != OWN, without)).all():
        session.delete(head)
        yield f"pair {head.pair_id}, track {head.track}: no revision, line taken out"


def _rebuild(session: Session, pair: Pair, track: int) -> Iterator[str]:
    revision, projection = newest_revision(session, pair.id, track), current(session, pair.id)
    head = session.get(Head, (pair.id, track))
    made = head is None
    if head is None:
        own = session.get(Head, (pair.id, OWN)) if track != OWN else None
        risk = own.risk if own else projection.risk if projection else 0.0
        changed_at = revision.created if revision else projection.created if projection else ""
        head = Head(pair_id=pair.id, track=track, corpus_id=pair.corpus_id, number=0, start="new", status="new",
                    changed=changed_at, risk=risk, tags=own.tags if own else "", labels="")  # fmt: skip
        session.add(head)
    stands = revision if revision and revision.status != BACK else None
    wanted = {
        "corpus_id": pair.corpus_id,
        "place": pair.place,
        "target_lang": pair.target_lang,
        "archived": pair.archived,
        "number": revision.number if revision else 0,
        "projection_id": projection.id if projection else None,
        "start": start_of(projection),
        "status": stands.status if stands else start_of(projection),
        "author": revision.credit if revision else None,
    }
    changed = {name: value for name, value in wanted.items() if getattr(head, name) != value}
    for name, value in changed.items():
        setattr(head, name, value)
    if made or "number" in changed or "projection_id" in changed:
        head.labels = packed(_labels(pair, stands, projection))
    if made or changed:
        session.flush()
        what = "line made" if made else ", ".join(f"{name} = {value}" for name, value in sorted(changed.items()))
        yield f"pair {pair.id}, track {track}: {what}"


def _labels(pair: Pair, revision: Revision | None, projection: Projection | None) -> set[str]:
    """Return the labels that a list can be filtered by; those of a row that can't be read are left out."""
    try:
        if revision is not None:
            return {entity["label"] for entity in json.loads(revision.payload)["entities"]}
        if projection is not None:
            return {entity["label"] for entity in json.loads(projection.record)["projection"]["entities"]}
        return {entity["label"] for entity in json.loads(pair.record).get("source_entities") or ()}
    except (ValueError, KeyError, TypeError):  # found and named by a check of its own
        return set()


def pairs_shown() -> Select[Any]:
    """Return the query of all pairs with `shown`, the record whose sentences the lists show."""
    newest = select(Projection.pair_id, func.max(Projection.id).label("id")).group_by(Projection.pair_id).subquery()
    return (
        select(Pair.__table__, func.coalesce(Projection.record, Pair.record).label("shown"))
        .outerjoin(newest, newest.c.pair_id == Pair.id)
        .outerjoin(Projection, Projection.id == newest.c.id)
        .order_by(Pair.id)
    )


def fill_searched(session: Session) -> Iterator[str]:
    """Bring what a search looks through to the sentences as they are shown."""
    last = 0
    while rows := session.execute(pairs_shown().where(Pair.id > last).limit(_CHUNK)).all():
        last = rows[-1].id
        for row in rows:
            if (text := searched_text(row.shown)) != row.searched:
                session.execute(update(Pair).where(Pair.id == row.id).values(searched=text))
                yield f"pair {row.id}: searched by its sentences"


def interrupt_runs(session: Session, since: str) -> Iterator[str]:
    """Note that runs without a heartbeat since a time were interrupted; what they stored stays."""
    numbers = session.scalars(select(Run.id).where(Run.state == "running", Run.heartbeat < since)).all()
    session.execute(update(Run).where(Run.id.in_(numbers)).values(state="interrupted"))
    for number in numbers:
        yield f"run {number}: interrupted"


def empty_undo(session: Session, bad: list[tuple[int, int, int]]) -> Iterator[str]:
    """Empty undo histories that can't be read: they are no part of any annotation."""
    for key in bad:
        session.get_one(UndoStack, key).history = "[]"
        yield f"undo history of person {key[2]} on pair {key[0]}: emptied"


def add_labels(session: Session, missing: dict[int, set[str]]) -> Iterator[str]:
    """Add labels that are in use to the label sets that lack them."""
    for corpus_id, names in sorted(missing.items()):
        corpus = session.get_one(Corpus, corpus_id, with_for_update=True)
        present = list(parse_labels(loads(corpus.labels)["labels"]))
        wanted = sorted(names - {label.name for label in present})
        keys = with_keys([*(label.name for label in present), *wanted])
        styles = free_styles(wanted, [LabelStyle(label.light, label.dark, label.line) for label in present])
        taken = {label.key for label in present}
        for name in wanted:
            key, style = "" if keys[name] in taken else keys[name], styles[name]
            present.append(Label(name, key, style.light, style.dark, style.line))
            yield f"corpus {corpus_id}: label {name!r} added"
        corpus.labels = canonical({"labels": plain_labels(present)})

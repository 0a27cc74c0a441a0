"""What the store hands out: plain values, detached from any session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["shared", "independent"]
OWN = 0
"""The track of a pair's own history; every other track is the id of a person."""
BACK = "projected"
"""Status of a revision that takes an action back to before anybody had worked: the pair stands again as it begins, and
shows its newest projection. Its payload is what that was at the time."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who opened the app."""

    id: int
    subject: str
    name: str
    archived: bool


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """A corpus; `labels` is the JSON of its label set."""

    id: int
    name: str
    mode: str
    labels: str
    created: str
    created_by: int
    archived: bool


@dataclass(frozen=True, slots=True)
class NewPair:
    """A pair to be added: `record` is its JSON."""

    record_id: str
    source_lang: str
    target_lang: str
    record: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as it was imported."""

    id: int
    corpus_id: int
    place: int
    record_id: str
    source_lang: str
    target_lang: str
    record: str
    archived: bool


@dataclass(frozen=True, slots=True)
class NewProjection:
    """What a run made of a pair: its record, and what the queue sorts and filters by."""

    pair_id: int
    status: str
    record: str
    signature: str | None
    risk: float
    tags: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectionRow:
    """What a run made of a pair; `record` is the pair's, with source entities and projection."""

    id: int
    run_id: int
    pair_id: int
    status: str
    record: str
    signature: str | None
    created: str


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A save. `base` is the token that the page was opened with; `history` the undo stack as JSON."""

    pair_id: int
    track: int
    author: int
    client: str
    seq: int
    base: str | None
    """What the page was opened on (`base_token`); of an action of the app `seen_token`, or None: whatever is there."""
    status: str
    payload: str
    note: str | None = None
    parents: str | None = None
    batch: str | None = None
    ops: str | None = None
    history: str | None = None
    risk: float = 0.0
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    is_undo: bool = False
    """Whether it takes an action back; then `credit` is who made what stands again, None where nobody had worked."""
    credit: int | None = None
    projection_id: int | None = None
    """Whose source entities the annotation counts, where they are not those of the newest revision: of a version that
    was refused, restored or taken over from another track."""


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One save of a pair on a track."""

    id: int
    pair_id: int
    track: int
    number: int
    base_revision: int
    projection_id: int | None
    author: int
    client: str
    seq: int
    status: str
    note: str | None
    payload: str
    sha256: str
    parents: str | None
    batch: str | None
    ops: str | None
    created: str
    credit: int | None
    """Whose work stands in it: after an undo not the author's."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a pair stands on a track: the newest revision if there is one, the projection that it began from."""

    pair: PairRow
    revision: RevisionRow | None
    projection: ProjectionRow | None
    """Of the revision, else the newest of the pair."""
    start: str
    status: str

    @property
    def payload(self) -> str | None:
        """The annotation that stands, as JSON; ``None`` where it is what the projection says."""
        return self.revision.payload if self.revision and self.revision.status != BACK else None


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A save that was refused and is kept until its author decides."""

    id: int
    pair_id: int
    track: int
    author: int
    client: str
    seq: int
    base: str
    status: str
    note: str | None
    payload: str
    created: str
    resolved: str | None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue."""

    pair: PairRow
    status: str
    number: int
    author: int | None
    changed: str
    risk: float
    tags: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows a list shows; an empty tuple lets everything pass, several values of one kind mean any of them."""

    langs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    authors: tuple[int, ...] = ()
    text: str = ""
    pair_ids: tuple[int, ...] | None = None
    without_tags: tuple[str, ...] = ()
    """Rows with any of these tags are left out."""

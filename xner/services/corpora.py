"""Corpora: make one, see those one may see, bring pairs in, change labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from xner.correct.annotation import canonical
from xner.correct.labels import Label, check_label_set, parse_labels, plain_labels, with_keys
from xner.correct.palette import LabelStyle, free_styles
from xner.errors import InputError
from xner.io.formats import FORMATS, formats_without
from xner.io.json_lines import dumps, loads
from xner.io.limits import MAX_LABELS
from xner.io.records import record_from_pair
from xner.services.access import corpus_for, require, role_in
from xner.services.identity import Role, User
from xner.store import corpora, people, queue
from xner.store.corpora import Added
from xner.store.rows import OWN, CorpusRow, Mode, NewPair
from xner.store.session import Session, Store
from xner.types import SentencePair

FIRST_LABELS = ("PER", "ORG", "LOC")
"""Of a corpus whose pairs bring none."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus as the pages show it. `languages` maps a target language to status to number of pairs."""

    id: int
    name: str
    mode: Mode
    labels: tuple[Label, ...]
    created: str
    role: Role
    languages: dict[str, Counter[str]]

    @property
    def n_pairs(self) -> int:
        """Pairs that are not archived."""
        return sum(counts.total() for counts in self.languages.values())


def create(store: Store, user: User, name: str, *, labels: Sequence[Label] = (), mode: Mode = "shared") -> int:
    """Return the id of a new corpus, whose maker becomes its admin.

    Raises:
        NotAllowed: making corpora takes a reviewer of all corpora.
        InputError: the name is empty or taken, or a label can't be used.
    """
    require(store, user, None, Role.REVIEWER)
    _check_new({label.name for label in labels})
    text = _labels_text(check_label_set(labels))
    return store.write(lambda session: _create(session, user, name, text, mode))


def visible(store: Store, user: User, *, archived: bool = False) -> list[Corpus]:
    """Return the corpora that the user may see, the newest first."""
    with store.read() as session:
        rows = corpora.corpora(session, archived=archived)
    found = []
    for row in rows:
        role = role_in(store, user, row.id)
        if role is not None:
            found.append(_corpus(store, user, row, role))
    return found


def get(store: Store, user: User, corpus_id: int) -> Corpus:
    """Return one corpus.

    Raises:
        NotAllowed: there is none, or it is not the user's to see.
    """
    row = corpus_for(store, user, corpus_id, Role.VIEWER)
    role = role_in(store, user, corpus_id)
    assert role is not None  # noqa: S101 (corpus_for has checked)
    return _corpus(store, user, row, role)


def by_name(store: Store, user: User, name: str) -> Corpus:
    """Return a corpus by its name, or by its number where no corpus has that name.

    Raises:
        InputError: there is none that the user may see.
    """
    seen = visible(store, user)
    named = [corpus for corpus in seen if corpus.name == name.strip()]
    numbered = [corpus for corpus in seen if str(corpus.id) == name.strip()]
    if not named and not numbered:
        names = ", ".join(repr(corpus.name) for corpus in seen[:10]) or "none yet"
        raise InputError(f"There is no corpus {name!r}.", f"There are: {names}.", column="corpus")
    return (named or numbered)[0]


def add(
    store: Store,
    user: User,
    corpus_id: int,
    pairs: Iterable[SentencePair],
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Added:
    """Add pairs to a corpus, in short transactions; labels that it lacks are added to its label set.

    Raises:
        NotAllowed: it takes a reviewer.
        InputError: more labels than a corpus may have.
    """
    corpus_for(store, user, corpus_id, Role.REVIEWER)
    seen: Counter[str] = Counter()
    added = corpora.add_pairs(store, corpus_id, _new_pairs(pairs, seen), on_progress)
    extend_labels(store, corpus_id, seen)
    with store.read() as session:
        row = corpora.corpus(session, corpus_id)
    if row is not None and not _parse(row.labels):  # nothing could be annotated without a label
        extend_labels(store, corpus_id, FIRST_LABELS)
    return added


def extend_labels(store: Store, corpus_id: int, names: Iterable[str]) -> None:
    """Add labels that the corpus lacks, with keys and colours that are free."""
    wanted = list(dict.fromkeys(names))
    with store.read() as session:  # nearly always there is none, and then nobody has to wait
        known = corpora.corpus(session, corpus_id)
    if known is None or {label.name for label in _parse(known.labels)}.issuperset(wanted):
        return

    def work(session: Session) -> None:
        row = corpora.corpus(session, corpus_id, lock=True)
        if row is None:
            return
        present = _parse(row.labels)
        missing = [name for name in wanted if name not in {label.name for label in present}]
        if missing:
            text = _labels_text(check_label_set([*present, *new_labels(missing, present)]))
            corpora.change_corpus(session, corpus_id, labels=text)

    store.write(work)


def set_labels(store: Store, user: User, corpus_id: int, labels: Sequence[Label]) -> None:
    """Change the label set; a label that is in use can't go.

    Raises:
        NotAllowed: it takes an admin of the corpus.
        InputError: a label can't be used, one that is in use is missing, or some format can't carry a new one.
    """
    corpus_for(store, user, corpus_id, Role.ADMIN)
    checked = check_label_set(labels)
    text = _labels_text(checked)

    def work(session: Session) -> None:
        row = corpora.corpus(session, corpus_id, lock=True)
        _check_new({label.name for label in checked} - {label.name for label in (_parse(row.labels) if row else ())})
        used = queue.labels_in_use(session, corpus_id)
        gone = sorted(set(used) - {label.name for label in checked})
        if gone:
            raise InputError(
                f"{gone[0]!r} is used by {used[gone[0]]:,} sentences.", "Relabel them first.", column="label"
            )
        corpora.change_corpus(session, corpus_id, labels=text)

    store.write(work)


def set_mode(store: Store, user: User, corpus_id: int, mode: Mode) -> None:
    """Say whether annotators share one history or work blind to each other.

    Raises:
        NotAllowed: it takes an admin of the corpus.
    """
    corpus_for(store, user, corpus_id, Role.ADMIN)
    store.write(lambda session: corpora.change_corpus(session, corpus_id, mode=mode))


def rename(store: Store, user: User, corpus_id: int, name: str) -> None:
    """Give a corpus another name.

    Raises:
        NotAllowed: it takes an admin of the corpus.
        InputError: the name is empty, too long or taken.
    """
    corpus_for(store, user, corpus_id, Role.ADMIN)
    store.write(lambda session: corpora.change_corpus(session, corpus_id, name=name))


def archive(store: Store, user: User, corpus_id: int, *, archived: bool = True) -> None:
    """Take a corpus out of all lists, or bring it back; nothing of it is deleted.

    Raises:
        NotAllowed: it takes an admin of the corpus.
        InputError: it is to come back, and another corpus has its name now.
    """
    corpus_for(store, user, corpus_id, Role.ADMIN)
    store.write(lambda session: corpora.change_corpus(session, corpus_id, archived=archived))


def person(store: Store, user: User) -> int:
    """Return the number under which the store keeps a user, who is added when new."""
    with store.read() as session:
        found = people.find_person(session, user.id)
    if found is not None and found.name == user.name:
        return found.id
    return store.write(lambda session: people.person_id(session, user.id, user.name))


def new_labels(names: Sequence[str], present: Sequence[Label] = ()) -> list[Label]:
    """Return labels for names, with keys and colours that `present` leaves free."""
    taken = {label.key for label in present}
    keys = with_keys([*(label.name for label in present), *names])
    styles = free_styles(names, [LabelStyle(label.light, label.dark, label.line) for label in present])
    labels = []
    for name in names:
        key = "" if keys[name] in taken else keys[name]
        labels.append(Label(name, key, styles[name].light, styles[name].dark, styles[name].line))
    return labels


def left_out_by(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return label to the titles of the formats that leave out every sentence that has it; others are not named."""
    return {name: titles for name in names if (titles := formats_without(name))}


def labels_of(row: CorpusRow) -> tuple[Label, ...]:
    """Return the label set of a stored corpus."""
    return _parse(row.labels)


def _check_new(names: Collection[str]) -> None:
    for name, titles in left_out_by(sorted(names)).items():
        which = "no format can" if len(titles) == len(FORMATS) else f"{' and '.join(titles)} can't"
        better = "_".join(re.findall(r"[^\s\x00-\x1f]+", name)) or "PER"
        raise InputError(
            f"The label {name!r} can't be made: {which} carry it and would leave out every sentence that has it.",
            f"Write it without blanks: {better}", column="label",
        )  # fmt: skip


def _create(session: Session, user: User, name: str, labels: str, mode: Mode) -> int:
    maker = people.person_id(session, user.id, user.name)
    corpus_id = corpora.create_corpus(session, name, labels, mode, maker)
    people.grant(session, maker, corpus_id, Role.ADMIN.value)
    return corpus_id


def _corpus(store: Store, user: User, row: CorpusRow, role: Role) -> Corpus:
    with store.read() as session:
        track = OWN
        if row.mode == "independent" and (me := people.find_person(session, user.id)):
            track = me.id
        languages = queue.by_language(session, row.id, track=track)
    mode: Mode = "independent" if row.mode == "independent" else "shared"
    return Corpus(row.id, row.name, mode, _parse(row.labels), row.created, role, languages)


def _new_pairs(pairs: Iterable[SentencePair], seen: Counter[str]) -> Iterator[NewPair]:
    for pair in pairs:
        labels = {e.label for e in (*(pair.source_entities or ()), *(pair.target_entities or ()))}
        seen.update(labels)
        if len(seen) > MAX_LABELS:
            raise InputError(f"There are more than {MAX_LABELS} labels.", "Is the tag in another column?")
        yield NewPair(
            record_id=pair.id,
            source_lang=pair.source.lang if pair.source else "und",
            target_lang=target_lang_of(pair),
            record=dumps(record_from_pair(pair)),
            labels=tuple(sorted({e.label for e in pair.source_entities or ()})),
        )


def target_lang_of(pair: SentencePair) -> str:
    """Return the language under which the store keeps a pair."""
    return pair.target.lang if pair.target else "und"


def _labels_text(labels: Sequence[Label]) -> str:
    return canonical({"labels": plain_labels(labels)})


def _parse(text: str) -> tuple[Label, ...]:
    return parse_labels(loads(text)["labels"])

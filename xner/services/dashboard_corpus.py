"""Runs of a stored corpus against gold, against what was corrected, or against another run; by language."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from xner.cache import key_of
from xner.correct.annotation import entities_of, parse_annotation
from xner.correct.tokens import remap
from xner.errors import NotAllowed
from xner.evaluate.behind import What, places_behind
from xner.evaluate.board import Board, Part
from xner.evaluate.packed import Packed
from xner.io.json_lines import loads
from xner.services.access import corpus_for
from xner.services.dashboard_effort import decided_between
from xner.services.dashboard_kept import kept
from xner.services.dashboard_reading import read_projection, read_row
from xner.services.dashboard_selection import Selection
from xner.services.identity import Role, User
from xner.services.method_names import run_names
from xner.services.named_methods import essence, stored_settings
from xner.services.results_scoring import evaluated
from xner.services.score_scale import greatest_score
from xner.store import dashboard as rows
from xner.store.session import Store
from xner.types import Entity, Projection, SentencePair

GOLD, CORRECTED = "gold", "corrected"
_PROBED = 200
_KEPT = 32
"""Runs against something that stay in memory."""
Parts = Mapping[str, Packed]
"""Language to the evaluation of one run in it; sentences are named by the number of their pair."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What of a corpus can be compared: `methods` are named by the number of their newest run, the newest first.

    `runs` are all runs of each, the newest first: of a sentence that several of them made, the newest counts. `stamp`
    is another one whenever anything that is counted has changed.
    """

    corpus_id: int
    stamp: str
    methods: Mapping[str, str]
    runs: Mapping[str, tuple[int, ...]]
    has_gold: bool
    n_corrected: int
    greatest: Mapping[str, float | None]
    """Run to the greatest score that its entities can have; see `greatest_score`."""

    def name_of_run(self, run: str) -> str:
        """Return what a run is called: as its method, and by its number where the method has several."""
        for method, runs in self.runs.items():
            if run in map(str, runs):
                return f"{self.methods[method]} · run {run}" if len(runs) > 1 else self.methods[method]
        return "?"

    @property
    def references(self) -> tuple[str, ...]:
        """What a run can be held against, the surest first."""
        known = [GOLD] if self.has_gold else []
        return (*known, *([CORRECTED] if self.n_corrected else []), *(self.methods if len(self.methods) > 1 else ()))


def basis(store: Store, user: User, corpus_id: int) -> Basis:
    """Return what of a corpus can be compared.

    Raises:
        NotAllowed: it takes a viewer.
    """
    corpus = corpus_for(store, user, corpus_id, Role.VIEWER)
    stamp = _stamp(store, corpus_id)  # first: whatever changes from here on makes another one
    with store.read() as session:
        found = rows.runs_of(session, corpus_id)
        n_corrected = rows.n_corrected(session, corpus_id)
        probes = rows.first_records(session, corpus_id, _PROBED)
    # Whoever annotates blind must not learn from a dashboard what others have made of a sentence.
    n_seen = n_corrected if corpus.mode == "shared" or _may(store, user, corpus_id, Role.REVIEWER) else 0
    runs: dict[str, list[int]] = {}  # one method may have run over parts of a corpus, one after the other
    settings = {run: stored_settings(config) for run, config, _ in found}
    for run, known in settings.items():
        runs.setdefault(essence(known) if known else f"run {run}", []).append(run)
    of_method = {str(numbers[0]): tuple(numbers) for numbers in runs.values()}
    configs = {str(run): config for run, config, _ in found if str(run) in of_method}
    has_gold = any(loads(record).get("target_entities") is not None for record in probes)
    greatest = {str(run): greatest_score(known) for run, known in settings.items() if known and str(run) in configs}
    return Basis(corpus_id, stamp, run_names(configs), of_method, has_gold, n_seen, greatest)


def _may(store: Store, user: User, corpus_id: int, role: Role) -> bool:
    try:
        corpus_for(store, user, corpus_id, role)
    except NotAllowed:
        return False
    return True


def open_board(store: Store, user: User, known: Basis, methods: Collection[str], reference: str) -> Board:
    """Return the runs against a reference, language by language; a run is never held against itself.

    Raises:
        NotAllowed: it takes a viewer, or the reference is not theirs to see.
    """
    names = {run: name for run, name in known.methods.items() if run in methods and run != reference}
    parts: dict[tuple[str, str], Part] = {}
    for run in names:
        for lang, packed in _parts(store, user, known, run, reference).items():
            parts[run, lang] = _part(run, lang, packed, known.greatest.get(run))
    groups = tuple(sorted({lang for _, lang in parts}))
    return Board(f"{store.url} {known.corpus_id} {known.stamp} {reference}", names, groups, parts)


def _part(run: str, lang: str, packed: Packed, score_max: float | None) -> Part:
    ran = packed.statistics.ran
    n_gold = int(packed.statistics.whole[ran][:, 0].sum())
    return Part(
        run, lang, lang, int(ran.sum()), int((~ran).sum()), n_gold, lambda: packed, score_max=score_max
    )  # fmt: skip


def pairs_behind(store: Store, user: User, corpus_id: int, selection: Selection) -> list[int]:
    """Return the pairs behind a number of the dashboard, in the order of the corpus.

    Raises:
        NotAllowed: it takes a viewer, or what is asked for is not in this corpus.
    """
    known = basis(store, user, corpus_id)
    # What correcting cost is counted by run.
    named = (
        {str(run) for runs in known.runs.values() for run in runs} if selection.what == "decided" else {*known.methods}
    )
    if selection.method not in named or selection.reference not in known.references:
        raise NotAllowed(
            "The numbers that this link was made from are not in this corpus any more.", "Open the dashboard again."
        )
    if selection.what == "decided":
        return decided_between(store, user, corpus_id, selection.method, selection.value)
    found: list[int] = []
    for lang, packed in _parts(store, user, known, selection.method, selection.reference).items():
        if selection.group in ("", lang):
            found += [int(packed.statistics.ids[k]) for k in places_behind(packed, selection.what, selection.value)]
    return found


def words(store: Store, user: User, corpus_id: int, selection: Selection) -> tuple[str, str]:
    """Return what a run and what it is held against are called.

    Raises:
        NotAllowed: it takes a viewer.
    """
    known = basis(store, user, corpus_id)
    name = known.name_of_run(selection.method) if selection.what == "decided" else known.methods.get(selection.method)
    return name or "?", reference_words(known.methods, selection.reference)


def reference_words(names: Mapping[str, str], reference: str) -> str:
    """Return what a reference is called."""
    known = {GOLD: "gold", CORRECTED: "corrected sentences", "": ""}
    return known.get(reference) or names.get(reference, "?")


def _parts(store: Store, user: User, known: Basis, run: str, reference: str) -> Parts:
    corpus_for(store, user, known.corpus_id, Role.VIEWER)
    if run not in known.methods or reference not in known.references:
        raise NotAllowed("There is nothing of this kind in the corpus.", "Choose what the dashboard offers.")
    return _read(_Place(store), known.corpus_id, known.stamp, known.runs[run], reference, known.runs.get(reference, ()))


@dataclass(frozen=True, slots=True)
class _Place:
    """A store as a key: two of one address are equal."""

    store: Store

    def __hash__(self) -> int:
        return hash(str(self.store.url))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Place) and str(other.store.url) == str(self.store.url)


@lru_cache(maxsize=_KEPT)
def _read(
    place: _Place, corpus_id: int, stamp: str, runs: tuple[int, ...], reference: str, against: tuple[int, ...]
) -> Parts:
    return kept(
        [str(place.store.url), corpus_id, stamp, runs, reference, against],
        lambda: _count(place.store, corpus_id, runs, reference, against),
        lambda: _stamp(place.store, corpus_id) == stamp,
    )


def _stamp(store: Store, corpus_id: int) -> str:
    with store.read() as session:
        numbers, traces = rows.stamp(session, corpus_id), rows.traces(session, corpus_id)
    return key_of(numbers, traces).hex()


def _count(
    store: Store, corpus_id: int, runs: tuple[int, ...], reference: str, against: tuple[int, ...]
) -> Parts:  # fmt: skip
    by_lang: dict[str, tuple[list[SentencePair], list[SentencePair], list[Projection]]] = {}
    with store.read() as session:
        fixed = rows.corrected(session, corpus_id) if reference == CORRECTED else {}
        others = (
            {pair: (status, made) for pair, _, status, made in rows.made_by(session, corpus_id, *against)}
            if reference not in (GOLD, CORRECTED)
            else {}
        )
        for pair_id, *row in rows.made_by(session, corpus_id, *runs, only_decided=reference == CORRECTED):
            pair, projected_from, projection = read_row(*row)
            expected = expected_entities(pair, pair_id, reference, fixed, others)
            if expected is None or pair.target is None:
                continue
            lists = by_lang.setdefault(pair.target.lang, ([], [], []))
            lists[0].append(replace(pair, id=str(pair_id), target_entities=expected))
            lists[1].append(projected_from)
            lists[2].append(replace(projection, pair_id=str(pair_id)))
    return {lang: evaluated(*lists, (), 1)[1] for lang, lists in sorted(by_lang.items())}


def expected_entities(
    pair: SentencePair, pair_id: int, reference: str, fixed: Mapping[int, str], others: Mapping[int, tuple[str, str]]
) -> tuple[Entity, ...] | None:
    """Return the entities that a pair should have, on the imported tokens; ``None`` where that isn't known."""
    if reference == GOLD:
        return pair.target_entities
    if reference == CORRECTED:
        if pair_id not in fixed or pair.target is None:
            return None
        annotation, target = parse_annotation(json.loads(fixed[pair_id])), pair.target
        # Two entities inside one imported token become one there: the finer cut can't be seen by a projection.
        found = {
            (span, e.label): Entity(span, e.label, source=e.source)
            for e in entities_of(annotation)
            for span in [remap(e.span, target, annotation.cuts, None)]
        }
        return tuple(found[key] for key in sorted(found))
    status, record = others.get(pair_id, ("failed", ""))
    projection = read_projection(status, record) if status != "failed" else None
    return None if projection is None or projection.status == "failed" else tuple(projection.entities)


def count_behind(board: Board, method: str, groups: Collection[str], what: What, value: str = "") -> int:
    """Return how many sentences a number of a board opens."""
    return sum(len(places_behind(part.load(), what, value)) for part in board.of([method], groups))

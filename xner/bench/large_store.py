"""A large store, the same at every call: pairs in three languages, projected, some corrected, some annotated twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from xner.bench.copied_pairs import multiply
from xner.config import RunConfig
from xner.correct.annotation import Annotation
from xner.services import bulk_saves, corpora, import_corpus
from xner.services.documents import Document
from xner.services.identity import local_user
from xner.services.import_corpus import ImportReport
from xner.services.inspect_pair import analyse
from xner.store import corpora as stored
from xner.store.session import Store
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span

USER, OTHER = local_user("Bench"), local_user("Second")
SEARCHED = "Halvorsen"
"""A word in some of the sentences."""
_GIVEN = RunConfig().updated({"align.name": "given", "score.preset": "align"})
_FIRST = ("Mira", "Amina", "Jonas", "Li", "Noor", "Tomás", "Ewa", "Kofi", "Ada", "Ravi")
_LAST = ("Halvorsen", "Okoye", "Weiss", "Wei", "Haddad", "Silva", "Nowak", "Mensah", "Berg", "Iyer", "Stone", "Lund")
_PLACES = ("Bergen", "Nairobi", "Ghent", "Lagos", "Porto", "Kraków", "Accra", "Delhi", "Oslo", "Cairo")
_SOURCE = "{0} {1} visited {2} before the council met again in spring ."
_TARGETS = {
    "de": "{0} {1} besuchte {2} , bevor der Rat im Frühjahr wieder zusammentrat .",
    "nl": "{0} {1} bezocht {2} voordat de raad in het voorjaar weer bijeenkwam .",
    "ar": "زار {0} {1} مدينة {2} قبل أن يجتمع المجلس مجددا في الربيع .",
}
_N_BLIND = 10
"""One of so many pairs is in the corpus that is annotated independently."""
_N_SAVED = 40
"""One of so many pairs of the shared corpus is corrected."""
_BASE = 20_000
"""Pairs that are made and saved as the app does it; more are copies of them, made by the database in minutes."""


@dataclass(frozen=True, slots=True)
class LargeStore:
    """Ids of the two corpora, and of a pair in each: one without corrections, one on which annotators differ."""

    corpus: int
    pair: int
    blind: int
    differing: int


def fill(store: Store, n_pairs: int = _BASE, seed: int = 0) -> LargeStore:
    """Fill an empty store with `n_pairs` pairs and return what to look at; of more than 20,000 a multiple of that."""
    made = _fill(store, min(n_pairs, _BASE), seed)
    if n_pairs > _BASE:
        multiply(store, -(-n_pairs // _BASE))
    return made


def _fill(store: Store, n_pairs: int, seed: int) -> LargeStore:
    before, stored.BATCH_S = stored.BATCH_S, 10.0  # nobody waits for this store
    try:
        corpus_id, first = _import(store, "Large", n_pairs - n_pairs // _N_BLIND, seed)
        blind, first_blind = _import(store, "Blind", n_pairs // _N_BLIND, seed + 1)
    finally:
        stored.BATCH_S = before
    n_large, n_blind = n_pairs - n_pairs // _N_BLIND, n_pairs // _N_BLIND
    bulk_saves.bulk(store, USER, list(range(first + 1, first + n_large, _N_SAVED)), _accepted, "bench")
    corpora.set_mode(store, USER, blind, "independent")
    shared = list(range(first_blind, first_blind + n_blind // 2))
    bulk_saves.bulk(store, USER, shared, _accepted, "bench")
    bulk_saves.bulk(store, OTHER, shared, _changed, "bench")
    return LargeStore(corpus_id, first, blind, next(pair_id for pair_id in shared if _is_changed(pair_id)))


def _import(store: Store, name: str, n: int, seed: int) -> tuple[int, int]:
    corpus_id = corpora.create(store, USER, name)
    made = list(example_pairs(n, seed))
    report = ImportReport(
        "large.jsonl", tuple(pair for pair, _ in made), projections={p.id: found for p, found in made}
    )
    imported = import_corpus.store_report(store, USER, corpus_id, report)
    return corpus_id, imported.added.first_id or 0


def example_pairs(n: int, seed: int = 0) -> Iterator[tuple[SentencePair, Projection]]:
    """Yield pairs with their projections; one of twenty lost a name on the way, so that risks differ."""
    rng = random.Random(seed)  # noqa: S311 (which words, no secret)
    languages = list(_TARGETS)
    shapes = {(lang, lost): analyse(_pair(lang, ("A", "B", "C"), lost), _GIVEN).projection
              for lang in languages for lost in (False, True)}  # fmt: skip
    for k in range(n):
        lang, lost = languages[k % len(languages)], rng.random() < 0.05
        pair = replace(_pair(lang, (rng.choice(_FIRST), rng.choice(_LAST), rng.choice(_PLACES)), lost), id=f"row-{k}")
        yield pair, replace(shapes[lang, lost], pair_id=pair.id)


def _pair(lang: str, words: tuple[str, str, str], lost: bool) -> SentencePair:
    source, template = _SOURCE.format(*words).split(), _TARGETS[lang].split()
    places = [template.index(f"{{{k}}}") for k in range(3)]
    links = {(0, places[0]), (1, places[1]), (2, places[1] + 1)} | (set() if lost else {(3, places[2])})
    return SentencePair(
        "shape",
        Sentence(tuple(source), "en"),
        Sentence(tuple(_TARGETS[lang].format(*words).split()), lang),
        source_entities=(Entity(Span(0, 2), "PER"), Entity(Span(3, 4), "LOC")),
        alignment=Alignment(frozenset(links)),
        back_translation=" ".join(source),
    )


def _accepted(document: Document) -> tuple[Annotation, str]:
    return document.annotation, "accepted"


def _changed(document: Document) -> tuple[Annotation, str]:
    """Drop a name of every third sentence, so that the annotators differ there."""
    entities = document.annotation.entities
    return replace(document.annotation, entities=entities[1:] if _is_changed(document.id) else entities), "accepted"


def _is_changed(pair_id: int) -> bool:
    return pair_id % 3 == 0

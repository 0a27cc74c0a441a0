"""A small store to test with: two people, a corpus, pairs; and the rows that go in."""

from __future__ import annotations

from xner.correct.annotation import AnnotatedEntity, Annotation, canonical, plain_annotation
from xner.correct.labels import Label, plain_labels
from xner.io.json_lines import dumps, record_from_pair
from xner.store import corpora, people, projections, revisions, runs
from xner.store.rows import OWN, NewPair, NewProjection, NewRevision
from xner.types import Entity, Projection, Sentence, SentencePair, Span

LABELS = canonical({"labels": plain_labels(Label(n, "", "#000000", "#ffffff", "solid") for n in ("PER", "LOC"))})


def pair(number=0, lang="de", label="PER"):
    return SentencePair(
        f"s{number}",
        Sentence(("Mira", "sees", "Bergen"), "en"),
        Sentence(("Mira", "sieht", "Bergen", str(number)), lang),
        source_entities=(Entity(Span(0, 1), label),),
    )


def new_pair(number=0, lang="de", label="PER"):
    made = pair(number, lang, label)
    return NewPair(made.id, "en", lang, dumps(record_from_pair(made)), (label,))


def projected(pair_id, number=0, *, status="ok", label="PER", risk=0.5, tags=("missing",)):
    if status == "failed":
        made = Projection.failed(f"s{number}", "no words", "s")
    else:
        made = Projection(f"s{number}", (Entity(Span(0, 1), label, 0.9, 0),), "ok", signature="s")
    record = dumps(record_from_pair(pair(number, label=label), made))
    return NewProjection(pair_id, status, record, "s", risk, tags, () if status == "failed" else (label,))


def payload(start=0, label="PER"):
    entity = AnnotatedEntity("a", Span(start, start + 1), label, None, 0)
    return canonical(plain_annotation(Annotation((entity,))))


def revised(pair_id, author, seq, base, *, client="client-a", track=OWN, start=0, label="PER", status="draft", **more):
    return NewRevision(
        pair_id=pair_id, track=track, author=author, client=client, seq=seq, base=base, status=status,
        payload=payload(start, label), labels=(label,), **more,
    )  # fmt: skip


class World:
    """A store with two people, a corpus and some pairs."""

    def __init__(self, store, n_pairs=3, mode="shared"):
        self.store = store
        self.ada = store.write(lambda session: people.person_id(session, "local:ada", "Ada"))
        self.ben = store.write(lambda session: people.person_id(session, "local:ben", "Ben"))
        self.corpus = store.write(lambda s: corpora.create_corpus(s, "Test", LABELS, mode, self.ada))
        first = corpora.add_pairs(store, self.corpus, [new_pair(k) for k in range(n_pairs)]).first_id
        self.pairs = list(range(first, first + n_pairs)) if first else []

    def append(self, *args, **more):
        return self.store.write(lambda session: revisions.append(session, revised(*args, **more)))

    def token(self, pair_id, client="client-a", track=OWN):
        return self.read(revisions.base_token, pair_id, track, client)

    def read(self, function, *args, **more):
        with self.store.read() as session:
            return function(session, *args, **more)

    def project(self, *rows, config="{}"):
        def work(session):
            run = runs.begin(session, self.corpus, config, self.ada)
            projections.add(session, run, rows)
            runs.change(session, run, state="finished")

        self.store.write(work)

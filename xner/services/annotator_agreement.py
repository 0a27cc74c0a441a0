"""How far the annotators of a corpus agree, on the imported tokens; a pair whose tokens were cut has more of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from xner.correct.annotation import Annotation, entities_of, parse_annotation
from xner.correct.tokens import cut, imported_cuts, remap
from xner.evaluate.agreement import AgreementReport, Annotated, agreement
from xner.io.json_lines import loads, pair_from_record
from xner.services.access import corpus_for
from xner.services.finished_versions import names_of
from xner.services.identity import Role, User
from xner.store.corpora import iterate_pairs
from xner.store.session import Store
from xner.store.states import VersionRow, iterate_versions
from xner.types import Entity, Sentence


def agreement_of(
    store: Store,
    user: User,
    corpus_id: int,
    *,
    langs: Collection[str] = (),
    hide_names: bool = False,
    n_resamples: int = 1000,
) -> AgreementReport | None:
    """Return the agreement on the pairs that two or more have accepted, ``None`` where there is no such pair.

    Skipped and flagged versions are left out: they don't say that the annotation is right.

    Raises:
        NotAllowed: it takes a reviewer.
    """
    corpus_for(store, user, corpus_id, Role.REVIEWER)
    with store.read() as session:
        names = names_of(session, corpus_id, hide_names)
        shared = {
            versions[0].pair_id: versions
            for versions in iterate_versions(session, corpus_id, ("accepted",))
            if len(versions) > 1 and (not langs or versions[0].target_lang in langs)
        }
        if not shared:
            return None
        annotated: dict[str, dict[str, Annotated]] = {}
        languages = {str(pair_id): versions[0].target_lang for pair_id, versions in shared.items()}
        for row in iterate_pairs(session, corpus_id):
            if row.id not in shared:
                continue
            target = pair_from_record(loads(row.record)).target
            if target is None:
                continue
            for version, made in zip(shared[row.id], comparable(shared[row.id], target), strict=True):
                annotated.setdefault(names[version.track], {})[str(row.id)] = made
    return agreement(annotated, languages, n_resamples=n_resamples)


def comparable(versions: Sequence[VersionRow], target: Sentence) -> list[Annotated]:
    """Return number of tokens and entities of each version, on tokens that are the same for all.

    They are the imported ones, and finer where an annotator cut a token: there an end inside an imported token stays a
    boundary of its own, so that it differs from one at the token's edge.
    """
    annotations: list[Annotation] = [parse_annotation(json.loads(version.payload)) for version in versions]
    if all(annotation.cuts is None for annotation in annotations):
        return [(len(target), entities_of(annotation)) for annotation in annotations]
    imported = imported_cuts(target)
    places = set(imported).union(*(annotation.cuts or imported for annotation in annotations))
    finest = tuple(sorted(places))
    n_tokens = len(cut(target, finest))
    return [
        (
            n_tokens,
            tuple(
                Entity(remap(e.span, target, annotation.cuts, finest), e.label, e.score, e.source)
                for e in annotation.entities
            ),
        )
        for annotation in annotations
    ]

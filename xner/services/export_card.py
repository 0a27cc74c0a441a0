"""What the card of an export says: what was chosen, and how far annotators agree."""

from __future__ import annotations

from xner.io.silver import Format
from xner.services.annotator_agreement import agreement_of
from xner.services.corpora import Corpus
from xner.services.identity import Role, User
from xner.services.silver_rows import ExportFilters
from xner.store import people
from xner.store.rows import OWN
from xner.store.session import Store


def chosen_words(store: Store, filters: ExportFilters, format: Format) -> dict[str, str]:
    """Return what was chosen, in words: name of a choice to what it is."""
    chosen = {"format": format.title, "statuses": ", ".join(filters.statuses)}
    if filters.langs:
        chosen["languages"] = ", ".join(filters.langs)
    if filters.min_score is not None:
        chosen["least score of a projected entity"] = f"{filters.min_score:g}"
    with store.read() as session:
        names = people.names(session)
    if filters.annotators:
        hidden = f"{len(filters.annotators)} chosen, names hidden"
        named = ", ".join(names.get(person, str(person)) for person in filters.annotators)
        chosen["annotators"] = hidden if filters.hide_annotators else named
    if filters.track != OWN:
        chosen["versions"] = "of one annotator" if filters.hide_annotators else f"of {names.get(filters.track, '?')}"
    if filters.with_conflicts:
        chosen["conflicts"] = "the saved version"
    return chosen


def agreement_words(store: Store, user: User, corpus: Corpus) -> dict[str, float | None]:
    """Return how far the annotators of a corpus agree, where they work blind to each other and the user may know."""
    if corpus.mode != "independent" or corpus.role < Role.REVIEWER:
        return {}
    found = agreement_of(store, user, corpus.id, n_resamples=1)
    if found is None:
        return {}
    return {
        f"span F1, strict, {found.overall.n_sentences} sentences": found.overall.strict.value,
        "span F1, ends one token off allowed": found.overall.tolerant.value,
        "Krippendorff's alpha on tokens": found.overall.alpha.value,
    }

"""The benchmark of markers counts what a translator keeps."""

from functools import partial

import pytest

from xner.align import aligners
from xner.bench import marked_projection
from xner.bench.markers import STYLES, run
from xner.config import RunConfig, TranslateConfig
from xner.errors import ConfigError, InputError
from xner.translate import translators
from xner.translate.marked import MarkedTranslator
from xner.types import Alignment, Entity, Sentence, SentencePair, Span

PAIR = SentencePair(
    "1",
    Sentence(("Ada", "Diop", "in", "Mali"), "en"),
    None,
    (Entity(Span(0, 2), "PER"), Entity(Span(3, 4), "LOC")),
)


class Losing:
    """Gives texts back without some characters."""

    def __init__(self, lost):
        self.lost = lost

    def translate(self, texts, source, target):
        return ["".join(c for c in text if c not in self.lost) for text in texts]

    def describe(self):
        return "losing"


@pytest.mark.parametrize("style", STYLES)
def test_a_style_whose_characters_are_lost_recovers_nothing_and_the_others_all(style, monkeypatch):
    lost = "".join(STYLES[style]).replace(" ", "")
    monkeypatch.setattr(translators, "get", lambda name: lambda config: Losing(lost))
    shares = run([PAIR, PAIR], TranslateConfig(name="losing"), "es")["styles"]
    for other, share in shares.items():
        is_lost = set(STYLES[other][0].strip()) <= set(lost)
        assert share == {"sentences": 1 - is_lost, "entities": 1 - is_lost}


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InputError, match="source entities"):
        run([], TranslateConfig(name="apertium"), "es")
    with pytest.raises(ConfigError, match="without 'marked:'"):
        run([PAIR], TranslateConfig(name="marked:apertium"), "es")


class Half:
    """Leaves names as they are, and loses all brackets of a sentence with 'Oslo'."""

    def __init__(self, config):
        pass

    def translate(self, texts, source, target):
        return [text.translate(str.maketrans("", "", "[]")) if "Oslo" in text else text for text in texts]

    def describe(self):
        return "half"


class ByWord:
    """Links equal words."""

    def __init__(self, config):
        pass

    def align(self, pairs):
        return [
            Alignment(frozenset(
                (i, j) for i, a in enumerate(p.source.tokens) for j, b in enumerate(p.target.tokens) if a == b
            ))
            for p in pairs
        ]  # fmt: skip

    def describe(self):
        return "by-word"


def gold_pair(pair_id, name):
    entities = (Entity(Span(1, 2), "LOC"),)
    return SentencePair(
        pair_id, Sentence(("in", name), "en"), Sentence(("i", name), "sv"), entities, target_entities=entities
    )


def test_spans_that_markers_carried_go_on_to_the_gold_target_and_lost_ones_count_as_not_found(monkeypatch):
    monkeypatch.setitem(translators._items, "half", Half)
    monkeypatch.setitem(translators._items, "marked:half", partial(MarkedTranslator, "half"))
    monkeypatch.setitem(aligners._items, "by-word", ByWord)
    config = RunConfig().updated({"translate.name": "half", "align.name": "by-word", "score.preset": "align"})
    found = marked_projection.run([gold_pair("1", "Mali"), gold_pair("2", "Oslo"), PAIR], config)
    assert (found["n_pairs"], found["n_gold"]) == (2, 2)
    plain, marked, both = found["ways"].values()
    assert (plain["f1"], plain["n_failed"]) == (1.0, 0)
    assert (marked["f1"], marked["n_failed"]) == (pytest.approx(2 / 3), 1)
    assert both["f1"] == 1.0

"""The benchmark of markers counts what a translator keeps."""

import pytest

from xner.bench.markers import STYLES, run
from xner.config import TranslateConfig
from xner.errors import ConfigError, InputError
from xner.translate import translators
from xner.types import Entity, Sentence, SentencePair, Span

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

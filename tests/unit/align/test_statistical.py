"""Symmetrisation by hand-made examples, and an aligner that learns from the pairs it is given."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from xner.align import Trains, aligners, make_aligner, parts_to_train
from xner.align.statistical import _PACKAGE
from xner.align.symmetrise import Symmetrisation, symmetrise
from xner.align.united import UnitedAligner
from xner.config import AlignConfig
from xner.errors import AlignmentFailed, ConfigError, ModelUnavailable
from xner.types import Alignment, Sentence, SentencePair

Mask = NDArray[np.bool_]


def mask(*rows: str) -> Mask:
    return np.array([[cell == "x" for cell in row] for row in rows])


FORWARD = mask("x...", ".xx.", "....", "...x")
BACKWARD = mask("x...", ".x..", ".x..", "....")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("intersection", mask("x...", ".x..", "....", "....")),
        ("union", mask("x...", ".xx.", ".x..", "...x")),
        # (1, 2) and (2, 1) touch (1, 1) and one of their words is free; (3, 3) joins two free words at the end.
        ("grow-diag-final-and", mask("x...", ".xx.", ".x..", "...x")),
    ],
)
def test_directions_are_joined_by_the_rule(rule: Symmetrisation, expected: Mask) -> None:
    assert symmetrise(FORWARD, BACKWARD, rule).tolist() == expected.tolist()


def test_growing_leaves_out_a_link_whose_words_are_both_linked_and_a_final_one_with_a_linked_word() -> None:
    forward, backward = mask("x.x.", ".x..", "..x."), mask("xx..", ".x..", "..x.")
    # (0, 1) touches the intersection, but both of its words are linked; so are those of (0, 2).
    assert symmetrise(forward, backward, "grow-diag-final-and").tolist() == mask("x...", ".x..", "..x.").tolist()


def test_growing_lies_between_intersection_and_union() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        forward, backward = rng.random((5, 6)) < 0.3, rng.random((5, 6)) < 0.3
        grown = symmetrise(forward, backward, "grow-diag-final-and")
        assert not (forward & backward & ~grown).any()
        assert not (grown & ~(forward | backward)).any()
        assert symmetrise(forward, backward, "grow-diag-final-and").tolist() == grown.tolist()


def test_directions_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="directions"):
        symmetrise(np.zeros((2, 3), dtype=bool), np.zeros((3, 2), dtype=bool), "union")


LEXICON = {"red": "muzzle", "house": "fleeb", "river": "dran", "king": "oltu", "sleeps": "vim", "sees": "kar"}


def corpus() -> list[SentencePair]:
    """A language whose words come in the opposite order."""
    rng = np.random.default_rng(1)
    pairs = []
    for k in range(60):
        words = [str(word) for word in rng.choice(list(LEXICON), 3, replace=False)]
        target = tuple(LEXICON[word] for word in reversed(words))
        pairs.append(SentencePair(str(k), Sentence(tuple(words), "en"), Sentence(target, "und")))
    return pairs


def test_words_that_occur_together_are_linked() -> None:
    pytest.importorskip("thot")
    aligner = aligners.get("statistical")(AlignConfig(name="statistical"))
    assert isinstance(aligner, Trains)
    aligner.train(corpus())
    alignments = aligner.align(corpus())
    n_right = sum(len(found.links & {(0, 2), (1, 1), (2, 0)}) for found in alignments)
    assert n_right > 0.9 * 3 * len(alignments)
    assert all(found.similarity is None for found in alignments)


def test_equal_training_gives_equal_links_and_description() -> None:
    pytest.importorskip("thot")
    one, other = (aligners.get("statistical")(AlignConfig(name="statistical")) for _ in range(2))
    assert "learned:nothing" in one.describe()
    for aligner in (one, other):
        assert isinstance(aligner, Trains)
        aligner.train(corpus())
    assert one.align(corpus()) == other.align(corpus())
    assert one.describe() == other.describe()
    assert "learned:60@" in one.describe()


def test_words_and_sides_never_seen_get_no_links_but_no_failure_either() -> None:
    pytest.importorskip("thot")
    aligner = aligners.get("statistical")(AlignConfig(name="statistical"))
    assert isinstance(aligner, Trains)
    aligner.train(corpus())
    new = SentencePair("n", Sentence(("Ada", "sleeps"), "en"), Sentence(("vim", "Ada"), "und"))
    half = SentencePair("h", None, Sentence(("vim",), "und"))
    first, second = aligner.align([new, half])
    assert (1, 0) in first.links
    assert second.links == frozenset()


def test_an_aligner_that_learned_nothing_says_what_to_do() -> None:
    aligner = aligners.get("statistical")(AlignConfig(name="statistical"))
    with pytest.raises(AlignmentFailed, match="learns from all pairs"):
        aligner.align(corpus())


def test_nothing_to_learn_from_is_a_failure() -> None:
    pytest.importorskip("thot")
    aligner = aligners.get("statistical")(AlignConfig(name="statistical"))
    assert isinstance(aligner, Trains)
    with pytest.raises(AlignmentFailed, match="no sentence pair"):
        aligner.train([])


def test_a_missing_package_names_the_pin_of_the_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "thot", None)
    with pytest.raises(ModelUnavailable, match=_PACKAGE):
        aligners.get("statistical")(AlignConfig(name="statistical")).describe()
    root = Path(__file__).resolve().parents[3]
    assert _PACKAGE in (root / "requirements.txt").read_text(encoding="utf-8")
    assert _PACKAGE in (root / "tests" / "requirements.txt").read_text(encoding="utf-8")


class Fixed:
    def __init__(self, alignment: Alignment) -> None:
        self.alignment = alignment

    def align(self, pairs: list[SentencePair]) -> list[Alignment]:
        return [self.alignment for _ in pairs]

    def describe(self) -> str:
        return "fixed"


def test_united_links_are_those_of_both_and_similarity_is_kept() -> None:
    similarity = np.ones((1, 1), dtype=np.float32)
    plain = Alignment(frozenset({(1, 1)}))
    rich = Alignment(frozenset({(0, 0)}), similarity=similarity, source_pieces=(0,), target_pieces=(0,))
    for parts in ((plain, rich), (rich, plain)):
        united = UnitedAligner(Fixed(parts[0]), Fixed(parts[1]))  # type: ignore[arg-type]
        (found,) = united.align(corpus()[:1])
        assert found.links == {(0, 0), (1, 1)}
        assert found.similarity is similarity
        assert found.target_pieces == (0,)


def test_only_the_parts_that_learn_are_trained() -> None:
    aligner = make_aligner(AlignConfig(name="given", unite="statistical"))
    assert parts_to_train(make_aligner(AlignConfig(name="given"))) == []
    assert len(parts_to_train(aligner)) == 1


def test_an_aligner_is_not_united_with_itself() -> None:
    with pytest.raises(ConfigError, match="itself"):
        make_aligner(AlignConfig(name="given", unite="given"))

"""Affixes on names: what they change in a sentence, and what they leave."""

from hypothesis import given
from hypothesis import strategies as st

from xner.train.affixes import with_affixes
from xner.types import Entity, Sentence, Span

GOLD = [
    (Sentence(("in", "New", "York", "on", "May", "2", "."), "en"), (Entity(Span(1, 3), "LOC"),)),
    (Sentence(("no", "name", "here"), "en"), ()),
]


@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_copies_keep_entities_and_tokens_inside_longer_ones_and_leave_signs_and_numbers(share, seed):
    copies = with_affixes(GOLD, share, seed)
    assert copies == with_affixes(GOLD, share, seed)
    ((sentence, entities),) = copies  # nothing is learnt about names from a second sentence without one
    assert entities == GOLD[0][1]
    assert len(sentence) == len(GOLD[0][0])
    assert all(old in new for old, new in zip(GOLD[0][0].tokens, sentence.tokens, strict=True))
    assert sentence.tokens[5:] == ("2", ".")


def test_an_affix_stands_at_the_edge_of_a_name_and_on_other_words_too():
    tokens = [copy[0].tokens for seed in range(200) for copy in with_affixes(GOLD, 0.5, seed)]
    firsts, lasts = [t[1] != "New" for t in tokens], [t[2] != "York" for t in tokens]
    assert all(t[1].endswith("New") and t[2].startswith("York") for t in tokens)
    assert not any(a and b for a, b in zip(firsts, lasts, strict=True))
    assert 70 < sum(firsts) + sum(lasts) < 130
    assert sum(t[4] != "May" for t in tokens) > sum(t[3] != "on" for t in tokens) > 0

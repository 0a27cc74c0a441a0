import numpy as np
import pytest

from xner.align import matrices


def _links(mask):
    return {(int(i), int(j)) for i, j in zip(*np.nonzero(mask), strict=True)}


def test_mutual_argmax_needs_both_directions():
    scores = np.array([[0.9, 0.8], [0.95, 0.1]])
    assert _links(matrices.mutual_argmax(scores)) == {(1, 0)}


def test_itermax_adds_a_second_link_where_one_side_is_free():
    scores = np.array([[0.9, 0.1, 0.2], [0.85, 0.2, 0.1], [0.1, 0.1, 0.8], [0.2, 0.7, 0.1]])
    assert _links(matrices.mutual_argmax(scores)) == {(0, 0), (2, 2), (3, 1)}
    assert _links(matrices.itermax(scores)) == {(0, 0), (2, 2), (3, 1)}  # no free column: the round adds nothing
    wider = np.hstack([scores, [[0.1], [0.3], [0.1], [0.1]]])
    assert _links(matrices.itermax(wider)) == {(0, 0), (2, 2), (3, 1), (1, 0)}


def test_itermax_stops_at_argmax_for_two_words():
    scores = np.array([[0.9, 0.8, 0.7], [0.8, 0.1, 0.1]])
    assert _links(matrices.itermax(scores)) == _links(matrices.mutual_argmax(scores))


def test_mwmf_links_every_word_of_the_shorter_side_once():
    scores = np.random.default_rng(0).random((5, 8))
    links = _links(matrices.mwmf(scores))
    assert len(links) == 5 == len({i for i, _ in links}) == len({j for _, j in links})


def test_mwmf_prefers_the_heavier_matching():
    assert _links(matrices.mwmf(np.array([[0.9, 0.8], [0.85, 0.1]]))) == {(0, 1), (1, 0)}


def test_awesome_needs_probability_in_both_directions():
    dots = np.array([[20.0, 0.0], [19.0, 12.0]])
    assert _links(matrices.awesome(dots)) == {(0, 0), (1, 0)}  # 12 against 19 in its row: below .001
    assert _links(matrices.awesome(dots.T)) == {(0, 0), (0, 1)}  # the same of a column
    assert _links(matrices.awesome(np.zeros((1, 1)))) == {(0, 0)}


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (3, 4)])
def test_distortion_lowers_what_is_far_from_the_diagonal(shape):
    scores = np.ones(shape)
    lowered = matrices.distorted(scores, 0.5)
    if 1 in shape:
        assert (lowered == scores).all()
    else:
        assert lowered[0, 0] == lowered[-1, -1] == 1.0
        assert lowered[0, -1] == pytest.approx(0.5)


def test_cosine_of_a_zero_vector_is_zero_not_nan():
    vectors = np.array([[0.0, 0.0], [1.0, 0.0]], np.float32)
    assert matrices.cosine(vectors, vectors).tolist() == [[0.0, 0.0], [0.0, 1.0]]


def test_tokens_are_linked_where_any_subword_is():
    mask = np.array([[True, False, False], [False, False, True]])
    assert matrices.token_links(mask, (0, 0), (3, 4, 5)) == {(0, 3), (0, 5)}

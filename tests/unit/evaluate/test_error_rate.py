import pytest

from xner.evaluate.alignment import AlignmentCounts, aer, count_links

SURE, POSSIBLE = {(0, 0), (1, 1), (2, 3)}, {(1, 2), (3, 3)}


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        # |A| = 4, A∩S = {00, 11}, A∩P adds 12: 1 - (2 + 3) / (4 + 3)
        ({(0, 0), (1, 1), (1, 2), (4, 4)}, 2 / 7),
        (SURE, 0.0),
        (SURE | POSSIBLE, 0.0),
        # Only possible links: nothing wrong, and no sure link found: 1 - (0 + 2) / (2 + 3)
        (POSSIBLE, 3 / 5),
        ({(5, 5)}, 1.0),
        (set(), 1.0),
    ],
)
def test_error_rate_of_worked_examples(links: set[tuple[int, int]], expected: float) -> None:
    assert aer(links, SURE, POSSIBLE) == pytest.approx(expected, abs=1e-12)


def test_sure_links_are_possible_whether_or_not_they_are_repeated() -> None:
    links = {(0, 0), (1, 2), (4, 4)}
    assert (
        count_links(links, SURE, POSSIBLE) == count_links(links, SURE, POSSIBLE | SURE) == AlignmentCounts(3, 3, 1, 2)
    )


def test_precision_is_of_possible_and_recall_of_sure_links() -> None:
    counts = count_links({(0, 0), (1, 2), (4, 4), (5, 5)}, SURE, POSSIBLE)
    assert (counts.precision, counts.recall) == (0.5, pytest.approx(1 / 3))


def test_rate_of_a_corpus_weights_pairs_by_their_links() -> None:
    long, short = count_links(SURE, SURE), count_links({(0, 1)}, {(0, 0)})
    assert (long + short).aer == pytest.approx(1 - 6 / 8)


def test_no_links_against_none_expected_has_no_rate() -> None:
    counts = count_links(set(), set(), POSSIBLE)
    assert (counts.aer, counts.precision, counts.recall) == (None, None, None)

"""Our coefficients against other people's, and matching against a solver, on data nobody would write by hand."""

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from sklearn.metrics import cohen_kappa_score

from xner.evaluate.agreement import agreement
from xner.evaluate.coefficients import cohen_kappa, krippendorff_alpha, n_tolerant_matches
from xner.types import Entity, Span


def theirs(values):
    data = np.where(values < 0, np.nan, values.astype(float))
    return krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")


def test_alpha_equals_the_krippendorff_package_on_five_hundred_tables_with_gaps():
    rng = np.random.default_rng(5)
    n_compared = 0
    for _ in range(500):
        n_values = rng.integers(2, 7)
        values = rng.integers(0, n_values, (rng.integers(2, 6), rng.integers(3, 60)))
        values = np.where(rng.random(values.shape) < 0.5, values, values[0])
        values[rng.random(values.shape) < rng.choice([0.0, 0.2, 0.6])] = -1
        ours = krippendorff_alpha(values)
        if ours is not None:
            assert ours == pytest.approx(theirs(values), abs=1e-12)
            n_compared += 1
    assert n_compared > 450


def test_kappa_equals_that_of_scikit_learn():
    rng = np.random.default_rng(6)
    for _ in range(100):
        a = rng.integers(0, 4, 40)
        b = np.where(rng.random(40) < 0.6, a, rng.integers(0, 4, 40))
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


@st.composite
def flat_entities(draw, n_tokens=14):
    entities, place = [], 0
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=6)):
        start = place + gap
        if start + length > n_tokens:
            break
        entities.append(Entity(Span(start, start + length), draw(st.sampled_from(["PER", "LOC"]))))
        place = start + length
    return tuple(entities)


@given(flat_entities(), flat_entities(), st.integers(0, 2))
def test_tolerant_partners_are_a_maximum_matching(left, right, tolerance):
    edges = np.array(
        [
            [
                a.label == b.label
                and abs(a.span.start - b.span.start) <= tolerance
                and abs(a.span.end - b.span.end) <= tolerance
                for b in right
            ]
            for a in left
        ],
        int,
    ).reshape(len(left), len(right))
    expected = 0 if not edges.size else int((maximum_bipartite_matching(csr_array(edges)) >= 0).sum())
    assert n_tolerant_matches(left, right, tolerance) == n_tolerant_matches(right, left, tolerance) == expected


annotators = st.lists(st.lists(st.none() | flat_entities(), min_size=4, max_size=4), min_size=2, max_size=4)


def named(drawn):
    return {
        f"annotator {number}": {str(k): (14, entities) for k, entities in enumerate(done) if entities is not None}
        for number, done in enumerate(drawn)
    }


@given(annotators)
def test_figures_from_sums_are_those_of_the_tokens(drawn):
    given_by = named(drawn)
    report = agreement(given_by, n_resamples=2)
    codes = np.full((len(drawn), 4 * 14), -1)
    labels = {"PER": 1, "LOC": 2}
    for row, done in enumerate(given_by.values()):
        for sentence, (n, entities) in done.items():
            codes[row, int(sentence) * n : (int(sentence) + 1) * n] = 0
            for e in entities:
                codes[row, int(sentence) * n + e.span.start : int(sentence) * n + e.span.end] = labels[e.label]
    for found in (report.overall, *report.by_label):
        seen = codes if found.label is None else np.where(codes > 0, codes == labels[found.label], codes)
        close(found.alpha.value, krippendorff_alpha(seen))
        for pair in found.pairs:
            a, b = (seen[list(given_by).index(name)] for name in pair.annotators)
            met = (a >= 0) & (b >= 0)
            close(pair.kappa.value, cohen_kappa(a[met], b[met]))


def close(ours, expected):
    assert ours == (None if expected is None else pytest.approx(expected, abs=1e-9))


@given(annotators)
def test_the_strict_figure_is_never_above_the_tolerant_one(drawn):
    overall = agreement(named(drawn), n_resamples=2).overall
    assume(overall.strict.value is not None)
    assert 0 <= overall.strict.value <= overall.tolerant.value <= 1


@given(annotators)
def test_an_annotator_agrees_perfectly_with_a_copy(drawn):
    done = next(iter(named(drawn).values()))
    overall = agreement({"a": done, "b": done}, n_resamples=20).overall
    for figure in (overall.strict, overall.tolerant, overall.alpha, overall.pairs[0].kappa):
        assert figure.value in (None, 1.0)
        assert figure.value is None or tuple(figure.interval) == (1.0, 1.0)

"""The views of the dashboard: each a figure, what it says in words, and its table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from xner import __version__
from xner.evaluate import board_errors, board_scores, board_slices
from xner.evaluate.board_scores import N_RESAMPLES, DifferenceRow, ScoreRow
from xner.evaluate.entity_table import SLICES, SliceBy
from xner.evaluate.schemas import Schema
from xner.evaluate.tables import Value
from xner.evaluate.taxonomy import ERRORS
from xner.services.dashboard_selection import KIND_WORDS, SLICE_WORDS
from xner.ui import dashboard_figures as figures
from xner.ui import languages
from xner.ui.dashboard_parts import Scene, choose, draw_figure, draw_table
from xner.ui.messages import plain
from xner.ui.wording import counted

_SCHEMAS: dict[str, str] = {"strict": "Strict", "partial": "Partial", "ent_type": "Type", "exact": "Exact span"}
_MEANS: dict[str, str] = {
    "strict": "span and label equal",
    "partial": "an overlap counts half, labels don't matter",
    "ent_type": "an overlap under the same label",
    "exact": "span equal, labels don't matter",
}
_ALL = ""


def draw_scores(scene: Scene) -> None:
    """Draw F1 by language with intervals, and the difference where there are two methods."""
    schema = _choose_schema()
    rows = _scores(scene, schema)
    if not any(row.n_sentences for row in rows):
        _say_nothing_ran(scene)
        return
    pair = [*scene.names] if len(scene.names) == 2 else []
    differing = _differences(scene, pair[0], pair[1], schema) if pair else []
    groups = _sorted_groups(scene, rows, differing)
    _say_means(scene, rows)
    title = f"{_SCHEMAS[schema]} {scene.score_word}"
    draw_figure(
        scene, figures.score_figure(rows, groups, scene.names, scene.look, scene.opens, title), "f1",
        f"{title} of {len(scene.names)} methods in {len(groups)} languages or data sets "
        "with 95 % intervals. The same figures stand in the table beneath.",
    )  # fmt: skip
    st.caption(
        f"{_SCHEMAS[schema]}: {_MEANS[schema]}. Intervals: 95 %, percentile bootstrap over sentences, {N_RESAMPLES:,} "
        f"resamples, seed 0. “–”: no entity on either side. A click on a point opens its sentences. xner {__version__}"
    )
    draw_table(_score_columns(scene, rows, groups), "f1", f"{title} against {scene.against}.")
    if differing:
        _draw_differences(scene, pair, differing, groups)


def _choose_schema() -> Schema:
    chosen = choose("Counts as right", _SCHEMAS, "schema")
    found: dict[str, Schema] = {"strict": "strict", "partial": "partial", "ent_type": "ent_type", "exact": "exact"}
    return found[chosen]


def _sorted_groups(scene: Scene, rows: Sequence[ScoreRow], differing: Sequence[DifferenceRow]) -> list[str]:
    options = {"name": "Name", "f1": "F1 of the first method"} | ({"difference": "Difference"} if differing else {})
    if len(scene.groups) < 3:
        return list(scene.groups)
    by = choose("Order", options, "sort")
    first = next(iter(scene.names))
    values: dict[str, float | None] = {row.group: row.f1 for row in rows if row.method == first}
    if by == "difference":
        values = {row.group: row.difference.delta if row.difference else None for row in differing}
    if by == "name":
        return sorted(scene.groups, key=lambda group: languages.words(group))
    return sorted(scene.groups, key=lambda group: (values.get(group) is None, -(values.get(group) or 0)))


def _say_means(scene: Scene, rows: Sequence[ScoreRow]) -> None:
    if len(scene.groups) < 2:
        return
    means = []
    for method, name in scene.names.items():
        known = [row.f1 for row in rows if row.method == method and row.f1 is not None]
        if known:
            means.append(f"{plain(name)} **{sum(known) / len(known):.3f}** ({len(known)})")
    st.markdown(f"Plain mean over languages (how many): {' · '.join(means)}")


def _say_nothing_ran(scene: Scene) -> None:
    st.info(
        f"None of these methods has a sentence that ran and that {plain(scene.against)} knows the entities of. Choose "
        "another method or another reference above.",
        icon=":material/hourglass_empty:",
    )


def _score_columns(scene: Scene, rows: Sequence[ScoreRow], groups: Sequence[str]) -> dict[str, list[Value]]:
    place = {group: k for k, group in enumerate(groups)}
    shown = sorted((row for row in rows if row.group in place), key=lambda row: place[row.group])
    ends = [row.interval or (None, None) for row in shown]
    return {
        "language": [languages.words(row.group) for row in shown], "method": [scene.names[row.method] for row in shown],
        scene.score_word: [row.f1 for row in shown],
        "low": [low for low, _ in ends], "high": [high for _, high in ends],
        "sentences": [row.n_sentences for row in shown], "entities": [row.n_entities for row in shown],
        "failed": [row.n_failed for row in shown],
    }  # fmt: skip


def _draw_differences(scene: Scene, pair: Sequence[str], rows: Sequence[DifferenceRow], groups: Sequence[str]) -> None:
    place = {group: k for k, group in enumerate(groups)}
    shown = sorted(rows, key=lambda row: place[row.group])
    names = scene.names[pair[0]], scene.names[pair[1]]
    st.subheader("Difference on the same sentences", anchor=False)
    st.markdown(f"{plain(names[1])} minus {plain(names[0])}, with 95 % interval; a click opens the sentences.")
    draw_figure(
        scene,
        figures.difference_figure(
            shown, names, scene.look, lambda group: scene.opens(pair[1], group, "scored")
        ),
        "difference",
        f"Difference of two methods in {len(shown)} languages with intervals and p. The table beneath has the figures.",
    )  # fmt: skip
    st.caption(
        f"p: paired permutation test over sentences, {N_RESAMPLES:,} resamples, two-sided, not corrected for the "
        "number of languages that are looked at."
    )
    found = [row.difference for row in shown]
    draw_table(
        {
            "language": [languages.words(row.group) for row in shown],
            "difference": [one.delta if one else None for one in found],
            "low": [one.low if one else None for one in found], "high": [one.high if one else None for one in found],
            "p": [row.p for row in shown], "sentences": [row.n_sentences for row in shown],
        },
        "difference", f"{names[1]} minus {names[0]}, against {scene.against}.",
    )  # fmt: skip


def draw_heat_map(scene: Scene) -> None:
    """Draw F1 of every method in every language as a grid."""
    schema = _choose_schema()
    rows = _scores(scene, schema)
    groups = _sorted_groups(scene, rows, ())
    cells = {
        (row.group, row.method): (
            row.f1, figures.score_hover(row, scene.names[row.method], scene.look),
            scene.opens(row.method, row.group, "scored"), row.n_entities < figures.FEWEST,
        )
        for row in rows
    }  # fmt: skip
    shown = [(group, languages.words(group)) for group in groups]
    draw_figure(
        scene, figures.grid_figure(cells, shown, [*scene.names.items()], scene.look, folds=True), "methods",
        f"{scene.score_word} of {len(scene.names)} methods in {len(groups)} languages; the table has the same.",
    )  # fmt: skip
    st.caption(f"{_SCHEMAS[schema]}: {_MEANS[schema]}. {_UNSURE}")
    values = {(row.group, row.method): row.f1 for row in rows}
    columns: dict[str, list[Value]] = {"language": [words for _, words in shown]}
    columns |= {name: [values.get((group, method)) for group in groups] for method, name in scene.names.items()}
    draw_table(columns, "methods", f"{_SCHEMAS[schema]} {scene.score_word} against {scene.against}.")


_UNSURE = (
    "Brackets and a stroke: fewer than 20 entities. An empty cell has none. A click on a cell opens its sentences."
)


def draw_errors(scene: Scene) -> None:
    """Draw how many sentences have each kind of error, by method or by language."""
    rows_are_methods, chosen = _choose_rows(scene)
    parts = scene.board.of(chosen, scene.groups)
    found = _cached(scene, ("errors", chosen, scene.groups), lambda: board_errors.error_rows(parts))
    counts: dict[tuple[str, str], tuple[int, str, list[str]]] = {}
    sums: dict[tuple[str, str], tuple[int, int | None]] = {}
    for row in found:
        name = row.method if rows_are_methods else row.group
        n, cases = sums.get((name, row.kind), (0, None))
        known = None if row.n_cases is None else (cases or 0) + row.n_cases
        sums[name, row.kind] = (n + row.n_sentences, known if known is not None else cases)
    named = [(m, scene.names[m]) for m in chosen] if rows_are_methods else [
        (group, languages.words(group)) for group in sorted(scene.groups, key=languages.words)
    ]  # fmt: skip
    words = dict(named)
    for (name, kind), (n, cases) in sums.items():
        method, group = (name, _only(scene)) if rows_are_methods else (chosen[0], name)
        hover = f"<b>{figures.safe(words[name])}</b><br>{KIND_WORDS[kind]}: {n:,} sentences, {cases or 0:,} entities"
        counts[name, kind] = (n, hover, scene.opens(method, group, "kind", kind))
    if not any(n for n, _, _ in counts.values()):
        st.success("There is no error in any of these sentences.", icon=":material/check_circle:")
        return
    draw_figure(
        scene, figures.error_figure(counts, named, [(k, KIND_WORDS[k]) for k in ERRORS], scene.look), "errors",
        f"Sentences with an error, by kind, for {len(named)} rows; the table beneath has the same.",
    )  # fmt: skip
    st.caption(
        "Each entity of either side belongs to exactly one kind; a sentence that has several kinds counts in each. The "
        "number on a bar is that of the sentences that a click opens. Wrong link: the name was carried elsewhere."
    )
    columns: dict[str, list[Value]] = {
        "method" if rows_are_methods else "language": [word for _, word in named for _ in ERRORS],
        "kind": [KIND_WORDS[kind] for _ in named for kind in ERRORS],
        "sentences": [sums.get((name, kind), (None, None))[0] for name, _ in named for kind in ERRORS],
        "entities": [sums.get((name, kind), (None, None))[1] for name, _ in named for kind in ERRORS],
    }
    draw_table(columns, "errors", f"Errors against {scene.against}.")


def _only(scene: Scene) -> str:
    """Return the language that a row over all of them opens: none where all are shown."""
    return scene.groups[0] if len(scene.groups) == 1 else _ALL


def _choose_rows(scene: Scene) -> tuple[bool, tuple[str, ...]]:
    """Draw what the rows are; return whether they are methods, and the methods that count."""
    methods = tuple(scene.names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        several = len(scene.groups) > 1
        by = choose("Rows", {"method": "Methods", "language": "Languages"}, "rows") if several else "method"
        if by == "method" and (len(scene.groups) in (1, len(scene.board.groups))):
            return True, methods
        if by == "method":
            st.caption("Rows over several chosen languages open those languages one by one: choose one, or all.")
            by = "language"
        return False, (choose("Method", dict(scene.names), "of", wide=True),)


def draw_slices(scene: Scene) -> None:
    """Draw F1 by what entities are like."""
    by_words: dict[str, str] = {one: SLICE_WORDS[one].capitalize() for one in SLICES}
    chosen_by = choose("Slice by", by_words, "by", wide=True)
    by: SliceBy = next(one for one in SLICES if one == chosen_by)
    rows_are_methods, chosen = _choose_rows(scene)
    parts = scene.board.of(chosen, scene.groups)
    buckets, cells = _cached(
        scene, ("slices", by, chosen, scene.groups, rows_are_methods),
        lambda: board_slices.slice_rows(parts, by, rows_are_methods=rows_are_methods),
    )  # fmt: skip
    if not cells:
        st.info(
            f"Nothing here has a {SLICE_WORDS[by]}: " + (
                "margins are known where a projection knows its second best place." if by == "margin"
                else "similarity needs the names of the source." if by == "copy" else "there is no entity."
            ), icon=":material/info:",
        )  # fmt: skip
        return
    named = [(m, scene.names[m]) for m in chosen] if rows_are_methods else [
        (group, languages.words(group)) for group in sorted(scene.groups, key=languages.words)
    ]  # fmt: skip
    words, measure = dict(named), "precision" if by == "margin" else scene.score_word

    def hover(row: board_slices.CellRow) -> str:
        return (
            f"<b>{figures.safe(words[row.row])}</b> · {figures.safe(row.bucket)}<br>{measure} "
            f"{figures.digits_of(row.f1, 3)}<br>{row.n_entities:,} entities in {row.n_sentences:,} sentences"
        )

    def opens(row: board_slices.CellRow) -> list[str]:
        method, group = (row.row, _only(scene)) if rows_are_methods else (chosen[0], row.row)
        return scene.opens(method, group, by, row.bucket)

    used = [name for name in buckets if any(row.bucket == name for row in cells)]
    draw_figure(
        scene,
        figures.grid_figure(
            figures.slice_cells(cells, hover, opens), named, [(name, name) for name in used], scene.look
        ),
        "slices", f"Strict {measure} by {SLICE_WORDS[by]} for {len(named)} rows; the table beneath has the same.",
    )  # fmt: skip
    st.caption(f"Strict {measure} by {SLICE_WORDS[by]}. {_UNSURE}")
    shown = sorted(cells, key=lambda row: (list(words).index(row.row), used.index(row.bucket)))
    draw_table(
        {
            "method" if rows_are_methods else "language": [words[row.row] for row in shown],
            SLICE_WORDS[by]: [row.bucket for row in shown], measure: [row.f1 for row in shown],
            "entities": [row.n_entities for row in shown], "sentences": [row.n_sentences for row in shown],
        },
        "slices", f"Strict {measure} by {SLICE_WORDS[by]}, against {scene.against}.",
    )  # fmt: skip


def draw_calibration(scene: Scene) -> None:
    """Draw whether scores mean what they say."""
    column: board_slices.Column = (
        "margin" if choose("Confidence", {"score": "Score", "margin": "Margin"}, "confidence") == "margin" else "score"
    )
    if len(scene.groups) not in (1, len(scene.board.groups)):
        st.info("A point opens one language or all of them: choose one language, or none.", icon=":material/info:")
        return
    found = {
        method: _cached(
            scene, ("calibration", column, method, scene.groups),
            partial(board_slices.reliability, scene.board.of([method], scene.groups), column),
        )
        for method in scene.names
    }  # fmt: skip
    curves = {method: bins for method, (_, bins) in found.items()}
    if not any(curves.values()):
        st.info(
            f"None of these methods gives a {column}: there is nothing that could be held against being right.",
            icon=":material/info:",
        )
        return
    is_probability = all(one.ece is not None for one, bins in found.values() if bins)

    def opens(method: str, _group: str, what: str, value: str) -> list[str]:
        return scene.opens(method, _only(scene), what, value)

    draw_figure(
        scene,
        figures.reliability_figure(
            curves, scene.names, scene.look, opens, f"{column}_bin", is_probability=is_probability
        ),
        "calibration", "Share that is right by confidence for each method; the table beneath has the same.",
    )  # fmt: skip
    lines = []
    for method, (one, _) in found.items():
        ece = "no ECE (not between 0 and 1)" if one.ece is None else f"ECE **{one.ece:.3f}**"
        auc = "" if one.auc is None else f", ranks right above wrong in **{one.auc:.0%}** of pairs"
        unscored = f", {one.n_unscored:,} without a {column}" if one.n_unscored else ""
        lines.append(f"- {plain(scene.names[method])}: {ece}{auc} ({one.n:,} predictions{unscored})")
    st.markdown("\n".join(lines))
    st.caption(
        "On the dotted line a score means what it says; below it promises too much. ECE: the mean distance to the line "
        "(Guo et al. 2017). Larger points hold more predictions; a click opens the sentences of one."
    )
    flat = [(method, row) for method, bins in curves.items() for row in bins]
    draw_table(
        {
            "method": [scene.names[method] for method, _ in flat], "from": [row.low for _, row in flat],
            "to": [row.high for _, row in flat], "mean confidence": [row.confidence for _, row in flat],
            "share right": [row.precision for _, row in flat], "predictions": [row.n for _, row in flat],
            "sentences": [row.n_sentences for _, row in flat],
        },
        "calibration", f"Calibration of the {column} against {scene.against}.",
    )  # fmt: skip


def draw_effort(scene: Scene) -> None:
    """Draw what each method leaves to correct: which of them costs the linguist least."""
    parts = scene.board.of(tuple(scene.names), scene.groups)
    rows = _cached(scene, ("effort", tuple(scene.names), scene.groups), lambda: board_errors.effort_rows(parts))
    rows = sorted((row for row in rows if row.n_sentences), key=lambda row: row.n_corrections / row.n_sentences)
    if not rows:
        st.info("There is no sentence that all of these methods ran.", icon=":material/info:")
        return
    best = rows[0]
    n = counted(best.n_sentences, "sentence", "sentences")
    st.markdown(
        f"On the {n} that all of them ran, **{plain(scene.names[best.method])}** leaves least to correct: "
        f"**{best.n_corrections / best.n_sentences:.2f}** corrections a sentence."
        if len(rows) > 1 else f"{plain(scene.names[best.method])} leaves "
        f"**{best.n_corrections / best.n_sentences:.2f}** corrections a sentence in {n}."
    )  # fmt: skip
    bars = [
        (
            scene.names[row.method], row.n_corrections / row.n_sentences,
            f"{row.n_corrections / row.n_sentences:.2f} · {row.n_changed / row.n_sentences:.0%} changed",
            f"<b>{figures.safe(scene.names[row.method])}</b><br>{row.n_corrections:,} corrections in "
            f"{row.n_changed:,} of {row.n_sentences:,} sentences",
            scene.opens(row.method, _only(scene), "errors"),
        )
        for row in rows
    ]  # fmt: skip
    draw_figure(
        scene, figures.bar_figure(bars, scene.look, "corrections a sentence"), "effort",
        f"Corrections a sentence that {len(rows)} methods leave; the table beneath has the same.",
    )  # fmt: skip
    st.caption(
        "One correction is one entity added, deleted, moved or relabelled. Changed: the share of sentences that need "
        "any. A click opens all sentences of the method that have an error, also those that another method did not run."
    )
    draw_table(
        {
            "method": [scene.names[row.method] for row in rows], "sentences": [row.n_sentences for row in rows],
            "to change": [row.n_changed for row in rows], "corrections": [row.n_corrections for row in rows],
            "a sentence": [row.n_corrections / row.n_sentences for row in rows],
        },
        "effort", f"What is left to correct against {scene.against}.",
    )  # fmt: skip


def _scores(scene: Scene, schema: Schema) -> list[ScoreRow]:
    parts = scene.board.of(tuple(scene.names), scene.groups)
    found: list[ScoreRow] = _cached(
        scene, ("scores", schema, tuple(scene.names), scene.groups), lambda: board_scores.score_rows(parts, schema)
    )  # fmt: skip
    return found


def _differences(scene: Scene, first: str, second: str, schema: Schema) -> list[DifferenceRow]:
    found: list[DifferenceRow] = _cached(
        scene, ("difference", schema, first, second, scene.groups),
        lambda: board_scores.difference_rows(scene.board, first, second, schema, scene.groups),
    )  # fmt: skip
    return found


def _cached(scene: Scene, chosen: tuple[object, ...], work: Callable[[], Any]) -> Any:
    key = hashlib.sha256(repr((scene.board.key, scene.reference, chosen)).encode("utf-8", "surrogatepass")).hexdigest()
    return _computed(key, work)


@st.cache_data(max_entries=256, show_spinner="Counting …")
def _computed(key: str, _work: Callable[[], Any]) -> Any:
    return _work()


VIEWS: Mapping[str, tuple[str, Callable[[Scene], None]]] = {
    "f1": ("F1 by language", draw_scores),
    "grid": ("Heat map", draw_heat_map),
    "errors": ("Errors", draw_errors),
    "slices": ("Slices", draw_slices),
    "calibration": ("Calibration", draw_calibration),
    "effort": ("Effort", draw_effort),
}
"""What stands in an address to what a view is called and draws."""

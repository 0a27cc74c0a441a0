"""The views of F1: by language with intervals, how two methods differ, and all of it as a grid."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from xner import __version__
from xner.evaluate import board_scores
from xner.evaluate.board_scores import N_RESAMPLES, DifferenceRow, ScoreRow
from xner.evaluate.schemas import Schema
from xner.evaluate.tables import Value
from xner.ui import dashboard_figures as figures
from xner.ui import dashboard_grids as grids
from xner.ui import languages
from xner.ui.dashboard_look import FEWEST
from xner.ui.dashboard_parts import UNSURE, Scene, cached, choose, draw_figure, draw_table
from xner.ui.messages import plain
from xner.ui.wording import counted

_SCHEMAS: dict[str, str] = {"strict": "Strict", "partial": "Partial", "ent_type": "Type", "exact": "Exact span"}
_MEANS: dict[str, str] = {
    "strict": "span and label equal",
    "partial": "an overlap counts half, labels don't matter",
    "ent_type": "an overlap under the same label",
    "exact": "span equal, labels don't matter",
}


def draw_scores(scene: Scene) -> None:
    """Draw F1 by language with intervals, and the difference where there are two methods."""
    choices = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with choices:
        schema = _choose_schema()
    rows = _scores(scene, schema)
    if not any(row.n_sentences for row in rows):
        _say_nothing_ran(scene)
        return
    pair = [*scene.names] if len(scene.names) == 2 else []
    differing = _differences(scene, pair[0], pair[1], schema) if pair else []
    with choices:
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
        "resamples, seed 0. “–”: no entity on either side, “⚠”: all failed. A click on a point opens its sentences. "
        f"xner {__version__}"
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
    known: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.f1 is not None:
            known.setdefault(row.method, {})[row.group] = row.f1
    shared = set.intersection(*(set(found) for found in known.values())) if known else set()
    if not shared:
        st.markdown("No language has a figure of every method, so that no means can be compared.")
        return
    means = (
        f"{plain(name)} **{sum(known[method][group] for group in shared) / len(shared):.3f}**"
        for method, name in scene.names.items() if method in known
    )  # fmt: skip
    n = counted(len(shared), "language", "languages")
    over = f"all {n}" if len(shared) == len(scene.groups) else f"the {n} in which every method has a figure"
    st.markdown(f"Plain mean over {over}: {' · '.join(means)}")


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
    choices = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with choices:
        schema = _choose_schema()
    rows = _scores(scene, schema)
    with choices:
        groups = _sorted_groups(scene, rows, ())
    cells = {
        (row.group, row.method): (
            row.f1, figures.score_hover(row, scene.names[row.method], scene.look),
            scene.opens(row.method, row.group, "scored" if row.n_sentences else "failed"),
            0 < row.n_sentences and row.n_entities < FEWEST,
        )
        for row in rows
    }  # fmt: skip
    shown = [(group, languages.words(group)) for group in groups]
    draw_figure(
        scene, grids.grid_figure(cells, shown, [*scene.names.items()], scene.look, folds=True), "methods",
        f"{scene.score_word} of {len(scene.names)} methods in {len(groups)} languages; the table has the same.",
    )  # fmt: skip
    st.caption(f"{_SCHEMAS[schema]}: {_MEANS[schema]}. {UNSURE}")
    values = {(row.group, row.method): row.f1 for row in rows}
    columns: dict[str, list[Value]] = {"language": [words for _, words in shown]}
    columns |= {name: [values.get((group, method)) for group in groups] for method, name in scene.names.items()}
    draw_table(columns, "methods", f"{_SCHEMAS[schema]} {scene.score_word} against {scene.against}.")


def _scores(scene: Scene, schema: Schema) -> list[ScoreRow]:
    parts = scene.board.of(tuple(scene.names), scene.groups)
    if all(schema in part.known for part in parts):
        return board_scores.score_rows(parts, schema)  # to look them up costs less than to unpack them
    found: list[ScoreRow] = cached(
        scene, ("scores", schema, tuple(scene.names), scene.groups), lambda: board_scores.score_rows(parts, schema)
    )  # fmt: skip
    return found


def _differences(scene: Scene, first: str, second: str, schema: Schema) -> list[DifferenceRow]:
    found: list[DifferenceRow] = cached(
        scene, ("difference", schema, first, second, scene.groups),
        lambda: board_scores.difference_rows(scene.board, first, second, schema, scene.groups),
    )  # fmt: skip
    return found

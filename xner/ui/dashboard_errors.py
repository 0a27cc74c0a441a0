"""The views of what is wrong: kinds of errors, and F1 by what entities are like."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from xner.evaluate import board_errors, board_slices
from xner.evaluate.entity_table import SLICES, SliceBy
from xner.evaluate.tables import Value
from xner.evaluate.taxonomy import ERRORS
from xner.services.dashboard_selection import KIND_WORDS, SLICE_WORDS
from xner.ui import dashboard_grids as grids
from xner.ui import languages
from xner.ui.dashboard_look import digits_of, safe
from xner.ui.dashboard_parts import UNSURE, Scene, cached, choose, choose_rows, draw_figure, draw_table, only


def draw_errors(scene: Scene) -> None:
    """Draw how many sentences have each kind of error, by method or by language."""
    rows_are_methods, chosen = choose_rows(scene)
    parts = scene.board.of(chosen, scene.groups)
    found = cached(scene, ("errors", chosen, scene.groups), lambda: board_errors.error_rows(parts))
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
    ran: Counter[str] = Counter()
    for part in parts:
        ran[part.method if rows_are_methods else part.group] += part.n_sentences
    for (name, kind), (n, cases) in sums.items():
        method, group = (name, only(scene)) if rows_are_methods else (chosen[0], name)
        of = f"{n:,} of {ran[name]:,} sentences, {cases or 0:,} entities"
        hover = f"<b>{safe(words[name])}</b><br>{KIND_WORDS[kind]}: {of}"
        counts[name, kind] = (n, hover, scene.opens(method, group, "kind", kind))
    if not any(n for n, _, _ in counts.values()):
        st.success("There is no error in any of these sentences.", icon=":material/check_circle:")
        return
    draw_figure(
        scene, grids.error_figure(counts, named, ran, [(k, KIND_WORDS[k]) for k in ERRORS], scene.look), "errors",
        f"Sentences with an error, by kind, for {len(named)} rows; the table beneath has the same.",
    )  # fmt: skip
    st.caption(
        "Each entity of either side belongs to exactly one kind; a sentence that has several kinds counts in each. The "
        "number on a bar is that of the sentences that a click opens. Wrong link: the name was carried elsewhere."
        + (" **The rows are over different numbers of sentences.**" if len({ran[name] for name in words}) > 1 else "")
    )
    columns: dict[str, list[Value]] = {
        "method" if rows_are_methods else "language": [word for _, word in named for _ in ERRORS],
        "kind": [KIND_WORDS[kind] for _ in named for kind in ERRORS],
        "sentences": [sums.get((name, kind), (None, None))[0] for name, _ in named for kind in ERRORS],
        "entities": [sums.get((name, kind), (None, None))[1] for name, _ in named for kind in ERRORS],
    }
    draw_table(columns, "errors", f"Errors against {scene.against}.")


def draw_slices(scene: Scene) -> None:
    """Draw F1 by what entities are like."""
    by_words: dict[str, str] = {one: SLICE_WORDS[one].capitalize() for one in SLICES}
    left, right = st.columns([2, 3])
    with left:
        chosen_by = choose("Slice by", by_words, "by", wide=True)
    by: SliceBy = next(one for one in SLICES if one == chosen_by)
    with right:
        rows_are_methods, chosen = choose_rows(scene)
    parts = scene.board.of(chosen, scene.groups)
    buckets, cells = cached(
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
            f"<b>{safe(words[row.row])}</b> · {safe(row.bucket)}<br>{measure} "
            f"{digits_of(row.f1, 3)}<br>{row.n_entities:,} entities in {row.n_sentences:,} sentences"
        )

    def opens(row: board_slices.CellRow) -> list[str]:
        method, group = (row.row, only(scene)) if rows_are_methods else (chosen[0], row.row)
        return scene.opens(method, group, by, row.bucket)

    used = [name for name in buckets if any(row.bucket == name for row in cells)]
    draw_figure(
        scene,
        grids.grid_figure(
            grids.slice_cells(cells, hover, opens), named, [(name, name) for name in used], scene.look
        ),
        "slices", f"Strict {measure} by {SLICE_WORDS[by]} for {len(named)} rows; the table beneath has the same.",
    )  # fmt: skip
    st.caption(f"Strict {measure} by {SLICE_WORDS[by]}. {UNSURE}")
    shown = sorted(cells, key=lambda row: (list(words).index(row.row), used.index(row.bucket)))
    draw_table(
        {
            "method" if rows_are_methods else "language": [words[row.row] for row in shown],
            SLICE_WORDS[by]: [row.bucket for row in shown], measure: [row.f1 for row in shown],
            "entities": [row.n_entities for row in shown], "sentences": [row.n_sentences for row in shown],
        },
        "slices", f"Strict {measure} by {SLICE_WORDS[by]}, against {scene.against}.",
    )  # fmt: skip

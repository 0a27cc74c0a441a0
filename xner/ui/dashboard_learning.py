"""What correcting has cost as the editor logged it: by run, and in the order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from xner.services import dashboard_corpus, dashboard_effort
from xner.services.dashboard_corpus import CORRECTED
from xner.services.dashboard_effort import FEWEST_IN_BLOCK, Block, RunEffort
from xner.ui.dashboard_curves import learning_figure
from xner.ui.dashboard_look import safe
from xner.ui.dashboard_parts import Scene, choose, draw_figure, draw_table
from xner.ui.messages import plain
from xner.ui.state import Desk

_MEASURES = {"edits": "Edits a sentence", "seconds": "Seconds a sentence", "changed": "Share changed"}


def draw(desk: Desk, scene: Scene) -> None:
    """Draw the effort of a corpus, once something in it was corrected."""
    if scene.corpus_id is None:
        return
    known = dashboard_corpus.basis(desk.store, desk.user, scene.corpus_id)
    if CORRECTED not in known.references:
        st.caption("What correcting costs in edits and seconds is shown here once sentences are accepted on Correct.")
        return
    curves = dashboard_effort.learning(desk.store, desk.user, scene.corpus_id)
    if not curves:
        return
    names = {run: known.name_of_run(run) for run in curves}
    st.subheader("Measured while correcting", anchor=False)
    _draw_sums(dashboard_effort.effort_by_run(desk.store, desk.user, scene.corpus_id), names)
    _draw_curves(scene, curves, names)


def _draw_sums(rows: Sequence[RunEffort], names: Mapping[str, str]) -> None:
    st.table(
        {
            "Method it began from": [plain(names[row.run]) for row in rows],
            "Sentences decided": [f"{row.n_sentences:,}" for row in rows],
            "Changed": [f"{row.n_changed / row.n_sentences:.0%}" for row in rows],
            "Edits a sentence": [f"{row.effort.n_edits / row.n_sentences:.2f}" for row in rows],
            "Seconds a sentence": [f"{row.effort.seconds / row.n_timed:.1f}" if row.n_timed else "–" for row in rows],
        },
        border="horizontal",
    )
    st.caption(
        "Seconds run from the first step to the last, pauses cut to a minute; reading before the first step is not in "
        "them. Sentences accepted in bulk have no time."
    )


def _draw_curves(scene: Scene, curves: Mapping[str, list[Block]], names: Mapping[str, str]) -> None:
    """Draw the chosen measure by blocks of sentences, of the runs that have two blocks or more."""
    long_enough = {run: blocks for run, blocks in curves.items() if len(blocks) > 1}
    if not long_enough:
        st.caption(f"A learning curve needs {2 * FEWEST_IN_BLOCK} sentences decided beginning from one method.")
        return
    measure = choose("Learning curve", _MEASURES, "learned")
    shown = {
        run: [
            (block.last, value, _hover(names[run], block), scene.opens(run, "", "decided", block.value))
            for block in blocks
            if (value := _value(block.spent, measure)) is not None
        ]
        for run, blocks in long_enough.items()
    }  # fmt: skip
    shown = {run: steps for run, steps in shown.items() if steps}
    if not shown:
        st.info("No time was logged: these sentences were accepted in bulk.", icon=":material/info:")
        return
    draw_figure(
        scene, learning_figure(shown, names, scene.look,
                               _MEASURES[measure].lower()), "learning",
        f"{_MEASURES[measure]} over the sentences decided so far, for {len(shown)} methods; the table has the same.",
    )  # fmt: skip
    st.caption(
        f"A point is the mean of a block of at least {FEWEST_IN_BLOCK} sentences, in the order in which they were "
        "decided on; a click opens them. A queue that gives the riskiest first falls by itself, also without learning."
    )
    flat = [(run, block) for run, blocks in long_enough.items() for block in blocks]
    draw_table(
        {
            "method": [names[run] for run, _ in flat], "from": [block.first for _, block in flat],
            "to": [block.last for _, block in flat],
            **{words.lower(): [_value(block.spent, name) for _, block in flat] for name, words in _MEASURES.items()},
        },
        "learning", "What correcting cost in the order of time.",
    )  # fmt: skip


def _value(spent: RunEffort, measure: str) -> float | None:
    if measure == "seconds":
        return spent.effort.seconds / spent.n_timed if spent.n_timed else None
    return (spent.effort.n_edits if measure == "edits" else spent.n_changed) / spent.n_sentences


def _hover(name: str, block: Block) -> str:
    spent = block.spent
    seconds = f"{spent.effort.seconds / spent.n_timed:.1f} s a sentence" if spent.n_timed else "no time logged"
    return (
        f"<b>{safe(name)}</b><br>sentences {block.first} to {block.last}<br>{spent.effort.n_edits:,} edits, "
        f"{spent.n_changed} of {spent.n_sentences} changed, {seconds}"
    )

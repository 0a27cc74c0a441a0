"""The tab of back-translations: the marked one that entities are projected from, and the round trip for the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from xner.pipeline import Trace
from xner.services import inspect_pair
from xner.trace import Mirror
from xner.types import Span
from xner.ui import pair_view, wording
from xner.ui.inspecting import Inspection
from xner.ui.messages import cell, plain, quote


def draw(result: Inspection) -> None:
    """Draw the marked back-translation, and which entities come back in the one for the reader; or how to get them."""
    if result.trace is not None and result.trace.evidence.mirror is not None:
        _draw_mirror(result.trace, result.trace.evidence.mirror)
    st.markdown("**Round trip**: which names of the source stand in the target translated back")
    rows = inspect_pair.round_trip(result.pair)
    if rows is None:
        st.info(
            "This sentence has no back-translation. Choose “check” under Back-translation in the side bar of Inspect "
            "to have one made, give it in the file (`back_translation`), or type it on Add.",
            icon=":material/info:",
        )
        return
    source = result.pair.source
    st.markdown(f"Source  \n{quote(source.text or ' '.join(source.tokens)) if source else ''}")
    made = "" if result.document.pair.back_translation else f" by {plain(result.config.back_translate.name)}, just now"
    st.markdown(f"Back-translation{made}  \n{quote(result.pair.back_translation or '')}")
    if not rows:
        st.caption("The source has no names that could come back.")
        return
    st.table(
        {
            "Entity": [f"{row.entity + 1} · {cell(row.text)}" for row in rows],
            "In the back-translation": ["✓ came back" if row.survives else "✗ changed or lost" for row in rows],
        },
        border="horizontal",
    )
    came = sum(row.survives for row in rows)
    st.caption(
        f"{came} of {len(rows)} came back. Compared without regard to letter case and punctuation. It shows what the "
        "translation kept, not whether the projection is right."
    )


def _draw_mirror(trace: Trace, mirror: Mirror) -> None:
    """Draw the source with its names in brackets in the language of the target, and what it is aligned to."""
    entities = trace.pair.source_entities or ()
    kept = [replace(e, span=span) for e, span in zip(entities, mirror.spans, strict=True) if span is not None]
    lost = [e for e, span in zip(entities, mirror.spans, strict=True) if span is None]
    st.markdown(f"**Marked back-translation**  \n{quote(mirror.raw)}")
    if lost:
        names = ", ".join(wording.entity_text(e, trace.pair.source) for e in lost)
        st.markdown(f"⚠ Markers lost: {names}. From here these have no evidence.")
    found = tuple(
        replace(e, source=None if e.source is None else _rank(mirror.spans, e.source))
        for e in trace.projection.entities
    )  # fmt: skip
    pair = replace(
        trace.pair, source=mirror.sentence, source_entities=tuple(sorted(kept, key=lambda e: e.span)), alignment=None,
        back_translation=None,
    )  # fmt: skip
    shown = replace(trace.projection, entities=found)
    pair_view.draw(
        pair, mirror.alignment, shown, key="mirror_view", source_word="Marked back-translation", with_back=False
    )


def _rank(spans: Sequence[Span | None], index: int) -> int | None:
    """Return the place of an entity among those that kept their markers, in order of place; None: it is none of them.

    Example:
        >>> _rank([Span(4, 5), None, Span(0, 1)], 0)
        1
    """
    mine = spans[index]
    return None if mine is None else sum(other < mine for other in spans if other is not None)

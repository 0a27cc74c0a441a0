"""The settings of a session, and the side bar where they are changed; every change matches again at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from xner.config import SCORE_PRESETS, AlignConfig, RunConfig
from xner.services.inspect_pair import METHODS

METHOD_WORDS = {
    "exact": "exact: the best total score",
    "greedy": "greedy: best span first",
    "heuristic": "heuristic: longest run of links",
    "garcia_ferrero": "garcia_ferrero: all links, gaps filled",
}
ALIGNER_WORDS = {
    "itermax": "itermax: more links",
    "argmax": "argmax: fewer, surer links",
    "mwmf": "mwmf: every word gets a link",
    "awesome": "awesome: softmax threshold",
    "simalign": "simalign: the reference package",
    "given": "given: links of the file",
}
SCORES = ("links", "coverage", "soft")
_SCORE_HELP = {
    "links": "Links between entity and span, twice, over the lengths of both.",
    "coverage": "Share of the words of both that are linked to the other.",
    "soft": "Agreement of the two texts' vectors, without a decision on links. Given links have none.",
}
_PRESET = SCORE_PRESETS["coverage_soft"]
_DEFAULT_LAYER = -1
"""Stands for None in the list, where None would read as "nothing chosen"."""
_LAYERS = (_DEFAULT_LAYER, *range(1, 13))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a linguist chose; `config` turns it into the configuration of a run."""

    method: str = "exact"
    aligner: str = "itermax"
    layer: int | None = None
    links: float = _PRESET.get("links", 0.0)
    coverage: float = _PRESET.get("coverage", 0.0)
    soft: float = _PRESET.get("soft", 0.0)
    max_tokens: int = 10

    def config(self) -> RunConfig:
        """Return the configuration of all stages."""
        weights = {f"score.weights.{name}": getattr(self, name) for name in SCORES}
        matching = {"match.name": self.method, "extract.max_tokens": self.max_tokens}
        return self.evidence_config().updated({**weights, **matching})

    def evidence_config(self) -> RunConfig:
        """Return the configuration as far as a model must run for it: equal ones share their cached result."""
        return RunConfig(align=AlignConfig(name=self.aligner, layer=self.layer))


def draw_sidebar(settings: Settings, *, has_links: bool, has_simalign: bool) -> Settings:
    """Draw the settings and return them as they are now.

    Args:
        settings: as they were.
        has_links: some sentence of the session brings its own links.
        has_simalign: the package simalign is installed.
    """
    hidden = {name for name, here in (("given", has_links), ("simalign", has_simalign)) if not here}
    aligners = [name for name in ALIGNER_WORDS if name not in hidden or name == settings.aligner]
    for name, value in _widget_values(settings).items():  # a widget's own state dies when another page is opened
        st.session_state.setdefault(f"set_{name}", value)
    with st.sidebar:
        st.subheader("Matching", anchor=False)
        st.selectbox("Method", METHODS, format_func=lambda name: METHOD_WORDS.get(name, name), key="set_method")
        st.subheader("Alignment", anchor=False)
        st.selectbox("Aligner", aligners, format_func=ALIGNER_WORDS.__getitem__, key="set_aligner")
        st.selectbox(
            "Layer of the encoder", _LAYERS, format_func=_layer_words, key="set_layer",
            disabled=st.session_state["set_aligner"] == "given",
        )  # fmt: skip
        st.subheader("Score weights", anchor=False)
        by_links = st.session_state["set_method"] in ("heuristic", "garcia_ferrero")
        for name in SCORES:
            st.slider(
                name.capitalize(), 0.0, 2.0, step=0.05, key=f"set_{name}", help=_SCORE_HELP[name], disabled=by_links
            )
        st.slider("Longest span, words", 1, 20, key="set_max_tokens", disabled=by_links)
        if by_links:
            st.caption("This method reads links alone: weights and span length play no part.")
        st.button("Default settings", on_click=_reset, disabled=_chosen() == Settings(), width="stretch")
    return _chosen()


def _chosen() -> Settings:
    values = {name: st.session_state[f"set_{name}"] for name in Settings.__dataclass_fields__}
    return Settings(**{**values, "layer": None if values["layer"] == _DEFAULT_LAYER else values["layer"]})


def _reset() -> None:
    for name, value in _widget_values(Settings()).items():
        st.session_state[f"set_{name}"] = value


def _widget_values(settings: Settings) -> dict[str, Any]:
    return {**asdict(settings), "layer": _DEFAULT_LAYER if settings.layer is None else settings.layer}


def _layer_words(layer: int) -> str:
    return "default (7 for e5-small)" if layer == _DEFAULT_LAYER else str(layer)

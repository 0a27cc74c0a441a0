"""The settings of a session, and the side bar where they are changed; every change matches again at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st

from xner.config import SCORE_PRESETS, AlignConfig, BackTranslateConfig, RecogniseConfig, RunConfig
from xner.services import available, named_methods
from xner.services.available import Choice
from xner.services.inspect_pair import METHODS
from xner.services.named_methods import PRESETS
from xner.translate.sides import MARKED
from xner.ui.messages import plain

UNITED = "united"
"""Stands in the list of aligners for argmax with the links of the statistical one beside its own."""
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
    "statistical": "statistical: learned from this corpus",
    UNITED: "united: argmax and statistical",
}
SCORES = ("links", "coverage", "soft", "edges", "copy", "ner", "ner_span", "nmt")
RECOGNISERS: dict[str, tuple[str, str | None]] = {"e5-ner": ("transformers", None), "spacy": ("spacy", None)}
"""Word of the list to recogniser and model."""
USES = {
    "off": "off",
    "check": "check: what comes back",
    "add": "add its scores",
    "replace": "replace the source",
}
_OWN_WEIGHTS, _OWN_SETTINGS = "own weights", "own settings"
_NOT_HERE = frozenset({"model-transfer"})
"""Methods that have no links, candidates and scores to look at."""
_PRESETS = {name: weights for name, weights in SCORE_PRESETS.items() if set(weights) <= set(SCORES)}
_SCORE_HELP = {
    "ner": "How sure a recogniser on the target is that the span has this label.",
    "ner_span": "How sure a recogniser on the target is that the span is a name of any label.",
    "nmt": "How well entity and span translate each other, says a translation model.",
    "copy": "Likeness of the letters, across scripts: many names are not translated.",
    "edges": "How well the span begins and ends, learned from names that a first pass finds in this corpus.",
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
    ner: float = 0.0
    ner_span: float = 0.0
    nmt: float = 0.0
    copy: float = 0.0
    edges: float = 0.0
    max_tokens: int = 10
    recogniser: str = "e5-ner"
    back_use: str = "off"
    back_translator: str = "apertium"
    base: str = "default"
    """Word of the named method that was chosen last: what no widget shows is as it has it."""

    def config(self) -> RunConfig:
        """Return the configuration of all stages."""
        matching = {"match.name": self.method, "extract.max_tokens": self.max_tokens}
        use = {} if self.back_use == "off" else {"back_translate.use": self.back_use}
        named, evidence = named_methods.with_method(RunConfig(), self.base), self.evidence_config()
        rest = {name: getattr(named, name) for name in ("extract", "score", "match")}
        usual = named.score.fused_weights()
        weights = {f"score.weights.{name}": getattr(self, name) for name in SCORES
                   if getattr(self, name) != usual.get(name, 0.0)}  # fmt: skip
        return evidence.model_copy(update=rest).updated({**weights, **matching, **use})

    def evidence_config(self) -> RunConfig:
        """Return the configuration as far as a model must run for it: equal ones share their cached result."""
        united = {"name": "argmax", "unite": "statistical"} if self.aligner == UNITED else {"name": self.aligner}
        named = named_methods.with_method(RunConfig(), self.base).align.model_dump(exclude_unset=True)
        sections: dict[str, Any] = {"align": AlignConfig(**{**named, "unite": None, **united, "layer": self.layer})}
        if self.recogniser != "e5-ner":
            name, model = RECOGNISERS[self.recogniser]
            sections["recognise"] = RecogniseConfig(name=name, model=model)
        if self.back_use == "check":
            sections["back_translate"] = BackTranslateConfig(name=self.back_translator, use="check")
        elif self.back_use != "off":  # one translation serves both: adding its scores, and taking the source's place
            sections["back_translate"] = BackTranslateConfig(name=MARKED + self.back_translator, use="add")
        return RunConfig(**sections)

    def first_pass(self) -> RunConfig:
        """Return the configuration under which scores learn: whatever is weighed here, they have learned the same."""
        named = named_methods.with_method(RunConfig(), self.base)
        learning = {"extract": named.extract, "score": named.score}
        if "edges" in named.score.fused_weights():
            return self.evidence_config().model_copy(update=learning)
        return self.evidence_config().updated({"score.preset": "coverage_soft_edges"})

    def with_method(self, word: str) -> Settings:
        """Return the settings of a named method; layer and recogniser, which its name says nothing of, stay."""
        config = named_methods.with_method(RunConfig(), word)
        weights, plain = config.score.fused_weights(), Settings()
        back = config.back_translate
        return Settings(
            method=config.match.name, aligner=UNITED if config.align.unite else config.align.name, layer=self.layer,
            max_tokens=config.extract.max_tokens or plain.max_tokens, recogniser=self.recogniser, back_use=back.use,
            back_translator=plain.back_translator if back.use == "off" else back.name.removeprefix(MARKED),
            base=word, **{name: weights.get(name, 0.0) for name in SCORES},
        )  # fmt: skip

    def without_translation(self) -> Settings:
        """Return the same without what a translator would have to do first: for a page that must not wait."""
        others = {name: getattr(self, name) for name in SCORES if name != "nmt"}
        rest: dict[str, Any] = (
            {} if any(others.values()) else {"coverage": _PRESET["coverage"], "soft": _PRESET["soft"]}
        )
        return replace(self, back_use="off", nmt=0.0, **rest)


def draw_sidebar(settings: Settings, *, has_links: bool, has_simalign: bool) -> Settings:
    """Draw the settings and return them as they are now.

    Args:
        settings: as they were.
        has_links: some sentence of the session brings its own links.
        has_simalign: the package simalign is installed.
    """
    lacks_thot = available.needs_of("align", "statistical", RunConfig())
    here = {"given": has_links, "simalign": has_simalign, "statistical": not lacks_thot, UNITED: not lacks_thot}
    hidden = {name for name, is_here in here.items() if not is_here}
    aligners = [name for name in ALIGNER_WORDS if name not in hidden or name == settings.aligner]
    for name, value in _widget_values(settings).items():  # a widget's own state dies when another page is opened
        st.session_state.setdefault(f"set_{name}", value)
    with st.sidebar:
        _draw_named(hidden)
        st.selectbox("Matching", METHODS, format_func=lambda name: METHOD_WORDS.get(name, name), key="set_method")
        st.subheader("Alignment", anchor=False)
        st.selectbox("Aligner", aligners, format_func=ALIGNER_WORDS.__getitem__, key="set_aligner")
        st.selectbox(
            "Layer of the encoder", _LAYERS, format_func=_layer_words, key="set_layer",
            disabled=st.session_state["set_aligner"] in ("given", "statistical"),
        )  # fmt: skip
        if lacks_thot:
            _draw_missing([Choice("statistical aligner", tuple(lacks_thot))])
        st.subheader("Score weights", anchor=False)
        by_links = st.session_state["set_method"] in ("heuristic", "garcia_ferrero")
        _draw_weights(by_links=by_links)
        st.slider("Longest span, words", 1, 20, key="set_max_tokens", disabled=by_links)
        if by_links:
            st.caption("This method reads links alone: weights and span length play no part.")
        _draw_back_translation()
        _draw_recogniser()
        st.button("Default settings", on_click=_reset, disabled=_chosen() == Settings(), width="stretch")
    return _chosen()


def _draw_named(hidden: Collection[str]) -> None:
    """Draw the list of named methods; it shows what the settings below come to."""
    ready = [choice.name for choice in available.methods(RunConfig()) if choice.is_ready]
    offered = [word for word in ready if word not in _NOT_HERE and _aligner_of(word) not in hidden]
    now = named_methods.word_of(_chosen().config())
    st.session_state["named_method"] = now or _OWN_SETTINGS
    base = st.session_state["set_base"]
    own = f"{PRESETS[base].title}, changed" if base in PRESETS and base != "default" else _OWN_SETTINGS
    st.selectbox(
        "Method", [*offered, *([] if now in offered else [st.session_state["named_method"]])], key="named_method",
        format_func=lambda word: PRESETS[word].title if word in PRESETS else own, on_change=_take_method,
        help="Sets everything below at once, as Run, Compare and the command line (`--preset`) do. Model transfer, "
        "which looks at the target alone, is on Run and Compare.",
    )  # fmt: skip


def _aligner_of(word: str) -> str:
    return Settings().with_method(word).aligner


def _take_method() -> None:
    word = st.session_state["named_method"]
    if word in PRESETS:
        for name, value in _widget_values(_chosen().with_method(word)).items():
            st.session_state[f"set_{name}"] = value


def _draw_weights(*, by_links: bool) -> None:
    """Draw the presets, a slider a score, and why some can't be moved."""
    now = {name: st.session_state[f"set_{name}"] for name in SCORES if st.session_state[f"set_{name}"]}
    lacks = {name: available.needs_of("score", name, RunConfig()) for name in SCORES}
    ready = [name for name, weights in _PRESETS.items() if not any(lacks[score] for score in weights)]
    fitting = next((name for name, weights in _PRESETS.items() if weights == now), _OWN_WEIGHTS)
    st.session_state["preset_of_weights"] = fitting
    st.selectbox(
        "Preset", [*ready, *(name for name in (fitting, _OWN_WEIGHTS) if name not in ready)], key="preset_of_weights",
        on_change=_take_preset, disabled=by_links, help="Weights as published, or our default: coverage_soft.",
    )  # fmt: skip
    for name in SCORES:
        missing, word = lacks[name], name.replace("_", " ").capitalize()
        st.slider(
            word, 0.0, 2.0, step=0.05, key=f"set_{name}", help=_SCORE_HELP[name],
            disabled=by_links or bool(missing and not now.get(name)),
        )  # fmt: skip
    _draw_missing([Choice(name, tuple(needs)) for name, needs in lacks.items() if needs])


def _take_preset() -> None:
    weights = _PRESETS.get(st.session_state["preset_of_weights"])
    for name in SCORES if weights is not None else ():
        st.session_state[f"set_{name}"] = (weights or {}).get(name, 0.0)


def _draw_back_translation() -> None:
    st.subheader("Back-translation", anchor=False)
    choices = [c for c in available.choices("translate", RunConfig()) if c.name != "given"]
    plain_ones = [choice for choice in choices if not choice.name.startswith(MARKED)]
    ready = [choice.name for choice in plain_ones if choice.is_ready]
    st.selectbox(
        "Use", list(USES), format_func=USES.__getitem__, key="set_back_use",
        disabled=not ready and st.session_state["set_back_use"] == "off",
        help="Check: the target is translated back into the language of the source, to see which names survive. Add "
        "and replace: the source is translated with its names in brackets, and projected from beside or instead of it.",
    )  # fmt: skip
    if st.session_state["set_back_use"] != "off":
        present = st.session_state["set_back_translator"]
        st.selectbox(
            "Translator", ready if present in ready else [*ready, present], key="set_back_translator"
        )  # fmt: skip
    _draw_missing([choice for choice in plain_ones if not choice.is_ready])


def _draw_recogniser() -> None:
    st.subheader("Names in the source", anchor=False)
    present = st.session_state["set_recogniser"]
    choices = []
    for word, (name, model) in RECOGNISERS.items():
        config = RunConfig(recognise=RecogniseConfig(name=name, model=model))
        choices.append(Choice(word, tuple(available.needs_of("recognise", name, config))))
    st.selectbox(
        "Recogniser", [choice.name for choice in choices if choice.is_ready or choice.name == present],
        key="set_recogniser",
        help="For sentences that bring no names: those of a file, and of a sentence that is projected, stay.",
    )  # fmt: skip
    _draw_missing([choice for choice in choices if not choice.is_ready])


def _draw_missing(choices: Sequence[Choice]) -> None:
    """Draw what can't be chosen here, and how to get it."""
    if not choices:
        return
    names = ", ".join(choice.name for choice in choices)
    with st.popover(f"Not installed: {names}", icon=":material/download:", type="tertiary"):
        for need in dict.fromkeys(need for choice in choices for need in choice.needs):
            st.caption(plain(need.words))
            if need.command:
                st.code(need.command, language=None, wrap_lines=True)


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

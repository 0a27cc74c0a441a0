"""What somebody chooses on the Run page: sentences, pipeline, stages, and the same as run.toml."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from xner.config import RunConfig
from xner.correct.labels import Label
from xner.errors import ConfigError, XnerError
from xner.score import scorers
from xner.services import available, named_methods, run_choices
from xner.services.named_methods import PRESETS
from xner.services.run_order import STARTS, Order
from xner.services.run_toml import read_run_toml, run_toml
from xner.text.script import language_name
from xner.ui import languages, running_changes, running_form
from xner.ui.messages import plain, show_error
from xner.ui.running_form import Form
from xner.ui.running_words import PIPELINES, not_here
from xner.ui.running_words import STARTS as START_WORDS
from xner.ui.settings import Settings
from xner.ui.state import Desk

_FILE, _PROBLEM = "run_toml_file", "xner_run_toml_problem"
_NO_LANGUAGE = "und"
_METHOD, _OWN = "run_method", "own settings"


def draw(desk: Desk, corpus_id: int, labels: tuple[Label, ...]) -> Order:
    """Draw all choices and return what they come to."""
    found = run_choices.sentences(desk.store, desk.user, corpus_id)
    starts, langs = _draw_sentences(found)
    form = Form(running_form.kept(desk.settings))
    _draw_pipeline(form)
    above = st.container()
    below = _draw_stages(form, labels, one_sided=any(_NO_LANGUAGE in sides for sides in found))
    with above:  # drawn last: it names what the choices below it come to
        _draw_method(form.config)
    running_form.note(form.config)
    order = Order(corpus_id, form.config, starts, langs)
    if below is not None:
        with below:
            running_changes.draw(desk, order, n_chosen(desk, replace(order, starts=("projected",))))
    return order


def n_chosen(desk: Desk, order: Order) -> int:
    """Return how many sentences an order is over."""
    found = run_choices.sentences(desk.store, desk.user, order.corpus_id)
    return sum(n for (lang, start), n in found.items() if start in order.starts and lang in (order.langs or (lang,)))


def _draw_sentences(found: Counter[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    by_start: Counter[str] = Counter()
    by_lang: Counter[str] = Counter()
    for (lang, start), n in found.items():
        by_start[start] += n
        by_lang[lang] += n
    open_ones = [start for start in STARTS[:2] if by_start[start]]
    offered = [start for start in STARTS if by_start[start]]
    if not set(st.session_state.get("run_starts") or ()) <= set(offered):
        del st.session_state["run_starts"]  # a run has changed what there is
    chosen = st.pills(
        "Sentences", offered, selection_mode="multi", default=open_ones or None, key="run_starts",
        format_func=lambda start: f"{START_WORDS[start]} {by_start[start]:,}",
        help="Corrections are never touched: a sentence that somebody has worked on keeps what they made.",
    )  # fmt: skip
    langs: list[str] = []
    if len(by_lang) > 1:
        langs = st.pills(
            "Target language (none chosen: all)", sorted(by_lang), selection_mode="multi", key="run_langs",
            format_func=lambda tag: f"{_language(tag)} {by_lang[tag]:,}", wrap=True,
        )  # fmt: skip
    return tuple(start for start in STARTS if start in chosen), tuple(langs)


def _language(tag: str) -> str:
    return "no translation yet" if tag == _NO_LANGUAGE else language_name(tag)


def _draw_pipeline(form: Form) -> None:
    at = "run_set.pipeline"
    st.session_state.setdefault(at, form.config.pipeline)
    chosen = st.radio("Pipeline", list(PIPELINES), captions=list(PIPELINES.values()), key=at)
    form.set("pipeline", chosen)


def _draw_method(config: RunConfig) -> None:
    choices, now = available.methods(config), named_methods.word_of(config)
    ready = [choice.name for choice in choices if choice.is_ready or choice.name == now]
    st.session_state[_METHOD] = now or _OWN
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Method", ready if now else [*ready, _OWN], key=_METHOD, on_change=_take_method,
            format_func=lambda word: PRESETS[word].title if word in PRESETS else word,
            help="Sets all stages below at once, as Inspect, Compare and the command line (`--preset`) do. Labels, "
            "recogniser, translator and encoder stay as they are.",
        )  # fmt: skip
        if missing := not_here(choices):
            running_form.draw_missing(missing, "method")


def _take_method() -> None:
    if (word := st.session_state[_METHOD]) in PRESETS:
        running_form.keep(named_methods.with_method(running_form.kept(Settings()), word))


def _draw_stages(form: Form, labels: tuple[Label, ...], *, one_sided: bool) -> DeltaGenerator | None:
    """Draw the stages of the pipeline and return the place beneath the weights, where there are any."""
    name, below = form.config.pipeline, None
    if name != "parallel" or one_sided:
        _draw_translate(form, wants_language=name in ("translate-test", "translate-train"), name=name)
    if name == "model-transfer":
        _draw_recognise(form, "Recogniser on the target")
    else:
        left, right = st.columns(2)
        with left:
            _draw_preset(form)
        with right:
            form.pick("match.name", "Matching", available.choices("match", form.config), "match")
        below = _draw_details(form)
    with st.expander("Labels: all" if form.config.labels is None else f"Labels: {len(form.config.labels)}",
                     icon=":material/label:", key="run_box_labels"):  # fmt: skip
        _draw_labels(form, labels)
    return below


def _draw_translate(form: Form, *, wants_language: bool, name: str) -> None:
    if name == "model-transfer":
        return
    left, right = st.columns(2)
    with left:
        label = "Translator" if wants_language else "Translator, for sentences with one side"
        form.pick("translate.name", label, available.choices("translate", form.config), "translate")
    with right:
        usual = "the record's, else English" if name == "translate-test" else "the record's"
        st.session_state.setdefault("run_set.translate.to", form.config.translate.to)
        form.set("translate.to", languages.choose("Into the language", "run_set.translate.to"))
        if form.config.translate.to is None:
            st.caption(f"None chosen: {usual}.")
        form.text("translate.model", "Model", placeholder="the usual one, or a folder, or a hub id")


def _draw_recognise(form: Form, label: str) -> None:
    left, right = st.columns(2)
    with left:
        form.pick("recognise.name", label, available.choices("recognise", form.config), "recognise")
    with right:
        form.text("recognise.model", "Model of the recogniser", placeholder="the embedded one, or a folder or hub id")


def _draw_preset(form: Form) -> None:
    choices = available.presets(form.config)
    form.pick("score.preset", "Scores", choices, "preset", on_change=_forget_weights)


def _forget_weights() -> None:
    """Another preset was chosen: weights that were set singly would win over it."""
    config = running_form.kept(Settings())
    preset = st.session_state["run_set.score.preset"]
    plain_score = config.score.model_copy(update={"weights": {}, "preset": preset})
    running_form.keep(config.model_copy(update={"score": plain_score}))


def _draw_details(form: Form) -> DeltaGenerator:
    config = form.config
    with st.expander(f"Names in the source: {plain(config.recognise.name)}", icon=":material/person_search:",
                     key="run_box_recognise"):  # fmt: skip
        st.caption("Names that the file brings are kept; the recogniser finds those of other sentences.")
        _draw_recognise(form, "Recogniser")
    with st.expander(f"Alignment: {plain(config.align.name)}", icon=":material/link:", key="run_box_align"):
        left, right = st.columns(2)
        with left:
            form.pick("align.name", "Aligner", available.choices("align", config), "align")
        with right:
            form.text("align.model", "Encoder", placeholder="e5-small")
    with st.expander("Candidates and weights", icon=":material/tune:", key="run_box_score"):
        left, right = st.columns(2)
        with left:
            form.pick("extract.name", "Candidates", available.choices("extract", config), "extract")
        with right:
            if form.config.extract.max_tokens is not None:
                form.number("extract.max_tokens", "Longest span, words", 1, 50)
        st.caption("Weight of each score; 0 leaves it out.")
        for column, name in zip(_grid(len(scorers.names())), scorers.names(), strict=True):
            with column:
                _draw_weight(form, name)
        below = st.container()
    with st.expander(f"Back-translation: {config.back_translate.use}", icon=":material/sync_alt:", key="run_box_back"):
        left, right = st.columns(2)
        with left:
            form.options("back_translate.use", "Use", ["off", "check", "replace", "add"], "use")
        if form.config.back_translate.use != "off":
            second = form.config.model_copy(update={"translate": form.config.back_translate})
            with right:
                form.pick("back_translate.name", "Its translator", available.choices("translate", second), "translate")
                form.text("back_translate.model", "Its model", placeholder="the usual one, or a folder, or a hub id")
    return below


def _draw_weight(form: Form, name: str) -> None:
    at, now = f"run_set.score.weights.{name}", form.config.score.fused_weights().get(name, 0.0)
    st.session_state.setdefault(at, float(now))
    lacks = available.needs_of("score", name, form.config)
    value = st.number_input(name, 0.0, 10.0, step=0.1, key=at, disabled=bool(lacks) and not now,
                            help=plain(lacks[0].words) if lacks else None)  # fmt: skip
    if value != now:
        form.set(f"score.weights.{name}", value)


def _grid(n: int) -> list[DeltaGenerator]:
    per_row = 4
    return [column for start in range(0, n, per_row) for column in st.columns(per_row)[: min(per_row, n - start)]]


def _draw_labels(form: Form, labels: tuple[Label, ...]) -> None:
    at = "run_set.labels"
    names = list(dict.fromkeys([*(label.name for label in labels), *(form.config.labels or ())]))
    st.session_state.setdefault(at, list(form.config.labels or ()))
    chosen = st.multiselect("Only these labels", names, key=at, placeholder="all", accept_new_options=True)
    form.set("labels", tuple(chosen) or None)


def draw_toml(config: RunConfig) -> None:
    """Draw the settings as run.toml: to be copied, taken away, or brought."""
    with st.expander("These settings as run.toml", icon=":material/description:", key="run_box_toml"):
        problem = st.session_state.pop(_PROBLEM, None)
        if isinstance(problem, XnerError):
            show_error(problem)
        try:
            text = run_toml(config)
        except ConfigError as error:
            show_error(error)
        else:
            st.code(text, language="toml", wrap_lines=True)
            st.download_button("Download run.toml", text.encode(), "run.toml", "application/toml", on_click="ignore",
                               icon=":material/download:")  # fmt: skip
            st.caption("`python -m xner project pairs.jsonl -o out.jsonl --config run.toml` does the same to a file.")
        st.file_uploader("Load settings from a file", type=["toml"], key=_FILE, on_change=_load)


def _load() -> None:
    file = st.session_state.get(_FILE)
    if file is None:
        return
    try:
        running_form.keep(read_run_toml(file.getvalue(), file.name))
    except XnerError as error:
        st.session_state[_PROBLEM] = error

"""Widgets bound to settings of a run by their dotted keys. The settings live in the session, not in the widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from xner.config import RunConfig
from xner.errors import XnerError
from xner.services.available import Choice
from xner.ui.messages import plain, show_error
from xner.ui.running_words import name_words, not_here
from xner.ui.settings import Settings
from xner.ui.wording import counted

_CONFIG, _PREFIX = "xner_run_config", "run_set."
_NOUNS = {
    "method": ("method", "methods"), "translate": ("translator", "translators"), "align": ("aligner", "aligners"),
    "preset": ("set of scores", "sets of scores"),
}  # fmt: skip


def kept(settings: Settings) -> RunConfig:
    """Return the settings as they were left; at first those of Inspect."""
    found: RunConfig | None = st.session_state.get(_CONFIG)
    return found or (RunConfig() if settings == Settings() else settings.config())


def note(config: RunConfig) -> None:
    """Remember what the widgets came to: their own state dies when another page is opened."""
    st.session_state[_CONFIG] = config


def keep(config: RunConfig) -> None:
    """Let the page begin from these settings, whatever its widgets say: call it before they are drawn."""
    st.session_state[_CONFIG] = config
    for key in [key for key in st.session_state if str(key).startswith(_PREFIX)]:
        del st.session_state[key]


class Form:
    """The settings of a run while the page draws them: each widget changes the one that it is bound to."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config

    def pick(self, key: str, label: str, choices: Sequence[Choice], stage: str, **more: Any) -> None:
        """Draw a list of names: those that can run, and the present one; the others beneath, and how to get them."""
        present = self._value(key)
        ready = [choice.name for choice in choices if choice.is_ready or choice.name == present]
        if present not in ready:
            ready.append(present)
        missing = {choice.name for choice in not_here(choices)}

        def words(name: str) -> str:
            return f"⚠ not installed: {name}" if name in missing else name_words(stage, name)

        self._bound(key, lambda at: st.selectbox(label, ready, format_func=words, key=at, **more))
        if missing:
            draw_missing(not_here(choices), stage)

    def options(self, key: str, label: str, options: Sequence[str], stage: str) -> None:
        """Draw a list of fixed options."""
        self._bound(
            key, lambda at: st.selectbox(label, options, format_func=lambda name: name_words(stage, name), key=at)
        )

    def text(self, key: str, label: str, **more: Any) -> None:
        """Draw a line of text; empty stands for "not set"."""
        self._bound(key, lambda at: st.text_input(label, key=at, **more).strip() or None, shown=lambda v: v or "")

    def number(self, key: str, label: str, low: float, high: float, **more: Any) -> None:
        """Draw a number."""
        self._bound(key, lambda at: st.number_input(label, low, high, key=at, **more))

    def set(self, key: str, value: Any) -> None:
        """Change a setting; one that does not go together with the others is told, and stays as it was."""
        if value == self._value(key):
            return
        try:
            self.config = self.config.updated({key: value})
        except XnerError as error:
            show_error(error)

    def _value(self, key: str) -> Any:
        value: Any = self.config
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else getattr(value, part)
        return value

    def _bound(self, key: str, draw: Callable[[str], Any], shown: Callable[[Any], Any] = lambda value: value) -> None:
        at = _PREFIX + key
        if at not in st.session_state:
            st.session_state[at] = shown(self._value(key))
        self.set(key, draw(at))


def draw_missing(choices: Sequence[Choice], stage: str) -> None:
    """Draw what can't be chosen here, what it lacks, and the commands that get it."""
    what = counted(len(choices), *_NOUNS.get(stage, ("choice", "choices")))
    with st.popover(f"{what} not installed here", icon=":material/download:", type="tertiary"):
        st.caption("These can't be chosen before what they need is on this machine.")
        by_need: dict[tuple[Any, ...], list[str]] = {}
        for choice in choices:
            by_need.setdefault(choice.needs, []).append(choice.name)
        for needs, names in by_need.items():
            st.markdown("  \n".join(f":material/block: {plain(name_words(stage, name))}" for name in names))
            for need in needs:
                st.caption(f"Needs: {plain(need.words)}")
                if need.command:
                    st.code(need.command, language=None, wrap_lines=True)

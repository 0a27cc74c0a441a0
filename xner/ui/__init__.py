"""What the pages draw with: the only package that knows streamlit."""

from xner.ui import (
    adding,
    auth,
    downloads,
    exporting,
    keeping,
    messages,
    picker,
    projecting,
    settings,
    state,
    welcome,
    widgets,
)

__all__ = [
    "adding",
    "auth",
    "downloads",
    "exporting",
    "keeping",
    "messages",
    "picker",
    "projecting",
    "settings",
    "state",
    "welcome",
    "widgets",
]

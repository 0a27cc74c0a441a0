"""What the pages draw with: the only package that knows streamlit."""

from xner.ui import (
    adding,
    adjudicating,
    auth,
    correcting,
    downloads,
    exporting,
    keeping,
    messages,
    picker,
    projecting,
    queue,
    running,
    settings,
    state,
    welcome,
    widgets,
)

__all__ = [
    "adding",
    "adjudicating",
    "auth",
    "correcting",
    "downloads",
    "exporting",
    "keeping",
    "messages",
    "picker",
    "projecting",
    "queue",
    "running",
    "settings",
    "state",
    "welcome",
    "widgets",
]

"""Stored times on the reader's clock."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, tzinfo

import streamlit as st


def local(text: str) -> str:
    """Return a stored time as the reader's clock shows it; today's without the date."""
    found = moment(text)
    if found is None:
        return "–"
    shown = found.astimezone(_zone())
    return shown.strftime("%H:%M" if shown.date() == datetime.now(_zone()).date() else "%d %b %Y, %H:%M")


def moment(text: str) -> datetime | None:
    """Return a stored time, ``None`` for a text that is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _zone() -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(st.context.timezone or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return UTC

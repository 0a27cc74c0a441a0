"""Choosing from the lists of a page."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import TimeoutError

OPENED_AT_MOST = 6


def choose(page: Any, label: str, option: str) -> None:
    """Choose from a list, which closes when the page scrolls under it: on a long page the click that opens it does."""
    field = page.get_by_role("combobox", name=label)
    wanted = page.get_by_role("option", name=re.compile(f"^{re.escape(option)}"))
    for _ in range(OPENED_AT_MOST):
        field.scroll_into_view_if_needed()
        field.click()
        try:
            wanted.click(timeout=5_000)
            return
        except TimeoutError:
            field.press("Escape")  # open or closed before, it is closed now
    raise AssertionError(f"{label} does not offer {option}")

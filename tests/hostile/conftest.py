"""The fixtures of the page tests, over stores full of hostile text."""

from tests.app.conftest import open_page, shelf

__all__ = ["open_page", "shelf"]

collect_ignore = ["sinks_app.py"]

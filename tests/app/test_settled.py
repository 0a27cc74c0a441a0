"""What is put aside is no longer looked through, once a page; what comes later is looked through as ever."""

from __future__ import annotations

import gc
import weakref

import pytest

from xner.ui import settled


@pytest.fixture(autouse=True)
def unfrozen():
    """Leave the collector as it was."""
    settled.put_aside.clear()
    yield
    settled.put_aside.clear()
    gc.unfreeze()


class Ring:
    """An object that only the collector can free."""

    def __init__(self):
        self.itself = self


def test_garbage_of_after_a_page_was_put_aside_is_still_collected():
    lasting = Ring()
    before = gc.get_freeze_count()
    settled.put_aside("dashboard")
    assert gc.get_freeze_count() > before + 1000
    assert not any(found is lasting for found in gc.get_objects())
    later = weakref.ref(Ring())
    gc.collect()
    assert later() is None


def test_a_page_is_put_aside_once_so_that_no_garbage_piles_up():
    settled.put_aside("dashboard")
    n_aside = gc.get_freeze_count()
    kept = [Ring() for _ in range(100)]
    settled.put_aside("dashboard")
    assert gc.get_freeze_count() <= n_aside
    settled.put_aside("correct")
    assert gc.get_freeze_count() >= n_aside + len(kept)

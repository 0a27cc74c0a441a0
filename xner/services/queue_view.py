"""What of a corpus is looked at, and how an address says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from xner.services.dashboard_selection import PARAMETER, Selection, from_params
from xner.store.queue import Order
from xner.store.rows import Filters

ORDERS: tuple[Order, ...] = get_args(Order)
OPEN = ("new", "projected", "failed", "draft")
"""Statuses of a sentence that nobody has decided on."""
DONE = ("accepted", "adjudicated")
STATUSES = (*OPEN, "accepted", "skipped", "flagged", "adjudicated")
_MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class View:
    """Which list is looked at; it is part of the address, so that it can be shared and survives a reload."""

    filters: Filters = field(default_factory=Filters)
    order: Order = "risk"
    seed: int = 0
    """Of the order `random`."""
    page: int = 1
    behind: Selection | None = None
    """Only the sentences behind a number of the dashboard."""


_VALUES = {"lang": "langs", "label": "labels", "tag": "tags", "status": "statuses"}
PARAMETERS = (*_VALUES, "annotator", "q", "order", "seed", "page", PARAMETER)
"""Names of a view in an address."""


def view_from_params(params: Mapping[str, Sequence[str]]) -> View:
    """Return the view that an address asks for; what it can't mean is left out.

    Example:
        >>> view_from_params({"lang": ["de", "ar"], "order": ["random"], "page": ["x"]}).filters.langs
        ('de', 'ar')
    """
    values = {key: tuple(dict.fromkeys(params.get(key, ()))) for key in _VALUES}
    authors = tuple(number for text in params.get("annotator", ()) if (number := _number(text)) is not None)
    text = " ".join(params.get("q", ("",))[:1]).replace("\0", "").strip()
    wanted = next(iter(params.get("order", ())), "")
    return View(
        filters=Filters(
            langs=values["lang"],
            labels=values["label"],
            tags=values["tag"],
            statuses=tuple(status for status in values["status"] if status in STATUSES),
            authors=authors,
            text=text,
        ),
        order=next((order for order in ORDERS if order == wanted), "risk"),
        seed=_number(next(iter(params.get("seed", ())), "")) or 0,
        page=max(1, _number(next(iter(params.get("page", ())), "")) or 1),
        behind=from_params(params.get(PARAMETER, ())),
    )


def params_of(view: View) -> dict[str, list[str]]:
    """Return what an address says of a view; what is as always is not said.

    Example:
        >>> params_of(View(Filters(langs=("de",)), page=2))
        {'lang': ['de'], 'page': ['2']}
    """
    filters = view.filters
    said = {key: list(getattr(filters, name)) for key, name in _VALUES.items()}
    said["annotator"] = [str(number) for number in filters.authors]
    said["q"] = [filters.text] if filters.text else []
    said["order"] = [view.order] if view.order != "risk" else []
    said["seed"] = [str(view.seed)] if view.order == "random" and view.seed else []
    said["page"] = [str(view.page)] if view.page != 1 else []
    said[PARAMETER] = view.behind.as_params() if view.behind else []
    return {key: values for key, values in said.items() if values}


def without(filters: Filters, name: str) -> Filters:
    """Return the filters without one of them, named as `removed_by` does."""
    field_name = {
        "language": "langs", "label": "labels", "tag": "tags", "status": "statuses", "annotator": "authors",
    }.get(name)  # fmt: skip
    nothing: dict[str, Any] = {"text": ""} if field_name is None else {field_name: ()}
    if name == "sentences":
        nothing = {"pair_ids": None}
    return replace(filters, **nothing)


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if is_number and int(text) <= _MAX_NUMBER else None

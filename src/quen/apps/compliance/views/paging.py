"""Pages of what is ordered by its number, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from quen.ui.asked import whole

SIZE = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of rows; newer and older are the addresses of its neighbours, empty where there are none."""

    rows: list[Any]
    newer: str
    older: str


def keyset_page(found: QuerySet[Any], query: QueryDict | Mapping[str, str]) -> Shown:
    """Give the page after or before the row the address names. found: ordered by -id."""
    after, before = whole(query.get("after", "") or ""), whole(query.get("before", "") or "")
    if before:
        rows = list(found.filter(id__gt=before).order_by("id")[: SIZE + 1])
        more, rows = len(rows) > SIZE, rows[:SIZE][::-1]
        newer, older = more, True
    else:
        rows = list((found.filter(id__lt=after) if after else found)[: SIZE + 1])
        newer, older, rows = bool(after), len(rows) > SIZE, rows[:SIZE]
    if not rows:
        return Shown([], "", "")
    return Shown(
        rows,
        _address(query, before=rows[0].pk) if newer else "",
        _address(query, after=rows[-1].pk) if older else "",
    )


def _address(query: QueryDict | Mapping[str, str], **place: int) -> str:
    kept = QueryDict(mutable=True)
    for name in query:
        if name not in ("after", "before"):
            kept[name] = query.get(name) or ""
    kept.update({name: str(value) for name, value in place.items()})
    return f"?{kept.urlencode()}"

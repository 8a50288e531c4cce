"""Keyset paging by id, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from quen.ui.params import positive_int

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """A page of rows. newer, older: URLs of the neighbouring pages, empty if there is none."""

    rows: list[Any]
    newer: str
    older: str


def keyset_page(queryset: QuerySet[Any], query: QueryDict | Mapping[str, str]) -> KeysetPage:
    """Return the page after or before the row in the query. queryset: ordered by -id."""
    after, before = positive_int(query.get("after", "") or ""), positive_int(query.get("before", "") or "")
    if before:
        rows = list(queryset.filter(id__gt=before).order_by("id")[: PAGE_SIZE + 1])
        more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
        newer, older = more, True
    else:
        rows = list((queryset.filter(id__lt=after) if after else queryset)[: PAGE_SIZE + 1])
        newer, older, rows = bool(after), len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if not rows:
        return KeysetPage([], "", "")
    return KeysetPage(
        rows,
        _page_url(query, before=rows[0].pk) if newer else "",
        _page_url(query, after=rows[-1].pk) if older else "",
    )


def _page_url(query: QueryDict | Mapping[str, str], **position: int) -> str:
    params = QueryDict(mutable=True)
    for name in query:
        if name not in ("after", "before"):
            params[name] = query.get(name) or ""
    params.update({name: str(value) for name, value in position.items()})
    return f"?{params.urlencode()}"

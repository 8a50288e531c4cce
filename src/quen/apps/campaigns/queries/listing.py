"""The list of campaigns: a page by keyset, with names and figures asked for all rows at once."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Lower

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries.finding import campaigns
from quen.apps.campaigns.queries.people import Names, audience_of, sentence
from quen.apps.campaigns.types import Audience, CampaignState
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.types import Figures
from quen.core.errors import DomainError
from quen.core.text import fold

EACH = 30
USUAL = "-time"
ARCHIVED = "archived"
_SEARCHED = 5_000
_ORDERS: Mapping[str, Any] = MappingProxyType(
    {
        "name": Lower("name"),
        # When it went out or is to go out; of a draft, when it was last written at.
        "time": Coalesce(F("started_at"), F("send_at"), F("updated_at")),
        "updated": F("updated_at"),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign in the list. figures: None before anything was launched."""

    campaign: Campaign
    audience: str
    figures: Figures | None
    at: datetime

    @property
    def opened_percent(self) -> float | None:
        """Give how many of those reached opened it."""
        return _percent(self.figures.opened, self.figures) if self.figures else None

    @property
    def clicked_percent(self) -> float | None:
        """Give how many of those reached clicked."""
        return _percent(self.figures.clicked, self.figures) if self.figures else None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, with what the pages beside it start from."""

    rows: tuple[Row, ...]
    previous: str
    next: str


def page_of(
    *,
    words: str,
    state: str,
    sorting: str,
    after: str,
    before: str,
    now: datetime,
    zone: ZoneInfo,
    each: int = EACH,
) -> Listed:
    """Give a page. state: a state, "archived", or "" for all that is not archived."""
    name = sorting.removeprefix("-")
    if name not in _ORDERS:
        sorting, name = USUAL, USUAL.removeprefix("-")
    down = sorting.startswith("-")
    found = searched(wanted(state), words).annotate(order=_ORDERS[name])
    cursor = _read(after or before, name)
    backwards = bool(before) and cursor is not None
    if cursor is not None:
        found = found.filter(_beyond(cursor, down=down != backwards))
    way = "-" if down != backwards else ""
    rows = list(found.order_by(f"{way}order", f"{way}pk")[: each + 1])
    more, rows = len(rows) > each, rows[:each]
    if backwards:
        rows.reverse()
    earlier = more if backwards else cursor is not None
    later = True if backwards else more
    return Listed(
        rows=tuple(_rows(rows, now=now, zone=zone)),
        previous=_written(rows[0]) if rows and earlier else "",
        next=_written(rows[-1]) if rows and later else "",
    )


def wanted(state: str) -> QuerySet[Campaign]:
    """Give the campaigns of a state; the archive is apart."""
    if state == ARCHIVED:
        return campaigns().exclude(archived_at=None)
    found = campaigns().filter(archived_at=None)
    return found.filter(state=state) if state in CampaignState.values else found


def searched(found: QuerySet[Campaign], words: str) -> QuerySet[Campaign]:
    """Keep those in whose name every word begins a word, without regard to case and marks."""
    terms = fold(words).split()
    if not terms:
        return found
    names = found.order_by("-updated_at").values_list("pk", "name")[:_SEARCHED]
    fitting = [
        pk
        for pk, name in names
        if all(any(part.startswith(term) for part in fold(name).split()) for term in terms)
    ]
    return found.filter(pk__in=fitting)


def counts() -> dict[str, int]:
    """Give how many there are in each state, and in the archive."""
    known = dict.fromkeys([*CampaignState.values, ARCHIVED], 0)
    for state, archived_at in campaigns().values_list("state", "archived_at"):
        known[ARCHIVED if archived_at else state] += 1
    return known


def latest(*, now: datetime, zone: ZoneInfo, most: int) -> list[Row]:
    """Give what was sent last or is under way, and what waits."""
    found = wanted("").annotate(order=_ORDERS["time"]).order_by("-order", "-pk")
    return _rows(list(found[:most]), now=now, zone=zone)


def _rows(found: Sequence[Campaign], *, now: datetime, zone: ZoneInfo) -> list[Row]:
    launches = [each.launch_id for each in found if each.launch_id is not None]
    figures = delivery.figures_of(launches) if launches else {}
    audiences = {each.pk: _audience(each) for each in found}
    names = Names(audiences.values(), now=now, zone=zone)
    return [
        Row(
            each,
            sentence(audiences[each.pk], names),
            figures.get(each.launch_id or 0),
            each.started_at or each.send_at or each.updated_at,
        )
        for each in found
    ]


def _audience(campaign: Campaign) -> Audience:
    try:
        return audience_of(campaign)
    except DomainError:
        return Audience()


def _percent(part: int, figures: Figures) -> float | None:
    reached = figures.handed_over - figures.bounced
    return part * 100 / reached if reached > 0 else None


def _beyond(cursor: tuple[Any, int], *, down: bool) -> Q:
    way = "lt" if down else "gt"
    value, pk = cursor
    return Q(**{f"order__{way}": value}) | Q(**{"order": value, f"pk__{way}": pk})


def _written(campaign: Campaign) -> str:
    value = campaign.order  # type: ignore[attr-defined]  # annotated above
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([plain, campaign.pk]).encode()).decode().rstrip("=")


def _read(raw: str, name: str) -> tuple[Any, int] | None:
    """Read where a page starts; a broken link shows the first page."""
    if not raw:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
        if name != "name":
            value = datetime.fromisoformat(value)
            if value.tzinfo is None:
                return None
        elif not isinstance(value, str) or "\0" in value:
            return None
        return value, int(pk)
    except (ValueError, TypeError, binascii.Error):
        return None

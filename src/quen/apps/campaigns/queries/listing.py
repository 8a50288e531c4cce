"""The campaign list: keyset pages, with audiences and counts loaded for all rows at once."""

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
from quen.apps.campaigns.queries.audiences import AudienceNames, audience_of, describe_audience
from quen.apps.campaigns.queries.lookup import campaigns
from quen.apps.campaigns.types import Audience, CampaignState
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.types import DispatchCounts
from quen.core.errors import DomainError
from quen.core.text import fold

PAGE_SIZE = 30
DEFAULT_SORT = "-time"
ARCHIVED = "archived"
_SEARCH_LIMIT = 5_000
_SORT_KEYS: Mapping[str, Any] = MappingProxyType(
    {
        "name": Lower("name"),
        # When it was or will be sent; for a draft, when it was last edited.
        "time": Coalesce(F("started_at"), F("send_at"), F("updated_at")),
        "updated": F("updated_at"),
    }
)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign in the list. counts: None before it was dispatched."""

    campaign: Campaign
    audience: str
    counts: DispatchCounts | None
    at: datetime

    @property
    def opened_percent(self) -> float | None:
        """Return opens in percent of the messages that arrived."""
        return _percent(self.counts.opened, self.counts) if self.counts else None

    @property
    def clicked_percent(self) -> float | None:
        """Return clicks in percent of the messages that arrived."""
        return _percent(self.counts.clicked, self.counts) if self.counts else None


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """A page of the list. previous, next: cursors of the pages before and after, "" at the ends."""

    rows: tuple[CampaignRow, ...]
    previous: str
    next: str


def campaign_page(
    *,
    search: str,
    state: str,
    sort: str,
    after: str,
    before: str,
    now: datetime,
    zone: ZoneInfo,
    page_size: int = PAGE_SIZE,
) -> CampaignPage:
    """Return a page. state: a CampaignState, "archived", or "" for everything not archived."""
    name = sort.removeprefix("-")
    if name not in _SORT_KEYS:
        sort, name = DEFAULT_SORT, DEFAULT_SORT.removeprefix("-")
    descending = sort.startswith("-")
    found = search_by_name(in_state(state), search).annotate(order=_SORT_KEYS[name])
    cursor = _decode_cursor(after or before, name)
    backwards = bool(before) and cursor is not None
    if cursor is not None:
        found = found.filter(_beyond_cursor(cursor, descending=descending != backwards))
    prefix = "-" if descending != backwards else ""
    rows = list(found.order_by(f"{prefix}order", f"{prefix}pk")[: page_size + 1])
    more, rows = len(rows) > page_size, rows[:page_size]
    if backwards:
        rows.reverse()
    earlier = more if backwards else cursor is not None
    later = True if backwards else more
    return CampaignPage(
        rows=tuple(_campaign_rows(rows, now=now, zone=zone)),
        previous=_encode_cursor(rows[0]) if rows and earlier else "",
        next=_encode_cursor(rows[-1]) if rows and later else "",
    )


def in_state(state: str) -> QuerySet[Campaign]:
    """Return the campaigns of a state; archived ones are listed only under "archived"."""
    if state == ARCHIVED:
        return campaigns().exclude(archived_at=None)
    found = campaigns().filter(archived_at=None)
    return found.filter(state=state) if state in CampaignState.values else found


def search_by_name(found: QuerySet[Campaign], search: str) -> QuerySet[Campaign]:
    """Return campaigns whose name has, for each search word, a word that starts with it (case and marks ignored)."""
    terms = fold(search).split()
    if not terms:
        return found
    names = found.order_by("-updated_at").values_list("pk", "name")[:_SEARCH_LIMIT]
    matching = [
        pk
        for pk, name in names
        if all(any(part.startswith(term) for part in fold(name).split()) for term in terms)
    ]
    return found.filter(pk__in=matching)


def counts_by_state() -> dict[str, int]:
    """Return the number of campaigns in each state, and of archived ones."""
    counts = dict.fromkeys([*CampaignState.values, ARCHIVED], 0)
    for state, archived_at in campaigns().values_list("state", "archived_at"):
        counts[ARCHIVED if archived_at else state] += 1
    return counts


def latest(*, now: datetime, zone: ZoneInfo, limit: int) -> list[CampaignRow]:
    """Return the campaigns sent, scheduled or edited last."""
    found = in_state("").annotate(order=_SORT_KEYS["time"]).order_by("-order", "-pk")
    return _campaign_rows(list(found[:limit]), now=now, zone=zone)


def _campaign_rows(found: Sequence[Campaign], *, now: datetime, zone: ZoneInfo) -> list[CampaignRow]:
    dispatch_ids = [each.dispatch_id for each in found if each.dispatch_id is not None]
    counts = delivery.counts_by_dispatch(dispatch_ids) if dispatch_ids else {}
    audiences = {each.pk: _audience(each) for each in found}
    names = AudienceNames(audiences.values(), now=now, zone=zone)
    return [
        CampaignRow(
            each,
            describe_audience(audiences[each.pk], names),
            counts.get(each.dispatch_id or 0),
            each.started_at or each.send_at or each.updated_at,
        )
        for each in found
    ]


def _audience(campaign: Campaign) -> Audience:
    try:
        return audience_of(campaign)
    except DomainError:
        return Audience()


def _percent(part: int, counts: DispatchCounts) -> float | None:
    reached = counts.sent - counts.bounced
    return part * 100 / reached if reached > 0 else None


def _beyond_cursor(cursor: tuple[Any, int], *, descending: bool) -> Q:
    lookup = "lt" if descending else "gt"
    value, pk = cursor
    return Q(**{f"order__{lookup}": value}) | Q(**{"order": value, f"pk__{lookup}": pk})


def _encode_cursor(campaign: Campaign) -> str:
    value = campaign.order  # type: ignore[attr-defined]  # annotated above
    json_value = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([json_value, campaign.pk]).encode()).decode().rstrip("=")


def _decode_cursor(raw: str, name: str) -> tuple[Any, int] | None:
    """Return the cursor, or None for a broken link, which then shows the first page."""
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

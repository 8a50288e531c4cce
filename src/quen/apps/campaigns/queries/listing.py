"""The campaign list: keyset pages, with audiences and counts loaded for all rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Lower

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries.audiences import AudienceNames, audience_of, describe_audience
from quen.apps.campaigns.queries.lookup import campaigns
from quen.apps.campaigns.rules import rates
from quen.apps.campaigns.types import Audience, CampaignState
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.types import DispatchCounts
from quen.core import paging
from quen.core.errors import DomainError
from quen.core.paging import Page, Sort, SortColumn
from quen.core.text import fold

PAGE_SIZE = 30
ARCHIVED = "archived"
SORT_COLUMNS: Mapping[str, SortColumn] = MappingProxyType(
    {"name": SortColumn("sort_name", paging.word), "time": SortColumn("sort_time", paging.instant)}
)
DEFAULT_SORT = Sort("time", SORT_COLUMNS["time"], descending=True)
_SEARCH_LIMIT = 5_000
#: when it was or will be sent; of a draft, when it was last edited
_TIME = Coalesce(F("started_at"), F("send_at"), F("updated_at"))


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign in the list. counts: None before it was dispatched."""

    campaign: Campaign
    audience: str
    counts: DispatchCounts | None
    at: datetime

    @property
    def opened_percent(self) -> float | None:
        """Return opens in percent of the messages that arrived, None if they are not tracked."""
        return rates.open_percent(self.counts) if self.counts and self.campaign.track_opens else None

    @property
    def clicked_percent(self) -> float | None:
        """Return clicks in percent of the messages that arrived, None if they are not tracked."""
        return rates.click_percent(self.counts) if self.counts and self.campaign.track_clicks else None


def campaign_page(
    *,
    search: str,
    state: str,
    sort: Sort = DEFAULT_SORT,
    after: str = "",
    before: str = "",
    now: datetime,
    zone: ZoneInfo,
    page_size: int = PAGE_SIZE,
) -> Page[CampaignRow]:
    """Return a page. state: a CampaignState, "archived", or "" for everything not archived."""
    found = search_by_name(in_state(state), search).annotate(sort_name=Lower("name"), sort_time=_TIME)
    page = paging.paginate(found, sort=sort, size=page_size, after=after, before=before)
    rows = _campaign_rows(page.rows, now=now, zone=zone)
    return Page(tuple(rows), page.first, page.previous, page.next)


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
    found = in_state("").order_by(_TIME.desc(), "-pk")
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

"""How many contacts a campaign reaches, and who is skipped and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import OperationalError

from quen.apps.audience import queries as conditions
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries.audiences import contacts_of
from quen.apps.campaigns.types import AudienceEstimate
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.content import queries as contents
from quen.apps.delivery import queries as delivery
from quen.core import paging, sql
from quen.core.errors import DomainError
from quen.core.paging import Cursor, KeyList, Page
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_COUNT_TIMEOUT_MS = 1_000
_QUERY_CANCELED = "57014"


def estimate(
    campaign: Campaign, *, workspace: Workspace, now: datetime, timeout_ms: int | None = None
) -> AudienceEstimate | None:
    """Return how many contacts a campaign would reach now, or None when ``timeout_ms`` ran out.

    Raises NotFound or InvalidTree when an item of the audience can't be used any more.
    """
    targeted = contacts_of(campaign, now=now, zone=workspace.zone)
    if timeout_ms is None:
        return _estimate(campaign, targeted, now)
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return _estimate(campaign, targeted, now)
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _QUERY_CANCELED:
            raise
        return None


def _estimate(campaign: Campaign, targeted: Relation, now: datetime) -> AudienceEstimate:
    found = delivery.estimate_reach(
        targeted,
        channel=campaign.channel,
        message_class=campaign.message_class,
        topic_id=campaign.topic_id,
        now=now,
    )
    return AudienceEstimate(found.matched, found.eligible, found.skipped_by_reason, now)


def last_estimate(campaign: Campaign) -> AudienceEstimate | None:
    """Return the stored estimate, or None when the audience has changed since."""
    stored = campaign.estimate
    if not stored:
        return None
    skipped_by_reason = {int(code): count for code, count in stored["skipped_by_reason"].items()}
    return AudienceEstimate(
        stored["matched"], stored["eligible"], skipped_by_reason, datetime.fromisoformat(stored["at"])
    )


def content_hash(content_id: int) -> str:
    """Return a value that changes whenever the content changes."""
    found = contents.versions(contents.get_content(content_id)).values()
    return "|".join(sorted(f"{version.language}:{version.updated_at.isoformat()}" for version in found))


def skipped_contacts(
    campaign: Campaign,
    reason: int,
    *,
    workspace: Workspace,
    now: datetime,
    after: str | None = None,
    before: str | None = None,
) -> Page[int]:
    """Return a page of the ids of contacts that are skipped for a reason as of now, ascending."""
    targeted = contacts_of(campaign, now=now, zone=workspace.zone)
    marketing = campaign.message_class == MessageClass.MARKETING
    capped = delivery.over_frequency_cap(targeted, channel=campaign.channel, now=now) if marketing else None
    eligibility = compliance.eligibility(
        targeted,
        channel=campaign.channel,
        message_class=campaign.message_class,
        topic_id=campaign.topic_id,
        now=now,
        capped=capped,
    )
    found = sql.compose(
        "SELECT contact_id FROM {eligibility} eligibility WHERE reason = %(reason)s",
        eligibility=eligibility,
        reason=reason,
    )
    skipped = KeyList(Relation(found.text, found.params, ("contact_id",)))
    sort = skipped.sort()
    return paging.read_large(
        skipped,
        sort=sort,
        size=paging.PAGE_SIZE,
        after=Cursor.read(after, sort),
        before=Cursor.read(before, sort),
    )


def count_without_value(campaign: Campaign, tag: str, *, workspace: Workspace, now: datetime) -> int | None:
    """Return how many contacts of the audience lack a value for a merge tag.

    None when the tag is no condition field or the count took too long.
    """
    return _count_matching(campaign, {"field": tag, "op": "empty"}, workspace=workspace, now=now)


def count_readers(campaign: Campaign, language: str, *, workspace: Workspace, now: datetime) -> int | None:
    """Return how many contacts of the audience prefer a language; None when the count took too long."""
    tree = {"field": "language", "op": "is", "value": [language]}
    return _count_matching(campaign, tree, workspace=workspace, now=now)


def _count_matching(
    campaign: Campaign, tree: dict[str, Any], *, workspace: Workspace, now: datetime
) -> int | None:
    try:
        matching = conditions.parse(tree)
        targeted = contacts_of(campaign, now=now, zone=workspace.zone)
    except DomainError:
        return None
    relation = conditions.relation(matching, now=now, zone=workspace.zone, among=targeted, columns="count(*)")
    try:
        with sql.read_only(timeout_ms=_COUNT_TIMEOUT_MS):
            return int(sql.rows(relation)[0][0])
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _QUERY_CANCELED:
            raise
        return None

"""How many a campaign reaches, and who is left out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import OperationalError

from quen.apps.audience import queries as conditions
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries.people import people
from quen.apps.campaigns.types import Look
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.content import queries as contents
from quen.apps.delivery import queries as delivery
from quen.core import sql
from quen.core.errors import DomainError
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

EMAIL = "email"
_GAPS_TIMEOUT_MS = 1_000
_TIME_IS_UP = "57014"


def look_at(
    campaign: Campaign, *, workspace: Workspace, now: datetime, timeout_ms: int | None = None
) -> Look | None:
    """Count whom a campaign would reach now; None when the time is up.

    Raises NotFound or a TreeRefused when a piece of the audience is gone.
    """
    meant = people(campaign, now=now, zone=workspace.zone)
    if timeout_ms is None:
        return _look(campaign, meant, now)
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return _look(campaign, meant, now)
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _TIME_IS_UP:
            raise
        return None


def _look(campaign: Campaign, meant: Relation, now: datetime) -> Look:
    found = delivery.reach(meant, kind=EMAIL, message_class=campaign.message_class, now=now)
    return Look(found.matched, found.eligible, found.left_out, now)


def counted(campaign: Campaign) -> Look | None:
    """Give what the last count said, if the audience has not changed since."""
    kept = campaign.looked
    if not kept:
        return None
    left_out = {int(code): people for code, people in kept["left_out"].items()}
    return Look(kept["matched"], kept["eligible"], left_out, datetime.fromisoformat(kept["at"]))


def words_digest(content_id: int) -> str:
    """Give what changes whenever the words change."""
    found = contents.versions(contents.get_content(content_id)).values()
    return "|".join(sorted(f"{version.language}:{version.updated_at.isoformat()}" for version in found))


def left_out(
    campaign: Campaign, reason: int, *, workspace: Workspace, now: datetime, after: int, most: int
) -> list[int]:
    """Give the ids of people a reason leaves out now, in their order, beyond ``after``."""
    meant = people(campaign, now=now, zone=workspace.zone)
    marketing = campaign.message_class == MessageClass.MARKETING
    capped = delivery.over_cap(meant, kind=EMAIL, now=now) if marketing else None
    gate = compliance.gate(meant, channel=EMAIL, message_class=campaign.message_class, now=now, capped=capped)
    found = sql.compose(
        "SELECT contact_id FROM {gate} gate WHERE reason = %(reason)s AND contact_id > %(after)s"
        " ORDER BY contact_id LIMIT %(most)s",
        gate=gate,
        reason=reason,
        after=after,
        most=most,
    )
    return [row[0] for row in sql.rows(found)]


def people_without(campaign: Campaign, tag: str, *, workspace: Workspace, now: datetime) -> int | None:
    """Count who of the audience has nothing for a merge tag; None when it can't be asked, or not in time."""
    try:
        empty = conditions.parse({"field": tag, "op": "empty"})
        meant = people(campaign, now=now, zone=workspace.zone)
    except DomainError:
        return None
    asked = conditions.relation(empty, now=now, zone=workspace.zone, among=meant, columns="count(*)")
    try:
        with sql.read_only(timeout_ms=_GAPS_TIMEOUT_MS):
            return int(sql.rows(asked)[0][0])
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _TIME_IS_UP:
            raise
        return None

"""Reads of the website app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext, override

from quen.apps.website.models import VisitorClaim, WebsiteAction, WebsiteSession, WebsiteSettings
from quen.apps.website.types import LANGUAGES, ActionKind, BannerText, DayVisits, PageViews
from quen.core import crypto, sql, user_agents
from quen.core.sql import Relation

#: argument of core.crypto.encrypt
SECRET_PURPOSE: Final = "website-secret"  # noqa: S105  # a name
_ROWS: Final = 10


def website_settings() -> WebsiteSettings:
    """Return the settings; the defaults, unsaved, before anybody has changed them."""
    return WebsiteSettings.objects.first() or WebsiteSettings()


def banner_texts(settings: WebsiteSettings) -> dict[str, BannerText]:
    """Return what the banner says by language, the usual words where the shop has none of its own."""
    return {
        language: BannerText(*settings.texts[language]) if language in settings.texts else _usual(language)
        for language in LANGUAGES
    }


def secret(settings: WebsiteSettings) -> str:
    """Return the secret with which the shop's server signs; empty when there is none or it cannot be read."""
    try:
        return crypto.decrypt(settings.secret, purpose=SECRET_PURPOSE) if settings.secret else ""
    except crypto.BadToken:
        return ""


def sessions_of(contact_id: int) -> QuerySet[WebsiteSession]:
    """Return the visits of a contact, latest first."""
    return WebsiteSession.objects.filter(visitor__contact_id=contact_id).order_by("-began_at", "-id")


def actions_of(sessions: Sequence[WebsiteSession]) -> dict[int, list[WebsiteAction]]:
    """Return what was done in visits, by visit, in order."""
    found: dict[int, list[WebsiteAction]] = {}
    done = WebsiteAction.objects.filter(
        visitor_id__in={session.visitor_id for session in sessions},
        session_id__in=[session.pk for session in sessions],
    )
    for action in done.order_by("at", "id"):
        found.setdefault(action.session_id, []).append(action)
    return found


def count_unproven(values: list[str]) -> int:
    """Return how many visitors typed one of these addresses without a proof that it is theirs."""
    claims = VisitorClaim.objects.filter(value__in=values, is_signed=False, visitor__contact_id=None)
    return claims.values("visitor_id").distinct().count()


def visits_by_day(*, since: datetime, until: datetime, zone: str) -> list[DayVisits]:
    """Return the visits of each local day that had any, in order."""
    rows = sql.rows(
        Relation(
            "SELECT (s.began_at AT TIME ZONE %(zone)s)::date AS day, count(DISTINCT s.visitor_id),"
            " count(DISTINCT s.visitor_id) FILTER (WHERE v.contact_id IS NOT NULL), count(*)"
            " FROM website_websitesession s JOIN website_visitor v ON v.id = s.visitor_id"
            " WHERE s.began_at >= %(since)s AND s.began_at < %(until)s GROUP BY 1 ORDER BY 1",
            {"since": since, "until": until, "zone": zone},
        )
    )
    return [DayVisits(*row) for row in rows]


def totals(*, since: datetime, until: datetime) -> tuple[int, int, int, int]:
    """Return visitors, known ones among them, visits and page views of a time."""
    visitors, known, sessions = sql.rows(
        Relation(
            "SELECT count(DISTINCT s.visitor_id),"
            " count(DISTINCT s.visitor_id) FILTER (WHERE v.contact_id IS NOT NULL), count(*)"
            " FROM website_websitesession s JOIN website_visitor v ON v.id = s.visitor_id"
            " WHERE s.began_at >= %(since)s AND s.began_at < %(until)s",
            {"since": since, "until": until},
        )
    )[0]
    views = WebsiteAction.objects.filter(kind=ActionKind.VIEW, at__gte=since, at__lt=until).count()
    return visitors, known, sessions, views


def top_pages(*, since: datetime, until: datetime) -> list[PageViews]:
    """Return the pages viewed most."""
    return _top("page", "title", ActionKind.VIEW, since, until)


def top_products(*, since: datetime, until: datetime) -> list[PageViews]:
    """Return the products viewed most, with the code that the shop gives them."""
    return _top("coalesce(nullif(name, ''), code)", "code", ActionKind.PRODUCT, since, until)


def top_sources(*, since: datetime, until: datetime) -> list[PageViews]:
    """Return where most visits came from: the source of a campaign, else the website before; empty if neither."""
    rows = sql.rows(
        Relation(
            "SELECT coalesce(nullif(campaign ->> 'utm_source', ''), split_part(referrer, '/', 1)) AS source, '',"
            " count(*), count(DISTINCT visitor_id) FROM website_websitesession"
            " WHERE began_at >= %(since)s AND began_at < %(until)s GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %(rows)s",
            {"since": since, "until": until, "rows": _ROWS},
        )
    )
    return [PageViews(*row) for row in rows]


def _top(name: str, title: str, kind: ActionKind, since: datetime, until: datetime) -> list[PageViews]:
    rows = sql.rows(
        Relation(
            f"SELECT {name} AS name, max({title}), count(*), count(DISTINCT visitor_id) FROM website_websiteaction"
            " WHERE kind = %(kind)s AND at >= %(since)s AND at < %(until)s"
            " GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %(rows)s",
            {"kind": int(kind), "since": since, "until": until, "rows": _ROWS},
        )
    )
    return [PageViews(*row) for row in rows]


def _usual(language: str) -> BannerText:
    with override(language):
        return BannerText(
            gettext(
                "May we measure which pages you look at, so that we can improve this shop and write to you about what"
                " interests you? You can change your mind at any time."
            ),
            gettext("Yes, you may"),
            gettext("No, thanks"),
        )


def kept_about(contact_id: int) -> list[dict[str, Any]]:
    """Return the visits of a contact with their pages, for the copy of their data."""
    sessions = list(sessions_of(contact_id)[:1000])
    actions = actions_of(sessions)
    return [
        {
            gettext("Visit"): session.began_at.isoformat(),
            gettext("Came from"): session.referrer,
            gettext("Campaign"): ", ".join(f"{name}={value}" for name, value in session.campaign.items()),
            gettext("Device"): user_agents.describe(session.user_agent) if session.user_agent else "",
            gettext("Pages"): [
                f"{action.at.isoformat()} {action.page} {action.name or action.code}".strip()
                for action in actions.get(session.pk, [])
            ],
        }
        for session in sessions
    ]

"""When a visitor becomes known: what they did before joins the contact, and a second person begins a new visitor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.events import registry as kinds
from quen.apps.events import services as events
from quen.apps.website.models import Visitor, VisitorClaim
from quen.apps.website.rules.payload import VISITOR
from quen.apps.website.types import EVENT_KINDS, ActionKind, KnownBy, UnknownVisitor
from quen.core import sql
from quen.core.sql import Relation


@transaction.atomic
def identify(
    visitor_token: str, contact_id: int, at: datetime, *, known_by: KnownBy = KnownBy.FORM
) -> Visitor | None:
    """Record that the browser with this token is used by a contact. Return its visitor; None if the contact is gone.

    The caller has a proof: the person confirmed their address, or is new because of this very form. What was done in
    the browser before becomes the contact's, unless it was known as somebody else: then a new visitor begins. The token
    may be one of which nothing has arrived yet. Raises UnknownVisitor. Locks the visitor.
    """
    if VISITOR.fullmatch(visitor_token) is None:
        raise UnknownVisitor()
    contact = alive_contacts([contact_id]).get(contact_id)
    if contact is None:
        return None
    visitor = current_visitors({visitor_token: at})[visitor_token]
    known = become_known(visitor, contact_id=contact, at=at, known_by=known_by)
    known.save()
    record_actions([known.pk])
    return known


@transaction.atomic
def join_signed_claims(*, now: datetime) -> int:
    """Join visitors with the contact who has by now what the shop's server signed. Return how many were joined.

    One whose claims lead to several contacts joins nobody.
    """
    if not VisitorClaim.objects.filter(is_signed=True, visitor__contact_id=None).exists():
        return 0
    found: dict[int, set[int]] = {}
    for visitor_id, contact_id in sql.rows(
        sql.compose(
            "SELECT l.visitor_id, s.contact_id FROM website_visitorclaim l"
            " JOIN website_visitor v ON v.id = l.visitor_id AND v.contact_id IS NULL"
            " JOIN {addresses} s ON s.address = l.value WHERE l.is_signed AND s.deleted_at IS NULL",
            addresses=_addresses(),
        )
    ):
        found.setdefault(visitor_id, set()).add(contact_id)
    joined = []
    visitors = Visitor.objects.select_for_update().filter(pk__in=found, contact_id=None).order_by("pk")
    for visitor in visitors:
        if len(found[visitor.pk]) == 1:
            become_known(visitor, contact_id=found[visitor.pk].pop(), at=now, known_by=KnownBy.SIGN_IN).save()
            joined.append(visitor.pk)
    record_actions(joined)
    return len(joined)


def alive_contacts(ids: Iterable[int]) -> dict[int, int]:
    """Return the contact that each id leads to now, also after merges; those that are gone are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    ends = contact_queries.survivors(wanted)
    leads_to = {pk: ends.get(pk, pk) for pk in wanted}
    alive = set(contact_queries.contacts().filter(pk__in=set(leads_to.values())).values_list("pk", flat=True))
    return {pk: end for pk, end in leads_to.items() if end in alive}


def current_visitors(seen: Mapping[str, datetime]) -> dict[str, Visitor]:
    """Return the present visitor of each token, locked in the order of their ids; new ones are created.

    seen: when something was done, by token.
    """
    Visitor.objects.bulk_create(
        [Visitor(token=token, first_seen_at=at, last_seen_at=at) for token, at in seen.items()],
        ignore_conflicts=True,
    )
    found = Visitor.objects.select_for_update().filter(token__in=list(seen), ended_at=None).order_by("pk")
    return {visitor.token: visitor for visitor in found}


def become_known(visitor: Visitor, *, contact_id: int, at: datetime, known_by: KnownBy) -> Visitor:
    """Return the visitor that is known as a contact now; the caller saves it.

    It is this one, or a new one if somebody else was known in the browser.
    """
    if visitor.contact_id == contact_id:
        return visitor
    if visitor.contact_id is not None:
        visitor.ended_at = at
        visitor.save()
        visitor = Visitor(token=visitor.token, first_seen_at=at, last_seen_at=at)
    visitor.contact_id, visitor.known_at, visitor.known_by = contact_id, at, known_by
    if visitor._state.adding:
        visitor.save()
    return visitor


def record_actions(visitors: Collection[int]) -> int:
    """Record what known visitors did as events of their contacts, with its own time, once. Return their number.

    The caller holds the visitors' rows.
    """
    if not visitors:
        return 0
    span = sql.rows(
        Relation(
            "SELECT min(a.at), max(a.at) FROM website_websiteaction a JOIN website_visitor v ON v.id = a.visitor_id"
            " WHERE a.visitor_id = ANY(%(visitors)s) AND NOT a.is_recorded AND v.contact_id IS NOT NULL",
            {"visitors": list(visitors)},
        )
    )[0]
    if span[0] is None:
        return 0
    events.ensure_partitions(since=span[0], until=span[1])
    params: dict[str, Any] = {
        "visitors": list(visitors),
        "codes": [kinds.get(EVENT_KINDS[kind]).code for kind in ActionKind],
    }
    recorded = events.record_rows(
        Relation(
            sql.text("website/contact_events"), params, ("contact_id", "at", "kind", "value", "ref", "data")
        )
    )
    contacts.touch_activity(
        Relation(
            "SELECT v.contact_id, max(a.at) AS at FROM website_websiteaction a"
            " JOIN website_visitor v ON v.id = a.visitor_id"
            " WHERE a.visitor_id = ANY(%(visitors)s) AND NOT a.is_recorded AND v.contact_id IS NOT NULL"
            " GROUP BY v.contact_id",
            {"visitors": list(visitors)},
            ("contact_id", "at"),
        )
    )
    sql.execute(
        Relation(
            "UPDATE website_websiteaction a SET is_recorded = true FROM website_visitor v"
            " WHERE v.id = a.visitor_id AND a.visitor_id = ANY(%(visitors)s) AND NOT a.is_recorded"
            " AND v.contact_id IS NOT NULL",
            {"visitors": list(visitors)},
        )
    )
    return recorded


def _addresses() -> Relation:
    """Return the emails and phones of contacts: contact_id, address, deleted_at."""
    return sql.compose(
        "SELECT contact_id, address, deleted_at FROM {emails} e"
        " UNION ALL SELECT contact_id, address, deleted_at FROM {phones} p",
        emails=contact_queries.channel_status("email"),
        phones=contact_queries.channel_status("sms"),
    )

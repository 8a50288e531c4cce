"""Twenty condition trees of every kind, each beside the SQL that a person would write by hand for it.

The hand-written statement is the floor: it counts the same people, which the bench checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quen.apps.contacts.models import Field


@dataclass(frozen=True, slots=True)
class Case:
    """A tree and its twin. %(since_N)s is the local midnight N days back, %(now)s the instant of the run."""

    name: str
    tree: dict[str, Any]
    by_hand: str


def _alive(where: str) -> str:
    return f"SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL AND {where}"


def _events(kind: int, since: str | None, having: str = "") -> str:
    window = f" AND at >= %({since})s AND at <= %(now)s" if since else " AND at <= %(now)s"
    return (
        f"SELECT contact_id FROM events_event WHERE kind = {kind}{window}"
        f"{' GROUP BY contact_id HAVING ' + having if having else ''}"
    )


def cases(*, vip: int, livestream: int, skin: Field, family: Field) -> list[Case]:
    """Give the cases. vip, livestream: tag ids; skin, family: a choice and a number field."""
    tagged = "EXISTS (SELECT FROM contacts_contacttag t WHERE t.contact_id = contacts_contact.id AND t.tag_id = {tag})"
    return [
        Case("status", {"field": "status", "op": "is", "value": ["subscribed"]}, _alive("status = 1")),
        Case("province", {"field": "province", "op": "is", "value": ["48"]}, _alive("province = '48'")),
        Case("gender", {"field": "gender", "op": "is", "value": ["female"]}, _alive("gender = 'female'")),
        Case("consent", {"field": "consent_zalo", "op": "is", "value": ["granted"]}, _alive("consent_zalo = 1")),
        Case("spent", {"field": "spent", "op": "at_least", "value": 1000000}, _alive("spent >= 1000000")),
        Case("orders", {"field": "orders_count", "op": "between", "from": 2, "to": 5},
             _alive("orders_count BETWEEN 2 AND 5")),
        Case("member since", {"field": "member_since", "op": "last_days", "days": 90},
             _alive("member_since >= %(since_90)s AND member_since <= %(now)s")),
        Case("last order", {"field": "last_order_at", "op": "last_days", "days": 30},
             _alive("last_order_at >= %(since_30)s AND last_order_at <= %(now)s")),
        Case("birthday", {"field": "birthday", "op": "month", "value": [10]},
             _alive("birth_day BETWEEN 1001 AND 1031")),
        Case("name", {"field": "given_name", "op": "is", "value": "Linh"}, _alive("given_name = 'Linh'")),
        Case("tag", {"field": "tags", "op": "any", "value": [vip]}, _alive(tagged.format(tag=vip))),
        Case("no tag", {"field": "tags", "op": "none", "value": [livestream]},
             _alive("NOT " + tagged.format(tag=livestream))),
        Case("choice field", {"field": f"custom.{skin.key}", "op": "is", "value": ["Khô"]},
             _alive(f"attrs ->> '{skin.pk}' = 'Khô'")),
        Case("number field", {"field": f"custom.{family.key}", "op": "at_least", "value": 4},
             _alive(f"(attrs -> '{family.pk}')::numeric >= 4")),
        Case("ordered once in 30 days", {"event": "ordered", "op": "at_least", "times": 1, "last_days": 30},
             _alive(f"id IN ({_events(13, 'since_30')})")),
        Case("ordered twice in 90 days", {"event": "ordered", "op": "at_least", "times": 2, "last_days": 90},
             _alive(f"id IN ({_events(13, 'since_90', 'count(*) >= 2')})")),
        Case("viewed, three times in 60 days",
             {"event": "product_viewed", "op": "at_least", "times": 3, "last_days": 60},
             _alive(f"id IN ({_events(10, 'since_60', 'count(*) >= 3')})")),
        Case("never ordered in 365 days", {"event": "ordered", "op": "never", "last_days": 365},
             "SELECT (SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL) - (SELECT count(*) FROM"
             " contacts_contact WHERE deleted_at IS NULL AND id IN"
             f" ({_events(13, 'since_365')}))"),
        Case("lapsed regulars of Da Nang", {"all": [
            {"field": "province", "op": "is", "value": ["48"]},
            {"field": "orders_count", "op": "at_least", "value": 2},
            {"event": "ordered", "op": "never", "last_days": 60}]},
             _alive("province = '48' AND orders_count >= 2 AND NOT EXISTS (SELECT FROM events_event e WHERE"
                    " e.contact_id = contacts_contact.id AND kind = 13 AND at >= %(since_60)s AND at <= %(now)s)")),
        Case("VIP or spender, reachable, not tagged livestream", {"all": [
            {"any": [{"field": "tags", "op": "any", "value": [vip]},
                     {"field": "spent", "op": "at_least", "value": 5000000}]},
            {"field": "status", "op": "is", "value": ["subscribed"]},
            {"not": {"field": "tags", "op": "any", "value": [livestream]}}]},
             _alive(f"({tagged.format(tag=vip)} OR spent >= 5000000) AND status = 1 AND NOT "
                    + tagged.format(tag=livestream))),
    ]  # fmt: skip

"""Twenty condition trees of every kind, each with the SQL that a person would write by hand for it.

The hand-written statement is the baseline; the bench checks that both count the same contacts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quen.apps.events import registry

if TYPE_CHECKING:
    from quen.apps.contacts.models import Field


@dataclass(frozen=True, slots=True)
class CountCase:
    """A tree and its hand-written SQL. %(since_N)s is the local midnight N days ago, %(now)s the instant of the run."""

    name: str
    tree: dict[str, Any]
    by_hand: str


def _count_active(where: str) -> str:
    return f"SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL AND {where}"


def _events(kind: str, since: str | None, having: str = "") -> str:
    window = f" AND at >= %({since})s AND at <= %(now)s" if since else " AND at <= %(now)s"
    return (
        f"SELECT contact_id FROM events_event WHERE kind = {registry.get(kind).code}{window}"
        f"{' GROUP BY contact_id HAVING ' + having if having else ''}"
    )


def cases(*, vip: int, livestream: int, skin: Field, family: Field) -> list[CountCase]:
    """Return the cases. vip, livestream: tag ids; skin, family: a choice and a number field."""
    tagged = (
        "EXISTS (SELECT 1 FROM contacts_contacttag t"
        " WHERE t.contact_id = contacts_contact.id AND t.tag_id = {tag})"
    )
    return [
        CountCase("status", {"field": "status", "op": "is", "value": ["subscribed"]}, _count_active("status = 1")),
        CountCase("province", {"field": "province", "op": "is", "value": ["48"]}, _count_active("province = '48'")),
        CountCase("gender", {"field": "gender", "op": "is", "value": ["female"]}, _count_active("gender = 'female'")),
        CountCase("consent", {"field": "consent_zalo", "op": "is", "value": ["granted"]},
                  _count_active("consent_zalo = 1")),
        CountCase("spent", {"field": "spent", "op": "at_least", "value": 1000000}, _count_active("spent >= 1000000")),
        CountCase("orders", {"field": "orders_count", "op": "between", "from": 2, "to": 5},
             _count_active("orders_count BETWEEN 2 AND 5")),
        CountCase("member since", {"field": "member_since", "op": "last_days", "days": 90},
             _count_active("member_since >= %(since_90)s AND member_since <= %(now)s")),
        CountCase("last order", {"field": "last_order_at", "op": "last_days", "days": 30},
             _count_active("last_order_at >= %(since_30)s AND last_order_at <= %(now)s")),
        CountCase("birthday", {"field": "birthday", "op": "month", "value": [10]},
             _count_active("birth_day BETWEEN 1001 AND 1031")),
        CountCase("name", {"field": "given_name", "op": "is", "value": "Linh"}, _count_active("given_name = 'Linh'")),
        CountCase("tag", {"field": "tags", "op": "any", "value": [vip]}, _count_active(tagged.format(tag=vip))),
        CountCase("no tag", {"field": "tags", "op": "none", "value": [livestream]},
             _count_active("NOT " + tagged.format(tag=livestream))),
        CountCase("choice field", {"field": f"custom.{skin.key}", "op": "is", "value": ["Khô"]},
             _count_active(f"attrs ->> '{skin.pk}' = 'Khô'")),
        CountCase("number field", {"field": f"custom.{family.key}", "op": "at_least", "value": 4},
             _count_active(f"(attrs -> '{family.pk}')::numeric >= 4")),
        CountCase("ordered once in 30 days", {"event": "ordered", "op": "at_least", "times": 1, "last_days": 30},
             _count_active(f"id IN ({_events('ordered', 'since_30')})")),
        CountCase("ordered twice in 90 days", {"event": "ordered", "op": "at_least", "times": 2, "last_days": 90},
             _count_active(f"id IN ({_events('ordered', 'since_90', 'count(*) >= 2')})")),
        CountCase("viewed, three times in 60 days",
             {"event": "product_viewed", "op": "at_least", "times": 3, "last_days": 60},
             _count_active(f"id IN ({_events('product_viewed', 'since_60', 'count(*) >= 3')})")),
        CountCase("never ordered in 365 days", {"event": "ordered", "op": "never", "last_days": 365},
             "SELECT (SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL) - (SELECT count(*) FROM"
             " contacts_contact WHERE deleted_at IS NULL AND id IN"
             f" ({_events('ordered', 'since_365')}))"),
        CountCase("lapsed regulars of Da Nang", {"all": [
            {"field": "province", "op": "is", "value": ["48"]},
            {"field": "orders_count", "op": "at_least", "value": 2},
            {"event": "ordered", "op": "never", "last_days": 60}]},
             _count_active("province = '48' AND orders_count >= 2 AND NOT EXISTS (SELECT 1 FROM events_event e WHERE"
                    f" e.contact_id = contacts_contact.id AND kind = {registry.get('ordered').code}"
                    " AND at >= %(since_60)s AND at <= %(now)s)")),
        CountCase("VIP or spender, reachable, not tagged livestream", {"all": [
            {"any": [{"field": "tags", "op": "any", "value": [vip]},
                     {"field": "spent", "op": "at_least", "value": 5000000}]},
            {"field": "status", "op": "is", "value": ["subscribed"]},
            {"not": {"field": "tags", "op": "any", "value": [livestream]}}]},
             _count_active(f"({tagged.format(tag=vip)} OR spent >= 5000000) AND status = 1 AND NOT "
                    + tagged.format(tag=livestream))),
    ]  # fmt: skip

"""Totals supplied by other apps, and contacts in the command palette."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW

from quen.apps.contacts import services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.core.sql import Relation


def bought(contact: Contact, amount: int, days_ago: int) -> None:
    at = NOW - timedelta(days=days_ago)
    events.record("ordered", contact_id=contact.pk, at=at, value=amount, data={"number": f"#{days_ago}"})
    events.record("paid", contact_id=contact.pk, at=at, value=amount, data={"number": f"#{days_ago}"})


class TestApplyTotals:
    def test_writes_what_differs_and_nothing_else(self, workspace: Any) -> None:
        lan, hoa = make_contact(opening_spent=Decimal(900)), make_contact()
        bought(lan, 100_000, 9)
        bought(lan, 50_000, 2)
        assert services.apply_totals(event_queries.order_totals()) == 1
        assert services.apply_totals(event_queries.order_totals()) == 0
        lan.refresh_from_db()
        hoa.refresh_from_db()
        assert (lan.spent, lan.orders_count, lan.opening_spent) == (Decimal(150_000), 2, Decimal(900))
        assert (lan.first_order_at, lan.last_order_at) == (NOW - timedelta(days=9), NOW - timedelta(days=2))
        assert (hoa.spent, hoa.orders_count, hoa.first_order_at) == (Decimal(0), 0, None)

    def test_writes_only_the_totals_given(self, workspace: Any) -> None:
        lan = make_contact(spent=Decimal(900), orders_count=3)
        totals = Relation(
            "SELECT %(lan)s::bigint AS contact_id, 4 AS orders_count",
            {"lan": lan.pk},
            ("contact_id", "orders_count"),
        )
        assert services.apply_totals(totals) == 1
        lan.refresh_from_db()
        assert (lan.spent, lan.orders_count) == (Decimal(900), 4)

    def test_refuses_what_is_no_total(self, workspace: Any) -> None:
        with pytest.raises(ValueError, match="full_name"):
            services.apply_totals(Relation("SELECT 1 AS contact_id", {}, ("contact_id", "full_name")))


class TestTouchActivity:
    def test_moves_forward_only(self, workspace: Any) -> None:
        lan, hoa = make_contact(), make_contact()
        later = NOW + timedelta(hours=1)
        activity = Relation(
            "SELECT * FROM (VALUES (%(a)s::bigint, %(later)s::timestamptz), (%(a)s, %(now)s), (%(b)s, %(old)s))"
            " AS t(contact_id, at)",
            {"a": lan.pk, "b": hoa.pk, "later": later, "now": NOW, "old": NOW - timedelta(days=1)},
            ("contact_id", "at"),
        )
        assert services.touch_activity(activity) == 1
        lan.refresh_from_db()
        hoa.refresh_from_db()
        assert (lan.last_activity_at, hoa.last_activity_at) == (later, NOW)


class TestCommandPalette:
    def test_finds_contacts_without_marks(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        lan = make_contact(full_name="Đặng Ngọc Lan", phone="+84905318274")
        make_contact(full_name="Phạm Hùng")
        text = client_of(AN).get("/w/tra-sen/command-palette/?q=dang+lan").content.decode()
        assert "0905 318 274" in text
        assert f"/w/tra-sen/contacts/{lan.pk}/" in text
        assert "Phạm" not in text

"""Matching on a few contacts: workspaces, injection, query plans, timeouts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.apps.audience import queries
from quen.apps.audience.tests.factories import MIDNIGHT, SECOND, make_contact
from quen.apps.audience.types import AudienceCount, InvalidTree
from quen.apps.contacts.models import Contact, ContactTag, Field, Tag
from quen.apps.events import services as events
from quen.core import schemas
from quen.core.clock import VIETNAM


def count(raw: Any) -> int:
    return queries.count(queries.parse(raw), now=NOW, zone=VIETNAM).value


class TestCount:
    def test_no_contacts(self, workspace: Any) -> None:
        assert queries.count(queries.all_contacts(), now=NOW, zone=VIETNAM) == AudienceCount(0, exact=True)

    def test_missing_value_is_false_and_its_negation_true(self, workspace: Any) -> None:
        make_contact(first_order_at=None, gender="")
        for condition in (
            {"field": "first_order_at", "op": "last_days", "days": 30},
            {"field": "age", "op": "at_least", "value": 0},
            {"field": "gender", "op": "is", "value": ["male"]},
        ):
            assert count(condition) == 0
            assert count({"not": condition}) == 1
            assert count({"any": [{"not": condition}, condition]}) == 1
        assert count({"field": "gender", "op": "is_not", "value": ["male"]}) == 1

    def test_days_begin_at_midnight_in_viet_nam(self, workspace: Any) -> None:
        condition = {"event": "ordered", "op": "at_least", "times": 1, "last_days": 7}
        early, late = make_contact(), make_contact()
        events.record("ordered", contact_id=early.pk, at=MIDNIGHT - timedelta(days=7) - SECOND)
        events.record("ordered", contact_id=late.pk, at=MIDNIGHT - timedelta(days=7))
        assert queries.matches(queries.parse(condition), late.pk, now=NOW, zone=VIETNAM)
        assert not queries.matches(queries.parse(condition), early.pk, now=NOW, zone=VIETNAM)

    def test_excludes_deleted_contacts(self, workspace: Any) -> None:
        make_contact(deleted_at=NOW)
        assert count([]) == 0

    def test_other_workspaces_are_not_counted(self, workspace: Any) -> None:
        condition = {
            "any": [{"event": "ordered", "op": "at_least", "times": 1}, {"field": "tags", "op": "filled"}]
        }
        neighbour = accounts.get_workspace("gom-viet")
        with schemas.use(neighbour.schema_name):
            theirs = make_contact()
            ContactTag.objects.create(contact=theirs, tag=Tag.objects.create(name="VIP"))
            events.record("ordered", contact_id=theirs.pk, at=NOW)
            Field.objects.create(key="secret", name="Bí mật", format="text")
            assert count(condition) == 1
        assert count(condition) == 0
        assert count([]) == 0
        with pytest.raises(InvalidTree):
            queries.parse({"field": "custom.secret", "op": "filled"})

    def test_user_text_stays_a_parameter(self, workspace: Any) -> None:
        make_contact(full_name="An", company="'; DROP TABLE contacts_contact; --")
        Field.objects.create(key="note", name="note", format="text")
        for attack in ("'; DROP TABLE contacts_contact; --", "%(now)s", "%s", "') OR true --", "\\"):
            for field in ("company", "custom.note", "full_name"):
                for op in ("is", "contains", "begins"):
                    tree = queries.parse({"field": field, "op": op, "value": attack})
                    relation = queries.relation(tree, now=NOW, zone=VIETNAM)
                    assert attack not in relation.text.replace("%(", "") or attack == "%s"
                    expected = field == "company" and attack.startswith("'; DROP")
                    assert count({"field": field, "op": op, "value": attack}) == expected
        assert Contact.objects.count() == 1

    def test_returns_an_estimate_after_the_timeout(self, workspace: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO contacts_contact (full_name, family_name, middle_name, given_name, call_name,"
                " salutation, sort_key, gender, birth_is_lunar, company, language, country, province,"
                " province_before, city, district, ward, address_line, note, status, consent_email, consent_sms,"
                " consent_zalo, consent_chat, consent_push, consent_call, spent, orders_count, incomplete, attrs,"
                " member_since, last_activity_at, created_at, updated_at) SELECT repeat('x', 150), '', '', '', '',"
                " '', '~', '', false, '', '', '', '', '', '', '', '', '', repeat('y', 500), 3, 0, 0, 0, 0, 0, 0, 0,"
                " 0, false, '{}', now(), now(), now(), now() FROM generate_series(1, 20000)"
            )
            cursor.execute("ANALYZE contacts_contact")
        found = queries.count(
            queries.parse({"field": "note", "op": "contains", "value": "zz"}),
            now=NOW,
            zone=VIETNAM,
            timeout_ms=1,
        )
        assert not found.exact
        assert count([]) == 20_000  # the connection still works


class TestPlans:
    """With 20,000 contacts, counts use the covering index, tags and events their own."""

    @pytest.fixture
    def many_contacts(self, committed_workspace: Any) -> list[int]:
        tags = [Tag.objects.create(name=f"Thẻ {number}").pk for number in range(20)]
        base = make_contact()
        with connection.cursor() as cursor:
            # Of rows whose commit is not on the disk yet VACUUM does not call a page visible to all.
            cursor.execute("SET synchronous_commit = on")
            own = ("id", "search", "email", "phone", "spent", "note")
            columns = (field.column for field in Contact._meta.local_concrete_fields)
            names = ", ".join(column for column in columns if column and column not in own)
            cursor.execute(
                f"INSERT INTO contacts_contact ({names}, spent, note) SELECT {names}, i, repeat('ghi chú ', 60)"
                " FROM contacts_contact,"
                " generate_series(1, 20000) i WHERE id = %s",
                [base.pk],
            )
            cursor.execute(
                "INSERT INTO contacts_contacttag (contact_id, tag_id) SELECT id, %s + id %% 20 FROM contacts_contact",
                [tags[0]],
            )
            events.clear_partition_cache()  # the test database was created again
            events.ensure_partitions(since=NOW - timedelta(days=300), until=NOW)
            cursor.execute(
                "INSERT INTO events_event (contact_id, at, kind)"
                " SELECT i, %s - (i %% 300) * interval '1 day', 110 + i %% 7 FROM generate_series(1, 20000) i",
                [NOW],
            )
            # Committed and vacuumed, as autovacuum leaves it: index-only scans need pages known to be visible.
            cursor.execute("VACUUM ANALYZE contacts_contact, contacts_contacttag, events_event")
            # As the embedded server is set; docs/operators.md asks the same of a server of one's own.
            cursor.execute("SET random_page_cost = 1.1")
        return tags

    def plan(self, raw: Any) -> str:
        counting = queries.relation(queries.parse(raw), now=NOW, zone=VIETNAM, columns="count(*)")
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {counting.text}", dict(counting.params))
            return "\n".join(row[0] for row in cursor.fetchall())

    def test_contact_columns_use_the_covering_index(self, many_contacts: list[int]) -> None:
        raw = [
            {"field": "status", "op": "is", "value": ["subscribed"]},
            {"field": "province", "op": "is", "value": ["48"]},
            {"not": {"field": "age", "op": "between", "from": 18, "to": 30}},
            {"field": "orders_count", "op": "at_least", "value": 2},
        ]
        assert "Index Only Scan using contact_covering" in self.plan(raw)

    def test_tags_use_their_index(self, many_contacts: list[int]) -> None:
        assert "contacttag_by_tag" in self.plan({"field": "tags", "op": "any", "value": many_contacts[:1]})
        assert "Anti Join" in self.plan({"field": "tags", "op": "none", "value": many_contacts[:1]})

    def test_events_use_kind_and_time_and_skip_other_months(self, many_contacts: list[int]) -> None:
        plan = self.plan({"event": "ordered", "op": "at_least", "times": 2, "last_days": 20})
        assert "Index Only Scan using events_event_2026_10_kind_at" in plan
        assert "events_event_2026_03" not in plan

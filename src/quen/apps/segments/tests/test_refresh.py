"""Membership follows contacts: each change moves exactly those it affects, and an audit finds nothing to repair."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as people
from quen.apps.contacts import registry
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import GROUND, contacts_relation, make_contact, make_field
from quen.apps.contacts.types import BulkOutcome, FieldUsed, Status, TagInUse
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.apps.events.models import ConsumerQueue, Event
from quen.apps.events.types import BULK_THRESHOLD, NewEvent
from quen.apps.groups import services as groups
from quen.apps.groups.queries import uses as segments_of_group
from quen.apps.groups.tests.factories import join, make_group
from quen.apps.import_export.tests.import_helpers import import_rows
from quen.apps.import_export.types import ConflictPolicy
from quen.apps.segments import queries, services
from quen.apps.segments.models import Segment
from quen.apps.segments.tests.factories import DA_NANG, LEFT, make_segment, member_ids
from quen.apps.segments.types import MembershipChange
from quen.apps.team import services as team
from quen.core.sql import Relation

pytestmark = pytest.mark.usefixtures("workspace")
LATER = NOW + timedelta(minutes=5)
VIEWED = {"event": "product_viewed", "op": "at_least", "times": 2, "last_days": 30}


def change(contact: Contact, an: Any, **values: Any) -> None:
    contacts.update_contact(
        contact=contact, values=values, workspace=accounts.current_workspace(), actor=an.actor, now=LATER
    )


def flushed_members(segment: Segment) -> set[int]:
    """Process queued changes and return the members, after an audit found no difference."""
    services.flush(now=LATER)
    segment.refresh_from_db()
    members = member_ids(segment)
    assert segment.size == len(members)
    assert services.recompute_segment(segment, now=LATER) == MembershipChange(0, 0)
    return members


def crowd_with(contact_id: int, others: int) -> Relation:
    """Return one contact among many unknown ids."""
    return Relation(
        "SELECT %(one)s::bigint AS contact_id UNION ALL SELECT 1000000 + generate_series(1, %(n)s)",
        {"one": contact_id, "n": others},
        ("contact_id",),
    )


class TestChanges:
    def test_a_changed_field_moves_the_contact_and_records_an_event(self, an: Any) -> None:
        contact = make_contact(province="48")
        segment = make_segment()
        change(contact, an, province="01")
        assert flushed_members(segment) == set()
        left = Event.objects.get(contact_id=contact.pk, kind=LEFT)
        assert (left.at, left.ref, left.data) == (LATER, segment.pk, {"segment": "Đà Nẵng"})
        assert [(day.size, day.entered, day.left) for day in segment.days.all()] == [(0, 1, 1)]

    def test_new_contacts_enter_and_deleted_ones_leave_until_restored(self, an: Any) -> None:
        segment = make_segment()
        contact = contacts.create_contact(
            values={"full_name": "Lan", "phone": "0905318274", "province": "48"},
            workspace=accounts.current_workspace(),
            actor=an.actor,
            now=LATER,
        )
        assert flushed_members(segment) == {contact.pk}
        contacts.delete_contacts(ids=[contact.pk], actor=an.actor, now=LATER)
        assert flushed_members(segment) == set()
        contacts.restore_contacts(ids=[contact.pk], actor=an.actor, now=LATER)
        assert flushed_members(segment) == {contact.pk}

    def test_erased_contacts_leave_without_an_event(self, an: Any) -> None:
        contact = make_contact(province="48")
        segment = make_segment()
        contacts.erase_contacts(contacts=contacts_relation(contact), actor=an.actor, now=LATER)
        assert flushed_members(segment) == set()
        assert not Event.objects.filter(contact_id=contact.pk).exists()

    def test_tags_one_by_one_in_bulk_merged_and_deleted(self, an: Any) -> None:
        first, second = make_contact(), make_contact()
        vip, gold = contacts.ensure_tags(["VIP", "Vàng"])
        segment = make_segment("VIP", {"field": "tags", "op": "any", "value": [vip]})
        contacts.add_tags(contact=first, names=["VIP"], actor=an.actor, now=LATER)
        assert flushed_members(segment) == {first.pk}
        contacts.bulk_tag(contacts=contacts_relation(first, second), add=["Vàng"], actor=an.actor, now=LATER)
        contacts.merge_tags(tag=people.get_tag(gold), into=people.get_tag(vip), actor=an.actor, now=LATER)
        assert flushed_members(segment) == {first.pk, second.pk}

    def test_of_a_merged_tag_ask_for_the_other_one(self, an: Any) -> None:
        first, second = make_contact(tags=["VIP"]), make_contact(tags=["Vàng"])
        vip, gold = contacts.ensure_tags(["VIP", "Vàng"])
        segment = make_segment(
            "Hai thẻ",
            {
                "any": [
                    {"field": "tags", "op": "any", "value": [vip, gold]},
                    {"field": "province", "op": "is", "value": ["01"]},
                ]
            },
        )
        with pytest.raises(TagInUse) as refusal:
            contacts.delete_tag(tag=people.get_tag(gold), actor=an.actor, now=LATER)
        assert "Hai thẻ" in str(refusal.value)
        contacts.merge_tags(tag=people.get_tag(gold), into=people.get_tag(vip), actor=an.actor, now=LATER)
        segment.refresh_from_db()
        assert segment.tree["any"][0]["value"] == [vip]
        services.compute_segment(segment.pk, now=LATER)
        assert member_ids(segment) == {first.pk, second.pk}

    def test_status_and_consent(self, an: Any) -> None:
        contact = make_contact()
        subscribed = make_segment("Theo dõi", {"field": "status", "op": "is", "value": ["subscribed"]})
        granted = make_segment("Đồng ý", {"field": "consent_email", "op": "is", "value": ["granted"]})
        contacts.bulk_set_status(
            contacts=contacts_relation(contact),
            status=Status.SUBSCRIBED,
            proof=GROUND,
            actor=an.actor,
            now=LATER,
        )
        assert flushed_members(subscribed) == flushed_members(granted) == {contact.pk}

    def test_totals_and_activity_without_an_event(self) -> None:
        contact = make_contact(last_activity_at=NOW - timedelta(days=90))
        bought = make_segment("Mua", {"field": "orders_count", "op": "at_least", "value": 1})
        active = make_segment("Gần đây", {"field": "last_activity_at", "op": "last_days", "days": 7})
        events.record("ordered", contact_id=contact.pk, at=NOW, value=100)
        contacts.apply_totals(event_queries.order_totals())
        contacts.touch_activity(event_queries.last_activity())
        assert flushed_members(bought) == flushed_members(active) == {contact.pk}

    def test_values_converted_to_a_new_format(self, an: Any) -> None:
        field = make_field(name="Cỡ", format="text")
        contact = make_contact(attrs={str(field.pk): "42"})
        segment = make_segment("Cỡ 42", {"field": "custom.co", "op": "filled"})
        contacts.update_field(field=field, name="Cỡ", format="number", actor=an.actor, now=LATER)
        assert flushed_members(segment) == {contact.pk}

    def test_events_of_contacts(self) -> None:
        contact, other = make_contact(), make_contact()
        segment = make_segment("Xem", VIEWED)
        events.record("product_viewed", contact_id=contact.pk, at=NOW)
        events.record("product_viewed", contact_id=other.pk, at=NOW - timedelta(days=31))
        assert flushed_members(segment) == set()
        events.record_many([NewEvent("product_viewed", pk, NOW) for pk in (contact.pk, other.pk)])
        assert flushed_members(segment) == {contact.pk}

    def test_events_recorded_during_an_older_drain(self) -> None:
        contact = make_contact()
        segment = make_segment("Xem", VIEWED)
        services.flush(now=NOW)
        soon = NOW + timedelta(seconds=2)
        events.record_many([NewEvent("product_viewed", contact.pk, soon) for _each in range(2)])
        services.flush(now=NOW)
        assert member_ids(segment) == {contact.pk}

    def test_an_import_and_its_undo(self, workspace: Any, an: Any) -> None:
        known = make_contact(phone="+84905318274", province="01")
        vip = contacts.ensure_tags(["VIP"])
        here = make_segment()
        tagged = make_segment("VIP", {"field": "tags", "op": "any", "value": vip})
        import_ = import_rows(
            "Họ tên | SĐT | Tỉnh/Thành phố | Tags\nLan | 0905318274 | Đà Nẵng | VIP\nMai | 0905318275 | Đà Nẵng | VIP",
            conflict_policy=ConflictPolicy.OVERWRITE,
        )
        new = Contact.objects.get(phone="+84905318275")
        assert flushed_members(here) == flushed_members(tagged) == {known.pk, new.pk}
        assert import_.change_id is not None
        contacts.undo_change(change=people.get_change(import_.change_id), actor=an.actor, now=LATER)
        assert flushed_members(here) == flushed_members(tagged) == set()

    def test_groups_one_by_one_in_bulk_undone_switched_and_deleted(self, an: Any) -> None:
        lan, minh, hoa = make_contact(), make_contact(), make_contact()
        group = make_group("Khách sỉ", lan)
        inside = make_segment("Sỉ", {"field": "group", "op": "in", "value": [group.pk]})
        outside = make_segment("Lẻ", {"field": "group", "op": "not_in", "value": [group.pk]})
        assert (member_ids(inside), member_ids(outside)) == ({lan.pk}, {minh.pk, hoa.pk})
        added = groups.add_members(
            groups=[group], contacts=contacts_relation(minh, hoa), actor=an.actor, now=LATER
        )
        assert (flushed_members(inside), flushed_members(outside)) == ({lan.pk, minh.pk, hoa.pk}, set())
        assert isinstance(added, BulkOutcome)
        groups.set_groups_of(contact=lan, groups=[], actor=an.actor, now=LATER)
        assert (flushed_members(inside), flushed_members(outside)) == ({minh.pk, hoa.pk}, {lan.pk})
        contacts.undo_change(change=people.get_change(added.change_id), actor=an.actor, now=LATER)
        assert (flushed_members(inside), flushed_members(outside)) == (set(), {lan.pk, minh.pk, hoa.pk})
        join(group, hoa)
        groups.set_active(group=group, active=False, actor=an.actor, now=LATER)
        assert flushed_members(inside) == {hoa.pk}
        assert [use.name for use in segments_of_group(group)] == ["Lẻ", "Sỉ"]
        groups.delete_group(group=group, actor=an.actor, now=LATER)
        assert (flushed_members(inside), flushed_members(outside)) == (set(), set())

    def test_a_very_large_change(self) -> None:
        contact = make_contact()
        segment = make_segment("Theo", {"event": "followed", "op": "at_least", "times": 1})
        events.record_relation("followed", crowd_with(contact.pk, BULK_THRESHOLD), at=LATER)
        assert flushed_members(segment) == {contact.pk}

    def test_an_unaffected_segment_is_not_recomputed(self, an: Any) -> None:
        contact = make_contact()
        segment = make_segment("Xem", VIEWED)
        Segment.objects.exclude(pk=segment.pk).delete()
        change(contact, an, full_name="Người khác")
        with CaptureQueriesContext(connection) as asked:
            services.flush(now=LATER)
        assert not ConsumerQueue.objects.filter(consumer=services.CONSUMER).exists()
        assert not [each for each in asked.captured_queries if "segments_segmentmember" in each["sql"]]

    def test_nothing_is_queued_afterwards(self, an: Any) -> None:
        contact = make_contact(province="48")
        segment = make_segment()
        change(contact, an, province="01")
        flushed_members(segment)
        assert not ConsumerQueue.objects.filter(consumer=services.CONSUMER).exists()
        assert services.CONSUMER not in events.pending_consumers()
        assert not services.any_due(now=LATER)


class TestSegmentsOfSegments:
    def test_change_in_the_same_pass_in_any_order(self, an: Any) -> None:
        contact = make_contact()
        inner = make_segment("Z trong", DA_NANG)
        middle = make_segment("M giữa", {"field": "segment", "op": "in", "value": [inner.pk]})
        outer = make_segment("A ngoài", {"field": "segment", "op": "not_in", "value": [middle.pk]})
        assert flushed_members(outer) == {contact.pk}
        change(contact, an, province="48")
        services.flush(now=LATER)
        assert (member_ids(inner), member_ids(middle), member_ids(outer)) == (
            {contact.pk},
            {contact.pk},
            set(),
        )

    def test_membership_events_change_segments_and_settle(self, an: Any) -> None:
        contact = make_contact()
        inner = make_segment("Trong", DA_NANG)
        never = make_segment("Chưa vào đâu", {"event": "segment_entered", "op": "never"})
        twice = make_segment("Vào hai lần", {"event": "segment_entered", "op": "exactly", "times": 2})
        change(contact, an, province="48")
        services.flush(now=LATER)
        assert member_ids(inner) == {contact.pk}
        assert not ConsumerQueue.objects.filter(consumer=services.CONSUMER).exists()
        for segment in (never, twice):
            assert services.recompute_segment(segment, now=LATER) == MembershipChange(0, 0)


class TestDays:
    def test_a_window_is_recomputed_once_after_local_midnight(self, workspace: Any) -> None:
        contact = make_contact(birth_day=1022, birth_on=date(1990, 10, 22))
        segment = make_segment("Sinh nhật", {"field": "birthday", "op": "next_days", "days": 7})
        before_midnight = NOW.replace(hour=16, minute=59)
        after_midnight = before_midnight + timedelta(minutes=2)
        assert not services.any_due(now=before_midnight)
        assert services.recompute_windowed(now=before_midnight) == 0
        assert member_ids(segment) == set()
        assert services.any_due(now=after_midnight)
        # the two default segments with windows are recomputed, too
        assert services.recompute_windowed(now=after_midnight) == 3
        assert member_ids(segment) == {contact.pk}
        assert not services.any_due(now=after_midnight)
        assert services.recompute_windowed(now=after_midnight) == 0

    def test_segments_that_refer_to_a_window_follow(self) -> None:
        contact = make_contact(birth_day=1022, birth_on=date(1990, 10, 22))
        window = make_segment("Sinh nhật", {"field": "birthday", "op": "next_days", "days": 7})
        outer = make_segment("Ngoài", {"field": "segment", "op": "in", "value": [window.pk]})
        services.recompute_windowed(now=NOW + timedelta(days=1))
        assert member_ids(outer) == {contact.pk}

    def test_another_time_zone_recomputes_windows(self, workspace: Any, an: Any) -> None:
        contact = make_contact(birth_day=1022, birth_on=date(1990, 10, 22))
        segment = make_segment(
            "Sinh nhật", {"field": "birthday", "op": "next_days", "days": 7}, now=NOW.replace(hour=16)
        )
        assert member_ids(segment) == set()
        team.change_settings(workspace=workspace, actor=an.actor, now=NOW, time_zone="Pacific/Auckland")
        assert services.recompute_all_windowed(now=NOW.replace(hour=16)) == 3
        assert member_ids(segment) == {contact.pk}


class TestBrokenConditions:
    def test_an_archived_field_matches_nobody_and_the_segment_says_why(self, an: Any) -> None:
        field = make_field(name="Cỡ", format="number")
        contact = make_contact(attrs={str(field.pk): 42})
        segment = make_segment("Cỡ", {"field": "custom.co", "op": "at_least", "value": 40})
        bystander = make_segment()
        contacts.archive_field(field=field, actor=an.actor, now=LATER)
        change(contact, an, province="48", call_name="Lan")
        services.flush(now=LATER)
        assert member_ids(segment) == set()
        assert member_ids(bystander) == {contact.pk}
        assert "Cỡ" in queries.tree_error(segment)
        services.compute_pending(now=LATER)
        assert not services.any_due(now=LATER)
        contacts.restore_field(field=field, actor=an.actor, now=LATER)
        services.flush(now=LATER)
        assert member_ids(segment) == {contact.pk}

    def test_nobody_enters_because_a_field_was_archived(self, an: Any) -> None:
        field = make_field(name="Cỡ", format="number")
        large = {"field": "custom.co", "op": "at_least", "value": 40}
        big, small = make_contact(attrs={str(field.pk): 42}), make_contact(attrs={str(field.pk): 36})
        segment = make_segment("Cỡ lớn", large)
        others = make_segment("Không cỡ lớn", {"not": large})
        either = make_segment("Một trong hai", {"any": [large, {"field": "full_name", "op": "filled"}]})
        outside = make_segment("Ngoài", {"field": "segment", "op": "not_in", "value": [segment.pk]})
        assert (member_ids(segment), member_ids(others)) == ({big.pk}, {small.pk})
        assert member_ids(outside) == {small.pk}
        contacts.archive_field(field=field, actor=an.actor, now=LATER)
        services.flush(now=LATER)
        assert member_ids(segment) == member_ids(others) == set()
        assert member_ids(either) == {big.pk, small.pk}
        assert member_ids(outside) == set()
        contacts.restore_field(field=field, actor=an.actor, now=LATER)
        services.compute_segment(outside.pk, now=LATER)
        assert member_ids(outside) == {small.pk}
        services.flush(now=LATER)
        assert (member_ids(segment), member_ids(others)) == ({big.pk}, {small.pk})

    def test_a_field_that_a_segment_asks_for_is_not_deleted(self, an: Any) -> None:
        field = make_field(name="Cỡ", format="number")
        segment = make_segment("Cỡ lớn", {"not": {"field": "custom.co", "op": "at_least", "value": 40}})
        assert [use.name for use in registry.uses_of_field(field.key)] == [segment.name]
        with pytest.raises(FieldUsed, match="Cỡ lớn"):
            contacts.delete_field(field=field, actor=an.actor, now=LATER)

    def test_a_removed_option_adds_nobody(self, an: Any) -> None:
        field = make_field(name="Loại da", format="single", choices=["Dầu", "Khô"])
        dry = make_contact(attrs={str(field.pk): "Khô"})
        key = f"custom.{field.key}"
        others = make_segment("Không dầu", {"field": key, "op": "is_not", "value": ["Dầu"]})
        either = make_segment("Dầu hay khô", {"field": key, "op": "is", "value": ["Dầu", "Khô"]})
        contacts.update_field(
            field=field, name="Loại da", format="single", choices=["Khô"], actor=an.actor, now=LATER
        )
        services.flush(now=LATER)
        assert member_ids(others) == set()
        assert member_ids(either) == {dry.pk}

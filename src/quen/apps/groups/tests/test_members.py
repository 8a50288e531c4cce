"""Members of groups: added, removed, copied, moved; each can be undone, and each is on the timeline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contact_services
from quen.apps.contacts.models import BulkChange, Contact
from quen.apps.contacts.tests.factories import (
    contacts_relation,
    kinds_on_timeline,
    make_contact,
    make_contacts,
)
from quen.apps.contacts.types import BulkOutcome
from quen.apps.events import queries as events
from quen.apps.groups import queries, services
from quen.apps.groups.models import ContactGroup, GroupMember, MemberChange
from quen.apps.groups.tests.factories import join, make_group, members_of
from quen.apps.groups.types import BadGroupName, GroupNameTaken, SameGroup
from quen.apps.team.models import AuditEntry, Progress
from quen.core.actors import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspace")]

LATER = NOW + timedelta(days=3)
LATEST = NOW + timedelta(days=5)


def undo(outcome: Any) -> BulkOutcome:
    change = BulkChange.objects.get(pk=outcome.change_id)
    return contact_services.undo_change(change=change, actor=SYSTEM, now=LATEST)


def since(group: ContactGroup, contact: Contact) -> Any:
    return queries.joined_at(group.pk, [contact.pk]).get(contact.pk)


class TestNames:
    def test_a_name_is_taken_whatever_its_case_and_spelling(self) -> None:
        make_group("Khách sỉ")
        for name in ("khách SỈ", "  Khách  sỉ ", "Khách si\u0309"):
            with pytest.raises(GroupNameTaken):
                make_group(name)

    @pytest.mark.parametrize("name", ["", "  ", "a" * 121, "Sỉ, lẻ"])
    def test_a_name_that_files_cannot_carry_is_refused(self, name: str) -> None:
        with pytest.raises(BadGroupName):
            make_group(name)

    def test_a_deleted_group_gives_its_name_free(self) -> None:
        services.delete_group(group=make_group("VIP"), actor=SYSTEM, now=NOW)
        assert make_group("VIP").pk


class TestAddAndRemove:
    def test_who_is_in_already_keeps_the_day_of_joining(self) -> None:
        lan, minh = make_contacts(2)
        group = make_group("VIP", lan)
        outcome = join(group, lan, minh, now=LATER)
        assert (outcome.requested, outcome.changed, outcome.skipped) == (2, 1, {"already": 1})
        assert (since(group, lan), since(group, minh)) == (NOW, LATER)

    def test_joining_and_leaving_are_on_the_timeline_and_in_the_log(self) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        services.remove_members(groups=[group], contacts=contacts_relation(lan), actor=SYSTEM, now=LATER)
        assert kinds_on_timeline(lan) == ["group_left", "group_joined"]
        assert [(event.data or {})["group"] for event in events.timeline(lan.pk)] == ["VIP", "VIP"]
        assert {event.ref for event in events.timeline(lan.pk)} == {group.pk}
        kinds = set(AuditEntry.objects.values_list("kind", flat=True))
        assert {"groups.created", "groups.members_added", "groups.members_removed"} <= kinds

    def test_deleted_contacts_do_not_join_and_return_with_their_groups(self) -> None:
        lan, minh = make_contacts(2)
        group = make_group("VIP", lan)
        contact_services.delete_contacts(ids=[lan.pk], actor=SYSTEM, now=LATER)
        assert join(group, lan, minh, now=LATER).changed == 1
        assert members_of(group) == {minh.pk}
        contact_services.restore_contact(contact=lan, actor=SYSTEM, now=LATER)
        assert members_of(group) == {lan.pk, minh.pk}
        assert since(group, lan) == NOW

    def test_many_contacts_are_a_job_with_progress(self, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT = settings.BULK_BATCH_CONTACTS = 3
        people, group = make_contacts(7), make_group()
        progress = services.add_members(
            groups=[group], contacts=contacts_relation(*people), actor=SYSTEM, now=NOW
        )
        assert isinstance(progress, Progress)
        assert (progress.total, progress.path) == (7, f"/groups/{group.pk}/")
        moments = iter([NOW + timedelta(seconds=second) for second in range(100)])
        contact_services.run_bulk_job(
            change_id=progress.data["change_id"],
            progress_id=progress.pk,
            clock=lambda: next(moments),
        )
        assert members_of(group) == {person.pk for person in people}
        assert all(kinds_on_timeline(person) == ["group_joined"] for person in people)


class TestUndo:
    def test_adding_is_undone_for_those_who_were_not_in(self) -> None:
        lan, minh = make_contacts(2)
        group = make_group("VIP", lan)
        assert undo(join(group, lan, minh, now=LATER)).changed == 1
        assert members_of(group) == {lan.pk}
        assert kinds_on_timeline(minh) == ["group_left", "group_joined"]

    def test_who_was_taken_out_returns_with_the_day_of_joining(self) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        outcome = services.remove_members(
            groups=[group], contacts=contacts_relation(lan), actor=SYSTEM, now=LATER
        )
        undo(outcome)
        assert since(group, lan) == NOW

    def test_what_was_done_since_stays(self) -> None:
        lan, minh = make_contacts(2)
        group = make_group()
        outcome = join(group, lan, minh)
        services.remove_members(groups=[group], contacts=contacts_relation(lan), actor=SYSTEM, now=LATER)
        join(group, lan, now=LATER)
        undone = undo(outcome)
        assert (undone.changed, undone.skipped) == (1, {"changed_since": 1})
        assert members_of(group) == {lan.pk}

    def test_a_group_deleted_since_stays_deleted(self) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        outcome = services.remove_members(
            groups=[group], contacts=contacts_relation(lan), actor=SYSTEM, now=LATER
        )
        services.delete_group(group=group, actor=SYSTEM, now=LATER)
        assert undo(outcome).changed == 0
        assert not GroupMember.objects.exists()

    def test_what_undo_needs_is_deleted_after_thirty_days(self) -> None:
        make_group("VIP", make_contact())
        services.forget_changes(now=NOW + timedelta(days=29))
        assert MemberChange.objects.count() == 1
        services.forget_changes(now=NOW + timedelta(days=31))
        assert not MemberChange.objects.exists()


class TestCopyAndMove:
    def test_copying_leaves_the_source_as_it_is(self) -> None:
        lan, minh, hoa = make_contacts(3)
        vip, fair = make_group("VIP", lan, minh), make_group("Hội chợ", minh)
        outcome = services.copy_members(
            group=vip, to=fair, contacts=contacts_relation(lan, minh, hoa), actor=SYSTEM, now=LATER
        )
        assert isinstance(outcome, BulkOutcome)
        assert outcome.changed == 1
        assert members_of(vip) == members_of(fair) == {lan.pk, minh.pk}
        assert (since(fair, lan), since(fair, minh)) == (LATER, NOW)

    def test_moving_takes_them_out_of_the_source(self) -> None:
        lan, minh, hoa = make_contacts(3)
        vip, fair = make_group("VIP", lan, minh), make_group("Hội chợ", minh)
        outcome = services.move_members(
            group=vip, to=fair, contacts=contacts_relation(lan, minh, hoa), actor=SYSTEM, now=LATER
        )
        assert isinstance(outcome, BulkOutcome)
        assert outcome.changed == 2
        assert (members_of(vip), members_of(fair)) == (set(), {lan.pk, minh.pk})
        undo(outcome)
        assert (members_of(vip), members_of(fair)) == ({lan.pk, minh.pk}, {minh.pk})
        assert (since(vip, lan), since(fair, minh)) == (NOW, NOW)

    @pytest.mark.parametrize("act", [services.copy_members, services.move_members])
    def test_the_group_they_are_in_is_no_target(self, act: Any) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        with pytest.raises(SameGroup):
            act(group=group, to=group, contacts=contacts_relation(lan), actor=SYSTEM, now=NOW)
        assert members_of(group) == {lan.pk}


class TestDeleting:
    def test_members_leave_and_stay_customers(self) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        assert services.delete_group(group=group, actor=SYSTEM, now=LATER) == 1
        assert kinds_on_timeline(lan) == ["group_left", "group_joined"]
        assert not GroupMember.objects.exists()

    def test_those_of_a_large_group_leave_by_a_job_that_may_run_twice(self, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT = 2
        people, group = make_contacts(5), make_group()
        for person in people:
            join(group, person)
        services.delete_group(group=group, actor=SYSTEM, now=LATER)
        assert queries.groups_of(people[0].pk) == []
        for _ in range(2):
            services.clear_deleted(batch_size=2)
        assert not GroupMember.objects.exists()
        assert all(kinds_on_timeline(person) == ["group_left", "group_joined"] for person in people)


class TestGroupsOfAContact:
    def test_setting_them_adds_and_removes_only_what_differs(self) -> None:
        lan = make_contact()
        vip, fair, wholesale = make_group("VIP", lan), make_group("Hội chợ", lan), make_group("Sỉ")
        services.set_groups_of(contact=lan, groups=[vip, wholesale], actor=SYSTEM, now=LATER)
        assert [(joined.group.name, joined.joined_at) for joined in queries.groups_of(lan.pk)] == [
            ("Sỉ", LATER),
            ("VIP", NOW),
        ]
        assert members_of(fair) == set()

    def test_erasing_leaves_no_trace_of_membership(self) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        contact_services.erase_contacts(contacts=contacts.relation_of_ids([lan.pk]), actor=SYSTEM, now=LATER)
        assert not GroupMember.objects.filter(group_id=group.pk).exists()
        assert not MemberChange.objects.exists()

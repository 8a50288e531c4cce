"""Tasks: create, change, take, finish, cancel, open again, for many; erased and merged with their contact."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import BINH, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import registry as contacts_registry
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact, make_contacts
from quen.apps.contacts.types import ErasureReason
from quen.apps.events import queries as event_queries
from quen.apps.events import registry as event_kinds
from quen.apps.tasks import queries, services
from quen.apps.tasks.models import Task
from quen.apps.tasks.tests.factories import get_task, make_call, make_callable, make_task, values
from quen.apps.tasks.types import (
    AssigneeUnavailable,
    TaskIsOpen,
    TaskKind,
    TaskNotOpen,
    TaskState,
    TaskTaken,
    TitleMissing,
)
from quen.apps.team import services as team
from quen.apps.team.models import Member, Notification
from quen.apps.team.types import Role
from quen.core.errors import NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(binh: Any) -> Any:
    """Bình as a support agent, who has tasks."""
    Member.objects.filter(pk=binh.pk).update(role=Role.AGENT)
    return Member.objects.get(pk=binh.pk)


def timeline(contact: Contact) -> list[str]:
    """Return the kinds of a contact's events about tasks, in order."""
    ours = {event_kinds.get(key).code: key for key in ("task_created", "task_done", "task_reopened")}
    found = event_queries.timeline(contact.pk).order_by("id")
    return [ours[event.kind] for event in found if event.kind in ours]


class TestCreate:
    def test_a_task_is_what_was_typed(self, an: Any, agent: Any) -> None:
        contact = make_contact()
        task = make_task(
            actor=an.actor,
            title="  Gọi   lại cho chị Lan ",
            kind=TaskKind.CALL,
            contact_id=contact.pk,
            assignee_id=agent.pk,
            remind_minutes=60,
        )
        assert (task.title, task.kind, task.contact_id, task.assignee_id, task.state) == (
            "Gọi lại cho chị Lan",
            TaskKind.CALL,
            contact.pk,
            agent.pk,
            TaskState.OPEN,
        )
        assert task.remind_at == NOW + timedelta(hours=1)
        assert [each.kind for each in Notification.objects.filter(member=agent)] == ["tasks.assigned"]

    def test_nobody_is_notified_of_a_task_they_give_themselves(self, an: Any) -> None:
        make_task(actor=an.actor, assignee_id=an.pk)
        assert not Notification.objects.exists()

    def test_refuses_what_is_no_task(self, an: Any, binh: Any) -> None:
        with pytest.raises(TitleMissing):
            make_task(title="  ")
        # Bình may only read: he has no tasks.
        with pytest.raises(AssigneeUnavailable):
            make_task(assignee_id=binh.pk)
        with pytest.raises(NotFound):
            make_task(contact_id=9_999)
        assert not Task.objects.exists()

    def test_an_assignee_wins_over_a_group(self, an: Any) -> None:
        assert make_task(assignee_id=an.pk, group=Role.SALES).group == ""
        assert make_task(group=Role.SALES).group == Role.SALES

    def test_a_reminder_whose_time_is_over_is_not_sent(self, workspace: Any) -> None:
        assert make_task(remind_minutes=1440).remind_at is None


class TestWorking:
    def test_who_takes_a_task_first_has_it(self, an: Any, agent: Any) -> None:
        task = make_task(group=Role.AGENT)
        services.take_task(task=task, actor=agent.actor, now=NOW)
        with pytest.raises(TaskTaken) as refusal:
            services.take_task(task=task, actor=an.actor, now=NOW)
        assert refusal.value.params["name"] == agent.name
        assert get_task(task.pk).assignee_id == agent.pk

    def test_done_keeps_the_result_who_and_when(self, an: Any) -> None:
        contact = make_contact()
        task = make_task(actor=an.actor, contact_id=contact.pk)
        services.finish_task(task=task, result="Khách chốt 2 hộp", actor=an.actor, now=NOW)
        task = get_task(task.pk)
        assert (task.state, task.result, task.ended_by_name, task.ended_at) == (
            TaskState.DONE,
            "Khách chốt 2 hộp",
            an.name,
            NOW,
        )
        services.reopen_task(task=task, actor=an.actor, now=NOW)
        assert timeline(contact) == ["task_created", "task_done", "task_reopened"]

    def test_a_task_is_done_once_and_can_be_opened_again(self, an: Any) -> None:
        task = make_task()
        services.finish_task(task=task, actor=an.actor, now=NOW)
        with pytest.raises(TaskNotOpen):
            services.finish_task(task=task, actor=an.actor, now=NOW)
        with pytest.raises(TaskNotOpen):
            services.cancel_task(task=task, actor=an.actor, now=NOW)
        services.reopen_task(task=task, actor=an.actor, now=NOW)
        with pytest.raises(TaskIsOpen):
            services.reopen_task(task=task, actor=an.actor, now=NOW)
        services.cancel_task(task=task, actor=an.actor, now=NOW)
        assert get_task(task.pk).state == TaskState.CANCELLED

    def test_a_change_is_whole_and_notifies_the_new_assignee(self, an: Any, agent: Any) -> None:
        task = make_task(actor=an.actor, assignee_id=an.pk, remind_minutes=60)
        later = NOW + timedelta(days=3)
        services.update_task(
            task=task,
            values=values(title="Gửi mẫu", due_at=later, assignee_id=agent.pk, remind_minutes=15),
            actor=an.actor,
            now=NOW,
        )
        task = get_task(task.pk)
        assert (task.title, task.due_at, task.assignee_id) == ("Gửi mẫu", later, agent.pk)
        assert task.remind_at == later - timedelta(minutes=15)
        assert [each.kind for each in Notification.objects.filter(member=agent)] == ["tasks.assigned"]

    def test_a_change_of_words_sends_no_reminder_again(self, an: Any) -> None:
        task = make_task(assignee_id=an.pk, remind_minutes=60)
        services.send_reminders(now=NOW + timedelta(hours=1))
        services.update_task(
            task=task,
            values=values(title="Khác", assignee_id=an.pk, remind_minutes=60),
            actor=an.actor,
            now=NOW,
        )
        assert services.send_reminders(now=NOW + timedelta(hours=1)) == 0


class TestLists:
    def test_overdue_today_and_later_share_nothing_and_miss_nothing(self, an: Any) -> None:
        day_end = datetime.fromisoformat("2026-10-15T00:00+07:00")
        dues = [NOW - timedelta(minutes=1), NOW, day_end - timedelta(minutes=1), day_end]
        tasks = [make_task(assignee_id=an.pk, due_at=due) for due in dues]
        services.finish_task(
            task=make_task(assignee_id=an.pk, due_at=NOW - timedelta(days=1)), actor=an.actor, now=NOW
        )
        mine = queries.assigned_to(an)
        assert list(queries.overdue(mine, NOW)) == tasks[:1]
        assert list(queries.due_today(mine, NOW, day_end)) == tasks[1:3]
        assert list(queries.due_later(mine, day_end)) == tasks[3:]
        assert queries.counts(mine, NOW, day_end) == queries.TaskCounts(overdue=1, today=2, later=1)
        assert queries.due_count(an, day_end) == 3

    def test_members_see_theirs_and_those_about_customers(self, an: Any, agent: Any) -> None:
        private = make_task(actor=an.actor, assignee_id=an.pk)
        about = make_task(actor=an.actor, assignee_id=an.pk, contact_id=make_contact().pk)
        for_agents, for_sales = make_task(group=Role.AGENT), make_task(group=Role.SALES)
        anybodys = make_task()
        assert set(queries.visible_to(agent)) == {about, for_agents, anybodys}
        assert set(queries.free_for(agent)) == {for_agents, anybodys}
        assert set(queries.visible_to(an)) == {private, about, for_agents, for_sales, anybodys}
        assert set(queries.free_for(an)) == {for_agents, for_sales, anybodys}


class TestForMany:
    def test_each_contact_gets_one_task_however_often_the_job_runs(self, an: Any) -> None:
        people = make_contacts(3)
        selected = contacts.relation_of_ids([each.pk for each in people])
        for expected in (3, 0):
            made = services.create_tasks(
                selected=selected, values=values(assignee_id=an.pk), change_id=7, actor=an.actor, now=NOW
            )
            assert made.created == expected
        assert {task.contact_id for task in Task.objects.all()} == {each.pk for each in people}
        assert Task.objects.count() == len(people)

    def test_advertising_calls_are_created_for_those_who_may_be_called(self, an: Any) -> None:
        may, refused, called = make_callable(), make_contact(), make_callable()
        make_call(called, due_at=NOW + timedelta(hours=4))
        made = services.create_tasks(
            selected=contacts.relation_of_ids([may.pk, refused.pk, called.pk]),
            values=values(kind=TaskKind.CALL, is_advertising=True),
            change_id=7,
            actor=an.actor,
            now=NOW,
        )
        assert made.created == 1
        assert made.skipped == {"no_consent": 1, "frequency_cap": 1}
        assert [task.contact_id for task in Task.objects.filter(change_id=7)] == [may.pk]

    def test_the_bulk_action_and_its_undo(self, an: Any) -> None:
        people = make_contacts(3)
        data = {
            "title": "Hỏi thăm",
            "kind": "call",
            "due_at": (NOW + timedelta(days=1)).isoformat(),
            "is_all_day": False,
            "assignee_id": an.pk,
            "group": "",
            "remind_minutes": None,
            "is_advertising": False,
        }
        outcome = contacts_services.run_verb(
            key="create_tasks",
            contacts=contacts.relation_of_ids([each.pk for each in people]),
            data=data,
            actor=an.actor,
            now=NOW,
        )
        assert outcome.changed == 3  # type: ignore[union-attr]
        first = Task.objects.order_by("pk")[0]
        services.finish_task(task=first, actor=an.actor, now=NOW)
        change = contacts.get_change(outcome.change_id)  # type: ignore[union-attr]
        undone = contacts_services.undo_change(change=change, actor=an.actor, now=NOW)
        assert (undone.changed, undone.skipped) == (2, {"changed_since": 1})
        assert list(Task.objects.all()) == [first]


class TestPeople:
    def test_erasing_a_person_erases_what_tasks_say_about_them(
        self, workspace: Any, an: Any, agent: Any
    ) -> None:
        contact, other = make_callable(full_name="Trần Độc Nhất"), make_contact()
        make_task(actor=an.actor, title="Gọi Trần Độc Nhất", contact_id=contact.pk, assignee_id=agent.pk)
        call = make_call(contact)
        services.begin_call(task=call, actor=an.actor, now=NOW)
        kept = make_task(contact_id=other.pk)
        contacts_services.erase_contact(
            contact=contact, reason=ErasureReason.REQUEST, actor=an.actor, now=NOW
        )
        assert list(Task.objects.all()) == [kept]
        assert not Notification.objects.filter(data__title__contains="Độc Nhất").exists()
        assert not queries.calls_for(call).exists()

    def test_the_copy_of_a_persons_data_has_their_tasks(self, an: Any) -> None:
        contact = make_contact()
        task = make_task(contact_id=contact.pk, title="Gọi lại")
        services.finish_task(task=task, result="Đã hẹn", actor=an.actor, now=NOW)
        part = next(each for each in contacts_registry.personal_data_parts() if each.key == "tasks")
        assert {"Gọi lại", "Đã hẹn"} <= {str(value) for value in part.read(contact.pk)[0].values()}

    def test_tasks_follow_a_merge_and_return_when_it_is_undone(self, an: Any) -> None:
        kept, merged = make_contacts(2)
        selected = contacts.relation_of_ids([kept.pk, merged.pk])
        # Both have a task of one bulk action: neither is lost.
        services.create_tasks(selected=selected, values=values(), change_id=7, actor=an.actor, now=NOW)
        own = make_task(contact_id=merged.pk)
        merge = contacts_services.merge_contacts(
            kept=kept, merged=merged, choices={}, actor=an.actor, now=NOW
        )
        assert Task.objects.filter(contact_id=kept.pk).count() == 3
        contacts_services.undo_merge(merge=merge, actor=an.actor, now=NOW)
        assert set(Task.objects.filter(contact_id=merged.pk).values_list("change_id", flat=True)) == {7, None}
        assert get_task(own.pk).contact_id == merged.pk

    def test_a_member_who_left_keeps_no_task_from_being_shown(
        self, workspace: Any, an: Any, agent: Any
    ) -> None:
        task = make_task(assignee_id=agent.pk)
        user = accounts.find_user(BINH)
        assert user is not None
        team.remove_member(member=agent, workspace=workspace, actor=an.actor, now=NOW)
        assert queries.names_of([task])[1] == {agent.pk: agent.name}
        assert agent.pk not in {member.pk for member in queries.assignable_members()}

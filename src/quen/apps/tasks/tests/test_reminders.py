"""Reminders: to whom, once, and none that were sent before a restore."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.tasks import services
from quen.apps.tasks.models import Task
from quen.apps.tasks.tests.factories import make_task
from quen.apps.team.models import Member, Notification
from quen.apps.team.types import Role
from quen.core import schemas

LATER = NOW + timedelta(hours=1)


def reminded() -> list[int]:
    """Return the members who were reminded."""
    return [each.member_id for each in Notification.objects.filter(kind="tasks.reminder").order_by("id")]


@pytest.mark.django_db
class TestReminders:
    def test_the_assignee_is_reminded_once_by_notification_and_email(self, an: Any, mailoutbox: Any) -> None:
        contact = make_contact(full_name="Lê Thị Sen")
        make_task(assignee_id=an.pk, remind_minutes=60, contact_id=contact.pk, title="Gửi báo giá")
        assert services.send_reminders(now=NOW + timedelta(minutes=59)) == 0
        assert services.send_reminders(now=LATER) == 1
        assert services.send_reminders(now=LATER + timedelta(days=1)) == 0
        assert reminded() == [an.pk]
        mails = [(mail.to, "Gửi báo giá" in mail.subject, "Lê Thị Sen" in mail.body) for mail in mailoutbox]
        assert mails == [([an.email], True, True)]

    def test_many_at_once_are_one_email(self, an: Any, mailoutbox: Any) -> None:
        for number in range(30):
            make_task(assignee_id=an.pk, remind_minutes=60, title=f"Gọi khách {number}")
        assert services.send_reminders(now=LATER) == 30
        told = Notification.objects.filter(kind__startswith="tasks.reminder")
        assert [each.data for each in told] == [{"count": 30}]
        assert len(mailoutbox) == 1
        assert "Gọi khách 19" in mailoutbox[0].body

    def test_while_nobody_has_it_everybody_of_the_group_is_reminded(self, an: Any, binh: Any) -> None:
        Member.objects.filter(pk=binh.pk).update(role=Role.SALES)
        make_task(group=Role.SALES, remind_minutes=0, actor=an.actor)
        services.send_reminders(now=NOW + timedelta(hours=2))
        assert reminded() == [binh.pk]

    def test_without_anybody_the_creator_is_reminded(self, an: Any) -> None:
        make_task(actor=an.actor, remind_minutes=0)
        services.send_reminders(now=NOW + timedelta(hours=2))
        assert reminded() == [an.pk]

    def test_what_is_done_or_was_due_before_a_restore_is_not_reminded_of(self, an: Any) -> None:
        done = make_task(assignee_id=an.pk, remind_minutes=60)
        services.finish_task(task=done, actor=an.actor, now=NOW)
        make_task(assignee_id=an.pk, remind_minutes=60)
        services.skip_due_reminders(now=LATER)
        assert services.send_reminders(now=LATER) == 0
        assert reminded() == []

    def test_a_task_of_a_whole_day_is_reminded_of_at_nine(self, an: Any) -> None:
        # Due at 23:59 of the next day; 9:00 there is 2:00 UTC.
        due = NOW.replace(hour=16, minute=59) + timedelta(days=1)
        task = make_task(assignee_id=an.pk, due_at=due, is_all_day=True, remind_minutes=0)
        assert task.remind_at == NOW.replace(hour=2, minute=0) + timedelta(days=1)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_workers_at_once_remind_once(self, committed_workspace: Any) -> None:
        member = Member.objects.filter(user_id=accounts.find_user("an@tra-sen.example").pk).get()  # type: ignore[union-attr]
        for _number in range(20):
            make_task(assignee_id=member.pk, remind_minutes=60)
        schema = schemas.current()

        def work() -> None:
            with schemas.use(schema):
                services.send_reminders(now=LATER)
            connections.close_all()

        workers = [Thread(target=work) for _each in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        told = Notification.objects.filter(member_id=member.pk, kind__startswith="tasks.reminder")
        assert [(each.kind, each.data) for each in told] == [("tasks.reminder_many", {"count": 20})]
        assert not Task.objects.filter(remind_at__isnull=False).exists()

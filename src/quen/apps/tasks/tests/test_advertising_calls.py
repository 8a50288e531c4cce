"""Advertising calls: at the hours of the law, once in 24 hours to a number, with consent (CHN-25)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from tests.cast import NOW

from quen.apps.compliance import services as compliance
from quen.apps.compliance.tests.sharing import join, workspaces
from quen.apps.compliance.types import SuppressionCause
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent
from quen.apps.tasks import queries, services
from quen.apps.tasks.models import AdvertisingCall, Task
from quen.apps.tasks.tests.factories import get_task, make_call, make_callable, make_task, values
from quen.apps.tasks.types import (
    AdvertisingWithoutCustomer,
    AdvertisingWithoutTime,
    CalledAlready,
    CalledByCompany,
    CallInThePast,
    CallNotPermitted,
    HoursNotLegal,
    OutsideCallHours,
    TaskKind,
    TaskNotOpen,
    TaskState,
)
from quen.core import schemas
from quen.core.actors import SYSTEM
from quen.core.errors import DomainError

TOMORROW = NOW + timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


@pytest.mark.django_db
class TestPlanning:
    @pytest.mark.parametrize("due", ["2026-10-14T17:00", "2026-10-15T07:59", "2026-10-15T20:00"])
    def test_cannot_be_set_outside_the_hours(self, workspace: Any, due: str) -> None:
        with pytest.raises(OutsideCallHours) as refusal:
            make_call(make_callable(), due_at=at(due))
        assert "15/10/2026 08:00" in refusal.value.params["next"] or "16/10/2026 08:00" in str(refusal.value)
        assert not Task.objects.exists()

    def test_keeps_to_the_narrower_hours_of_the_shop(self, an: Any) -> None:
        services.update_call_hours(call_from=time(9), call_until=time(10), actor=an.actor, now=NOW)
        with pytest.raises(OutsideCallHours):
            make_call(make_callable(), due_at=at("2026-10-15T10:30"))
        with pytest.raises(HoursNotLegal):
            services.update_call_hours(call_from=time(7), call_until=time(17), actor=an.actor, now=NOW)

    def test_a_second_call_to_a_number_needs_24_hours(self, workspace: Any) -> None:
        contact = make_callable()
        make_call(contact, due_at=at("2026-10-15T10:00"))
        for due in ("2026-10-15T15:00", "2026-10-14T11:00", "2026-10-16T09:59"):
            with pytest.raises(CalledAlready) as refusal:
                make_call(contact, due_at=at(due))
            assert "16/10/2026 10:00" in refusal.value.params["next"]
        assert make_call(contact, due_at=at("2026-10-16T10:00")).is_open

    @pytest.mark.parametrize(
        "changes",
        [
            {"consent_call": Consent.NEVER_ASKED},
            {"consent_call": Consent.WITHDRAWN},
            {"consent_call": Consent.BLOCKED},
            {"phone": None},
        ],
    )
    def test_needs_consent_to_calls_and_a_number(self, workspace: Any, changes: dict[str, Any]) -> None:
        with pytest.raises(CallNotPermitted):
            make_call(make_callable(**changes))

    def test_a_number_in_the_do_not_advertise_register_is_not_called(self, an: Any) -> None:
        contact = make_callable()
        compliance.suppress(
            channel="call",
            addresses=[str(contact.phone)],
            cause=SuppressionCause.REGISTER,
            actor=an.actor,
            now=NOW,
        )
        with pytest.raises(CallNotPermitted):
            make_call(contact)

    def test_needs_a_customer_and_a_time_to_come(self, workspace: Any) -> None:
        with pytest.raises(AdvertisingWithoutCustomer):
            make_task(kind=TaskKind.CALL, is_advertising=True)
        with pytest.raises(AdvertisingWithoutTime):
            make_call(make_callable(), is_all_day=True)
        with pytest.raises(CallInThePast):
            make_call(make_callable(), due_at=NOW - timedelta(minutes=1))

    def test_other_calls_and_other_kinds_are_free(self, workspace: Any) -> None:
        contact = make_contact()
        make_task(kind=TaskKind.CALL, contact_id=contact.pk, due_at=at("2026-10-15T20:00"))
        assert not make_task(kind=TaskKind.MESSAGE, is_advertising=True, contact_id=contact.pk).is_advertising

    def test_a_late_call_can_be_reworded_but_not_put_off_to_the_evening(self, an: Any) -> None:
        contact = make_callable()
        task = make_call(contact)
        changed = {
            "title": "Mời lần nữa",
            "kind": TaskKind.CALL,
            "is_advertising": True,
            "contact_id": contact.pk,
        }
        late = NOW + timedelta(hours=3)
        services.update_task(task=task, values=values(**changed), actor=an.actor, now=late)
        with pytest.raises(OutsideCallHours):
            services.update_task(
                task=task, values=values(**changed, due_at=at("2026-10-14T19:00")), actor=an.actor, now=late
            )
        # Its own place is no obstacle.
        services.update_task(
            task=task, values=values(**changed, due_at=at("2026-10-14T14:00")), actor=an.actor, now=late
        )
        assert get_task(task.pk).due_at == at("2026-10-14T14:00")


@pytest.mark.django_db
class TestCalling:
    def test_a_call_counts_and_the_next_one_waits_24_hours(self, an: Any) -> None:
        contact = make_callable()
        first = make_call(contact)
        services.begin_call(task=first, actor=an.actor, now=NOW)
        with pytest.raises(CalledAlready):
            services.begin_call(task=first, actor=an.actor, now=NOW + timedelta(minutes=1))
        with pytest.raises(CalledAlready):
            make_call(contact, now=NOW + timedelta(hours=1), due_at=at("2026-10-15T08:30"))
        second = make_call(contact, due_at=at("2026-10-15T11:00"))
        with pytest.raises(CalledAlready):
            services.begin_call(task=second, actor=an.actor, now=TOMORROW - timedelta(minutes=1))
        services.begin_call(task=second, actor=an.actor, now=TOMORROW)
        assert AdvertisingCall.objects.count() == 2

    def test_done_counts_as_called_and_is_refused_where_a_call_is(self, an: Any) -> None:
        contact = make_callable()
        task = make_call(contact)
        with pytest.raises(OutsideCallHours):
            services.finish_task(task=task, actor=an.actor, now=at("2026-10-14T17:30"))
        services.finish_task(task=task, result="Khách hẹn tuần sau", actor=an.actor, now=NOW)
        assert queries.calls_for(task).count() == 1

    def test_a_call_begun_in_time_can_be_written_up_in_the_evening(self, an: Any) -> None:
        task = make_call(make_callable())
        services.begin_call(task=task, actor=an.actor, now=at("2026-10-14T16:58"))
        services.finish_task(task=task, result="Không nghe máy", actor=an.actor, now=at("2026-10-14T17:20"))
        assert get_task(task.pk).state == TaskState.DONE
        assert queries.calls_for(task).count() == 1

    def test_consent_withdrawn_since_stops_the_call(self, an: Any) -> None:
        contact = make_callable()
        task = make_call(contact)
        type(contact).objects.filter(pk=contact.pk).update(consent_call=Consent.WITHDRAWN)
        with pytest.raises(CallNotPermitted):
            services.begin_call(task=task, actor=an.actor, now=NOW)
        with pytest.raises(CallNotPermitted):
            services.finish_task(task=task, actor=an.actor, now=NOW)
        assert get_task(task.pk).is_open

    def test_undo_frees_the_number(self, an: Any) -> None:
        contact = make_callable()
        task = make_call(contact)
        services.finish_task(task=task, actor=an.actor, now=NOW)
        services.reopen_task(task=task, actor=an.actor, now=NOW + timedelta(seconds=5))
        assert not AdvertisingCall.objects.exists()
        services.begin_call(task=task, actor=an.actor, now=NOW + timedelta(minutes=1))
        assert services.withdraw_call(task=task, actor=an.actor, now=NOW + timedelta(minutes=2))
        assert services.verdict_now(task, now=NOW + timedelta(minutes=2)).refusal is None

    def test_opening_again_keeps_a_call_that_was_really_made(self, an: Any) -> None:
        task = make_call(make_callable())
        services.begin_call(task=task, actor=an.actor, now=NOW)
        services.finish_task(task=task, actor=an.actor, now=NOW + timedelta(minutes=5))
        services.reopen_task(task=task, actor=an.actor, now=NOW + timedelta(minutes=6))
        assert queries.calls_for(task).count() == 1

    def test_nobody_is_called_for_a_task_that_is_done(self, an: Any) -> None:
        task = make_call(make_callable())
        services.finish_task(task=task, actor=an.actor, now=NOW)
        with pytest.raises(TaskNotOpen):
            services.finish_task(task=get_task(task.pk), actor=an.actor, now=TOMORROW)
        assert AdvertisingCall.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestSharedAndAtOnce:
    def test_shops_of_one_company_call_a_number_once(self, transactional_db: None) -> None:
        sen, gom = workspaces()
        join(sen, gom)
        with schemas.use(sen.schema_name):
            task = make_call(make_callable(phone="+84905777123"))
            services.begin_call(task=task, actor=SYSTEM, now=NOW)
        with schemas.use(gom.schema_name):
            other = make_call(make_callable(phone="+84905777123"))
            with pytest.raises(CalledByCompany):
                services.begin_call(task=other, actor=SYSTEM, now=NOW + timedelta(hours=1))
            assert not AdvertisingCall.objects.exists()
        with schemas.use(sen.schema_name):
            services.withdraw_call(task=task, actor=SYSTEM, now=NOW + timedelta(hours=1))
        with schemas.use(gom.schema_name):
            services.begin_call(task=other, actor=SYSTEM, now=NOW + timedelta(hours=1))

    def test_two_members_at_once_call_once(self, committed_workspace: Any) -> None:
        contact = make_callable()
        tasks = [make_call(contact), make_call(contact, due_at=at("2026-10-15T11:00"))]
        schema, refused = schemas.current(), list[str]()

        def work(task: Task) -> None:
            with schemas.use(schema):
                try:
                    services.begin_call(task=task, actor=SYSTEM, now=NOW)
                except DomainError as refusal:
                    refused.append(refusal.code)
            connections.close_all()

        workers = [Thread(target=work, args=(task,)) for task in tasks * 2]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert AdvertisingCall.objects.count() == 1
        assert refused == ["called_already"] * 3


@pytest.mark.django_db
class TestFromThePersonsPage:
    def test_counts_like_any_and_a_second_one_is_refused(self, an: Any) -> None:
        person = make_callable()
        task = services.call_now(contact_id=person.pk, title="Gọi chào hàng", actor=an.actor, now=NOW)
        assert AdvertisingCall.objects.filter(task_id=task.pk, contact_id=person.pk).count() == 1
        with pytest.raises(CalledAlready):
            services.call_now(
                contact_id=person.pk, title="Gọi lại", actor=an.actor, now=NOW + timedelta(hours=1)
            )
        assert AdvertisingCall.objects.count() == Task.objects.count() == 1

    def test_nothing_is_left_where_it_is_not_permitted(self, an: Any) -> None:
        with pytest.raises(CallNotPermitted):
            services.call_now(
                contact_id=make_contact(consent_call=Consent.WITHDRAWN).pk,
                title="Gọi",
                actor=an.actor,
                now=NOW,
            )
        assert not Task.objects.exists()

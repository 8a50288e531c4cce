"""Advertising calls: at the hours of the law, one to a number in 24 hours, only with consent (CHN-25)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final

from django.db import transaction

from quen.apps.compliance import queries as compliance_queries
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import LinkedAdvertiser
from quen.apps.contacts import queries as contacts
from quen.apps.tasks import queries
from quen.apps.tasks.models import AdvertisingCall, Task, TaskSettings
from quen.apps.tasks.queries import CHANNEL
from quen.apps.tasks.rules.call_hours import (
    BETWEEN_CALLS,
    LEGAL_FROM,
    LEGAL_UNTIL,
    CallHours,
    collides,
    next_permitted,
)
from quen.apps.tasks.types import (
    CalledAlready,
    CalledByCompany,
    CallInThePast,
    CallNotPermitted,
    CallVerdict,
    HoursNotLegal,
    OutsideCallHours,
)
from quen.apps.team import services as team
from quen.core.actors import Actor
from quen.core.errors import DomainError
from quen.core.locks import AdvisoryLock
from quen.ui.tags.filters import instant

_NUMBER: Final = AdvisoryLock("tasks.advertising_call")


def ensure_plannable(*, contact_id: int, at: datetime, besides: int | None = None, now: datetime) -> None:
    """Raise unless a customer may be called for advertising at an instant to come.

    besides: the task that is being changed, whose own call does not count.
    """
    phone = _ensure_permitted(contact_id, now)
    calls = [
        *queries.calls_to(phone, since=now - BETWEEN_CALLS),
        *queries.planned_calls(contact_id, besides=besides),
    ]
    if at < now:
        later = next_permitted(now, hours=queries.call_hours(), calls=calls)
        raise CallInThePast(next=instant(later))
    _ensure_free(at, calls)


def verdict_now(task: Task, *, now: datetime) -> CallVerdict:
    """Return whether the customer of a task may be called for advertising at this moment, and their number if so.

    What other shops of the company did is known only once the call is begun.
    """
    try:
        return CallVerdict(phone=_ensure_callable(task, now))
    except DomainError as refusal:
        return CallVerdict(refusal=refusal)


def begin_call(*, task: Task, actor: Actor, now: datetime) -> AdvertisingCall:
    """Record that the customer of a task is being called for advertising, and return the call.

    Raises CallNotPermitted, OutsideCallHours, CalledAlready, CalledByCompany; nothing is counted then. Call it outside
    a transaction: the place that counts for the company is committed before the call is recorded.
    """
    phone = _ensure_callable(task, now)
    linked = _active_links()
    for each in linked:
        places = compliance.take_places(linked=each, channel=CHANNEL, addresses=[(task.pk, phone)], now=now)
        if task.pk not in places.message_ids:
            raise CalledByCompany(next=instant(queries.call_hours().next_from(now + BETWEEN_CALLS)))
    try:
        return _record_call(task, phone, actor, now)
    except DomainError:
        # The place of an earlier call of the same task stays.
        if queries.recent_call(task, now=now) is None:
            _release(linked, task, phone)
        raise


@transaction.atomic
def _record_call(task: Task, phone: str, actor: Actor, now: datetime) -> AdvertisingCall:
    address_hash = compliance_queries.address_hash(CHANNEL, phone)
    _NUMBER.acquire(address_hash.hex())
    _ensure_free(now, queries.calls_to(phone, since=now - BETWEEN_CALLS))
    made = AdvertisingCall.objects.create(
        task_id=task.pk,
        contact_id=task.contact_id or 0,
        address_hash=address_hash,
        at=now,
        member_id=actor.member_id,
        member_name=actor.name,
    )
    team.audit(actor, "tasks.called", now=now, target=task)
    return made


def withdraw_call(*, task: Task, at: datetime | None = None, actor: Actor, now: datetime) -> bool:
    """Take back the latest call of a task within 24 hours, which was not made after all. Return whether there was one.

    at: only a call of this instant.
    """
    call = queries.recent_call(task, now=now)
    if call is None or (at is not None and call.at != at):
        return False
    with transaction.atomic():
        call.delete()
        team.audit(actor, "tasks.call_withdrawn", now=now, target=task)
    contact = contacts.find_including_deleted(task.contact_id or 0)
    if contact is not None and contact.phone:
        _release(_active_links(), task, contact.phone)
    return True


@transaction.atomic
def update_call_hours(*, call_from: time, call_until: time, actor: Actor, now: datetime) -> TaskSettings:
    """Set when advertising calls are made. Raises HoursNotLegal outside the hours of the law."""
    if not CallHours(call_from, call_until).is_legal:
        raise HoursNotLegal(since=f"{LEGAL_FROM:%H:%M}", until=f"{LEGAL_UNTIL:%H:%M}")
    settings = queries.task_settings()
    settings.call_from, settings.call_until = call_from, call_until
    settings.save()
    data = {"since": f"{call_from:%H:%M}", "until": f"{call_until:%H:%M}"}
    team.audit(actor, "tasks.hours_changed", now=now, target=settings, data=data)
    return settings


def _ensure_permitted(contact_id: int, now: datetime) -> str:
    phone, reason = queries.call_permission(contact_id, now=now)
    if reason is not None:
        contact = contacts.find_including_deleted(contact_id)
        raise CallNotPermitted(name=str(contact or ""), reason=str(reason.label))
    return phone


def _ensure_callable(task: Task, now: datetime) -> str:
    """Return the number to call now. Raises why not."""
    phone = _ensure_permitted(task.contact_id or 0, now)
    _ensure_free(now, queries.calls_to(phone, since=now - BETWEEN_CALLS))
    return phone


def _ensure_free(at: datetime, calls: Sequence[datetime]) -> None:
    hours = queries.call_hours()
    later: dict[str, Any] = {"next": instant(next_permitted(at, hours=hours, calls=calls))}
    if not hours.include(at):
        raise OutsideCallHours(since=f"{hours.since:%H:%M}", until=f"{hours.until:%H:%M}", **later)
    call = collides(at, calls)
    if call is not None:
        raise CalledAlready(call=instant(call), **later)


def _active_links() -> list[LinkedAdvertiser]:
    return [each for each in compliance_queries.linked_advertisers() if each.is_active]


def _release(linked: Sequence[LinkedAdvertiser], task: Task, phone: str) -> None:
    for each in linked:
        compliance.release_places(linked=each, channel=CHANNEL, addresses=[(task.pk, phone)])

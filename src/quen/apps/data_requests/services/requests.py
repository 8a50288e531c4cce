"""Requests of persons about their data: received, acknowledged, in work, answered (CON-67)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel
from quen.apps.data_requests import queries
from quen.apps.data_requests.models import DataRequest, RequestSettings
from quen.apps.data_requests.types import (
    OPEN_STATES,
    DataRequestRight,
    ExtendedAlready,
    PersonGone,
    ReasonMissing,
    RequestEnded,
    RequestKindChoices,
    RequestOrigin,
    RequestState,
)
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import workspace_path
from quen.core import clock, sql
from quen.core.actors import Actor
from quen.core.errors import NotFound
from quen.core.sql import Relation
from quen.core.working_days import add_working_days

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact


@transaction.atomic
def make_request(
    *, contact_id: int, kind: str, words: str = "", origin: str, actor: Actor, now: datetime
) -> DataRequest:
    """Record a request with its due dates, tell those who handle them, and return it. Locks the contact.

    An open request for the same, in the same words, is returned instead. Raises NotFound.
    """
    contact = contacts.find_including_deleted(contact_id)
    if contact is None:
        raise NotFound()
    contact = contacts_services.lock_contact(contact)
    contact_id = contact.pk
    kind, words = RequestKindChoices(kind).value, words.strip()
    same = queries.requests_of(contact_id).filter(kind=kind, words=words, state__in=OPEN_STATES).first()
    if same is not None:
        return same
    settings, zone = queries.request_settings(), accounts.current_workspace().zone
    today = clock.local_day(now, zone)
    made = DataRequest.objects.create(
        contact_id=contact_id,
        name=str(contact),
        kind=kind,
        origin=RequestOrigin(origin).value,
        words=words,
        received_at=now,
        acknowledge_due_at=_end_of(add_working_days(today, settings.acknowledge_days), zone),
        due_at=_end_of(today + timedelta(days=getattr(settings, f"{kind}_days")), zone),
        member_id=actor.member_id,
        member_name=actor.name if actor.member_id else "",
    )
    if actor.member_id:
        team.audit(actor, "data_requests.made", now=now, target=made, data={"kind": kind})
    tell_handlers("data_requests.received", made, now=now, but=actor.member_id)
    return made


@transaction.atomic
def acknowledge(*, request: DataRequest, actor: Actor, now: datetime) -> None:
    """Record that the person was told their request has arrived. Raises RequestEnded."""
    found = _open(request)
    if found.state == RequestState.RECEIVED:
        _move(found, RequestState.ACKNOWLEDGED, actor=actor, now=now, acknowledged_at=now)


@transaction.atomic
def start(*, request: DataRequest, actor: Actor, now: datetime) -> None:
    """Record that a member works on it. Raises RequestEnded."""
    found = _open(request)
    acknowledged = found.acknowledged_at or now
    _move(found, RequestState.IN_WORK, actor=actor, now=now, started_at=now, acknowledged_at=acknowledged)


@transaction.atomic
def finish(*, request: DataRequest, note: str = "", actor: Actor, now: datetime) -> None:
    """Record that what was asked for was done. note: what, for colleagues. Raises RequestEnded."""
    _move(_open(request), RequestState.DONE, actor=actor, now=now, ended_at=now, note=note.strip())


@transaction.atomic
def refuse(*, request: DataRequest, reason: str, actor: Actor, now: datetime) -> None:
    """Record that the request is refused, with the reason given to the person. Raises ReasonMissing, RequestEnded."""
    if not reason.strip():
        raise ReasonMissing()
    _move(_open(request), RequestState.REFUSED, actor=actor, now=now, ended_at=now, reason=reason.strip())


@transaction.atomic
def extend(*, request: DataRequest, reason: str, actor: Actor, now: datetime) -> None:
    """Put the due date off once, by the days of the settings, with the reason given to the person.

    Raises ReasonMissing, ExtendedAlready, RequestEnded.
    """
    found = _open(request)
    if not reason.strip():
        raise ReasonMissing()
    if found.extended_at is not None:
        raise ExtendedAlready()
    found.first_due_at = found.due_at
    found.due_at += timedelta(days=queries.request_settings().extension_days)
    found.extended_at, found.extension_reason = now, reason.strip()
    found.reminded_at = found.overdue_told_at = None
    found.save()
    team.audit(actor, "data_requests.extended", now=now, target=found, data={"kind": found.kind})


@transaction.atomic
def carry_out(*, request: DataRequest, actor: Actor, now: datetime) -> None:
    """Do what a request asks for that the product can do by itself, and finish it.

    restrict: nothing is sent to the person any more.  object, withdraw: advertising ends on every channel.
    Raises RequestEnded, PersonGone.
    """
    contact = lock_person(request)
    found = _open(request)
    if found.kind == RequestKindChoices.RESTRICT:
        contacts_services.restrict_contact(contact=contact, actor=actor, now=now)
    elif found.kind in (RequestKindChoices.OBJECT, RequestKindChoices.WITHDRAW):
        compliance.unsubscribe(
            contact_id=contact.pk,
            channel=Channel.EMAIL.value,
            method=UnsubscribeMethod.STAFF.value,
            all_channels=True,
            message_id=None,
            actor=actor,
            now=now,
        )
    finish(request=found, actor=actor, now=now)


@transaction.atomic
def update_request_settings(*, days: dict[str, int], actor: Actor, now: datetime) -> None:
    """Change within how many days requests are answered; those that are open keep their dates."""
    settings = RequestSettings.objects.filter(pk=1).first() or RequestSettings(pk=1)
    for name, value in days.items():
        setattr(settings, name, value)
    settings.save()
    team.audit(actor, "data_requests.settings_changed", now=now)


def forget_people(people: Relation) -> None:
    """Erase names and words from the requests of people about to be erased. people: column contact_id."""
    sql.execute(
        sql.compose(
            "UPDATE data_requests_datarequest SET name = '', words = ''"
            " WHERE contact_id IN (SELECT contact_id FROM {people} p)",
            people=people,
        )
    )


def tell_handlers(kind: str, request: DataRequest, *, now: datetime, but: int | None = None) -> None:
    """Notify every member who may handle requests, except one."""
    for member in team_queries.members():
        if member.pk != but and member.can(DataRequestRight.HANDLE):
            data = {"kind": request.kind, "due": request.due_at.date().isoformat()}
            path = workspace_path(f"/data-requests/{request.pk}/")
            team.notify(member, kind, now=now, path=path, data=data)


def lock_person(request: DataRequest) -> Contact:
    """Lock the person of a request and return them. Raises PersonGone.

    Always before the request itself: a merge locks the contacts first, too, and then moves their requests.
    """
    contact = contacts.find_including_deleted(queries.get_request(request.pk).contact_id)
    if contact is None:
        raise PersonGone()
    return contacts_services.lock_contact(contact)


def _open(request: DataRequest) -> DataRequest:
    """Lock a request and return it. Raises RequestEnded."""
    found = DataRequest.objects.select_for_update().get(pk=request.pk)
    if not found.is_open:
        raise RequestEnded()
    return found


def _move(found: DataRequest, state: RequestState, *, actor: Actor, now: datetime, **values: object) -> None:
    found.state = state
    found.member_id, found.member_name = actor.member_id, actor.name
    for name, value in values.items():
        setattr(found, name, value)
    found.save()
    data = {"kind": found.kind, "state": state.value}
    team.audit(actor, "data_requests.moved", now=now, target=found, data=data)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return clock.day_end(day, zone) - timedelta(seconds=1)

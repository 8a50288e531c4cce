"""What the data_requests app declares: the desk of requests, reminders, and what it keeps about a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance import registry as compliance
from quen.apps.compliance.registry import OpenRequest, RequestDesk, RequestKind
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.data_requests import panels, queries, services
from quen.apps.data_requests.services.merging import MERGE_COLUMNS, merge_requests, unmerge_requests
from quen.apps.data_requests.types import (
    OPEN_STATES,
    DataRequestRight,
    RequestKindChoices,
    RequestOrigin,
    RequestState,
)
from quen.apps.manifest import Manifest
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import AuditMessage, PendingItems
from quen.apps.team.types import DeclaredRight
from quen.core.actors import Actor
from quen.core.sql import Relation
from quen.ui.nav import NavEntry
from quen.ui.tags.filters import day


def _kind(data: Mapping[str, Any]) -> str:
    return str(RequestKindChoices(data["kind"]).label)


def _made(data: Mapping[str, Any]) -> str:
    return _now("Recorded a customer's request: %(kind)s") % {"kind": _kind(data)}


def _moved(data: Mapping[str, Any]) -> str:
    state = RequestState(data["state"]).label
    return _now("Request “%(kind)s”: %(state)s") % {"kind": _kind(data), "state": state}


def _extended(data: Mapping[str, Any]) -> str:
    return _now("Extended the request “%(kind)s”") % {"kind": _kind(data)}


def _received(data: Mapping[str, Any]) -> str:
    values = {"kind": _kind(data), "due": day(parse_date(data["due"]))}
    return _now("A customer asks: %(kind)s. Answer by %(due)s.") % values


def _due_soon(data: Mapping[str, Any]) -> str:
    values = {"kind": _kind(data), "due": day(parse_date(data["due"]))}
    return _now("A customer's request “%(kind)s” is due on %(due)s.") % values


def _overdue(data: Mapping[str, Any]) -> str:
    return _now("A customer's request “%(kind)s” is overdue.") % {"kind": _kind(data)}


MANIFEST = Manifest(
    pages="data-requests/",
    manual_page="customers",
    rights=(DeclaredRight(DataRequestRight.HANDLE, _("Handle customers' requests about their data")),),
    navigation=(
        NavEntry(
            key="data_requests",
            label=_("Data requests"),
            icon="shield-user",
            url_name="data_requests:desk",
            group="customers",
            order=82,
            right=DataRequestRight.HANDLE,
            active_for=("data_requests:",),
        ),
    ),
    audit_messages={
        "data_requests.made": AuditMessage(_made, _("Recorded a customer's request")),
        "data_requests.moved": AuditMessage(_moved, _("Worked on a customer's request")),
        "data_requests.extended": AuditMessage(_extended, _("Extended a customer's request")),
        "data_requests.copied": AuditMessage(_("Read the copy of a customer's data")),
        "data_requests.settings_changed": AuditMessage(_("Changed the due dates of data requests")),
    },
    notifications={
        "data_requests.received": _received,
        "data_requests.due_soon": _due_soon,
        "data_requests.overdue": _overdue,
    },
    pending=(PendingItems("data-requests", 12, DataRequestRight.HANDLE, panels.pending_requests),),
    contact_panels=(
        contacts.ContactPanel(
            "data_requests",
            title=_("Data requests"),
            order=60,
            right=ContactRight.VIEW,
            url=lambda contact_id: workspace_path(f"/data-requests/contacts/{contact_id}/"),
            slot="profile",
        ),
    ),
)


def register() -> None:
    """Register where requests of the public page go, what is erased, and what is kept about a person."""
    compliance.register_request_desk(RequestDesk(_kinds, _make, _open_of))
    contacts.on_erase("data_requests", _erase)
    contacts.on_merge("data_requests", merge_requests, unmerge_requests, columns=MERGE_COLUMNS)
    contacts.register_personal_data("data_requests", _("Requests about data"), _kept)


def _kinds() -> Sequence[RequestKind]:
    """Return what a person may ask for on their page; to leave they need to ask nobody."""
    return (
        RequestKind(
            RequestKindChoices.COPY.value,
            _now("Ask for a copy of my data"),
            _now("You get everything the shop keeps about you, as a readable file."),
        ),
        RequestKind(
            RequestKindChoices.CORRECT.value,
            _now("Correct something else"),
            _now("Say what is wrong and how it should be."),
            asks=True,
        ),
        RequestKind(
            RequestKindChoices.RESTRICT.value,
            _now("Restrict the use of my data"),
            _now("Your data are kept, but not used, and nothing is sent to you until you want it again."),
        ),
        RequestKind(
            RequestKindChoices.ERASE.value,
            _now("Erase my data"),
            _now(
                "Everything about you is erased for good, also points and vouchers. What the law asks the shop to "
                "keep, such as invoices, stays without your name where possible."
            ),
        ),
    )


def _make(contact_id: int, kind: str, words: str, now: datetime) -> None:
    services.make_request(
        contact_id=contact_id,
        kind=kind,
        words=words,
        origin=RequestOrigin.PAGE,
        actor=Actor.contact(contact_id),
        now=now,
    )


def _open_of(contact_id: int) -> Sequence[OpenRequest]:
    found = queries.requests_of(contact_id).filter(state__in=OPEN_STATES)
    return [
        OpenRequest(str(RequestKindChoices(each.kind).label), each.received_at, each.due_at) for each in found
    ]


def _erase(erased: Relation, _at: datetime) -> None:
    services.forget_people(erased)


def _kept(contact_id: int) -> list[dict[str, Any]]:
    return [
        {
            _now("Asked for"): str(RequestKindChoices(each.kind).label),
            _now("In their words"): each.words,
            _now("Received"): each.received_at.isoformat(),
            _now("State"): str(RequestState(each.state).label),
            _now("Reason"): each.reason,
        }
        for each in queries.requests_of(contact_id)
    ]

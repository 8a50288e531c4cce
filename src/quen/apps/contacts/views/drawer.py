"""The drawer next to the list: one contact at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from quen.apps.contacts import queries
from quen.apps.contacts.list.columns import birth_of, province_of, status_of
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Channel, Consent, ContactRight
from quen.apps.contacts.views.event_texts import event_text
from quen.apps.contacts.views.presenters import CONSENT_STYLES
from quen.apps.events import queries as events
from quen.apps.events import registry
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import text
from quen.ui.pages import page, wants_part
from quen.ui.tags.filters import money

_MAX_NUMBER_CHARS = 16
_MAX_QUERY_CHARS = 200
_MAX_EVENTS = 4
#: channels whose consent is always shown; others only when the contact answered
_MAIN_CHANNELS = (Channel.EMAIL, Channel.ZALO, Channel.SMS)


@dataclass(frozen=True, slots=True)
class DrawerEvent:
    """An event as a line of the drawer."""

    icon: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DrawerConsent:
    """What the contact answered for a channel, in words."""

    label: str
    answer: str
    icon: str
    color: str


@allowed(ContactRight.VIEW)
@require_GET
def contact_drawer(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show one contact next to the list; without htmx, the contact's page. ``q``: the list's search text."""
    contact = queries.get_contact(contact_id)
    href = reverse("contacts:contact", args=[contact.pk])
    if not wants_part(request):
        return HttpResponseRedirect(href)
    search = queries.read_search(text.clean(request.GET.get("q", ""))[:_MAX_QUERY_CHARS])
    place, total = (request.GET.get(name, "")[:_MAX_NUMBER_CHARS] for name in ("place", "total"))
    context = {
        "contact": contact,
        "name": str(contact),
        "match": queries.matches_of(search, [contact])[contact.pk] if search.terms else None,
        "href": href,
        "status": status_of(contact),
        "tag_url": f"{reverse('contacts:bulk_tag')}?ids={contact.pk}",
        "place": f"{place} / {total}" if place and total else place,
        "tags": queries.tags_of(contact),
        "consents": _channel_consents(contact),
        "latest": _latest_events(contact.pk, request.workspace.currency),
        "birthday": birth_of(contact),
        "location": ", ".join(filter(None, (contact.ward or contact.district, province_of(contact)))),
        "may_edit": request.member.can(ContactRight.EDIT),
    }
    return page(request, "contacts/list/drawer.html", context)


def _channel_consents(contact: Contact) -> list[DrawerConsent]:
    """Return what the contact answered for the main channels, and for others they answered for."""
    lines = []
    for channel in Channel:
        consent = contact.consent(channel)
        if consent != Consent.NEVER_ASKED or channel in _MAIN_CHANNELS:
            color, icon = CONSENT_STYLES[consent]
            lines.append(DrawerConsent(str(channel.label), str(consent.label).lower(), icon, color))
    return lines


def _latest_events(contact_id: int, currency: str) -> list[DrawerEvent]:
    lines, field_names = [], queries.field_names()
    folded = [kind.code for kind in registry.all_kinds() if kind.summary]
    for event in events.timeline(contact_id).exclude(kind__in=folded)[:_MAX_EVENTS]:
        kind = registry.by_code(event.kind)
        if kind is not None:
            what = event_text(event, kind, field_names)
            if kind.has_value and event.value is not None:
                what = _("%(what)s, %(amount)s") % {"what": what, "amount": money(event.value, currency)}
            lines.append(DrawerEvent(kind.icon, what, event.at))
    return lines

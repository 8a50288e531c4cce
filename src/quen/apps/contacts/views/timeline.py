"""The timeline of a contact: by day, filtered by group, one page at a time; notes of staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.mentions import split_at_mentions
from quen.apps.contacts.types import ContactRight
from quen.apps.contacts.views.event_texts import event_html
from quen.apps.events import queries as events
from quen.apps.events import registry
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import clock
from quen.core.errors import NotFound
from quen.ui.library import escaped
from quen.ui.pages import page, success, wants_part
from quen.ui.tags.filters import clock as time_of_day
from quen.ui.tags.filters import instant, money, written
from quen.ui.toasts import add_hx_trigger

if TYPE_CHECKING:
    from quen.apps.events.models import Event
    from quen.apps.team.models import Member

PAGE_SIZE = 30
MAX_YEARS = 20
_NAME = '<b class="font-medium text-primary">{}</b>'


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An event as text.

    shown: the event and who did it, time: when it was; a page has thirty of both, so that they are put together here.
    note: the text of a note, with the colleagues it names set off.
    """

    icon: str
    text: str
    at: datetime
    time: SafeString
    shown: SafeString | str = ""
    note: SafeString | str = ""
    removal: str = ""
    editing: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A period that the timeline can be limited to; None: without a limit."""

    key: str
    label: str
    since: datetime | None = None
    until: datetime | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FoldedEntries:
    """Events that matter little to people, folded into one line such as “3 segment changes”."""

    summary: str
    lines: list[TimelineEntry]


@dataclass(slots=True)
class TimelineGroup:
    """The entries of today, of yesterday or of a month; folded: those shown on request, below the others."""

    title: str
    lines: list[TimelineEntry] = field(default_factory=list)
    folded: list[FoldedEntries] = field(default_factory=list)


@allowed(ContactRight.VIEW)
@require_GET
def contact_timeline(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show the timeline, filtered by group and from a cursor on if given."""
    contact = queries.get_contact(contact_id)
    context = {
        "contact": contact,
        "timeline": timeline_context(request, contact),
        "may_edit": request.member.can(ContactRight.EDIT),
    }
    part = "older" if "before" in request.GET else "lines"
    return page(request, "contacts/contact/timeline.html", context, part=part)


@allowed(ContactRight.EDIT)
@require_POST
def contact_notes(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Add a note to the timeline."""
    contact = queries.get_contact(contact_id)
    services.add_note(
        contact=contact, body=request.POST.get("body", ""), actor=request.actor, now=request.now
    )
    if not wants_part(request):
        return success(request, message=_("Note saved."), to=reverse("contacts:contact", args=[contact.pk]))
    context = {"contact": contact, "may_edit": True, "members": colleagues(request)}
    answer = page(request, "contacts/contact/timeline.html", context, part="box")
    add_hx_trigger(answer, event="contact:timeline_changed")
    return answer


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def note_edit(request: WorkspaceRequest, contact_id: int, event_id: int) -> HttpResponse:
    """Change one of the member's own notes; with ?display show it again as it is."""
    contact = queries.get_contact(contact_id)
    at = _instant(request.POST.get("at") or request.GET.get("at", ""))
    note = queries.get_own_note(contact_id=contact.pk, at=at, event_id=event_id, member_id=request.member.pk)
    if request.method == "POST":
        services.edit_note(
            contact=contact,
            event_id=event_id,
            at=at,
            body=request.POST.get("body", ""),
            actor=request.actor,
            now=request.now,
        )
        to = "" if wants_part(request) else reverse("contacts:contact", args=[contact.pk])
        return success(request, message=_("Note saved."), event="contact:timeline_changed", to=to)
    event = events.find_event(at=at, event_id=event_id)
    assert event is not None
    context = {
        "contact": contact,
        "line": timeline_entry(request, event, {}, contact_id=contact.pk),
        "body": note["text"],
        "members": colleagues(request),
        "may_edit": True,
    }
    part = "display" if "display" in request.GET else "form"
    return page(request, "contacts/contact/note.html", context, part=part)


@allowed(ContactRight.EDIT)
@require_POST
def note_delete(request: WorkspaceRequest, contact_id: int, event_id: int) -> HttpResponse:
    """Delete one of the member's own notes."""
    contact = queries.get_contact(contact_id)
    at = _instant(request.POST.get("at", ""))
    services.delete_note(contact=contact, event_id=event_id, at=at, actor=request.actor)
    to = "" if wants_part(request) else reverse("contacts:contact", args=[contact.pk])
    return success(request, message=_("Note deleted."), event="contact:timeline_changed", to=to)


def colleagues(request: WorkspaceRequest) -> list[Member]:
    """Return whom the member may name in a note: everybody else who sees customers."""
    return [member for member in queries.members_to_mention() if member.pk != request.member.pk]


def _instant(typed: str) -> datetime:
    try:
        at = parse_datetime(typed)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NotFound()
    return at


def timeline_context(request: WorkspaceRequest, contact: Contact) -> dict[str, Any]:
    """Return a page of the timeline: today, yesterday, then by month."""
    group = request.GET.get("group", "")
    periods = _periods(request, contact)
    period = request.GET.get("period", "")
    chosen = next((each for each in periods if each.key == period), periods[0])
    found = events.timeline(
        contact.pk, groups=[group] if group else [], since=chosen.since, until=chosen.until
    )
    if before := request.GET.get("before"):
        at, event_id = _parse_cursor(before)
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=event_id), at__lte=at)
    page_events = list(found[: PAGE_SIZE + 1])
    more = len(page_events) > PAGE_SIZE
    page_events = page_events[:PAGE_SIZE]
    last = page_events[-1] if page_events else None
    base = reverse("contacts:contact_timeline", args=[contact.pk])

    def url(**given: str) -> str:
        return f"{base}?{urlencode({'group': group, 'period': chosen.key} | given)}"

    return {
        "days": _grouped(request, contact, page_events),
        "url": url(),
        "older": url(before=_cursor(last)) if more and last else "",
        "periods": [replace(each, chosen=each.key == chosen.key) for each in periods],
        "period": chosen.key,
        "filtered": bool(group or chosen.key),
        "groups": [
            {
                "text": text,
                "href": url(group=key),
                "on": key == group and "true",
                "tone": "inverse" if key == group else "",
            }
            for key, text in _groups()
        ],
        "group": group,
    }


def _periods(request: WorkspaceRequest, contact: Contact) -> list[Period]:
    """Return the periods that the timeline can show: all, the last days, then year by year from the contact's first."""
    zone = request.workspace.zone
    today = clock.local_day(request.now, zone)
    lasting = [
        Period(
            str(days),
            ngettext("Last %(days)s day", "Last %(days)s days", days) % {"days": days},
            since=clock.day_start(today - timedelta(days=days - 1), zone),
        )
        for days in (7, 30, 90)
    ]
    known = [contact.created_at, contact.member_since, contact.first_order_at]
    first = min(clock.local_day(each, zone).year for each in known if each is not None)
    years = [
        Period(
            f"y{year}",
            _("Year %(year)s") % {"year": year},
            since=clock.day_start(date(year, 1, 1), zone),
            until=clock.day_start(date(year + 1, 1, 1), zone),
        )
        for year in range(today.year, max(first, today.year - MAX_YEARS) - 1, -1)
    ]
    return [Period("", _("Any time")), *lasting, *years]


def _groups() -> list[tuple[str, str]]:
    named = [(group.key, str(group.label)) for group in registry.groups() if group.filterable]
    return [("", _("All")), *named]


def _cursor(event: Event) -> str:
    return f"{event.at.timestamp():.6f}_{event.id}"


def _parse_cursor(cursor: str) -> tuple[datetime, int]:
    instant, _sep, event_id = cursor.partition("_")
    try:
        seconds, _dot, micros = instant.partition(".")
        at = datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(micros or 0))
        return at, int(event_id)
    except (ValueError, OverflowError, OSError) as wrong:
        raise Http404 from wrong


def _grouped(request: WorkspaceRequest, contact: Contact, page_events: list[Event]) -> list[TimelineGroup]:
    zone = request.workspace.zone
    today = clock.local_day(request.now, zone)
    names = queries.field_names() if any("fields" in (event.data or {}) for event in page_events) else {}
    groups: dict[str, TimelineGroup] = {}
    folded: dict[str, dict[Callable[[int], str], list[TimelineEntry]]] = {}
    for event in page_events:
        local = clock.local_day(event.at, zone)
        title, when = _title_and_time(event.at, local, today)
        line = timeline_entry(request, event, names, contact_id=contact.pk, when=when)
        group = groups.setdefault(title, TimelineGroup(title))
        kind = registry.by_code(event.kind)
        if kind is not None and kind.summary:
            folded.setdefault(title, {}).setdefault(kind.summary, []).append(line)
        else:
            group.lines.append(line)
    for title, by_summary in folded.items():
        groups[title].folded = [
            FoldedEntries(summary(len(lines)), lines) for summary, lines in by_summary.items()
        ]
    return list(groups.values())


def _note_html(data: Mapping[str, Any]) -> SafeString:
    pieces = split_at_mentions(data.get("text", ""), data.get("mentions", {}).values())
    return format_html_join(
        "",
        "{}",
        ((format_html(_NAME, piece) if is_name else piece,) for piece, is_name in pieces),
    )


def _title_and_time(at: datetime, local: date, today: date) -> tuple[str, str]:
    """Return the title an event is shown under, and its time beside it."""
    day = written(local, "MONTH_DAY_FORMAT")
    if local == today:
        return _("Today, %(day)s") % {"day": day}, time_of_day(at)
    if local == today - timedelta(days=1):
        return _("Yesterday, %(day)s") % {"day": day}, time_of_day(at)
    if local.year == today.year:
        return written(local, "MONTH_FORMAT"), day
    return written(local, "YEAR_MONTH_FORMAT"), day


def timeline_entry(
    request: WorkspaceRequest,
    event: Event,
    field_names: Mapping[int, str],
    *,
    contact_id: int,
    when: str = "",
) -> TimelineEntry:
    """Return an event as text; an event of an unknown kind is shown by its code. when: the time shown beside it."""
    kind = registry.by_code(event.kind)
    data: dict[str, Any] = event.data or {}
    time = _time_html(event.at, when)
    if kind is None:
        text = f"#{event.kind}"
        return TimelineEntry("circle", text, event.at, time, shown=_event_line(escape(text)))
    text = event_html(event, kind, field_names)
    if kind.key != "note_added":
        amount = (
            money(event.value, request.workspace.currency)
            if kind.has_value and event.value is not None
            else ""
        )
        line = _event_line(text, amount=amount, by=str(data.get("by", "")))
        return TimelineEntry(kind.icon, text, event.at, time, shown=line)
    own = data.get("member") == request.member.pk
    editing = reverse("contacts:note_edit", args=[contact_id, event.id]) if own else ""
    return TimelineEntry(
        icon=kind.icon,
        text=text,
        at=event.at,
        time=time,
        note=_note_html(data),
        removal=reverse("contacts:note_delete", args=[contact_id, event.id]) if own else "",
        editing=f"{editing}?{urlencode({'at': event.at.isoformat()})}" if editing else "",
        edited="edited" in data,
    )


def _event_line(text: SafeString, *, amount: str = "", by: str = "") -> SafeString:
    value = f' <span class="num font-medium text-ink">{escaped(amount)}</span>' if amount else ""
    who = f'<p class="text-xs text-ink-3 mt-0.5">{escaped(by)}</p>' if by else ""
    return mark_safe(f'<p class="text-ink-2 break-words">{escaped(text)}{value}</p>{who}')  # noqa: S308  # escaped


def _time_html(at: datetime, when: str) -> SafeString:
    return mark_safe(  # noqa: S308  # nothing in it was typed
        f'<time class="text-xs text-ink-3 pt-1.5 num whitespace-nowrap" datetime="{at.isoformat()}"'
        f' title="{instant(at)}">{when}</time>'
    )

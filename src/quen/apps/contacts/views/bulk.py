"""What is done to many people from the list: a dialog that says how many, then the deed, then its undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.listing.finding import found
from quen.apps.contacts.listing.forms import StatusForm, TagsForm, TagsRemovalForm
from quen.apps.contacts.listing.state import Selection, read_selection, read_state
from quen.apps.contacts.types import BulkOutcome, BulkVerb, Status
from quen.apps.contacts.views.listing import moment_of
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.apps.team.types import Right
from quen.core.errors import NotFound
from quen.core.sql import Relation
from quen.ui.pages import done, page, refusals_on, wants_part
from quen.ui.tags.filters import num

#: whoever may do a deed may take it back
_UNDO_TAKES: Mapping[str, Right] = MappingProxyType(
    {BulkVerb.DELETE: Right.DELETE_CONTACTS, BulkVerb.IMPORT: Right.IMPORT_CONTACTS}
)
Arguments = Callable[[Any], dict[str, Any]]


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def taggings(request: WorkspaceRequest) -> HttpResponse:
    """Put tags on many people."""
    return _deed(
        request,
        BulkVerb.ADD_TAGS,
        TagsForm(request.POST if request.method == "POST" else None),
        lambda form: {"tags": form.cleaned_data["tags"]},
        button=gettext_lazy("Tag"),
    )


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def taggings_removal(request: WorkspaceRequest) -> HttpResponse:
    """Take tags off many people."""
    return _deed(
        request,
        BulkVerb.REMOVE_TAGS,
        TagsRemovalForm(request.POST if request.method == "POST" else None),
        lambda form: {"tags": form.cleaned_data["tags"]},
        button=gettext_lazy("Remove tags"),
    )


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def status_changes(request: WorkspaceRequest) -> HttpResponse:
    """Set the status of many people."""
    form = StatusForm(
        request.POST if request.method == "POST" else None,
        moment_now=request.now,
        zone=request.workspace.zone,
    )
    return _deed(
        request,
        BulkVerb.SET_STATUS,
        form,
        lambda form: {"status": form.cleaned_data["status"], "proof": form.proof()},
        button=gettext_lazy("Change status"),
    )


@allowed(Right.DELETE_CONTACTS)
@require_http_methods(["GET", "POST"])
def deletions(request: WorkspaceRequest) -> HttpResponse:
    """Delete many people; they can be brought back for 30 days."""
    form = forms.Form(request.POST if request.method == "POST" else None)
    return _deed(request, BulkVerb.DELETE, form, lambda _form: {}, button=gettext_lazy("Delete"))


@allowed(Right.EDIT_CONTACTS)
@require_POST
def undoing(request: WorkspaceRequest, change_id: int) -> HttpResponse:
    """Undo a deed on many people."""
    change = queries.get_change(change_id)
    if change.verb == BulkVerb.IMPORT:
        # An import is taken back on its own page, which shows first what would return.
        raise NotFound()
    ensure(request.member, _UNDO_TAKES.get(change.verb, Right.EDIT_CONTACTS))
    outcome = services.start_undo(change=change, actor=request.member, now=request.now)
    if not isinstance(outcome, BulkOutcome):
        return done(request, say=_("This is being undone."), to=reverse("contacts:contact_list"))
    said = ngettext("Undone for %(n)s customer.", "Undone for %(n)s customers.", outcome.changed)
    return done(request, say=said % {"n": num(outcome.changed)}, event="contact:changed")


def people_of(request: WorkspaceRequest, selection: Selection) -> Relation:
    """Give the people a selection means, now."""
    if selection.is_all:
        return found(selection.wanted, moment_of(request))
    return queries.people(selection.ids)


def _deed(
    request: WorkspaceRequest,
    verb: BulkVerb,
    form: forms.Form,
    arguments: Arguments,
    *,
    button: str | Promise,
) -> HttpResponse:
    """Show the dialog with the exact number; do it when that number was seen and still holds."""
    params = request.POST if request.method == "POST" else request.GET
    selection = read_selection(params, read_state(params, choices=request.member.choices))
    people = people_of(request, selection)
    count = queries.count_people(people)
    if request.method == "POST" and form.is_valid():
        if params.get("expected") != str(count):
            form.add_error(
                None, _("Meanwhile this means %(count)s people. Look again.") % {"count": num(count)}
            )
        else:
            with refusals_on(form):
                outcome = services.change_many(
                    verb=verb, people=people, actor=request.member, now=request.now, **arguments(form)
                )
                return _answer(request, verb, outcome)
    context = {
        "form": form,
        "verb": verb.value,
        "title": _title(verb, count),
        "count": count,
        "pairs": selection.pairs(),
        "button": button,
        "subscribed": Status.SUBSCRIBED.value,
    }
    if not wants_part(request):
        return page(request, "contacts/list/bulk.html", context)
    template = (
        "contacts/list/bulk_form.html" if request.method == "POST" else "contacts/list/bulk_dialog.html"
    )
    return page(request, template, context)


def _answer(request: WorkspaceRequest, verb: BulkVerb, outcome: Any) -> HttpResponse:
    back = reverse("contacts:contact_list")
    if not isinstance(outcome, BulkOutcome):
        return done(request, say=_("Begun. You can leave this page, it goes on."), to=back)
    to = "" if request.headers.get("HX-Request") == "true" else back
    if not outcome.changed:
        return done(request, say=_said_of_none(outcome), event="contact:changed", tone="wait", to=to)
    undo = reverse("contacts:undoing", args=[outcome.change_id])
    return done(request, say=_said(verb, outcome), event="contact:changed", undo=undo, to=to)


def _title(verb: BulkVerb, count: int) -> str:
    titles = {
        BulkVerb.ADD_TAGS: ngettext("Tag %(n)s customer", "Tag %(n)s customers", count),
        BulkVerb.REMOVE_TAGS: ngettext(
            "Remove tags from %(n)s customer", "Remove tags from %(n)s customers", count
        ),
        BulkVerb.SET_STATUS: ngettext(
            "Change the status of %(n)s customer", "Change the status of %(n)s customers", count
        ),
        BulkVerb.DELETE: ngettext("Delete %(n)s customer?", "Delete %(n)s customers?", count),
    }
    return titles[verb] % {"n": num(count)}


def _said(verb: BulkVerb, outcome: BulkOutcome) -> str:
    count = outcome.changed
    said = {
        BulkVerb.ADD_TAGS: ngettext("Tagged %(n)s customer.", "Tagged %(n)s customers.", count),
        BulkVerb.REMOVE_TAGS: ngettext(
            "Tags removed from %(n)s customer.", "Tags removed from %(n)s customers.", count
        ),
        BulkVerb.SET_STATUS: ngettext(
            "Status changed for %(n)s customer.", "Status changed for %(n)s customers.", count
        ),
        BulkVerb.DELETE: ngettext("Deleted %(n)s customer.", "Deleted %(n)s customers.", count),
    }[verb] % {"n": num(count)}
    refused = _refused(outcome)
    return f"{said} {refused}" if refused else said


def _refused(outcome: BulkOutcome) -> str:
    kept = sum(number for reason, number in outcome.left.items() if reason != "already")
    if not kept:
        return ""
    text = ngettext(
        "%(n)s stays as they are: unsubscribed or saved before.",
        "%(n)s stay as they are: unsubscribed or saved before.",
        kept,
    )
    return text % {"n": num(kept)}


def _said_of_none(outcome: BulkOutcome) -> str:
    return _refused(outcome) or _("Nothing to change: it is so already.")

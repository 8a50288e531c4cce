"""Actions on many contacts: a dialog with the exact number, then the action."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.list.forms import BulkStatusForm, BulkTagsForm, BulkUntagForm
from quen.apps.contacts.list.state import ListState
from quen.apps.contacts.types import BulkAction, BulkOutcome, ContactRight, Status
from quen.apps.contacts.views.contact_list import evaluation_context
from quen.apps.contacts.views.undo import preview_of
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.core.errors import NotFound
from quen.core.sql import Relation
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

ActionArguments = Callable[[Any], dict[str, Any]]


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def bulk_tag(request: WorkspaceRequest) -> HttpResponse:
    """Add tags to many contacts."""
    return _bulk_action(
        request,
        BulkAction.ADD_TAGS,
        BulkTagsForm(request.POST if request.method == "POST" else None),
        lambda form: {"tags": form.cleaned_data["tags"]},
        button=gettext_lazy("Add tags"),
    )


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def bulk_untag(request: WorkspaceRequest) -> HttpResponse:
    """Remove tags from many contacts."""
    return _bulk_action(
        request,
        BulkAction.REMOVE_TAGS,
        BulkUntagForm(request.POST if request.method == "POST" else None),
        lambda form: {"tags": form.cleaned_data["tags"]},
        button=gettext_lazy("Remove tags"),
    )


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def bulk_status(request: WorkspaceRequest) -> HttpResponse:
    """Set the status of many contacts."""
    form = BulkStatusForm(
        request.POST if request.method == "POST" else None,
        now=request.now,
        zone=request.workspace.zone,
    )
    return _bulk_action(
        request,
        BulkAction.SET_STATUS,
        form,
        lambda form: {"status": form.cleaned_data["status"], "proof": form.consent_proof},
        button=gettext_lazy("Change status"),
    )


@allowed(ContactRight.DELETE)
@require_http_methods(["GET", "POST"])
def bulk_delete(request: WorkspaceRequest) -> HttpResponse:
    """Delete many contacts; they can be restored for 30 days."""
    form = forms.Form(request.POST if request.method == "POST" else None)
    return _bulk_action(request, BulkAction.DELETE, form, lambda _form: {}, button=gettext_lazy("Delete"))


@allowed(ContactRight.VIEW)
@require_http_methods(["GET", "POST"])
def bulk_verb(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Apply an action of another app to many contacts."""
    verb = registry.find_bulk_verb(key)
    if verb is None or verb.dialog is None:
        raise NotFound()
    ensure(request.member, verb.right)
    dialog = verb.dialog
    form = dialog.form(request.POST if request.method == "POST" else None)

    def run(contacts: Relation) -> BulkOutcome | Progress:
        data = dialog.read(form, request.actor, request.now)
        return services.run_verb(key=key, contacts=contacts, data=data, actor=request.actor, now=request.now)

    return _show_or_run(
        request,
        form,
        run,
        title=dialog.title,
        done=dialog.done,
        button=dialog.button,
        skipped=dialog.skipped,
    )


def _bulk_action(
    request: WorkspaceRequest,
    action: BulkAction,
    form: forms.Form,
    arguments: ActionArguments,
    *,
    button: str | Promise,
) -> HttpResponse:
    def run(contacts: Relation) -> BulkOutcome | Progress:
        return services.bulk_update(
            action=action, contacts=contacts, actor=request.actor, now=request.now, **arguments(form)
        )

    return _show_or_run(
        request,
        form,
        run,
        action=action.value,
        title=partial(_title, action),
        done=partial(_done_message, action),
        button=button,
    )


def _show_or_run(
    request: WorkspaceRequest,
    form: forms.Form,
    run: Callable[[Relation], BulkOutcome | Progress],
    *,
    title: Callable[[int], str],
    done: Callable[[int], str],
    button: str | Promise,
    action: str = "",
    skipped: Callable[[int], str] | None = None,
) -> HttpResponse:
    """Show the dialog with the exact number; run the action if that number was shown and is still correct."""
    params = request.POST if request.method == "POST" else request.GET
    state = ListState.read(params, request.member.preferences)
    if request.method == "GET":
        state = state.fixed(evaluation_context(request))
    contacts = state.selected(evaluation_context(request))
    count = queries.count_contacts(contacts)
    if request.method == "POST" and form.is_valid():
        if params.get("expected") != str(count):
            form.add_error(
                None,
                _("The list has changed: it now has %(count)s customers. Check again.")
                % {"count": num(count)},
            )
        else:
            with refusals_on(form):
                return _respond(request, run(contacts), done, skipped or _skipped_text)
    context = {
        "form": form,
        "action": action,
        "title": title(count),
        "count": count,
        "params": state.selection_params(),
        "button": button,
        "subscribed": Status.SUBSCRIBED.value,
    }
    if not wants_part(request):
        return page(request, "contacts/list/bulk.html", context)
    template = (
        "contacts/list/bulk_form.html" if request.method == "POST" else "contacts/list/bulk_dialog.html"
    )
    return page(request, template, context)


def _respond(
    request: WorkspaceRequest,
    outcome: BulkOutcome | Progress,
    done: Callable[[int], str],
    skipped: Callable[[int], str],
) -> HttpResponse:
    back = reverse("contacts:contact_list")
    if not isinstance(outcome, BulkOutcome):
        return success(request, message=_("Started. You can leave this page."), to=back)
    to = "" if request.headers.get("HX-Request") == "true" else back
    if not outcome.changed:
        return success(
            request,
            message=_nothing_changed_message(outcome, skipped),
            event="contact:changed",
            tone="wait",
            to=to,
        )
    undo = preview_of(outcome.change_id)
    refused = _skipped_message(outcome, skipped)
    message = f"{done(outcome.changed)} {refused}" if refused else done(outcome.changed)
    return success(request, message=message, event="contact:changed", undo=undo, to=to)


def _title(action: BulkAction, count: int) -> str:
    titles = {
        BulkAction.ADD_TAGS: ngettext("Tag %(n)s customer", "Tag %(n)s customers", count),
        BulkAction.REMOVE_TAGS: ngettext(
            "Remove tags from %(n)s customer", "Remove tags from %(n)s customers", count
        ),
        BulkAction.SET_STATUS: ngettext(
            "Change the status of %(n)s customer", "Change the status of %(n)s customers", count
        ),
        BulkAction.DELETE: ngettext("Delete %(n)s customer?", "Delete %(n)s customers?", count),
    }
    return titles[action] % {"n": num(count)}


def _done_message(action: BulkAction, count: int) -> str:
    return {
        BulkAction.ADD_TAGS: ngettext("Tagged %(n)s customer.", "Tagged %(n)s customers.", count),
        BulkAction.REMOVE_TAGS: ngettext(
            "Tags removed from %(n)s customer.", "Tags removed from %(n)s customers.", count
        ),
        BulkAction.SET_STATUS: ngettext(
            "Status changed for %(n)s customer.", "Status changed for %(n)s customers.", count
        ),
        BulkAction.DELETE: ngettext("Deleted %(n)s customer.", "Deleted %(n)s customers.", count),
    }[action] % {"n": num(count)}


def _skipped_message(outcome: BulkOutcome, skipped: Callable[[int], str]) -> str:
    count = sum(number for code, number in outcome.skipped.items() if code != "already")
    return skipped(count) if count else ""


def _skipped_text(count: int) -> str:
    text = ngettext(
        "%(n)s customer was skipped: unsubscribed or archived.",
        "%(n)s customers were skipped: unsubscribed or archived.",
        count,
    )
    return text % {"n": num(count)}


def _nothing_changed_message(outcome: BulkOutcome, skipped: Callable[[int], str]) -> str:
    return _skipped_message(outcome, skipped) or _("No changes were needed.")

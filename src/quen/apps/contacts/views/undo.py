"""Undo of an action on many contacts: first what would return, then the undo itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.services import bulk
from quen.apps.contacts.types import BulkAction, BulkOutcome, ContactRight, UndoCheck
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.core.errors import DomainError, NotFound
from quen.ui.pages import page, success, wants_part
from quen.ui.tags.filters import num

#: the right that undoing an action needs
_UNDO_RIGHTS: Mapping[str, str] = MappingProxyType(
    {
        BulkAction.DELETE: ContactRight.DELETE,
        BulkAction.MERGE: ContactRight.DELETE,
        BulkAction.IMPORT: ImportExportRight.IMPORT,
    }
)
_CONFLICT = 409


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def undo_change(request: WorkspaceRequest, change_id: int) -> HttpResponse:
    """Show what undoing an action would bring back, and undo it if that is still so."""
    change = queries.get_change(change_id)
    if change.action == BulkAction.IMPORT:
        # An import is undone on its own page, which shows first what will be reverted.
        raise NotFound()
    verb = registry.find_bulk_verb(change.action)
    ensure(request.member, verb.right if verb else _UNDO_RIGHTS.get(change.action, ContactRight.EDIT))
    context: dict[str, Any] = {"title": _("Undo: %(what)s") % {"what": bulk.describe(change)}}
    expected = request.POST.get("expected")
    try:
        if request.method == "GET" or expected:
            check = services.check_undo(change=change, actor=request.actor, now=request.now)
            context |= {"effects": _effects(check), "returning": check.returning}
            context["has_changed"] = bool(expected) and expected != str(check.returning)
        if request.method == "POST" and not context.get("has_changed"):
            outcome = services.start_undo(change=change, actor=request.actor, now=request.now)
            return _respond(request, outcome)
    except DomainError as refusal:
        if request.method == "POST" and not expected:
            raise
        context["refusal"] = str(refusal)
    status = _CONFLICT if context.get("has_changed") else None
    if not wants_part(request):
        return page(request, "contacts/list/undo.html", context, status=status)
    template = (
        "contacts/list/undo_form.html" if request.method == "POST" else "contacts/list/undo_dialog.html"
    )
    return page(request, template, context, status=status)


def preview_of(change_id: int) -> str:
    """Return the URL that shows what undoing a change would bring back."""
    return f"{reverse('contacts:undo_change', args=[change_id])}?preview"


def _respond(request: WorkspaceRequest, outcome: Any) -> HttpResponse:
    to = "" if request.headers.get("HX-Request") == "true" else reverse("contacts:contact_list")
    if not isinstance(outcome, BulkOutcome):
        return success(request, message=_("Undoing the change…"), to=reverse("contacts:contact_list"))
    message = ngettext(
        "Change undone for %(n)s customer.", "Change undone for %(n)s customers.", outcome.changed
    )
    return success(request, message=message % {"n": num(outcome.changed)}, event="contact:changed", to=to)


def _effects(check: UndoCheck) -> list[tuple[str, str]]:
    """Return what undo would do as icon and text."""
    if check.is_exact:
        text = ngettext(
            "%(n)s customer gets back what was before.",
            "%(n)s customers get back what was before.",
            check.returning,
        )
    else:
        text = ngettext(
            "Up to %(n)s customer gets back what was before.",
            "Up to %(n)s customers get back what was before.",
            check.returning,
        )
    effects = [("undo-2", text % {"n": num(check.returning)})]
    if count := check.skipped.get("changed_since"):
        text = ngettext(
            "%(n)s customer was changed since and stays as it is.",
            "%(n)s customers were changed since and stay as they are.",
            count,
        )
        effects.append(("user-check", text % {"n": num(count)}))
    if count := check.skipped.get("in_use"):
        text = ngettext(
            "%(n)s customer can't return: their phone or email belongs to somebody else now.",
            "%(n)s customers can't return: their phone or email belongs to somebody else now.",
            count,
        )
        effects.append(("user-minus", text % {"n": num(count)}))
    if check.refusing:
        text = ngettext(
            "%(n)s person keeps their refusal.", "%(n)s people keep their refusal.", check.refusing
        )
        effects.append(("ban", text % {"n": num(check.refusing)}))
    return effects

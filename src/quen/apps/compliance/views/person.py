"""On a customer's page: what they refused, and a refusal told to staff."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.compliance import queries, services
from quen.apps.compliance.forms.suppressing import EVERYTHING, RefusalForm
from quen.apps.compliance.models import Refusal
from quen.apps.compliance.types import RefusalWay, SuppressionCause
from quen.apps.compliance.views.suppressing import readable
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.team.access import WorkspaceRequest, address, allowed
from quen.apps.team.types import Right
from quen.ui.pages import done, page

_PAGE = "compliance/person.html"
_SHOWN = 3


@allowed(Right.VIEW_CONTACTS)
@require_GET
def person(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a person's refusals and where their addresses are suppressed."""
    found = contacts.get_contact(contact_id)
    held = queries.suppressions_of(email=found.email, phone=found.phone)
    context = {
        "person": found,
        "refusals": [(each, _what(each), _how(each)) for each in queries.refusals_of(found.pk)[:_SHOWN]],
        "suppressed": [
            (readable(each), Channel(each.channel).label, SuppressionCause(each.cause).label) for each in held
        ],
        "may_note": request.member.can(Right.EDIT_CONTACTS),
        "home": address(f"/contacts/{found.pk}/"),
    }
    return page(request, _PAGE, context, part="shown")


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def refusal(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Note what a person told staff; it holds at once (CHN-24)."""
    found = contacts.get_contact(contact_id)
    home = address(f"/contacts/{found.pk}/")
    form = RefusalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        scope = form.cleaned_data["scope"]
        everything = scope == EVERYTHING
        services.refuse(
            contact_id=found.pk,
            channel=Channel.EMAIL.value if everything else scope,
            way=form.cleaned_data["way"],
            everything=everything,
            message_id=None,
            actor=request.member,
            now=request.now,
        )
        said = _("Noted. %(name)s gets no more advertising there.") % {"name": found}
        return done(request, say=said, event="contact:changed", to=home)
    return page(request, _PAGE, {"person": found, "form": form, "home": home}, part="form")


def _what(each: Refusal) -> str:
    return _("All advertising of the shop") if each.everything else str(Channel(each.channel).label)


def _how(each: Refusal) -> str:
    if each.undone_at:
        return _("Taken back by themselves")
    if each.ended_at:
        return _("Signed up again later")
    how = str(RefusalWay(each.way).label) if each.way in RefusalWay.values else each.way
    return f"{how} · {each.member_name}" if each.member_name else how

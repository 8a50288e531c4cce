"""Other uses of a customer's data: what they said, recorded by staff, or by themselves on their page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.compliance import queries, services
from quen.apps.compliance.forms.purposes import PurposeForm
from quen.apps.compliance.types import DataUse, UnsubscribeMethod
from quen.apps.compliance.views.public import with_token
from quen.apps.compliance.views.unsubscribe import active_contact, preference_page, redirect, use_wording
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Consent, ConsentProof, ContactRight
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core.actors import Actor
from quen.core.errors import NotFound
from quen.ui.pages import page, refusals_on, success

if TYPE_CHECKING:
    from quen.apps.compliance.views.public import PublicContext


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_purpose(request: WorkspaceRequest, contact_id: int, purpose: str) -> HttpResponse:
    """Record what a customer told staff about a use of their data."""
    contact = contacts.get_contact(contact_id)
    if purpose not in DataUse.values:
        raise NotFound()
    current = queries.purpose_answers(contact.pk).get(purpose, Consent.NEVER_ASKED)
    contact_url = workspace_path(f"/contacts/{contact.pk}/")
    form = PurposeForm(request.POST or None, current=current, now=request.now, zone=request.workspace.zone)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.answer_purpose(
                contact_id=contact.pk,
                purpose=DataUse(purpose),
                agrees=form.agrees,
                proof=form.proof(),
                actor=request.actor,
                now=request.now,
            )
            return success(request, message=_("Recorded."), event="contact:changed", to=contact_url)
    context = {
        "contact": contact,
        "form": form,
        "purpose": purpose,
        "label": DataUse(purpose).label,
        "refused": current == Consent.WITHDRAWN,
        "contact_url": contact_url,
    }
    return page(request, "compliance/contact_purpose.html", context, part="form")


@require_POST
@with_token
def choose_uses(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Save which other uses of their data the person agrees to; effective at once."""
    contact = active_contact(public)
    if contact is None:
        return redirect(public)
    known = queries.purpose_answers(contact.pk)
    for purpose in DataUse:
        agrees = purpose.value in request.POST.getlist("use")
        if not agrees and known.get(purpose, Consent.NEVER_ASKED) == Consent.NEVER_ASKED:
            continue
        wording = use_wording(purpose, public) if agrees else ""
        services.answer_purpose(
            contact_id=contact.pk,
            purpose=purpose,
            agrees=agrees,
            proof=ConsentProof(
                ground=wording,
                wording=wording,
                obtained_at=public.now,
                method=UnsubscribeMethod.LINK.value,
                data={"message": public.payload.message_id} if public.payload.message_id else {},
            ),
            actor=Actor.contact(contact.pk),
            now=public.now,
        )
    return preference_page(public, notices=[_("Saved.")])

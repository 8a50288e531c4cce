"""The senders that customers see (CAM-05)."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.channels import access, registry, services
from quen.apps.channels.models import Sender
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import DomainError
from quen.ui.pages import page, refusals_on, success


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def sender_new(request: WorkspaceRequest, channel: str) -> HttpResponse:
    """Add a sender."""
    found = access.channel(channel)
    form = found.sender_form()(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.add_sender(channel=found.key, **form.cleaned_data, actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("channels:channels"))
    context = {"form": form, "sender": None, "channel": found}
    return page(request, "channels/sender.html", context)


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def sender(request: WorkspaceRequest, sender_id: int) -> HttpResponse:
    """Change a sender."""
    found = access.sender(sender_id)
    form = registry.channel(found.channel).sender_form()(request.POST or None, initial=_values(found))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.change_sender(sender=found, **form.cleaned_data, actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("channels:channels"))
    return _sender_page(request, found, form)


def _values(sender: Sender) -> dict[str, str]:
    return {"name": sender.name, "address": sender.address, "reply_to": sender.reply_to}


def _sender_page(request: WorkspaceRequest, sender: Sender, form: forms.Form) -> HttpResponse:
    context = {"form": form, "sender": sender, "channel": registry.channel(sender.channel)}
    return page(request, "channels/sender.html", context)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def sender_prefer(request: WorkspaceRequest, sender_id: int) -> HttpResponse:
    """Preselect this sender in new campaigns."""
    found = access.sender(sender_id)
    services.prefer_sender(sender=found, actor=request.actor, now=request.now)
    message = _("New campaigns use “%(name)s” as the sender.") % {"name": found.name}
    return success(request, message=message, to=reverse("channels:channels"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def sender_remove(request: WorkspaceRequest, sender_id: int) -> HttpResponse:
    """Remove a sender."""
    found = access.sender(sender_id)
    try:
        services.remove_sender(sender=found, actor=request.actor, now=request.now)
    except DomainError as refusal:
        form = registry.channel(found.channel).sender_form()(_values(found))
        form.add_error(None, forms.ValidationError(str(refusal), code=refusal.code))
        return _sender_page(request, found, form)
    message = _("“%(name)s” removed.") % {"name": found.name}
    return success(request, message=message, to=reverse("channels:channels"))

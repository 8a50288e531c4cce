"""How visits to the website are recorded: the line to paste, the banner, the secret for sign-ins, the test page."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.website import queries, services
from quen.apps.website.forms import WebsiteSettingsForm
from quen.apps.website.rules.keys import public_key
from quen.apps.website.types import SCRIPT_PATH, WebsiteRight
from quen.ui.pages import page, refusals_on, success


@allowed(WebsiteRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def settings_page(request: WorkspaceRequest) -> HttpResponse:
    """Show and change the settings."""
    form = WebsiteSettingsForm(
        request.POST if request.method == "POST" else None,
        settings=queries.website_settings(),
        website=request.workspace.sender_website,
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.update_settings(values=form.values(), actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("website:settings"))
    return page(request, "website/settings.html", {"form": form, **_context(request)})


@allowed(WebsiteRight.CONFIGURE)
@require_GET
def received(request: WorkspaceRequest) -> HttpResponse:
    """Show whether visits are being received."""
    return page(request, "website/received.html", _context(request), part="received")


@allowed(WebsiteRight.CONFIGURE)
@require_POST
def secret(request: WorkspaceRequest) -> HttpResponse:
    """Make a new secret and show it this one time."""
    made = services.make_secret(actor=request.actor, now=request.now)
    response = page(request, "website/secret.html", {"secret": made})
    response["Cache-Control"] = "no-store"
    return response


@allowed(WebsiteRight.CONFIGURE)
@require_GET
def test_page(request: WorkspaceRequest) -> HttpResponse:
    """Show a page with the script on it, as visitors would see it."""
    return page(request, "website/test.html", _context(request))


def _context(request: WorkspaceRequest) -> dict[str, Any]:
    settings = queries.website_settings()
    script_url = f"{django_settings.BASE_URL}{SCRIPT_PATH}?k={public_key(request.workspace.pk)}"
    return {
        "settings": settings,
        # Plain text: the page shows it, and must not run it.
        "snippet": f'<script async src="{script_url}"></script>',
        # The test page is on the address at which it was opened.
        "script_path": f"{SCRIPT_PATH}?k={public_key(request.workspace.pk)}",
        "host": django_settings.BASE_URL,
    }

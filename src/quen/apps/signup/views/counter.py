"""A form filled in by staff at the counter; each one counts as a visit and a registration (FRM-08)."""

from __future__ import annotations

import secrets

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.signup import queries, services
from quen.apps.signup.access import own_form
from quen.apps.signup.rules.answers import read_answers
from quen.apps.signup.types import Received, SignupRight, Way
from quen.apps.signup.views.listing import head
from quen.apps.signup.views.shown import error_texts, form_context
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import NotFound
from quen.ui.pages import UNPROCESSABLE, page, success


@allowed(SignupRight.HANDLE)
@require_http_methods(["GET", "POST"])
def counter(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Show the form to a member, or take what they typed for a customer who stands before them."""
    found = own_form(form_id)
    version = queries.published_version(found)
    if version is None or not found.is_open:
        raise NotFound()
    content, language = version.parsed, version.parsed.languages[0]
    context = head(request, found) | {
        "counter_qr": f"{reverse('signup:qr', args=[found.pk, 'svg'])}?way=counter"
    }
    if request.method == "GET":
        return page(request, "signup/counter.html", context | form_context(content, language))
    given = {name: [str(each) for each in request.POST.getlist(name)] for name in request.POST}
    answers, errors = read_answers(content, given, formats=queries.field_formats())
    if errors:
        shown = form_context(content, language, given=given, errors=errors)
        context |= {"errors": [(content.item(key), text) for key, text in error_texts(errors).items()]}
        return page(request, "signup/counter.html", context | shown, status=UNPROCESSABLE)
    received = Received(
        form_id=found.pk,
        version_id=version.pk,
        key=secrets.token_hex(16),
        answers=answers,
        ticked=[key for key in given if key.startswith("consent_")],
        language=language,
        way=Way.COUNTER.value,
    )
    services.take(
        form=found, version=version, received=received, at=request.now, now=request.now, actor=request.actor
    )
    return success(request, message=_("Registered. The next customer, please."), to=request.path)

"""The page behind the link that asks to confirm: opening it changes nothing, the press on its button does (trap 18)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from quen.apps.accounts.access import PublicPages, PublicVisit
from quen.apps.signup import queries, services
from quen.apps.signup.models import Submission
from quen.apps.signup.rules.tokens import SignupToken
from quen.apps.signup.types import FormContent
from quen.apps.signup.views.shown import colours
from quen.core.ratelimit import RateLimit


def _load(token: SignupToken) -> Submission | None:
    return queries.find_confirmed(token)


def _away(_request: HttpRequest, _view: str, public: PublicVisit[SignupToken, None]) -> HttpResponse:
    return PAGES.render(public, "signup/public/away.html", colours(FormContent()), status=503)


PAGES: PublicPages[SignupToken, Submission | None] = PublicPages(
    decode=queries.decode_confirmation,
    load=_load,
    language=lambda submission: submission.language if submission else "",
    url=lambda token: reverse("signup_confirm", args=[token]),
    post_limit=RateLimit("signup.confirm", "30/minute"),
    limit_key=lambda token: f"{token.workspace_id}-{token.row_id}",
    invalid_limit=RateLimit("signup.invalid", "60/minute"),
    invalid_template="signup/public/gone.html",
    away=_away,
)


@require_http_methods(["GET", "HEAD", "POST"])
@PAGES.view
def confirm(request: HttpRequest, public: PublicVisit[SignupToken, Submission | None]) -> HttpResponse:
    """Show one large button; the press confirms. The link is not used up: a second press says that it is confirmed."""
    submission = public.subject
    if submission is not None and request.method == "POST":
        submission = services.confirm(submission=submission, now=public.now)
    content = submission.version.parsed if submission is not None and submission.version else FormContent()
    context = colours(content) | {
        "is_there": submission is not None and (submission.waits or submission.confirmed_at is not None),
        "is_confirmed": submission is not None and submission.confirmed_at is not None,
    }
    return PAGES.render(public, "signup/public/confirm.html", context)

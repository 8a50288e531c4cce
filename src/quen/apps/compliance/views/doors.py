"""Who stands before a public page: the token says it, no session and no cookie does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from quen.apps.accounts import queries as accounts
from quen.apps.compliance.rules.limiter import Limiter
from quen.apps.compliance.rules.tickets import Ticket, unseal
from quen.apps.contacts import queries as contacts
from quen.core import clock, schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.contacts.models import Contact

#: a person presses a few buttons; mail providers post for many people from one address, so tokens are counted
ACTS = Limiter(times=30, seconds=60)
#: guesses are counted by address
GUESSES = Limiter(times=60, seconds=60)
_LANGUAGES = dict(settings.LANGUAGES)
_PAGES = "compliance/public"


@dataclass(slots=True)
class Visit:
    """A person at the page behind a link of a message."""

    token: str
    ticket: Ticket
    workspace: Workspace
    person: Contact | None
    language: str
    now: datetime
    query: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def by_ticket(view: Callable[[HttpRequest, Visit], HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the ticket, enter the workspace, speak the person's language. A forged one gets a kind 404."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        now = clock.now()
        ticket = unseal(token)
        workspace = accounts.find_workspace_by_id(ticket.workspace_id) if ticket else None
        if ticket is None or workspace is None:
            return _stranger(request, now)
        if request.method == "POST" and not ACTS.allows(f"{workspace.pk}-{ticket.contact_id}", now=now):
            return _answer("busy", {}, language=_asked(request) or workspace.language, status=429)
        with schemas.use(workspace.schema_name), timezone.override(workspace.zone):
            person = contacts.find_anyone(ticket.contact_id)
            language = _asked(request) or _spoken(person) or workspace.language
            visit = Visit(token, ticket, workspace, person, language, now)
            visit.query = f"?lang={language}" if _asked(request) else ""
            with translation.override(language):
                return sealed(view(request, visit))

    return cast("Callable[..., HttpResponse]", guarded)


def shown(visit: Visit, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Draw a page without anything of a session."""
    given = {"visit": visit, "shop": visit.workspace.brand or visit.workspace.name} | context
    return _answer(template, given, language=visit.language, status=status)


def sealed(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of caches and search engines."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _stranger(request: HttpRequest, now: datetime) -> HttpResponse:
    language = _asked(request) or settings.LANGUAGE_CODE
    if not GUESSES.allows(request.META.get("REMOTE_ADDR", ""), now=now):
        return _answer("busy", {}, language=language, status=429)
    return _answer("unknown", {}, language=language, status=404)


def _answer(template: str, context: dict[str, Any], *, language: str, status: int) -> HttpResponse:
    languages = [(code, name, code == language) for code, name in settings.LANGUAGES]
    with translation.override(language):
        text = render_to_string(
            f"{_PAGES}/{template}.html", context | {"language": language, "languages": languages}
        )
    response = sealed(HttpResponse(text, status=status))
    response["Content-Language"] = language
    if status == 429:
        response["Retry-After"] = "60"
    return response


def _asked(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in _LANGUAGES else ""


def _spoken(person: Contact | None) -> str:
    spoken = (person.language if person else "").partition("-")[0].lower()
    return spoken if spoken in _LANGUAGES else ""

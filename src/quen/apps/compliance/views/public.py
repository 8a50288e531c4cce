"""Access to the pages behind an unsubscribe link: the token identifies the contact, no session and no cookie does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from quen.apps.accounts import queries as accounts
from quen.apps.compliance.rules.rate_limiter import RateLimiter
from quen.apps.compliance.rules.tokens import UnsubscribeToken, decode
from quen.apps.contacts import queries as contacts
from quen.core import clock, schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.contacts.models import Contact

#: counted by contact, not by IP address: mail providers post for many recipients from one address
POST_LIMIT = RateLimiter(limit=30, seconds=60)
#: counted by IP address
INVALID_TOKEN_LIMIT = RateLimiter(limit=60, seconds=60)
_LANGUAGES = dict(settings.LANGUAGES)
_TEMPLATES = "compliance/public"


@dataclass(slots=True)
class PublicContext:
    """Whom an unsubscribe link belongs to. ``contact``: None once erased. ``query``: keeps the language."""

    token: str
    payload: UnsubscribeToken
    workspace: Workspace
    contact: Contact | None
    language: str
    now: datetime
    query: str = ""


def with_token(view: Callable[[HttpRequest, PublicContext], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decode the token, enter its workspace and activate the contact's language; 404 for an invalid token.

    Exempt from CSRF: mail programs post here, and the token is the permission. POSTs are limited per contact.
    """

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, token: str) -> HttpResponse:
        now = clock.now()
        payload = decode(token)
        workspace = accounts.find_workspace_by_id(payload.workspace_id) if payload else None
        if payload is None or workspace is None:
            return _invalid_token(request, now)
        requested = _requested_language(request)
        key = f"{workspace.pk}-{payload.contact_id}"
        if request.method == "POST" and not POST_LIMIT.allows(key, now=now):
            return _render("rate_limited", {}, language=requested or workspace.language, status=429)
        with schemas.use(workspace.schema_name), timezone.override(workspace.zone):
            contact = contacts.find_including_deleted(payload.contact_id)
            language = requested or _contact_language(contact) or workspace.language
            query = f"?lang={language}" if requested else ""
            public = PublicContext(token, payload, workspace, contact, language, now, query)
            with translation.override(language):
                return no_store(view(request, public))

    return cast("Callable[..., HttpResponse]", wrapper)


def render_public(
    public: PublicContext, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of the link, without request and session in its context."""
    shop = public.workspace.brand or public.workspace.name
    return _render(
        template, {"public": public, "shop": shop} | context, language=public.language, status=status
    )


def no_store(response: HttpResponse) -> HttpResponse:
    """Keep a response out of caches and search engines, and its URL out of Referer headers."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _invalid_token(request: HttpRequest, now: datetime) -> HttpResponse:
    language = _requested_language(request) or settings.LANGUAGE_CODE
    if not INVALID_TOKEN_LIMIT.allows(request.META.get("REMOTE_ADDR", ""), now=now):
        return _render("rate_limited", {}, language=language, status=429)
    return _render("invalid_link", {}, language=language, status=404)


def _render(template: str, context: dict[str, Any], *, language: str, status: int) -> HttpResponse:
    languages = [(code, name, code == language) for code, name in settings.LANGUAGES]
    with translation.override(language):
        html = render_to_string(
            f"{_TEMPLATES}/{template}.html", context | {"language": language, "languages": languages}
        )
    response = no_store(HttpResponse(html, status=status))
    response["Content-Language"] = language
    if status == 429:
        response["Retry-After"] = "60"
    return response


def _requested_language(request: HttpRequest) -> str:
    language = request.GET.get("lang", "")
    return language if language in _LANGUAGES else ""


def _contact_language(contact: Contact | None) -> str:
    language = (contact.language if contact else "").partition("-")[0].lower()
    return language if language in _LANGUAGES else ""

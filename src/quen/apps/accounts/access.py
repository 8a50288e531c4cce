"""Access to pages outside workspaces: of operators, and of people without a session who follow a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Generic, Protocol, TypeVar, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from quen.apps.accounts import queries
from quen.apps.accounts.models import User, Workspace
from quen.apps.accounts.services import DEVICE_COOKIE, ClientInfo
from quen.core import clock, pauses, schemas
from quen.core.database.outage import is_node_away
from quen.core.ratelimit import RateLimit


class SignedInRequest(HttpRequest):
    """A request of a signed-in user."""

    user: User
    now: datetime


class PublicRequest(HttpRequest):
    """A request that may be anonymous."""

    user: User | AnonymousUser
    now: datetime


def client_of(request: HttpRequest) -> ClientInfo:
    """Return where a request comes from. Behind trusted proxies REMOTE_ADDR is the client's (config.proxies)."""
    meta = request.META
    return ClientInfo(
        ip=meta.get("REMOTE_ADDR", ""),
        user_agent=meta.get("HTTP_USER_AGENT", ""),
        device=request.COOKIES.get(DEVICE_COOKIE, ""),
    )


def operators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Restrict a view to operators; for everybody else the page does not exist (404)."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not cast("User", request.user).is_operator:
            raise Http404
        return view(request, *args, **kwargs)

    return cast("Callable[..., HttpResponse]", guarded)


# Public pages: behind a link with a token, without a session


class WorkspaceToken(Protocol):
    """What a token stands for. It names at least the workspace."""

    @property
    def workspace_id(self) -> int:
        """Return the key of the workspace."""


TokenT = TypeVar("TokenT", bound=WorkspaceToken)
SubjectT = TypeVar("SubjectT")


@dataclass(slots=True)
class PublicVisit(Generic[TokenT, SubjectT]):
    """A request of a public page.

    payload: what the token stands for.  subject: what the app loaded for it.  query: "?lang=…" if the visitor chose a
    language, to be kept in URLs.
    """

    token: str
    payload: TokenT
    workspace: Workspace
    subject: SubjectT
    language: str
    now: datetime
    query: str = ""

    @property
    def brand(self) -> str:
        """Return the name of the shop as customers know it."""
        return self.workspace.brand or self.workspace.name


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicPages(Generic[TokenT, SubjectT]):
    """The public pages of an app: who may see them, in which language, and how often.

    decode: returns what a token stands for, None for an invalid one.  load: returns the subject; called in the
    workspace's schema.  language: the subject's language, "" for the workspace's.  url: the main page of a token.
    post_limit counts POSTs by ``limit_key``; invalid_limit counts invalid tokens by IP address.
    invalid_template, limited_template: the pages for an invalid token and for too many requests; they get no workspace.
    away(request, name of the view, visit): responds while the workspace is paused or its node can't be reached, so that
    nothing can be read or written there. A resumption waits for it: what it stores is found by whoever works then.
    """

    decode: Callable[[str], TokenT | None]
    load: Callable[[TokenT], SubjectT]
    language: Callable[[SubjectT], str]
    url: Callable[[str], str]
    post_limit: RateLimit
    invalid_limit: RateLimit
    limit_key: Callable[[TokenT], str]
    invalid_template: str
    away: Callable[[HttpRequest, str, PublicVisit[TokenT, None]], HttpResponse]
    limited_template: str = "accounts/public/rate_limited.html"

    def view(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Decode the token in the URL, enter its workspace and activate the language; 404 for an invalid token.

        Exempt from CSRF: there is no session to abuse, and the token is the permission.
        """

        @csrf_exempt
        @wraps(view)
        def wrapper(request: HttpRequest, token: str, **more: str) -> HttpResponse:
            payload = self.decode(token)
            workspace = queries.find_workspace_by_id(payload.workspace_id) if payload else None
            if payload is None or workspace is None:
                return self._invalid(request)
            requested = _requested_language(request)
            if request.method == "POST" and not self.post_limit.allows(self.limit_key(payload)):
                return self._limited(requested or workspace.language)
            query = f"?lang={requested}" if requested else ""
            with pauses.entered(workspace.schema_name) as paused, timezone.override(workspace.zone):
                if not paused:
                    try:
                        with schemas.use(workspace.schema_name):
                            subject = self.load(payload)
                            language = requested or _known(self.language(subject)) or workspace.language
                            visit = PublicVisit(
                                token, payload, workspace, subject, language, clock.now(), query
                            )
                            with translation.override(language):
                                return no_store(view(request, visit, **more))
                    except DatabaseError as error:
                        if not is_node_away(error):
                            raise
                language = requested or workspace.language
                away = PublicVisit(token, payload, workspace, None, language, clock.now(), query)
                with translation.override(language):
                    return no_store(self.away(request, view.__name__, away))

        return cast("Callable[..., HttpResponse]", wrapper)

    def render(
        self,
        visit: PublicVisit[TokenT, Any],
        template: str,
        context: Mapping[str, Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        """Return a page that extends ui/public.html, with ``public`` (the visit) and ``shop`` in its context."""
        url = self.url(visit.token)
        brand = {"brand": visit.brand, "brand_logo": visit.workspace.logo}
        own = {"public": visit, "shop": visit.brand, **context}
        return _render(template, own | brand, language=visit.language, url=url, status=status)

    def _invalid(self, request: HttpRequest) -> HttpResponse:
        language = _requested_language(request) or settings.LANGUAGE_CODE
        if not self.invalid_limit.allows(client_of(request).network):
            return self._limited(language)
        return _render(self.invalid_template, {}, language=language, status=404)

    def _limited(self, language: str) -> HttpResponse:
        response = _render(self.limited_template, {}, language=language, status=429)
        response["Retry-After"] = "60"
        return response


def no_store(response: HttpResponse) -> HttpResponse:
    """Keep a response out of caches and search engines, and its URL out of Referer headers."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _render(
    template: str, context: Mapping[str, Any], *, language: str, url: str = "", status: int = 200
) -> HttpResponse:
    languages = [
        {"code": code, "name": name, "url": f"{url}?lang={code}", "selected": code == language}
        for code, name in settings.LANGUAGES
    ]
    with translation.override(language):
        html = render_to_string(template, {**context, "language": language, "languages": languages})
    response = no_store(HttpResponse(html, status=status))
    response["Content-Language"] = language
    return response


def _requested_language(request: HttpRequest) -> str:
    return _known(request.GET.get("lang", ""))


def _known(language: str) -> str:
    code = language.partition("-")[0].lower()
    return code if code in dict(settings.LANGUAGES) else ""

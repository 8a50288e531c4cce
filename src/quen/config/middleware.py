"""Middleware of the project."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.team.access import ensure
from quen.core.errors import DomainError
from quen.core.uploads import MAX_BODY_BYTES, upload_limit
from quen.ui import errors

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
)
GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicyMiddleware:
    """Adds a Content-Security-Policy: only our own scripts run, nothing is loaded from other hosts."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header to the response."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        return response


class RequestBodyMiddleware:
    """Refuses bodies that are too large before they are read, and files where none are accepted.

    A larger body, or a file, is read only for a member who has the view's right. The workspace's middleware has let
    only its members come this far.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response unchanged."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_arguments: object) -> HttpResponse | None:
        """Return a refusal, or nothing. The public interface checks its bodies itself."""
        if getattr(view, "is_api", False):
            return None
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        declared, member = upload_limit(view), getattr(request, "member", None)
        if declared is None or member is None:
            return _too_large(request, MAX_BODY_BYTES) if length > MAX_BODY_BYTES else None
        limit = max(declared.max_bytes(), MAX_BODY_BYTES)
        right = getattr(view, "right", None)
        if right is not None and (length > MAX_BODY_BYTES or declared.files):
            try:
                ensure(member, right)
            except DomainError as refusal:
                return errors.refused(request, refusal)
        if length > limit:
            return _too_large(request, limit)
        if declared.files:
            request.upload_handlers = [MemoryFileUploadHandler(request), TemporaryFileUploadHandler(request)]
        return None


def _too_large(request: HttpRequest, limit: int) -> HttpResponse:
    text = _("At most %(limit)d MB can be sent here. Make it smaller, or send it in parts.")
    response = errors.error_response(
        request,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        text % {"limit": limit >> 20},
        title=_("This is too large"),
        code="too_large",
    )
    response["Connection"] = "close"
    return response


class RejectNulMiddleware:
    """Rejects text with NUL characters, which nobody types and the database can't store."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response unchanged."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_arguments: object) -> None:
        """Check the path and the fields; raises BadRequest. The public interface checks its own."""
        if getattr(view, "is_api", False):
            return
        given = (
            text for query in (request.GET, request.POST) for name in query for text in query.getlist(name)
        )
        if "\x00" in request.path_info or any("\x00" in text for text in given):
            raise BadRequest("a NUL in text")


class UserLanguageMiddleware:
    """Activates the language of the user's profile, otherwise of the cookie, otherwise Vietnamese (ACC-26)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response in the user's language."""
        known = dict(settings.LANGUAGES)
        chosen = getattr(request.user, "language", "") or request.COOKIES.get(
            settings.LANGUAGE_COOKIE_NAME, ""
        )
        language = chosen if chosen in known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

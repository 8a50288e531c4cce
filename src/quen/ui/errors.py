"""Error responses: a page for browsers, a toast for htmx."""

import logging
import secrets
import sys
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.defaults import ERROR_PAGE_TEMPLATE

from quen.core.database.outage import is_node_away, is_outage
from quen.core.errors import DomainError, NotFound
from quen.ui.toasts import Toast, add_hx_trigger

log = logging.getLogger("quen.errors")
FORBIDDEN, NOT_FOUND, BAD_REQUEST, SERVER_ERROR = 403, 404, 400, 500
TITLES = {
    BAD_REQUEST: lambda: _("We couldn't read this request"),
    FORBIDDEN: lambda: _("Another permission is needed"),
    NOT_FOUND: lambda: _("Page not found"),
    SERVER_ERROR: lambda: _("Something went wrong on our side"),
}


def error_response(
    request: HttpRequest, status: int, text: str, reference: str = "", title: str = "", code: str = ""
) -> HttpResponse:
    """Return an error page, or for htmx an empty response with the same text as a toast."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=status)
        response["HX-Reswap"] = "none"
        message = (
            _("%(text)s Reference: %(reference)s") % {"text": text, "reference": reference}
            if reference
            else text
        )
        add_hx_trigger(response, toast=Toast(text=message, tone="bad"))
        return response
    title = title or TITLES.get(status, lambda: _("This action isn't possible"))()
    values = {"status": status, "title": title, "text": text, "reference": reference, "code": code}
    return render(request, "ui/error.html", values, status=status)


def wait(
    request: HttpRequest, *, title: str, text: str, code: str, retry_seconds: int, href: str, link: str
) -> HttpResponse:
    """Return 503 with Retry-After for what is closed for a while: a page that reloads itself once it is open again.

    For htmx it is a toast, for a program JSON. href, link: where else to go, and how that is called.
    """
    status = HTTPStatus.SERVICE_UNAVAILABLE
    response: HttpResponse
    if request.headers.get("HX-Request") == "true":
        response = error_response(request, status, text)
        del response["HX-Trigger"]
        add_hx_trigger(response, toast=Toast(text=text, tone="wait"))
    elif request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        response = JsonResponse({"code": code, "text": text, "params": {}}, status=status)
    else:
        # A page that answers a form is not asked for again: that would send the form twice.
        reloads = request.method in ("GET", "HEAD")
        values = {
            "title": title,
            "text": text,
            "href": href,
            "link": link,
            "seconds": retry_seconds if reloads else 0,
        }
        response = render(request, "ui/wait.html", values, status=status)
    response["Retry-After"], response["Cache-Control"] = str(retry_seconds), "no-store"
    return response


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """Return the response to a DomainError that no form caught."""
    log.info("refused: %s", refusal.code)
    # The sentence of NotFound says what the title of the page says already.
    text = _not_found_text() if type(refusal) is NotFound else str(refusal)
    return error_response(request, refusal.status, text, code=refusal.code)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    message = str(exception) if exception and str(exception) else ""
    text = message or _("Your role doesn't include this permission. Ask the workspace owner for it.")
    return error_response(request, FORBIDDEN, text)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = _("This page was open for too long. Reload it and submit again.")
    return error_response(request, FORBIDDEN, text, title=_("This page has expired"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, NOT_FOUND, _not_found_text())


def _not_found_text() -> str:
    return _("It may have been removed, or the address is mistyped. Search for it, or go to the home page.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        text = _("Quen doesn't know the address you opened. An operator can add it to QUEN_ALLOWED_HOSTS.")
        return HttpResponse(text, status=BAD_REQUEST, content_type="text/plain; charset=utf-8")
    return error_response(request, BAD_REQUEST, _("Go back, reload the page and try again."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for an unexpected error; the log has the same reference number.

    While the database is away, or its disk is full, it is a page that needs no database and asks to try again.
    """
    error = sys.exc_info()[1]
    if is_outage(error):
        log.error("the database is unavailable: %s", error)
        return unavailable(request, only_workspace=is_node_away(error))
    reference = secrets.token_hex(4).upper()
    log.error("unexpected error %s at %s %s", reference, request.method, request.path, exc_info=True)
    text = _(
        "This wasn't caused by anything you entered. Try again in a moment."
        " If it happens again, send us the reference number below."
    )
    try:
        return error_response(request, SERVER_ERROR, text, reference=reference)
    except Exception:
        # The layout itself may be what failed: show Django's bare page instead.
        log.exception("error page failed, %s", reference)
        page = ERROR_PAGE_TEMPLATE % {"title": TITLES[SERVER_ERROR](), "details": f"{text} {reference}"}
        return HttpResponse(page, status=SERVER_ERROR)


def unavailable(request: HttpRequest, *, only_workspace: bool = False) -> HttpResponse:
    """Return 503 with Retry-After, without reading anything from the database: not even who is signed in.

    only_workspace: the other workspaces can be reached.
    """
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    with translation.override(chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        text = _("We can't reach our data at the moment. Nothing is lost. Try again in a minute.")
        if only_workspace:
            text = _(
                "We can't reach the data of this workspace at the moment. Nothing is lost, and other workspaces"
                " work as usual. Try again in a minute."
            )
        if request.headers.get("HX-Request") == "true":
            response = error_response(request, HTTPStatus.SERVICE_UNAVAILABLE, text)
        else:
            html = render_to_string(
                "ui/unavailable.html", {"language": translation.get_language(), "text": text}
            )
            response = HttpResponse(html, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"], response["Cache-Control"] = "60", "no-store"
    return response

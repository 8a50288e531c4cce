"""Calm answers to what went wrong: pages for people, toasts for htmx."""

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import ERROR_PAGE_TEMPLATE

from quen.core.errors import DomainError
from quen.ui.news import Toast, announce

log = logging.getLogger("quen.errors")
FORBIDDEN, NOT_FOUND, BAD_REQUEST, SERVER_ERROR = 403, 404, 400, 500
TITLES = {
    BAD_REQUEST: lambda: _("This request could not be read"),
    FORBIDDEN: lambda: _("This is not yours to do"),
    NOT_FOUND: lambda: _("Nothing here under this address"),
    SERVER_ERROR: lambda: _("Something broke on our side"),
}


def answer(
    request: HttpRequest, status: int, text: str, reference: str = "", title: str = "", code: str = ""
) -> HttpResponse:
    """The toast htmx shows without touching the page, or the whole page with the same sentence."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=status)
        response["HX-Reswap"] = "none"
        said = (
            _("%(text)s Reference: %(reference)s") % {"text": text, "reference": reference}
            if reference
            else text
        )
        announce(response, toast=Toast(text=said, tone="bad"))
        return response
    title = title or TITLES.get(status, lambda: _("This can't be done"))()
    values = {"status": status, "title": title, "text": text, "reference": reference, "code": code}
    return render(request, "ui/error.html", values, status=status)


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """A refusal no form caught."""
    log.info("refused: %s", refusal.code)
    return answer(request, refusal.status, str(refusal), code=refusal.code)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if exception and str(exception) else ""
    text = said or _("Your role does not include this. The owner of the workspace can give it to you.")
    return answer(request, FORBIDDEN, text)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = _("This page was open for too long. Load it again, then send it once more.")
    return answer(request, FORBIDDEN, text, title=_("The page is out of date"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = _("It may have been removed, or the address has a slip. Search for it, or go back to the start.")
    return answer(request, NOT_FOUND, text)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, BAD_REQUEST, _("Go back, load the page again and try once more."))


def server_error(request: HttpRequest) -> HttpResponse:
    """A surprise. The log and the person get the same number."""
    reference = secrets.token_hex(4).upper()
    log.error("surprise %s at %s %s", reference, request.method, request.path, exc_info=True)
    text = _("Nothing you typed is at fault. Try again in a moment; if it stays, give us the number below.")
    try:
        return answer(request, SERVER_ERROR, text, reference=reference)
    except Exception:
        # The frame itself may be what broke: say it without the frame.
        log.exception("error page failed, %s", reference)
        page = ERROR_PAGE_TEMPLATE % {"title": TITLES[SERVER_ERROR](), "details": f"{text} {reference}"}
        return HttpResponse(page, status=SERVER_ERROR)

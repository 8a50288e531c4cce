"""How a view answers: the whole page or the part htmx asked for, and what was done."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from quen.core.errors import DomainError
from quen.ui.news import Toast, announce

UNPROCESSABLE = 422
NO_CONTENT = 204
Words = str | Promise


def wants_part(request: HttpRequest) -> bool:
    """htmx asks for a piece: not a boosted link, and not a page taken back from the history."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def has_errors(context: Mapping[str, Any]) -> bool:
    forms_shown = (
        value for value in context.values() if isinstance(value, forms.BaseForm | forms.BaseFormSet)
    )
    return any(form.is_bound and not form.is_valid() for form in forms_shown)


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    part: str | None = None,
    status: int | None = None,
) -> HttpResponse:
    """The whole page, or only `template#part` when htmx asks; 422 when a form in it has errors.

    `status` wins over the 422 when given.
    """
    given = dict(context or {})
    name = f"{template}#{part}" if part and wants_part(request) else template
    code = status or (UNPROCESSABLE if has_errors(given) else 200)
    response = render(request, name, given, status=code)
    patch_vary_headers(response, ["HX-Request"])
    return response


def done(
    request: HttpRequest,
    say: Words = "",
    event: str = "",
    to: str = "",
    undo: str = "",
    tone: str = "good",
    data: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The answer to a deed.

    say: the sentence in the toast.  event: a named event like `contact:changed` for the page, with `data`.
    to: where to go next; without it htmx stays on the page, and a plain form goes back to where it stood.
    undo: a URL posted to by the toast's “Undo”.  tone: good, wait or bad.
    """
    toast = Toast(text=str(say), undo=undo, tone=tone) if say else None
    if request.headers.get("HX-Request") == "true" and not to:
        response = HttpResponse(status=NO_CONTENT)
        announce(response, toast=toast, event=event, data=data)
        return response
    if toast:
        messages.add_message(request, messages.INFO, toast.text, extra_tags=toast.tags())
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=NO_CONTENT)
        response["HX-Redirect"] = to
        return response
    return HttpResponseRedirect(to or way_back(request))


def way_back(request: HttpRequest) -> str:
    """The page the form stood on, if it is ours; else the address posted to."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return referer
    return request.path


class refusals_on:
    """Turn a DomainError into an error on the form: beside its field when it names one, else on top."""

    def __init__(self, form: forms.BaseForm) -> None:
        self._form = form

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, DomainError):
            return False
        field = error.field if error.field in self._form.fields else None
        self._form.add_error(field, forms.ValidationError(str(error), code=error.code))
        return True

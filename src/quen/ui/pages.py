"""How a view responds: a whole page, the part htmx asked for, or the result of an action."""

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
from quen.ui.toasts import Toast, add_hx_trigger

UNPROCESSABLE = 422
NO_CONTENT = 204
StrOrPromise = str | Promise


def wants_part(request: HttpRequest) -> bool:
    """Return whether htmx wants only a part: not a boosted link, and not a page restored from the history."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def has_errors(context: Mapping[str, Any]) -> bool:
    """Return whether a submitted form or formset in the context is invalid."""
    context_forms = (
        value for value in context.values() if isinstance(value, forms.BaseForm | forms.BaseFormSet)
    )
    return any(form.is_bound and not form.is_valid() for form in context_forms)


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    part: str | None = None,
    status: int | None = None,
) -> HttpResponse:
    """Return the whole page, or only `template#part` when htmx asks for a part.

    The status is 422 when a form in the context has errors, unless `status` is given.
    """
    values = dict(context or {})
    name = f"{template}#{part}" if part and wants_part(request) else template
    code = status or (UNPROCESSABLE if has_errors(values) else 200)
    response = render(request, name, values, status=code)
    patch_vary_headers(response, ["HX-Request"])
    return response


def success(
    request: HttpRequest,
    message: StrOrPromise = "",
    event: str = "",
    to: str = "",
    undo: str = "",
    tone: str = "good",
    data: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return the response to a successful action.

    message: the toast's text.  event: a named event like `contact:changed` for the page, with `data`.
    to: the page to go to; without it htmx stays on the page and a plain form returns to the page it was on.
    undo: the URL the toast's “Undo” button posts to.  tone: good, wait or bad.
    """
    toast = Toast(text=str(message), undo=undo, tone=tone) if message else None
    if request.headers.get("HX-Request") == "true" and not to:
        response = HttpResponse(status=NO_CONTENT)
        add_hx_trigger(response, toast=toast, event=event, data=data)
        return response
    if toast:
        messages.add_message(request, messages.INFO, toast.text, extra_tags=toast.tags())
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=NO_CONTENT)
        response["HX-Redirect"] = to
        return response
    return HttpResponseRedirect(to or return_url(request))


def return_url(request: HttpRequest) -> str:
    """Return the page the form was on when it is ours, else the URL posted to."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return referer
    return request.path


class refusals_on:
    """Context manager that turns a DomainError into a form error: on its field when it names one, else on the form."""

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

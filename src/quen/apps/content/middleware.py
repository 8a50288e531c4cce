"""What holds for every page that prepares a text."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from quen.apps.content import compiling


class CompilersMiddleware:
    """Keeps texts that take long to prepare from holding all threads that answer pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with compiling.refuse_instead_of_waiting():
            return self.get_response(request)

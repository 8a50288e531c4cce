"""Refusals that no form caught."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from quen.core.errors import DomainError
from quen.core.pauses import GiveWay, WorkspacePaused
from quen.ui import errors


class RefusalMiddleware:
    """Shows a DomainError as a toast or an error page, with its own status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, GiveWay):
            exception = WorkspacePaused()
        return errors.refused(request, exception) if isinstance(exception, DomainError) else None

"""Refusals as problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse

from quen.core.errors import DomainError

PROBLEM_TYPE: Final = "application/problem+json"
_MAX_ERRORS: Final = 50


def problem(refusal: DomainError, *, reference: str) -> HttpResponse:
    """Return the response to a refusal."""
    errors: Sequence[Mapping[str, Any]] = getattr(refusal, "errors", None) or []
    if not errors and refusal.field:
        errors = [{"pointer": f"/{refusal.field}", "code": refusal.code, "text": str(refusal)}]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": str(refusal),
        **refusal.as_json(),
        "errors": list(errors)[:_MAX_ERRORS],
        "reference": reference,
    }
    content = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, default=str)
    response = HttpResponse(content, status=refusal.status, content_type=PROBLEM_TYPE)
    response.headers["X-Problem-Code"] = refusal.code
    return response

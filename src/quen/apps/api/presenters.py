"""Refusals as problem+json (RFC 9457), and the words for what is wrong with a value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.utils.translation import gettext as _

from quen.apps.api.types import InvalidRequest
from quen.core.errors import DomainError

PROBLEM_TYPE: Final = "application/problem+json"
#: codes of pydantic that have another name here
_CODES: Final = {"extra_forbidden": "unknown_name", "missing": "missing", "json_invalid": "invalid_json"}
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


def invalid(errors: Sequence[Mapping[str, Any]]) -> InvalidRequest:
    """Return the refusal for what pydantic found, each with the place and a text. The values are not repeated."""
    return InvalidRequest([field_error(each) for each in errors])


def field_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return one thing that pydantic found: where, code and text."""
    place = list(error["loc"])
    source = place[0] if place and place[0] in ("body", "query", "path", "header") else "body"
    names = place[1:] if place and place[0] == source else place
    kind = _CODES.get(error["type"], error["type"])
    shown = str(names[-1]) if names else ""
    found: dict[str, Any] = {"code": kind, "text": _text(kind, shown, error)}
    if source == "body":
        # The first name is the parameter of our function, not something in the body.
        found["pointer"] = pointer(names[1:] if len(place) > len(names) else names)
    else:
        found["parameter"] = shown
    return found


def pointer(names: Sequence[str | int]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in names)


def unknown_parameter(name: str) -> dict[str, Any]:
    """Return the error about a parameter that the operation does not have."""
    return {"parameter": name[:100], "code": "unknown_name", "text": _text("unknown_name", name[:100], {})}


def unknown_name(name: str, *place: str | int) -> dict[str, Any]:
    """Return the error about a name that nothing here has. place: the names that lead to it."""
    return {
        "pointer": pointer([*place, name]),
        "code": "unknown_name",
        "text": _text("unknown_name", name[:100], {}),
    }


def _text(kind: str, name: str, error: Mapping[str, Any]) -> str:
    bounds = error.get("ctx", {})
    if kind == "unknown_name":
        return _("There is no “%(name)s” here. Check the spelling.") % {"name": name}
    if kind == "missing":
        return _("“%(name)s” is missing.") % {"name": name}
    if kind in ("string_too_long", "too_long", "bytes_too_long"):
        return _("At most %(limit)s.") % {"limit": bounds.get("max_length", "")}
    if kind in ("string_too_short", "too_short"):
        return _("At least %(limit)s.") % {"limit": bounds.get("min_length", "")}
    if kind in ("less_than_equal", "less_than"):
        return _("At most %(limit)s.") % {"limit": bounds.get("le", bounds.get("lt", ""))}
    if kind in ("greater_than_equal", "greater_than"):
        return _("At least %(limit)s.") % {"limit": bounds.get("ge", bounds.get("gt", ""))}
    return _typed(kind, bounds)


def _typed(kind: str, bounds: Mapping[str, Any]) -> str:
    if kind in ("literal_error", "enum"):
        return _("Use one of these: %(values)s.") % {"values": bounds.get("expected", "")}
    if kind.startswith(("datetime_", "timezone_")):
        return _("Send a time with its zone, such as 2026-11-29T08:00:00+07:00.")
    if kind.startswith("date_"):
        return _("Send a day as YYYY-MM-DD.")
    if kind.startswith(("int_", "float_", "decimal_", "finite_")):
        return _("Send a number.")
    if kind.startswith("bool_"):
        return _("Send true or false.")
    if kind.startswith("string_"):
        return _("Send a text.")
    if kind.startswith("list_"):
        return _("Send a list.")
    return _("This value can't be used here.")

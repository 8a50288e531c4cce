"""Rights, refusals, and the pieces that bodies and parameters of all operations are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import CoreSchema, core_schema

from quen.core.errors import DomainError

StrOrPromise = str | Promise
#: the version in the address of every operation
API_PATH: Final = "/api/v1/"
#: rows that a page of a list has at most, and without a wish
MAX_PAGE_ROWS: Final = 500
PAGE_ROWS: Final = 100
#: how long the answer to a call with an idempotency key is kept
IDEMPOTENCY_HOURS: Final = 24
IDEMPOTENCY_KEY_MAX_CHARS: Final = 255
KEY_NAME_MAX_CHARS: Final = 80
#: codes of pydantic that have another name here
_CODES: Final = {"extra_forbidden": "unknown_name", "missing": "missing", "json_invalid": "invalid_json"}


class ApiRight(StrEnum):
    """What a member may do with the interface for other systems."""

    MANAGE = "api.manage"


# What operations take and return


class ApiModel(BaseModel):
    """A body, or a part of one. A name that it does not have is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, null included; what was left out is not in it."""
        return {
            name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set
        }


@dataclass(frozen=True, slots=True)
class CheckedLater:
    """Marks a row that the document describes by its model and the operation checks: a bad one is refused alone.

    ``list[Annotated[Any, CheckedLater(ContactIn)]]``
    """

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        """Return a schema that takes anything."""
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(self, _schema: Any, handler: Any) -> dict[str, Any]:
        """Return the model, for the document."""
        described: dict[str, Any] = handler(self.model.__pydantic_core_schema__)
        return described


RowT = TypeVar("RowT")
#: the id of a row, in paths and bodies
RowId = Annotated[int, Field(ge=1, le=2**63 - 1, examples=[1024])]
PageSize = Annotated[int, Field(ge=1, le=MAX_PAGE_ROWS, description="Rows of a page.")]
PageCursor = Annotated[
    str | None,
    Field(max_length=2_000, description="`next` of the page before; leave it out for the first page."),
]


class ApiPage(ApiModel, Generic[RowT]):
    """A page of a list."""

    data: list[RowT]
    next: str | None
    """The cursor of the next page; null on the last."""


class ProblemField(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str | None = None
    """Where it is in the body, as a JSON pointer."""
    parameter: str | None = None
    """The parameter of the address or header it is about."""
    code: str
    text: str

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={
            "example": {"pointer": "/emial", "code": "unknown_name", "text": "There is no “emial” here."}
        },
    )


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable: the one to compare with."""
    text: str
    """For people, in the language of Accept-Language."""
    params: dict[str, Any]
    errors: list[ProblemField] = []
    reference: str
    """Names this call in the log of calls."""

    model_config = ConfigDict(use_attribute_docstrings=True)


# Refusals


class KeyNameMissing(DomainError):
    """A key needs a name."""

    code = "key_name_missing"
    field = "name"
    text = _("Name the key after the system that will use it.")


class NoScopes(DomainError):
    """A key needs at least one permission."""

    code = "no_scopes"
    field = "scopes"
    text = _("Choose what the key may do.")


class ExpiryInThePast(DomainError):
    """A key would have expired before it is used."""

    code = "expiry_in_the_past"
    field = "expires_on"
    text = _("Choose a day in the future.")


class Unauthenticated(DomainError):
    """There is no key, or none that is valid; why is not said."""

    code = "unauthenticated"
    status = 401
    text = _("Send a valid API key as “Authorization: Bearer …”. It may have been revoked or have expired.")


class MissingScope(DomainError):
    """The key may not do this."""

    code = "missing_scope"
    status = 403
    text = _("This API key lacks the permission %(scope)s.")


class NoSuchOperation(DomainError):
    """No operation has this address."""

    code = "no_such_operation"
    status = 404
    text = _("There is no operation at this address. The documentation lists all of them.")


class MethodNotAllowed(DomainError):
    """The address has no operation with this method."""

    code = "method_not_allowed"
    status = 405
    text = _("This address takes %(methods)s.")


class BodyTooLarge(DomainError):
    """The body is longer than the operation reads."""

    code = "too_large"
    status = 413
    text = _("At most %(limit)d MB can be sent here. Send it in parts.")


class BodyNotJson(DomainError):
    """The body is declared as something else."""

    code = "unsupported_media_type"
    status = 415
    text = _("Send the body as application/json.")


class UnreadableBody(DomainError):
    """The body is not JSON."""

    code = "invalid_json"
    status = 400
    text = _("The body is not valid JSON.")


class InvalidRequest(DomainError):
    """Something in the request does not fit; ``errors`` names each."""

    code = "invalid_request"
    text = _("Some values can't be used. See errors.")

    def __init__(self, errors: list[dict[str, Any]], **params: Any) -> None:
        super().__init__(**params)
        self.errors = errors


class TooManyCalls(DomainError):
    """The key called too often."""

    code = "too_many_calls"
    status = 429
    text = _("Too many calls. Try again in %(seconds)d seconds.")


class CallInProgress(DomainError):
    """Another call with the same idempotency key is still at work."""

    code = "call_in_progress"
    status = 409
    text = _("Another call with this Idempotency-Key is still running. Try again in a second.")


class IdempotencyKeyReused(DomainError):
    """The idempotency key belongs to another request."""

    code = "idempotency_key_reused"
    status = 409
    text = _("This Idempotency-Key was used for another request. Nothing was done. Use a new one.")


class AnswerErased(DomainError):
    """The call was done, and somebody it was about has been erased since."""

    code = "answer_erased"
    status = 410
    text = _("This call was done before. Its answer was erased together with a person's data.")


class UnexpectedError(DomainError):
    """Something failed on our side."""

    code = "unexpected_error"
    status = 500
    text = _("Something went wrong on our side. Try again. If it happens again, send us the reference.")


class Unavailable(DomainError):
    """The data can't be reached at the moment."""

    code = "unavailable"
    status = 503
    text = _("We can't reach our data at the moment. Nothing is lost. Try again in a minute.")


# What is wrong with a value: where, a code and a text


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
        return gettext("There is no “%(name)s” here. Check the spelling.") % {"name": name}
    if kind == "missing":
        return gettext("“%(name)s” is missing.") % {"name": name}
    if kind in ("string_too_long", "too_long", "bytes_too_long"):
        return gettext("At most %(limit)s.") % {"limit": bounds.get("max_length", "")}
    if kind in ("string_too_short", "too_short"):
        return gettext("At least %(limit)s.") % {"limit": bounds.get("min_length", "")}
    if kind in ("less_than_equal", "less_than"):
        return gettext("At most %(limit)s.") % {"limit": bounds.get("le", bounds.get("lt", ""))}
    if kind in ("greater_than_equal", "greater_than"):
        return gettext("At least %(limit)s.") % {"limit": bounds.get("ge", bounds.get("gt", ""))}
    return _typed(kind, bounds)


def _typed(kind: str, bounds: Mapping[str, Any]) -> str:
    if kind in ("literal_error", "enum"):
        return gettext("Use one of these: %(values)s.") % {"values": bounds.get("expected", "")}
    if kind.startswith(("datetime_", "timezone_")):
        return gettext("Send a time with its zone, such as 2026-11-29T08:00:00+07:00.")
    if kind.startswith("date_"):
        return gettext("Send a day as YYYY-MM-DD.")
    if kind.startswith(("int_", "float_", "decimal_", "finite_")):
        return gettext("Send a number.")
    if kind.startswith("bool_"):
        return gettext("Send true or false.")
    if kind.startswith("string_"):
        return gettext("Send a text.")
    if kind.startswith("list_"):
        return gettext("Send a list.")
    return gettext("This value can't be used here.")

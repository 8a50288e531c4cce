"""What every operation of the document says beside its own parameters: permission, refusals, headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quen.apps.api.access import OperationDeclaration
from quen.apps.api.types import IDEMPOTENCY_HOURS, IDEMPOTENCY_KEY_MAX_CHARS, Problem

_REFUSALS = {
    "400": "The request can't be read.",
    "401": "No valid key.",
    "403": "The key lacks the permission, or the workspace is archived.",
    "404": "There is no such thing in this workspace.",
    "405": "The address has no operation with this method.",
    "409": "It contradicts what is stored, or the Idempotency-Key is taken.",
    "410": "The answer was erased together with a person's data.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "422": "Some values can't be used; `errors` names each.",
    "429": "Too many calls.",
    "500": "Something went wrong on our side.",
    "503": "The workspace is paused, or its data can't be reached.",
}
_ALWAYS = ("400", "401", "403", "404", "422", "429", "500", "503")
_WHEN_WRITING = ("409", "410", "413", "415")
_RATE_HEADERS = {
    "RateLimit-Limit": "Calls that the key may make in a window.",
    "RateLimit-Remaining": "Calls left in this window.",
    "RateLimit-Reset": "Seconds until the window ends.",
}
Facts = Mapping[str, tuple[OperationDeclaration | None, bool]]


def describe(document: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """Return the document with what all operations share.

    facts: by operation id, what it declares and whether it writes.
    """
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document["components"].setdefault("schemas", {})
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    document["components"]["responses"] = {
        f"Refused{status}": _refusal(text) for status, text in _REFUSALS.items()
    }
    document["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "integer"}} for name, text in _RATE_HEADERS.items()
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            declared, writes = facts[operation["operationId"]]
            _complete(operation, declared, writes=writes)
    return document


def _refusal(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}


def _complete(operation: dict[str, Any], declared: OperationDeclaration | None, *, writes: bool) -> None:
    if declared is not None and declared.scope is not None:
        operation["x-scope"] = declared.scope
        said = operation.get("description", "")
        operation["description"] = f"{said}\n\nPermission: `{declared.scope}`".strip()
    responses = operation["responses"]
    for response in responses.values():
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _RATE_HEADERS}
    for status in (*_ALWAYS, *(_WHEN_WRITING if writes else ())):
        responses.setdefault(status, {"$ref": f"#/components/responses/Refused{status}"})
    for parameter in operation.get("parameters", []):
        # In a schema "examples" is a list, in a parameter it would be an object.
        if isinstance(examples := parameter.pop("examples", None), list):
            parameter["example"] = examples[0]
    if writes and (declared is None or declared.transaction):
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": (
                    "Any text of your choice. The same call with the same key within"
                    f" {IDEMPOTENCY_HOURS} hours is done once and answered again."
                ),
                "schema": {"type": "string", "maxLength": IDEMPOTENCY_KEY_MAX_CHARS, "minLength": 1},
            }
        )

"""The public interface ``/api/v1/``: the operations of all apps, and the document that describes them.

An app offers operations by having a module ``api`` with a ``router`` (docs/adding/api.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI
from ninja.constants import NOT_SET
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation, PathView
from ninja.parser import Parser
from ninja.security import HttpBearer
from pydantic_core import from_json

from quen.apps.api.access import ApiRequest, declaration_of
from quen.apps.api.middleware import SAFE_METHODS, entrance, nothing_here, refused
from quen.apps.api.registry import scope_keys, set_operations
from quen.apps.api.types import API_PATH, UnreadableBody, invalid
from quen.config.apps import APPS
from quen.config.openapi import describe
from quen.core.errors import DomainError

VERSION = "1.0.0"


class ApiKeyAuth(HttpBearer):
    """Describes the key in the document; ``entrance`` has checked it before an operation runs."""

    openapi_bearerFormat = "quen_<workspace>_<secret>"

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the key."""
        return cast("ApiRequest", request).api_key


class StrictParser(Parser):
    """Reads JSON: no numbers that JSON lacks, no NUL, which the database can't store."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body. Raises ValueError."""
        body = from_json(request.body, allow_inf_nan=False)
        if b"\\u0000" in request.body and _holds_nul(body):
            raise ValueError("a NUL in text")
        return body


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(map(_holds_nul, value))


class QuenApi(NinjaAPI):
    """The interface, whose operations are called as their functions are."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name of the operation's function."""
        return operation.view_func.__name__

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Return the response to a refusal. Raises anything else."""
        call = cast("ApiRequest", request)
        if isinstance(exc, ValidationError):
            return refused(invalid(exc.errors), call)
        if isinstance(exc, HttpError):
            return refused(UnreadableBody(), call)
        if isinstance(exc, DomainError):
            return refused(exc, call)
        raise exc


def _routers() -> Iterator[tuple[str, Any]]:
    for app in APPS:
        if find_spec(f"{app.module}.api") is not None:
            yield app.name, import_module(f"{app.module}.api").router


@cache
def build() -> QuenApi:
    """Return the interface of all apps. Raises ValueError for an operation that declares too little."""
    api = QuenApi(
        title="Quen",
        version=VERSION,
        auth=ApiKeyAuth(),
        parser=StrictParser(),
        openapi_url=None,
        docs_url=None,
        urls_namespace="api_v1",
        servers=[{"url": settings.BASE_URL}],
    )
    for _app, router in _routers():
        api.add_router("", router)
    _check(api)
    return api


def operations(api: NinjaAPI) -> Iterator[tuple[str, Operation]]:
    """Yield the address below /api/v1/ of every operation, and the operation."""
    for bound in api._get_bound_routers():
        for address, view in bound.path_operations.items():
            for operation in view.operations:
                yield address, operation


def _check(api: NinjaAPI) -> None:
    seen: set[str] = set()
    for address, operation in operations(api):
        name = operation.view_func.__name__
        declared = declaration_of(operation.view_func)
        operation.operation_id = operation.operation_id or name
        if declared is None:
            raise ValueError(f"The operation {name} at {address} lacks needs(scope).")
        if declared.scope is not None and declared.scope not in scope_keys():
            raise ValueError(f"The operation {name} needs the scope {declared.scope}, which no app declares.")
        if operation.operation_id in seen:
            raise ValueError(f"Two operations are called {operation.operation_id}.")
        if operation.response_models.get(200, None) is NOT_SET:
            raise ValueError(f"The operation {name} does not say what it returns.")
        seen.add(operation.operation_id)
    set_operations(seen)


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    api = build()
    raw = json.loads(json.dumps(api.get_openapi_schema(path_prefix=API_PATH), default=str))
    facts = {
        str(operation.operation_id): (
            declaration_of(operation.view_func),
            any(each not in SAFE_METHODS for each in operation.methods),
        )
        for _address, operation in operations(api)
    }
    return describe(raw, facts)


def openapi_json(_request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI document; it says nothing about any workspace."""
    response = HttpResponse(json.dumps(document(), ensure_ascii=False), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def reference(request: HttpRequest) -> HttpResponse:
    """Return the page that lists all operations and tries them out with a key, from our own files."""
    chosen = {"url": f"{API_PATH}openapi.json", "layout": "BaseLayout", "deepLinking": True}
    response = render(request, "api/reference.html", {"settings": json.dumps(chosen)})
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def urlpatterns() -> list[URLPattern]:
    """Return the addresses of the interface; what is none of them is refused as JSON, too."""
    patterns = [
        path("openapi.json", openapi_json, name="api_document"),
        path("docs", reference, name="api_reference"),
    ]
    views: dict[str, PathView] = {}
    for address, operation in operations(build()):
        # Operations of one address may come from several routers.
        views.setdefault(address, PathView()).operations.append(operation)
    # "/contacts/bulk" before "/contacts/{contact_id}", which would match it, too.
    for address in sorted(views, key=lambda each: [part.startswith("{") for part in each.split("/")]):
        view = views[address]
        name = view.operations[0].operation_id
        patterns.append(path(_django(address.strip("/")), entrance(view), name=f"api_{name}"))
    return [*patterns, re_path("^.*$", nothing_here(), name="api_nothing_here")]


def _django(address: str) -> str:
    """Return an address in Django's notation: {contact_id} is <contact_id>, and what it is stands in the function."""
    return address.replace("{", "<").replace("}", ">")

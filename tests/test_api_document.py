"""The whole interface, read from its document: who is refused everywhere, what a misspelt name does, and what any
generated request must not do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from quen.apps.api import services
from quen.apps.api.access import declaration_of
from quen.apps.api.models import ApiKey
from quen.apps.api.presenters import PROBLEM_TYPE
from quen.apps.api.registry import scope_keys
from quen.apps.api.tests.factories import make_key
from quen.apps.contacts.models import Contact
from quen.config import api
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from tests.cast import GOM_VIET

pytestmark = pytest.mark.usefixtures("workspace")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the document."""

    id: str
    method: str
    path: str
    described: dict[str, Any]

    def call(self, token: str, body: Any = None) -> Any:
        """Call it with sample values in its address."""
        path = re.sub(r"\{[^}]+\}", "1", self.path)
        return Client().generic(
            self.method.upper(),
            path,
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )


def operations() -> Iterator[Operation]:
    for path, methods in api.document()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield Operation(methods[method]["operationId"], method, path, methods[method])


OPERATIONS = list(operations())
WITH_BODY = [each for each in OPERATIONS if "requestBody" in each.described]
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)


@EVERY
class TestWhoIsRefused:
    def test_strangers_foreign_and_revoked_keys(self, operation: Operation, settings: Any) -> None:
        token = make_key()
        with schemas.use(foreign_schema()):
            foreign = make_key()
        revoked = make_key()
        services.revoke_key(ApiKey.objects.latest("id"), actor=SYSTEM, now=clock.now())
        swapped = re.sub(r"^quen_[^_]+", foreign.rsplit("_", 1)[0], token)
        for bad in ("", "quen_tra-sen_xxxx", swapped, foreign.replace(GOM_VIET, "tra-sen"), revoked):
            answer = operation.call(bad)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), bad
            assert answer["Content-Type"] == PROBLEM_TYPE

    def test_a_key_without_the_permission(self, operation: Operation) -> None:
        needed = operation.described.get("x-scope")
        if needed is None:
            return
        answer = operation.call(make_key(scopes=scope_keys() - {needed}))
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        assert answer.json()["params"] == {"scope": needed}


def foreign_schema() -> str:
    from quen.apps.accounts import queries

    return queries.get_workspace(GOM_VIET).schema_name


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda each: each.id)
class TestBodies:
    def test_a_misspelt_name_is_refused_and_named(self, operation: Operation) -> None:
        answer = operation.call(make_key(), {"tgas": 1})
        assert answer.status_code == 422, answer.content
        assert ("/tgas", "unknown_name") in {
            (each.get("pointer"), each["code"]) for each in answer.json()["errors"]
        }

    def test_null_for_what_takes_none_is_refused(self, operation: Operation) -> None:
        schema = operation.described["requestBody"]["content"]["application/json"]["schema"]
        schema = resolved(schema)
        for name, value in schema["properties"].items():
            if takes_null(value):
                continue
            answer = operation.call(make_key(), {name: None})
            assert answer.status_code == 422, name
            assert f"/{name}" in {each.get("pointer") for each in answer.json()["errors"]}

    def test_what_is_no_json_is_refused(self, operation: Operation) -> None:
        path = re.sub(r"\{[^}]+\}", "1", operation.path)
        for body, kind, status in (
            (b"{", "application/json", 400),
            (b'{"a": "\\u0000"}', "application/json", 400),
            (b"a=1", "application/x-www-form-urlencoded", 415),
        ):
            answer = Client().generic(
                operation.method.upper(),
                path,
                body,
                content_type=kind,
                headers={"Authorization": f"Bearer {make_key()}"},
            )
            assert answer.status_code == status, body


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = api.document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def takes_null(value: dict[str, Any]) -> bool:
    value = resolved(value)
    choices = value.get("anyOf", [value])
    return any("type" not in each and "$ref" not in each and "anyOf" not in each for each in choices) or any(
        resolved(each).get("type") == "null" for each in choices
    )


class TestDocument:
    def test_every_operation_names_its_permission_and_has_an_example_for_its_body(self) -> None:
        assert OPERATIONS
        without = [each.id for each in OPERATIONS if "x-scope" not in each.described]
        assert without == ["get_current_key"]

    def test_operations_that_write_take_an_idempotency_key(self) -> None:
        declared = {
            operation.operation_id: declaration_of(operation.view_func)
            for _address, operation in api.operations(api.build())
        }
        without = [
            each.id
            for each in OPERATIONS
            if each.method != "get"
            and (found := declared[each.id]) is not None
            and found.transaction
            and "Idempotency-Key" not in {name["name"] for name in each.described.get("parameters", [])}
        ]
        assert without == []


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Requests of this process leave the connection of the test open, as those of Django's test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
class TestGeneratedRequests:
    def test_none_is_answered_by_an_error_of_ours_or_with_what_is_not_described(self, settings: Any) -> None:
        """schemathesis over the whole document: bounded, and the same requests in every run."""
        import schemathesis
        from hypothesis import HealthCheck, Phase, given, seed
        from hypothesis import settings as hypothesis_settings
        from schemathesis.checks import not_a_server_error
        from schemathesis.specs.openapi.checks import (
            content_type_conformance,
            response_schema_conformance,
            status_code_conformance,
        )

        from quen.config.wsgi import application

        schema = schemathesis.openapi.from_dict(api.document())
        schema.app = application
        settings.API_RATE = "100000/minute"
        token = make_key()
        checks = [
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ]
        for result in schema.get_all_operations():
            operation = result.ok()

            @seed(0)
            @hypothesis_settings(
                max_examples=12,
                deadline=None,
                database=None,
                derandomize=False,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def each(case: Any) -> None:
                headers = {"Authorization": f"Bearer {token}"}
                case.call_and_validate(checks=checks, headers=headers)

            each()
        assert Contact.objects.count() >= 0

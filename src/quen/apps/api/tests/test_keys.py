"""Who may call: keys, their workspace, their limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import GOM_VIET, TRA_SEN

from quen.apps.api import queries, services
from quen.apps.api.models import ApiKey
from quen.apps.api.presenters import PROBLEM_TYPE
from quen.apps.api.tests.factories import ApiClient, make_key
from quen.core import clock, schemas
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")


def status_and_code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


class TestKeys:
    def test_a_key_opens_its_workspace(self) -> None:
        response = ApiClient(make_key(name="Web bán hàng")).get("key")
        assert response.status_code == 200, response.content
        assert response.json()["name"] == "Web bán hàng"
        assert response.json()["workspace"] == TRA_SEN

    def test_the_secret_is_stored_nowhere(self) -> None:
        token = make_key()
        row = ApiKey.objects.values().get()
        assert token.rsplit("_", 1)[1] not in repr(row)
        assert row["hint"] == token[-4:]

    def test_a_revoked_or_expired_or_foreign_key_is_unknown(self) -> None:
        revoked, expiring = make_key(), make_key(expires_at=clock.now() + timedelta(days=1))
        services.revoke_key(ApiKey.objects.order_by("id")[0], actor=SYSTEM, now=clock.now())
        ApiKey.objects.filter(hint=expiring[-4:]).update(expires_at=clock.now())
        elsewhere = make_key().replace(TRA_SEN, GOM_VIET)
        for token in (revoked, expiring, elsewhere, "quen_tra-sen_x", "quen_khong-co_x", "x", ""):
            response = ApiClient(token).get("key")
            assert status_and_code(response) == (401, "unauthenticated"), token
            assert response["WWW-Authenticate"].startswith("Bearer")
            assert response["Content-Type"] == PROBLEM_TYPE

    def test_who_guesses_keys_is_stopped(self) -> None:
        answers = [ApiClient("quen_tra-sen_x").get("key").status_code for _ in range(121)]
        assert answers[-1] == 429

    def test_calls_of_a_key_are_counted(self, settings: Any) -> None:
        settings.API_RATE = "2/minute"
        client = ApiClient(make_key())
        first, second, third = (client.get("key") for _ in range(3))
        assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
        assert second["RateLimit-Remaining"] == "0"
        assert status_and_code(third) == (429, "too_many_calls")
        assert 0 < int(third["Retry-After"]) <= 60
        assert ApiClient(make_key()).get("key").status_code == 200

    def test_the_last_use_is_known(self) -> None:
        client = ApiClient(make_key())
        assert ApiKey.objects.get().last_used_at is None
        client.get("key")
        assert ApiKey.objects.get().last_used_at is not None


class TestRefusals:
    def test_unknown_addresses_and_methods_are_said_as_json(self) -> None:
        client = ApiClient(make_key())
        assert status_and_code(client.get("nothing/here")) == (404, "no_such_operation")
        refused = client.post("key", {})
        assert status_and_code(refused) == (405, "method_not_allowed")
        assert refused["Allow"] == "GET"

    def test_the_language_is_the_callers(self) -> None:
        token = make_key()
        texts = {
            language: ApiClient(token, **{"Accept-Language": language}).get("nothing").json()["text"]
            for language in ("vi", "en", "fr")
        }
        assert texts["en"].startswith("There is no operation")
        assert texts["vi"] == texts["fr"] != texts["en"]

    def test_unknown_parameters_are_named(self) -> None:
        response = ApiClient(make_key()).get("key", limt="5")
        assert status_and_code(response) == (422, "invalid_request")
        assert response.json()["errors"][0]["parameter"] == "limt"

    def test_a_paused_workspace_says_when_to_come_back(self) -> None:
        client = ApiClient(make_key())
        with schemas.use("public"):
            from quen.apps.accounts.models import Workspace

            Workspace.objects.filter(slug=TRA_SEN).update(paused_at=clock.now())
        response = client.get("key")
        assert status_and_code(response) == (503, "workspace_paused")
        assert int(response["Retry-After"]) > 0


class TestLogOfCalls:
    def test_calls_are_listed_without_what_was_sent(self) -> None:
        client = ApiClient(make_key())
        client.get("key")
        refused = client.get("key", phone="0905777123")
        calls = list(queries.calls())
        assert [(each.operation, each.status, each.code) for each in calls] == [
            ("get_current_key", 422, "invalid_request"),
            ("get_current_key", 200, ""),
        ]
        assert calls[0].reference == refused.json()["reference"] == refused["X-Request-Id"]
        assert "0905777123" not in repr(list(queries.calls().values()))

    def test_entries_are_deleted_after_a_while(self, settings: Any) -> None:
        ApiClient(make_key()).get("key")
        services.delete_old_calls(now=clock.now() + timedelta(days=settings.API_LOG_DAYS + 1))
        assert not queries.calls().exists()


class TestDocument:
    def test_it_is_open_and_says_openapi_3_1(self) -> None:
        response = Client().get("/api/v1/openapi.json")
        assert response.json()["openapi"] == "3.1.0"

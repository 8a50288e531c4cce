"""The pages of keys and of the log of calls."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from tests.cast import AN, TRA_SEN

from quen.apps.api.models import ApiKey
from quen.apps.api.tests.factories import ApiClient, make_key

pytestmark = pytest.mark.usefixtures("workspace")
BASE = f"/w/{TRA_SEN}/api/"


@pytest.fixture
def an_client(client_of: Callable[[str], Client]) -> Client:
    return client_of(AN)


class TestKeys:
    def test_a_key_is_shown_once_and_works(self, an_client: Client) -> None:
        form = {"name": "Web bán hàng", "scopes": ["contacts.read"], "days": "90"}
        shown = an_client.post(f"{BASE}new/", form)
        token = re.search(r"data-secret>(quen_[^<]+)<", shown.content.decode())
        assert token is not None
        assert shown["Cache-Control"] == "no-store"
        answer = ApiClient(token[1]).get("key").json()
        assert answer["scopes"] == ["contacts.read"]
        assert answer["expires_at"] is not None
        listed = an_client.get(BASE).content.decode()
        assert "Web bán hàng" in listed
        assert token[1] not in listed

    def test_a_key_needs_a_permission(self, an_client: Client) -> None:
        assert an_client.post(f"{BASE}new/", {"name": "Web"}).status_code == 422
        assert not ApiKey.objects.exists()

    def test_a_revoked_key_is_refused(self, an_client: Client) -> None:
        token = make_key()
        key = ApiKey.objects.get()
        an_client.post(f"{BASE}{key.pk}/revoke/")
        assert ApiClient(token).get("key").status_code == 401
        assert an_client.get(BASE).status_code == 200


class TestLogOfCalls:
    def test_it_is_filtered_by_key_and_status(self, an_client: Client) -> None:
        web, till = ApiClient(make_key(name="Web")), ApiClient(make_key(name="Máy tính tiền"))
        web.get("key")
        till.get("key", limt=1)
        both = an_client.get(f"{BASE}calls/").content.decode()
        assert both.count("get_current_key") >= 2
        refused = an_client.get(f"{BASE}calls/", {"outcome": "refused"}).content.decode()
        assert "invalid_request" in refused
        key = ApiKey.objects.get(name="Web")
        assert "invalid_request" not in an_client.get(f"{BASE}calls/", {"key": key.pk}).content.decode()


class TestDocumentation:
    def test_it_names_the_address(self, an_client: Client) -> None:
        assert "/api/v1/" in an_client.get(f"{BASE}documentation/").content.decode()

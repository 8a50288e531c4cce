"""Webhooks by the API: an endpoint belongs to the key that made it; its log is read and sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from quen.apps.api import services as api
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.events import services as events
from quen.apps.webhooks.models import Endpoint, WebhookMessage
from quen.apps.webhooks.tests.receivers import deliver, make_endpoint, receiving
from quen.core import clock, schemas
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
BASE = "/api/v1/webhooks"
URL = "https://erp.example.com/hook"


class Caller:
    """Calls operations with a key."""

    def __init__(self, scopes: list[str]) -> None:
        made = api.create_key(name="ERP", scopes=scopes, actor=SYSTEM, now=clock.now())
        self.key, self._token = made.key, made.token

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        schema = schemas.current()
        with schemas.use("public"):
            response = getattr(Client(), method)(
                path, **sent, headers={"Authorization": f"Bearer {self._token}"}
            )
        assert schemas.current() == schema
        return response.status_code, json.loads(response.content)


@pytest.fixture
def call(workspace: Any) -> Caller:
    return Caller(["webhooks.manage"])


class TestEndpoints:
    def test_one_that_is_made_leaves_out_what_its_key_does(self, call: Caller) -> None:
        status, made = call("post", BASE, {"url": URL, "kinds": ["contact.created"]})
        assert status == 200
        assert made["secret"].startswith("whsec_")
        endpoint = Endpoint.objects.get()
        assert (endpoint.own_key_id, endpoint.include_own) == (call.key.pk, False)
        status, shown = call("get", f"{BASE}/{endpoint.pk}")
        assert shown == made["endpoint"]
        assert "whsec_" not in json.dumps(call("get", BASE)[1])

    def test_what_is_left_out_stays(self, call: Caller) -> None:
        _status, made = call("post", BASE, {"url": URL, "kinds": ["contact.created"], "description": "ERP"})
        path = f"{BASE}/{made['endpoint']['id']}"
        _status, changed = call("patch", path, {"kinds": ["contact.erased"]})
        assert changed == made["endpoint"] | {"kinds": ["contact.erased"]}
        assert call("patch", path, {"kinds": []})[1]["code"] == "webhook_kinds_missing"
        assert call("patch", path, {"url": "https://10.0.0.1/"})[1]["code"] == "webhook_url_private"

    def test_kinds_are_listed(self, call: Caller) -> None:
        names = [each["name"] for each in call("get", f"{BASE}/kinds")[1]["data"]]
        assert "contact.merged" in names

    def test_another_scope_is_not_enough(self, workspace: Any) -> None:
        other = Caller(["contacts.read"])
        assert other("get", BASE)[0] == 403

    def test_an_endpoint_of_nobody_is_not_found(self, call: Caller) -> None:
        assert call("get", f"{BASE}/4711")[0] == 404


class TestLog:
    def test_is_read_and_sent_again(self, call: Caller) -> None:
        now = clock.now()
        with receiving() as receiver:
            endpoint = make_endpoint(receiver, now=now)
            path = f"{BASE}/{endpoint.pk}"
            contact = make_contact()
            events.record("contact_created", contact_id=contact.pk, at=now)
            deliver(now=now)
            (listed,) = call("get", f"{path}/messages?state=delivered")[1]["data"]
            assert (listed["webhook_id"], listed["contact_id"]) == (receiver.received[0].id, contact.pk)
            _status, one = call("get", f"{path}/messages/{listed['id']}")
            assert json.loads(one["body"]) == receiver.received[0].json
            assert [each["status"] for each in one["log"]] == [200]
            assert call("post", f"{path}/messages/{listed['id']}/replay")[1]["state"] == "waiting"
            WebhookMessage.objects.update(state="failed")
            since = {"since": now.isoformat()}
            assert call("post", f"{path}/replay", since)[1] == {"count": 1}
            assert call("post", f"{path}/pause")[1]["pause_reason"] == "member"
            assert call("post", f"{path}/replay", since)[1]["code"] == "endpoint_paused"
            assert call("post", f"{path}/resume", {"send_missed": False})[1] == {"count": 1}
            assert call("post", f"{path}/test")[1]["kind"] == "webhook.test"
            assert call("post", f"{path}/secret")[1]["secret"].startswith("whsec_")
            assert call("delete", path)[1] == {"id": endpoint.pk, "deleted": True}

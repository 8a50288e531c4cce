"""Webhooks by real HTTP: stored before they are acknowledged, refused when they are too long or not addressed to us."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from tests.patience import PATIENCE_SECONDS

from quen.apps.channels.rules import webhooks
from quen.apps.delivery.services import WEBHOOK_ENDPOINT, WEBHOOK_MAX_BYTES
from quen.apps.ingest.models import RawEvent
from quen.core import schemas
from quen.core.database.base import PUBLIC


@pytest.fixture
def path(committed_workspace: Any) -> str:
    """The webhook address of connection 5."""
    return webhooks.PATH + webhooks.encode(workspace_id=committed_workspace.pk, connection_id=5)


def post(port: int, path: str, body: bytes = b"", *, method: str = "POST", chunked: bool = False) -> int:
    """Send a request and return the status; 0 when the server closed the connection instead."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        client.request(
            method, path, iter([body]) if chunked else body, {"X-Signature": "s"}, encode_chunked=chunked
        )
        return client.getresponse().status
    except (ConnectionResetError, BrokenPipeError):
        return 0
    finally:
        client.close()


def stored() -> list[RawEvent]:
    """The raw events in the table."""
    with schemas.use(PUBLIC):
        return list(RawEvent.objects.order_by("id"))


def test_stores_the_request_before_it_acknowledges(port: int, path: str, committed_workspace: Any) -> None:
    assert post(port, f"{path}?a=1&b=%20", '{"trạng thái": "ok"}'.encode()) == 200
    assert post(port, path, method="GET") == 200
    first, second = stored()
    assert (first.endpoint, first.workspace_id) == (WEBHOOK_ENDPOINT, committed_workspace.pk)
    assert {**first.body, "headers": first.body["headers"]["x-signature"]} == {
        "connection": 5,
        "method": "POST",
        "query": "a=1&b=%20",
        "headers": "s",
        "text": '{"trạng thái": "ok"}',
    }
    assert (second.body["method"], second.body["text"]) == ("GET", "")


def test_refuses_other_tokens_and_methods(port: int, path: str) -> None:
    assert post(port, path[:-1] + ("0" if path[-1] != "0" else "1")) == 404
    assert post(port, webhooks.PATH + "x") == 404
    assert post(port, path, method="PUT") == 405
    assert stored() == []


@pytest.mark.parametrize("chunked", [False, True])
def test_refuses_a_longer_body(port: int, path: str, chunked: bool) -> None:
    assert post(port, path, b"x" * WEBHOOK_MAX_BYTES, chunked=chunked) == 200
    assert post(port, path, b"x" * (WEBHOOK_MAX_BYTES + 1), chunked=chunked) in (0, 413)
    assert len(stored()) == 1

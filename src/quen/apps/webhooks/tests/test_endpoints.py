"""What an endpoint may be."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.api import services as api
from quen.apps.events.models import Subscription
from quen.apps.webhooks import services
from quen.apps.webhooks.models import Endpoint
from quen.apps.webhooks.types import (
    MAX_ENDPOINTS,
    OwnKeyUnknown,
    TooManyEndpoints,
    WebhookKindsMissing,
    WebhookKindUnknown,
    WebhookUrlInvalid,
    WebhookUrlPrivate,
)
from quen.core.actors import SYSTEM

URL = "https://erp.example.com/hook?x=1"
KINDS = ["contact.created"]


def create(**changes: Any) -> Endpoint:
    given: dict[str, Any] = {"url": URL, "kinds": KINDS, "actor": SYSTEM, "now": NOW, **changes}
    return services.create_endpoint(**given).endpoint


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "erp.example.com",
            "ftp://example.com/",
            "http://example.com/hook",
            "https://",
            "https://user:pass@example.com/",
            "https://exa mple.com/",
            "https://example.com/\n",
            "https://example.com:99999/",
            "https://example.com/" + "x" * 500,
            "https://[::1",
        ],
    )
    def test_refuses_what_is_none_of_the_web_or_not_encrypted(self, workspace: Any, url: str) -> None:
        if url.endswith("\n"):
            url += "x"
        with pytest.raises(WebhookUrlInvalid):
            create(url=url)

    @pytest.mark.parametrize(
        "url", ["https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest", "https://[::1]/"]
    )
    def test_refuses_private_networks(self, workspace: Any, url: str) -> None:
        with pytest.raises(WebhookUrlPrivate):
            create(url=url)

    def test_takes_a_receiver_beside_quen_that_the_operator_named(
        self, workspace: Any, settings: Any
    ) -> None:
        settings.HTTP_ALLOWED_ADDRESSES = frozenset({"10.1.2.3:9000"})
        assert create(url="http://10.1.2.3:9000/hook").place == "10.1.2.3"
        with pytest.raises(WebhookUrlPrivate):
            create(url="http://10.1.2.3:9001/hook")


class TestChoices:
    def test_kinds_are_checked(self, workspace: Any) -> None:
        with pytest.raises(WebhookKindsMissing):
            create(kinds=[])
        with pytest.raises(WebhookKindUnknown):
            create(kinds=["contact.eaten"])

    def test_the_key_is_one_of_this_workspace(self, workspace: Any) -> None:
        with pytest.raises(OwnKeyUnknown):
            create(own_key_id=4711)
        key = api.create_key(name="Kho", scopes=["contacts.read"], actor=SYSTEM, now=NOW).key
        assert create(own_key_id=key.pk).own_key_id == key.pk

    def test_there_are_twenty_at_most(self, workspace: Any) -> None:
        first = create()
        for _each in range(MAX_ENDPOINTS - 1):
            create()
        with pytest.raises(TooManyEndpoints):
            create()
        services.delete_endpoint(endpoint=first, actor=SYSTEM, now=NOW)
        create()

    def test_events_are_followed_as_long_as_somebody_wants_them(self, workspace: Any) -> None:
        def followed() -> int:
            return Subscription.objects.filter(consumer=services.CONSUMER).count()

        one = create(kinds=["contact.restored"])
        assert followed() == 1
        create(kinds=["contact.restored", "contact.deleted"])
        assert followed() == 2
        services.delete_endpoint(endpoint=one, actor=SYSTEM, now=NOW)
        assert followed() == 2
        services.delete_endpoint(endpoint=Endpoint.objects.exclude(pk=one.pk).get(), actor=SYSTEM, now=NOW)
        assert followed() == 0

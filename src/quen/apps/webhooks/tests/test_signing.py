"""Messages are signed as Standard Webhooks says, checked with its own library."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from quen.apps.webhooks import rules, services
from quen.apps.webhooks.tests.receivers import Received, deliver, receiving
from quen.core import clock
from quen.core.actors import SYSTEM


def verify(secret: str, message: Received) -> Any:
    return Webhook(secret).verify(message.body, message.headers)


class TestSignature:
    def test_is_what_the_library_makes(self) -> None:
        secret, body = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", b'{"test": 2432232314}'
        now = clock.now().replace(microsecond=0)
        headers = rules.headers(message_id="msg_1", at=now, body=body, keys=[secret])
        assert Webhook(secret).sign("msg_1", now, body.decode()) == headers["webhook-signature"]

    def test_a_secret_has_32_random_bytes(self) -> None:
        one, two = rules.new_secret(), rules.new_secret()
        assert one.startswith("whsec_") and one != two
        assert len(Webhook(one)._whsecret) == 32

    def test_receivers_verify_it(self, workspace: Any) -> None:
        now = clock.now()
        with receiving() as receiver:
            made = services.create_endpoint(
                url=receiver.url, kinds=["contact.created"], actor=SYSTEM, now=now
            )
            services.send_test(endpoint=made.endpoint, now=now)
            deliver(now=now)
        (message,) = receiver.received
        assert verify(made.secret, message)["type"] == "webhook.test"
        changed = Received(message.headers, message.body.replace(b"Quen", b"Quan"))
        for secret, each in ((rules.new_secret(), message), (made.secret, changed)):
            with pytest.raises(WebhookVerificationError):
                verify(secret, each)

    def test_both_secrets_sign_for_a_day(self, workspace: Any) -> None:
        now = clock.now()
        with receiving() as receiver:
            old = services.create_endpoint(url=receiver.url, kinds=["contact.created"], actor=SYSTEM, now=now)
            before = now - timedelta(hours=23)
            new = services.rotate_secret(endpoint=old.endpoint, actor=SYSTEM, now=before)
            services.send_test(endpoint=new.endpoint, now=now)
            deliver(now=now)
            services.send_test(endpoint=new.endpoint, now=now + timedelta(hours=1, seconds=1))
            deliver(now=now + timedelta(hours=1, seconds=1))
        during, after = receiver.received
        assert verify(old.secret, during) == verify(new.secret, during)
        assert len(during.headers["webhook-signature"].split()) == 2
        assert len(after.headers["webhook-signature"].split()) == 1

    def test_the_secret_is_stored_encrypted(self, workspace: Any) -> None:
        with receiving() as receiver:
            made = services.create_endpoint(
                url=receiver.url, kinds=["contact.created"], actor=SYSTEM, now=clock.now()
            )
        made.endpoint.refresh_from_db()
        assert made.secret not in repr(vars(made.endpoint))

    def test_ids_differ_between_endpoints_and_after_a_restore(self) -> None:
        now = clock.now()
        ids = {
            rules.message_id("a", 1, now),
            rules.message_id("b", 1, now),
            rules.message_id("a", 2, now),
            rules.message_id("a", 1, now + timedelta(microseconds=1)),
        }
        assert len(ids) == 4
        assert all("." not in each for each in ids)


class TestSchedule:
    def test_ends_within_three_days_and_never_comes_back_sooner_than_before(self) -> None:
        now = clock.now()
        delays = []
        for attempts in range(1, 20):
            due = rules.next_attempt(attempts, now=now)
            if due is None:
                break
            delays.append(due - now)
        assert len(delays) == 9
        assert timedelta(hours=57) < sum(delays, timedelta()) <= timedelta(days=3)

    def test_is_spread(self) -> None:
        now = clock.now()
        assert len({rules.next_attempt(3, now=now) for _each in range(20)}) > 10

    def test_waits_for_what_the_other_system_asks_but_not_for_ever(self) -> None:
        now = clock.now()
        assert rules.next_attempt(1, now=now, after_seconds=120) == now + timedelta(seconds=120)
        assert rules.next_attempt(1, now=now, after_seconds=10**6) == now + timedelta(hours=1)

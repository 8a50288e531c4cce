"""The sandbox: messages are stored, can be viewed, and reactions simulated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW, TRA_SEN
from tests.registries import Registrations

from quen.apps.channels import queries, registry, services
from quen.apps.channels.mail.mime.mail import MailParts, build_mail
from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.registry import adapters
from quen.apps.channels.types import AlreadySimulated, Outgoing, Receipt, ReceiptKind, SendOutcome
from quen.core.actors import SYSTEM

PAGE = f"/w/{TRA_SEN}/channels/sandbox/"
ClientOf = Callable[[str], Client]


def outgoing(key: int, base: str = "http://127.0.0.1:8000", **changes: Any) -> Outgoing:
    html = (
        f'<p>Chào Lan</p><script>alert(1)</script><a href="{base}/c/abc?u=x">Xem</a>'
        f'<img src="{base}/o/tok.gif" width="1" height="1">'
    )
    parts = MailParts(
        from_name="Trà Sen",
        from_address="chao@tra-sen.vn",
        to_address=f"k{key}@khach.vn",
        subject=f"Ưu đãi số {key}",
        at=NOW,
        html=html,
        text="Chào Lan",
        one_click_url=f"{base}/u/tok/one-click/",
    )
    message_parts = {
        "subject": parts.subject,
        "html": html,
        "text": "Chào Lan",
        "from": "Trà Sen <chao@tra-sen.vn>",
    }
    return Outgoing(
        key, "chao@tra-sen.vn", f"k{key}@khach.vn", build_mail(parts), changes.get("shown", message_parts)
    )


def send(*batch: Outgoing) -> list[Any]:
    return services.open_session(queries.active_connection("email")).send(batch)


class TestSending:
    def test_a_batch_is_one_insert_and_every_message_is_accepted(
        self, workspace: Any, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        session = services.open_session(queries.active_connection("email"))
        batch = [outgoing(n) for n in range(1, 51)]
        with django_assert_num_queries(2):
            results = session.send(batch)
        assert [(result.key, result.outcome) for result in results] == [
            (n, SendOutcome.ACCEPTED) for n in range(1, 51)
        ]
        assert SandboxMessage.objects.count() == 50
        stored = SandboxMessage.objects.get(message_id=7)
        assert (stored.subject, stored.sender, stored.text) == (
            "Ưu đãi số 7",
            "Trà Sen <chao@tra-sen.vn>",
            "Chào Lan",
        )
        assert ["Precedence", "bulk"] in stored.headers

    def test_a_message_is_stored_once_and_tests_every_time(self, workspace: Any) -> None:
        for key in (1, 1, 0, 0):
            send(outgoing(key))
        assert SandboxMessage.objects.count() == 3

    def test_parses_the_email_without_parts(self, workspace: Any) -> None:
        send(outgoing(3, shown={}))
        stored = SandboxMessage.objects.get()
        assert (stored.subject, stored.text.strip()) == ("Ưu đãi số 3", "Chào Lan")
        assert "/o/tok.gif" in stored.html

    def test_only_the_sandbox_does_not_deliver(self) -> None:
        assert {adapter.key: adapter.delivers for adapter in adapters("email")} == {
            "sandbox": False,
            "smtp": True,
        }


def numbers(page: Any) -> list[int]:
    """Return the numbers in the subjects of the listed messages."""
    return [int(row.cells[1].text.rpartition(" ")[2]) for row in page.context["table"].rows]


class TestInbox:
    def test_lists_newest_first_with_paging_and_search(self, workspace: Any, client_of: ClientOf) -> None:
        send(*[outgoing(n) for n in range(1, 121)])
        an = client_of(AN)
        first = an.get(PAGE)
        assert numbers(first) == list(range(120, 70, -1))
        second = an.get(PAGE + first.context["table"].pager["next"])
        assert numbers(second) == list(range(70, 20, -1))
        third = an.get(PAGE + second.context["table"].pager["next"])
        assert (numbers(third), third.context["table"].pager["next"]) == (list(range(20, 0, -1)), "")
        back = an.get(PAGE + second.context["table"].pager["previous"])
        assert (numbers(back), back.context["table"].pager["previous"]) == (numbers(first), "")
        assert numbers(an.get(PAGE, {"q": "K77@khach"})) == [77]
        assert numbers(an.get(PAGE, {"q": "ưu 33"})) == [33]
        assert numbers(an.get(PAGE, {"q": "nobody"})) == []

    def test_is_in_the_sidebar_only_while_the_sandbox_is_on(
        self, workspace: Any, client_of: ClientOf
    ) -> None:
        an = client_of(AN)
        link = f'href="{PAGE}"'
        assert link in an.get(f"/w/{TRA_SEN}/channels/email/senders/new/").content.decode()
        services.set_connection(
            channel="email",
            adapter="smtp",
            settings={"host": "x", "port": 25},
            secret="",
            rate_per_second=None,
            actor=SYSTEM,
            now=NOW,
        )
        assert link not in an.get(f"/w/{TRA_SEN}/channels/email/senders/new/").content.decode()

    def test_can_be_emptied(self, workspace: Any, client_of: ClientOf) -> None:
        send(outgoing(1))
        client_of(AN).post(f"{PAGE}empty/")
        assert SandboxMessage.objects.count() == 0

    def test_messages_older_than_30_days_are_deleted(self, workspace: Any) -> None:
        for days in (29, 31):
            batch = [outgoing(days)]
            services.store_in_sandbox(batch, channel="email", now=NOW - timedelta(days=days))
        services.delete_old_sandbox_messages(now=NOW)
        assert SandboxMessage.objects.get().message_id == 29


class TestBody:
    def test_runs_no_scripts_and_viewing_is_not_an_open(self, workspace: Any, client_of: ClientOf) -> None:
        send(outgoing(1))
        row = SandboxMessage.objects.get()
        answer = client_of(AN).get(f"{PAGE}{row.pk}/body/")
        html, policy = answer.content.decode(), answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-popups" in policy
        assert "script-src" not in policy
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
        assert "/o/tok.gif" not in html
        assert "alert" not in html
        assert "/c/abc?u=x" in html

    def test_headers_are_readable(self, workspace: Any, client_of: ClientOf) -> None:
        send(outgoing(1))
        row = SandboxMessage.objects.get()
        html = client_of(AN).get(f"{PAGE}{row.pk}/?view=headers").content.decode()
        assert "Ưu đãi số 1" in html
        assert "List-Unsubscribe=One-Click" in html


@pytest.fixture
def public_site() -> Iterator[tuple[str, list[tuple[str, str, bytes, str]]]]:
    """Our public URLs, served by a server that records the requests."""
    asked: list[tuple[str, str, bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            agent = self.headers.get("User-Agent", "")
            asked.append((self.command, self.path, self.rfile.read(length), agent))
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST = _answer

        def log_message(self, *_words: object) -> None:
            """Log nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


class TestSimulation:
    def _row(self, base: str) -> SandboxMessage:
        send(outgoing(1, base))
        return SandboxMessage.objects.get()

    def test_open_requests_the_pixel_with_the_user_agent(
        self, workspace: Any, client_of: ClientOf, settings: Any, public_site: Any
    ) -> None:
        settings.BASE_URL, asked = public_site
        row = self._row(settings.BASE_URL)
        client_of(AN).post(
            f"{PAGE}{row.pk}/simulate/", {"action": "opened"}, headers={"User-Agent": "Firefox"}
        )
        assert asked == [("GET", "/o/tok.gif", b"", "Firefox")]
        row.refresh_from_db()
        assert list(row.simulated) == ["opened"]

    def test_one_click_unsubscribe_posts_as_a_mailbox_provider_does(
        self, workspace: Any, client_of: ClientOf, settings: Any, public_site: Any
    ) -> None:
        settings.BASE_URL, asked = public_site
        row = self._row(settings.BASE_URL)
        client_of(AN).post(f"{PAGE}{row.pk}/simulate/", {"action": "unsubscribed"})
        assert [each[:3] for each in asked] == [("POST", "/u/tok/one-click/", b"List-Unsubscribe=One-Click")]

    def test_foreign_urls_are_never_requested(
        self, workspace: Any, client_of: ClientOf, settings: Any, public_site: Any
    ) -> None:
        base, asked = public_site
        row = self._row(base)
        settings.BASE_URL = "http://quen.example"
        for action in ("opened", "unsubscribed"):
            client_of(AN).post(f"{PAGE}{row.pk}/simulate/", {"action": action})
        row.refresh_from_db()
        assert (asked, row.simulated) == ([], {})

    @pytest.mark.parametrize("kind", list(ReceiptKind))
    def test_each_receipt_is_sent_once(
        self, workspace: Any, kind: ReceiptKind, registrations: Registrations
    ) -> None:
        received: list[tuple[int | None, ReceiptKind]] = []

        def handler(receipts: Sequence[Receipt], *, connection_id: int, now: datetime) -> None:
            assert connection_id == queries.active_connection("email").pk
            for receipt in receipts:
                assert (bool(receipt.text), receipt.at, now) == (True, NOW, NOW)
                received.append((receipt.message_id, receipt.kind))

        registrations(registry, empty=("_receipts_handlers",))
        registry.on_receipts(handler)
        row = self._row("http://127.0.0.1")
        services.simulate_receipt(message=row, kind=kind, now=NOW)
        with pytest.raises(AlreadySimulated):
            services.simulate_receipt(message=row, kind=kind, now=NOW)
        assert received == [(1, kind)]
        row.refresh_from_db()
        assert list(row.simulated) == [kind.value]

    def test_a_test_message_gets_no_receipts(self, workspace: Any, client_of: ClientOf) -> None:
        send(outgoing(0))
        row = SandboxMessage.objects.get()
        an = client_of(AN)
        assert [key for key, _label, _icon in an.get(f"{PAGE}{row.pk}/").context["simulations"]] == [
            "opened",
            "unsubscribed",
        ]
        an.post(f"{PAGE}{row.pk}/simulate/", {"action": "bounced_hard"})
        row.refresh_from_db()
        assert row.simulated == {}

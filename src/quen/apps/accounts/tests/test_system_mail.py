"""System mail: stored, sent by a job over a real socket, tried again while the server is away."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import send_mail

from quen.apps.accounts import services
from quen.apps.accounts.models import SystemMail
from quen.core import clock

pytestmark = pytest.mark.django_db(transaction=True)
SMTP = "django.core.mail.backends.smtp.EmailBackend"


class _Session(socketserver.StreamRequestHandler):
    """One connection of a mail server that takes everything but what is for "nobody@"."""

    server: SystemMailServer

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(text)
                self.server.received.append(b"".join(lines).decode())
            elif verb == b"RCPT" and b"nobody@" in line:
                self.wfile.write(b"550 no such user\r\n")
                continue
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


class SystemMailServer(socketserver.ThreadingTCPServer):
    """A mail server on loopback."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.received: list[str] = []


@pytest.fixture
def server(settings: Any) -> Iterator[SystemMailServer]:
    with SystemMailServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        _use(settings, running.server_address[1])
        yield running
        running.shutdown()


@pytest.fixture
def no_server(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _use(settings, port)


def _use(settings: Any, port: int) -> None:
    settings.EMAIL_BACKEND = "quen.apps.accounts.mailbox.MailboxBackend"
    settings.SYSTEM_MAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


class TestSystemMail:
    def test_is_sent_by_the_job_and_then_deleted(self, server: SystemMailServer) -> None:
        send_mail("Lời mời", "Chào", None, ["an@x.example", "binh@x.example"])
        assert (SystemMail.objects.count(), server.received) == (2, [])
        assert services.send_due_system_mail(now=clock.now()) == 2
        assert ["To: an@x.example" in text for text in server.received] == [True, False]
        assert SystemMail.objects.count() == 0
        assert services.send_due_system_mail(now=clock.now()) == 0

    def test_waits_while_the_server_is_away(self, no_server: None) -> None:
        send_mail("Lời mời", "Chào", None, ["an@x.example"])
        now = clock.now()
        assert services.send_due_system_mail(now=now) == 0
        mail = SystemMail.objects.get()
        assert mail.tries == 1 and "Refused" in mail.error
        assert mail.next_try_at is not None and mail.next_try_at > now
        services.send_due_system_mail(now=now)
        assert SystemMail.objects.get().tries == 1

    def test_is_sent_when_the_server_is_back(self, no_server: None, settings: Any) -> None:
        send_mail("Lời mời", "Chào", None, ["an@x.example"])
        services.send_due_system_mail(now=clock.now())
        with SystemMailServer() as running:
            threading.Thread(target=running.serve_forever, daemon=True).start()
            settings.EMAIL_PORT = running.server_address[1]
            assert services.send_due_system_mail(now=clock.now() + timedelta(hours=1)) == 1
            running.shutdown()

    def test_to_an_address_that_does_not_exist_stops_no_other(self, server: SystemMailServer) -> None:
        send_mail("Lời mời", "Chào", None, ["nobody@x.example"])
        send_mail("Lời mời", "Chào", None, ["an@x.example"])
        assert services.send_due_system_mail(now=clock.now()) == 1
        assert SystemMail.objects.get().next_try_at is None

    def test_is_only_stored_without_a_server(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "quen.apps.accounts.mailbox.MailboxBackend"
        send_mail("Lời mời", "Chào", None, ["an@x.example"])
        services.send_due_system_mail(now=clock.now())
        assert SystemMail.objects.get().next_try_at is None

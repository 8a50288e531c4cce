"""A sender that is killed: nothing is lost, and what is sent twice has the same id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

from django.conf import settings
from django.db import connection
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.contacts.queries import relation_of_ids
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.events import services as events
from quen.apps.webhooks import services
from quen.apps.webhooks.models import WebhookMessage
from quen.apps.webhooks.tests.receivers import Received, answer, make_endpoint, receiving
from quen.core import clock

KILLS = scaled(30, least=3)
MESSAGES = 40 * KILLS


class TestKilled:
    @proof("A sender killed at any moment loses no webhook and repeats with the same id", kills=KILLS)
    def test_every_message_arrives_at_least_once_with_one_id(self, committed_workspace: Any) -> None:
        """Each process is killed while a request of its is being answered."""
        now = clock.now()
        reached, kill_at = threading.Event(), [0]

        def slowly(request: BaseHTTPRequestHandler, received: Received) -> None:
            if kill_at[0] and len(receiver.received) >= kill_at[0]:
                reached.set()
                # The answer goes to a process that is dead by then, or dies on reading it.
                dead.wait(PATIENCE_SECONDS)
            try:
                answer()(request, received)
            except OSError:
                request.close_connection = True

        dead = threading.Event()
        with receiving(slowly) as receiver:
            make_endpoint(receiver, ["contact.created"], now=now)
            ids = [make_contact().pk for _each in range(MESSAGES)]
            events.record_relation("contact_created", relation_of_ids(ids), at=now)
            events.drain(services.CONSUMER, now=now)
            for number in range(KILLS):
                reached.clear()
                dead.clear()
                kill_at[0] = len(receiver.received) + 1 + number % 20
                process = start(committed_workspace.schema_name, receiver.port)
                assert reached.wait(PATIENCE_SECONDS)
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kill_at[0] = 0
                dead.set()
            while services.send_due(clock=clock.now) is not False:
                pass
        assert WebhookMessage.objects.filter(state="delivered").count() == MESSAGES
        arrived: dict[int, set[str]] = {}
        for message in receiver.received:
            arrived.setdefault(message.contact_id, set()).add(message.id)
        assert set(arrived) == set(ids)
        assert all(len(names) == 1 for names in arrived.values())
        # Some were sent twice, otherwise the proof would prove nothing.
        assert len(receiver.received) > MESSAGES


def start(schema: str, port: int) -> subprocess.Popen[bytes]:
    """Start a sender in a process of its own."""
    given = connection.get_connection_params()
    user = f"{given.get('user') or ''}:{given.get('password') or ''}"
    url = f"postgresql://{user}@/{given['dbname']}?host={given['host']}"
    environment = {
        **os.environ,
        "DATABASE_URL": url + (f"&port={given['port']}" if given.get("port") else ""),
        "QUEN_SECRET_KEY": settings.SECRET_KEY,
        "QUEN_HTTP_ALLOWED": f"127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "quen.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "quen.apps.webhooks.tests.killed_sender", schema]
    return subprocess.Popen(command, env=environment)

"""Batches of email and how tests send them to a sink."""

from __future__ import annotations

from typing import Any

import pytest
from tests.patience import PATIENCE_SECONDS

from quen.apps.channels.adapters.smtp.connection import SmtpServer, Timeouts
from quen.apps.channels.adapters.smtp.session import SmtpSession
from quen.apps.channels.tests.sink import FEATURES, Sink
from quen.apps.channels.types import Outgoing, SendResult

NO_PIPELINING = tuple(word for word in FEATURES if word != "PIPELINING")
BOTH_WAYS = pytest.mark.parametrize("features", [FEATURES, NO_PIPELINING], ids=["pipelining", "one by one"])
BODY = b"Subject: x\r\n\r\nXin ch\xc3\xa0o\r\n"


def mails(count: int, body: bytes = BODY) -> list[Outgoing]:
    return [
        Outgoing(key=n, sender="shop@a.vn", recipient=f"k{n}@b.vn", body=body) for n in range(1, count + 1)
    ]


def smtp_server(sink: Sink, **changes: Any) -> SmtpServer:
    timeouts = changes.pop(
        "timeouts", Timeouts(connect=PATIENCE_SECONDS, reply=PATIENCE_SECONDS, final_reply=PATIENCE_SECONDS)
    )
    return SmtpServer(
        host="127.0.0.1",
        port=sink.port,
        security=changes.pop("security", "plain"),
        timeouts=timeouts,
        **changes,
    )


def deliver(sink: Sink, batch: list[Outgoing], *, parallel: int = 1, **changes: Any) -> list[SendResult]:
    session = SmtpSession(smtp_server(sink, **changes), parallel=parallel)
    try:
        return session.send(batch)
    finally:
        session.close()

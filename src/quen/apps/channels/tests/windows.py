"""Windows of mail and how tests hand them to a sink."""

from __future__ import annotations

from typing import Any

import pytest

from quen.apps.channels.plugs.smtp.session import SmtpSession
from quen.apps.channels.plugs.smtp.wire import Patience, Server
from quen.apps.channels.tests.sink import FEATURES, Sink
from quen.apps.channels.types import Outgoing, Result

NO_PIPELINING = tuple(word for word in FEATURES if word != "PIPELINING")
BOTH_WAYS = pytest.mark.parametrize("features", [FEATURES, NO_PIPELINING], ids=["pipelining", "one by one"])
BODY = b"Subject: x\r\n\r\nXin ch\xc3\xa0o\r\n"


def mails(count: int, body: bytes = BODY) -> list[Outgoing]:
    return [
        Outgoing(key=n, sender="shop@a.vn", recipient=f"k{n}@b.vn", body=body) for n in range(1, count + 1)
    ]


def server(sink: Sink, **changes: Any) -> Server:
    patience = changes.pop("patience", Patience(connect=5, answer=5, taken=5))
    return Server(
        host="127.0.0.1",
        port=sink.port,
        security=changes.pop("security", "plain"),
        patience=patience,
        **changes,
    )


def hand_over(sink: Sink, window: list[Outgoing], *, parallel: int = 1, **changes: Any) -> list[Result]:
    session = SmtpSession(server(sink, **changes), parallel=parallel)
    try:
        return session.send(window)
    finally:
        session.close()

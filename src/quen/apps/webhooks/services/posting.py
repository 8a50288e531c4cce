"""The threads that send. They touch no database: what they send is handed to them, what comes back goes in a queue."""

from __future__ import annotations

import logging
import queue
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from quen.apps.webhooks import rules
from quen.apps.webhooks.models import Endpoint
from quen.apps.webhooks.types import ANSWER_CHARS, MAX_ENDPOINTS, Answer, SendLimits
from quen.core.http import Client, HttpError, Response

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
_USER_AGENT = "Quen-Webhooks"
_ERROR_CHARS = 40


@dataclass(frozen=True, slots=True)
class ReadyMessage:
    """A message with its body."""

    id: int
    endpoint_id: int
    kind: str
    contact_id: int | None
    at: datetime
    created_at: datetime
    attempts: int
    body: str


class Lane:
    """One endpoint's bounded share: at most so many requests at a time, over connections of its own.

    One that is in trouble is tried with one request.
    """

    def __init__(self, endpoint: Endpoint, secrets: Iterable[str], limits: SendLimits) -> None:
        self.endpoint, self._secrets, self._limits = endpoint, list(secrets), limits
        self.share, self.buffered = limits.share, limits.buffered
        if endpoint.troubles:
            self.share = self.buffered = 1
        self.waiting: deque[ReadyMessage] = deque()
        #: ids that are in hand, until what became of them is stored
        self.taken: set[int] = set()
        self._stopped = threading.Event()
        self._running: set[Future[None]] = set()
        self._client = Client(
            timeout_seconds=limits.request_seconds,
            total_seconds=limits.request_seconds,
            max_bytes=limits.answer_bytes,
            only_start=True,
            verify=_ssl_context(),
            user_agent=_USER_AGENT,
        )

    @property
    def is_idle(self) -> bool:
        """Return whether nothing of this endpoint is in hand."""
        self._running = {each for each in self._running if not each.done()}
        return not self._running and not self.taken

    @property
    def is_stopped(self) -> bool:
        """Return whether nothing more is sent."""
        return self._stopped.is_set()

    def serves(self, endpoint: Endpoint) -> bool:
        """Return whether the endpoint is still as it was when this began."""
        before = self.endpoint
        return (endpoint.url, endpoint.secret, bool(endpoint.troubles)) == (
            before.url,
            before.secret,
            bool(before.troubles),
        )

    @property
    def wished(self) -> int:
        """Return how many more messages may be read ahead."""
        if self._stopped.is_set() or len(self.waiting) > self.buffered // 2:
            return 0
        return max(self.buffered - len(self.taken), 0)

    def add(self, message: ReadyMessage) -> None:
        """Take a message in hand."""
        self.taken.add(message.id)
        self.waiting.append(message)

    def stop(self) -> None:
        """Send nothing more; what is being sent ends."""
        self._stopped.set()
        while self.waiting:
            self.taken.discard(self.waiting.popleft().id)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def start(self, pool: ThreadPoolExecutor, answers: queue.SimpleQueue[Answer], clock: Clock) -> None:
        """Have messages sent, by as many threads as the share allows."""
        self._running = {each for each in self._running if not each.done()}
        for _thread in range(min(self.share - len(self._running), len(self.waiting))):
            self._running.add(pool.submit(self._send_waiting, answers, clock))

    def _send_waiting(self, answers: queue.SimpleQueue[Answer], clock: Clock) -> None:
        while not self._stopped.is_set():
            try:
                message = self.waiting.popleft()
            except IndexError:
                return
            answer = self._send(message, clock)
            if answer.is_trouble or answer.is_gone:
                # The others would fail as well, and each would take its time.
                self._stopped.set()
            answers.put(answer)

    def _send(self, message: ReadyMessage, clock: Clock) -> Answer:
        at, began, body = clock(), time.perf_counter(), message.body.encode()
        name = rules.message_id(self.endpoint.token, message.id, message.created_at)
        response: Response | None = None
        error = ""
        try:
            headers = rules.headers(message_id=name, at=at, body=body, keys=self._secrets)
            response = self._client.post(self.endpoint.url, headers=headers, content=body)
        except HttpError as reason:
            error = reason.reason[:_ERROR_CHARS]
        except Exception:
            log.exception("the webhook %s could not be sent", name)
            error = "unexpected"
        took = round((time.perf_counter() - began) * 1000)
        if response is None:
            return Answer(message.id, at, took, None, error)
        text = response.text.replace("\0", "")[:ANSWER_CHARS]
        return Answer(message.id, at, took, response.status, "", text, _retry_after(response))


def new_pool(limits: SendLimits) -> ThreadPoolExecutor:
    """Return threads enough for the shares of all endpoints that a workspace can have."""
    return ThreadPoolExecutor(limits.share * MAX_ENDPOINTS, thread_name_prefix="webhooks")


def _retry_after(response: Response) -> int | None:
    value = response.headers.get("retry-after", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else None


@cache
def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()

"""One connection at work: what was asked, what is awaited, what has gone out."""

from __future__ import annotations

import selectors
import ssl
import time
from collections import deque
from typing import Protocol

from quen.apps.channels.plugs.smtp.answers import Reply, read_reply, result_of
from quen.apps.channels.plugs.smtp.job import Job, Stage
from quen.apps.channels.plugs.smtp.wire import Wire
from quen.apps.channels.types import Result

_READ = 65_536
_CLOSING = 421


class Work(Protocol):
    """The window's book, as a lane sees it."""

    waiting: deque[Job]

    def settle(self, job: Job, result: Result, *, at: Stage) -> None:
        """Keep the one result of a message."""


class Lane:
    """Moves messages over one connection; with PIPELINING the next one's envelope travels with the text of this."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        wire.socket.setblocking(False)
        self._pipelines = "PIPELINING" in wire.can
        self._awaited: deque[tuple[Stage, Job]] = deque()
        self._out = bytearray()
        #: bytes queued and bytes given to the system, since the beginning
        self._queued = self.sent = 0
        self._blocked_by_read = False
        self.deadline = 0.0
        self.last_words = ""

    @property
    def busy(self) -> bool:
        """Answers are awaited."""
        return bool(self._awaited)

    def jobs(self) -> list[Job]:
        """Give the messages under way, in order."""
        return list(dict.fromkeys(job for stage, job in self._awaited if stage is not Stage.RSET))

    def wants(self) -> int:
        """Say what to wait for."""
        if self._out and not self._blocked_by_read:
            return selectors.EVENT_READ | selectors.EVENT_WRITE
        return selectors.EVENT_READ

    def has_read_ahead(self) -> bool:
        """Say whether the encryption layer holds bytes that the system does not know of."""
        return isinstance(self.wire.socket, ssl.SSLSocket) and self.wire.socket.pending() > 0

    def start(self, waiting: deque[Job]) -> None:
        """Begin the next message, if there is one."""
        if waiting:
            self._begin(waiting.popleft())

    def _begin(self, job: Job) -> None:
        job.reset()
        job.refusal = job.objection(self.wire.can)
        if job.refusal is not None:
            # Answered without the server; RSET stands in, so that results still come by the one way.
            job.refused_at = Stage.MAIL if job.refusal.enhanced == "5.1.7" else Stage.RCPT
            self._ask(b"RSET\r\n", (Stage.DATA, job))
            return
        mail, recipient = job.envelope(self.wire.can)
        if self._pipelines:
            self._ask(mail + recipient + b"DATA\r\n", (Stage.MAIL, job), (Stage.RCPT, job), (Stage.DATA, job))
        else:
            self._ask(mail, (Stage.MAIL, job))

    def _ask(self, line: bytes, *awaited: tuple[Stage, Job]) -> None:
        self._out += line
        self._queued += len(line)
        self._awaited.extend(awaited)
        self._wait()

    def _wait(self) -> None:
        patience = self.wire.server.patience
        ending = bool(self._awaited) and self._awaited[0][0] is Stage.END
        self.deadline = time.monotonic() + (patience.taken if ending else patience.answer)

    def move(self, work: Work) -> bool:
        """Write and read what can be; False when the server has parted. Raises OSError, ValueError."""
        broken: OSError | None = None
        try:
            self._write()
        except OSError as error:
            # Who closes while we speak may have said why; that answer counts.
            broken = error
        if not self._read(work):
            return False
        if broken is not None:
            raise broken
        self._write()
        return True

    def _write(self) -> None:
        self._blocked_by_read = False
        while self._out:
            try:
                gone = self.wire.socket.send(self._out)
            except ssl.SSLWantReadError:
                self._blocked_by_read = True
                return
            except (BlockingIOError, ssl.SSLWantWriteError):
                return
            self.sent += gone
            del self._out[:gone]
            self._wait()

    def _read(self, work: Work) -> bool:
        try:
            data = self.wire.socket.recv(_READ)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        if not data:
            return False
        self.wire.buffer += data
        while (reply := read_reply(self.wire.buffer)) is not None:
            if not self._hear(reply, work):
                return False
        return True

    def _hear(self, reply: Reply, work: Work) -> bool:
        """Take one answer; False when it is the server's goodbye."""
        if not self._awaited:
            self.last_words = f"{reply.code} {reply.text}"
            return False
        stage, job = self._awaited[0]
        if reply.code == _CLOSING and stage is not Stage.END:
            # It closes before it had the text: the message may go elsewhere.
            self.last_words = f"{reply.code} {reply.text}"
            return False
        self._awaited.popleft()
        self._wait()
        self._take(stage, job, reply, work)
        if reply.code == _CLOSING:
            self.last_words = f"{reply.code} {reply.text}"
            return False
        return True

    def _take(self, stage: Stage, job: Job, reply: Reply, work: Work) -> None:
        if stage is Stage.END:
            self._settle(job, job.refusal or reply, work)
        elif stage is Stage.DATA:
            self._text_or_not(job, reply, work)
        elif stage is not Stage.RSET:
            if not reply.good and job.refusal is None:
                job.refusal, job.refused_at = reply, stage
            if not self._pipelines:
                self._next_line(stage, job, work)

    def _next_line(self, stage: Stage, job: Job, work: Work) -> None:
        if job.refusal is not None:
            self._step_back(job, work)
        elif stage is Stage.MAIL:
            self._ask(job.envelope(self.wire.can)[1], (Stage.RCPT, job))
        else:
            self._ask(b"DATA\r\n", (Stage.DATA, job))

    def _text_or_not(self, job: Job, reply: Reply, work: Work) -> None:
        if reply.code == 354 and job.refusal is None:
            self._send_text(job, work)
        elif reply.code == 354:
            # RFC 2920: a server may invite text for nobody; an empty one ends the matter.
            self._ask(b".\r\n", (Stage.END, job))
        elif job.refusal is not None and reply.good:
            self._settle(job, job.refusal, work)
        else:
            if job.refusal is None:
                if reply.good:
                    raise ValueError(f"DATA answered by {reply.code}")
                job.refusal, job.refused_at = reply, Stage.DATA
            self._step_back(job, work)

    def _send_text(self, job: Job, work: Work) -> None:
        job.begun = True
        self._ask(job.text(), (Stage.END, job))
        job.ends_at = self._queued
        if self._pipelines:
            self.start(work.waiting)

    def _step_back(self, job: Job, work: Work) -> None:
        """The message is settled without text; RSET clears what the server remembers of it."""
        self._ask(b"RSET\r\n", (Stage.RSET, job))
        self._settle(job, job.refusal, work)

    def _settle(self, job: Job, reply: Reply | None, work: Work) -> None:
        assert reply is not None  # told by whoever calls
        at = job.refused_at if job.refusal is not None else Stage.END
        about_recipient = job.refusal is None or job.refused_at in (Stage.RCPT, Stage.DATA)
        result = result_of(job.message.key, reply, about_recipient=about_recipient)
        work.settle(job, result, at=at)
        if not any(other is not Stage.RSET for other, _ in self._awaited):
            self.start(work.waiting)

"""Sends messages over one connection and tracks commands, expected replies and sent bytes."""

from __future__ import annotations

import selectors
import ssl
import time
from collections import deque
from typing import Protocol

from quen.apps.channels.adapters.smtp.connection import SmtpConnection
from quen.apps.channels.adapters.smtp.replies import SmtpReply, read_reply, result_for
from quen.apps.channels.adapters.smtp.slowdowns import slowdown
from quen.apps.channels.adapters.smtp.transaction import MailTransaction, SmtpStage
from quen.apps.channels.types import SendResult, SlowdownKind

_READ_BYTES = 65_536
_SERVICE_CLOSING = 421


class TransactionBatch(Protocol):
    """The batch that a pipeline takes messages from and reports results to."""

    def take(self) -> MailTransaction | None:
        """Return the next message if one may begin now."""

    def put_back(self, transaction: MailTransaction, kind: SlowdownKind, reply: SmtpReply) -> bool:
        """The server turned a message away because of our pace. Return whether it will be sent again in this batch."""

    def set_result(self, transaction: MailTransaction, result: SendResult, *, stage: SmtpStage) -> None:
        """Store the one result of a message."""


class Pipeline:
    """Sends messages over one connection; with PIPELINING, the next envelope is sent along with the current message."""

    def __init__(self, connection: SmtpConnection) -> None:
        self.connection = connection
        connection.socket.setblocking(False)
        self._pipelining = "PIPELINING" in connection.extensions
        self._expected: deque[tuple[SmtpStage, MailTransaction]] = deque()
        self._output = bytearray()
        #: bytes queued, and bytes passed to the operating system, since the connection was opened
        self._queued_bytes = self.sent_bytes = 0
        self._blocked_by_read = False
        #: when bytes were last read, written or queued
        self._active_at = 0.0
        self.last_reply = ""
        #: messages accepted over this connection
        self.accepted = 0
        #: the server closed the connection because of our pace
        self.slowdown: SlowdownKind | None = None

    @property
    def busy(self) -> bool:
        """Whether replies are expected."""
        return bool(self._expected)

    @property
    def deadline(self) -> float:
        """When the reply expected next is overdue."""
        timeouts = self.connection.server.timeouts
        is_final = bool(self._expected) and self._expected[0][0] is SmtpStage.END
        return self._active_at + (timeouts.final_reply if is_final else timeouts.reply)

    def transactions(self) -> list[MailTransaction]:
        """Return the messages in progress, in order."""
        return list(
            dict.fromkeys(transaction for stage, transaction in self._expected if stage is not SmtpStage.RSET)
        )

    def selector_events(self) -> int:
        """Return the selector events to wait for."""
        if self._output and not self._blocked_by_read:
            return selectors.EVENT_READ | selectors.EVENT_WRITE
        return selectors.EVENT_READ

    def has_buffered_data(self) -> bool:
        """Return whether the TLS layer holds bytes that the selector does not see."""
        return isinstance(self.connection.socket, ssl.SSLSocket) and self.connection.socket.pending() > 0

    def start_next(self, batch: TransactionBatch) -> None:
        """Start the next message, if there is one that may begin."""
        transaction = batch.take()
        if transaction is not None:
            self._start(transaction)

    def _start(self, transaction: MailTransaction) -> None:
        transaction.reset()
        self._active_at = time.monotonic()
        transaction.refusal = transaction.objection(self.connection.extensions)
        if transaction.refusal is not None:
            # Refused without asking the server; RSET stands in for DATA, so that results are handled in one place.
            transaction.refused_stage = (
                SmtpStage.MAIL if transaction.refusal.enhanced == "5.1.7" else SmtpStage.RCPT
            )
            self._send_command(b"RSET\r\n", (SmtpStage.DATA, transaction))
            return
        mail, recipient = transaction.envelope(self.connection.extensions)
        if self._pipelining:
            self._send_command(
                mail + recipient + b"DATA\r\n",
                (SmtpStage.MAIL, transaction),
                (SmtpStage.RCPT, transaction),
                (SmtpStage.DATA, transaction),
            )
        else:
            self._send_command(mail, (SmtpStage.MAIL, transaction))

    def _send_command(self, line: bytes, *expected: tuple[SmtpStage, MailTransaction]) -> None:
        self._output += line
        self._queued_bytes += len(line)
        self._expected.extend(expected)

    def advance(self, batch: TransactionBatch) -> bool:
        """Write and read what is possible; return False once the server has closed. Raises OSError, ValueError."""
        write_error: OSError | None = None
        try:
            self._write()
        except OSError as error:
            # A server that closes while we write may have sent its reason first; that reply counts.
            write_error = error
        if not self._read(batch):
            return False
        if write_error is not None:
            raise write_error
        self._write()
        return True

    def _write(self) -> None:
        self._blocked_by_read = False
        while self._output:
            try:
                written = self.connection.socket.send(self._output)
            except ssl.SSLWantReadError:
                self._blocked_by_read = True
                return
            except (BlockingIOError, ssl.SSLWantWriteError):
                return
            self.sent_bytes += written
            del self._output[:written]
            self._active_at = time.monotonic()

    def _read(self, batch: TransactionBatch) -> bool:
        try:
            data = self.connection.socket.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        if not data:
            return False
        self.connection.buffer += data
        self._active_at = time.monotonic()
        while (reply := read_reply(self.connection.buffer)) is not None:
            if not self._handle_reply(reply, batch):
                return False
        return True

    def _handle_reply(self, reply: SmtpReply, batch: TransactionBatch) -> bool:
        """Process one reply; return False when the server is closing the connection."""
        if not self._expected:
            self.last_reply = f"{reply.code} {reply.text}"
            return False
        stage, transaction = self._expected[0]
        if reply.code == _SERVICE_CLOSING and stage is not SmtpStage.END:
            # It closes before it received the message, which may go over another connection.
            self.last_reply = f"{reply.code} {reply.text}"
            self.slowdown = self._slowdown(reply, stage)
            return False
        self._expected.popleft()
        self._apply_reply(stage, transaction, reply, batch)
        if reply.code == _SERVICE_CLOSING:
            self.last_reply = f"{reply.code} {reply.text}"
            self.slowdown = self._slowdown(reply, stage)
            return False
        # A connection that has had its share is of no use any more, even if the server leaves it open.
        return self.slowdown is not SlowdownKind.SESSION

    def _slowdown(self, reply: SmtpReply, stage: SmtpStage) -> SlowdownKind | None:
        kind = slowdown(reply, stage)
        if kind is SlowdownKind.SESSION and not self.accepted:
            return SlowdownKind.RATE  # a new connection would be told the same
        return kind

    def _apply_reply(
        self, stage: SmtpStage, transaction: MailTransaction, reply: SmtpReply, batch: TransactionBatch
    ) -> None:
        if stage is SmtpStage.END:
            self._finish(transaction, transaction.refusal or reply, batch)
        elif stage is SmtpStage.DATA:
            self._after_data_reply(transaction, reply, batch)
        elif stage is not SmtpStage.RSET:
            if not reply.is_positive and transaction.refusal is None:
                transaction.refusal, transaction.refused_stage = reply, stage
            if not self._pipelining:
                self._next_command(stage, transaction, batch)

    def _next_command(self, stage: SmtpStage, transaction: MailTransaction, batch: TransactionBatch) -> None:
        if transaction.refusal is not None:
            self._abort(transaction, batch)
        elif stage is SmtpStage.MAIL:
            self._send_command(
                transaction.envelope(self.connection.extensions)[1], (SmtpStage.RCPT, transaction)
            )
        else:
            self._send_command(b"DATA\r\n", (SmtpStage.DATA, transaction))

    def _after_data_reply(
        self, transaction: MailTransaction, reply: SmtpReply, batch: TransactionBatch
    ) -> None:
        if reply.code == 354 and transaction.refusal is None:
            self._send_payload(transaction, batch)
        elif reply.code == 354:
            # RFC 2920: a server may accept DATA without a valid recipient; an empty message ends the transaction.
            self._send_command(b".\r\n", (SmtpStage.END, transaction))
        elif transaction.refusal is not None and reply.is_positive:
            self._finish(transaction, transaction.refusal, batch)
        else:
            if transaction.refusal is None:
                if reply.is_positive:
                    raise ValueError(f"DATA answered by {reply.code}")
                transaction.refusal, transaction.refused_stage = reply, SmtpStage.DATA
            self._abort(transaction, batch)

    def _send_payload(self, transaction: MailTransaction, batch: TransactionBatch) -> None:
        transaction.payload_started = True
        self._send_command(transaction.payload(), (SmtpStage.END, transaction))
        transaction.payload_end = self._queued_bytes
        if self._pipelining:
            self.start_next(batch)

    def _abort(self, transaction: MailTransaction, batch: TransactionBatch) -> None:
        """Finish a message that was refused before DATA; RSET clears the transaction on the server."""
        self._send_command(b"RSET\r\n", (SmtpStage.RSET, transaction))
        self._finish(transaction, transaction.refusal, batch)

    def _finish(self, transaction: MailTransaction, reply: SmtpReply | None, batch: TransactionBatch) -> None:
        assert reply is not None  # every caller has checked it
        stage = transaction.refused_stage if transaction.refusal is not None else SmtpStage.END
        about_recipient = transaction.refusal is None or transaction.refused_stage in (
            SmtpStage.RCPT,
            SmtpStage.DATA,
        )
        kind = self._slowdown(reply, stage)
        if kind is not None and batch.put_back(transaction, kind, reply):
            if kind is SlowdownKind.SESSION:
                self.slowdown, self.last_reply = kind, f"{reply.code} {reply.text}"
                return
        else:
            result = result_for(transaction.message.key, reply, about_recipient=about_recipient)
            self.accepted += reply.is_positive
            batch.set_result(transaction, result, stage=stage)
        if not any(other is not SmtpStage.RSET for other, _ in self._expected):
            self.start_next(batch)

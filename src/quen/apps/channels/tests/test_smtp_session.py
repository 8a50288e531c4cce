"""Sending batches to mail servers with all kinds of behaviour, on real sockets."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from tests.proofs import proof, scaled

from quen.apps.channels.adapters.smtp.connection import SmtpServer, Timeouts
from quen.apps.channels.adapters.smtp.session import SmtpSession
from quen.apps.channels.tests.batches import BODY, BOTH_WAYS, deliver, mails, smtp_server
from quen.apps.channels.tests.sink import CLOSE, DEFAULT, FEATURES, NO_REPLY, ReceivedMail, Script, Sink
from quen.apps.channels.types import Outgoing, SendOutcome, Unreachable

MANY = scaled(50_000)


def at(command: str, who: str, reply: object) -> Any:
    """Return a script that replies differently to one command for one recipient."""

    def answer(now: str, _line: bytes, mail: ReceivedMail) -> object:
        return reply if now == command and mail.recipient == who else DEFAULT

    return answer


class TestAnswers:
    @BOTH_WAYS
    @pytest.mark.parametrize(
        ("command", "reply", "outcome", "code", "dead"),
        [
            ("RCPT", b"550 5.1.1 No such user\r\n", SendOutcome.REFUSED, "550 5.1.1", True),
            ("RCPT", b"551 5.1.6 Moved away\r\n", SendOutcome.REFUSED, "551 5.1.6", True),
            ("RCPT", b"553 5.1.3 Bad address\r\n", SendOutcome.REFUSED, "553 5.1.3", True),
            ("RCPT", b"550 No such user here\r\n", SendOutcome.REFUSED, "550", True),
            ("RCPT", b"550 5.1.8 Sender's domain is unknown\r\n", SendOutcome.REFUSED, "550 5.1.8", False),
            ("RCPT", b"552 5.2.2 Mailbox full\r\n", SendOutcome.REFUSED, "552 5.2.2", False),
            ("RCPT", b"554 5.7.1 Relay access denied\r\n", SendOutcome.REFUSED, "554 5.7.1", False),
            ("RCPT", b"550 5.7.1 Blocked by policy\r\n", SendOutcome.REFUSED, "550 5.7.1", False),
            (
                "RCPT",
                b"450-4.2.0 Greylisted,\r\n450 4.2.0 come again\r\n",
                SendOutcome.DEFERRED,
                "450 4.2.0",
                False,
            ),
            ("DATA", b"451 4.3.0 Not now\r\n", SendOutcome.DEFERRED, "451 4.3.0", False),
            ("DATA", b"554 5.7.1 Not here\r\n", SendOutcome.REFUSED, "554 5.7.1", False),
            ("END", b"550 5.1.1 Nobody after all\r\n", SendOutcome.REFUSED, "550 5.1.1", True),
            ("END", b"554 5.7.1 Spam\r\n", SendOutcome.REFUSED, "554 5.7.1", False),
            ("END", b"452 4.3.1 Disk full\r\n", SendOutcome.DEFERRED, "452 4.3.1", False),
        ],
    )
    def test_each_refusal_is_reported_and_the_others_are_sent(
        self,
        command: str,
        reply: bytes,
        outcome: SendOutcome,
        code: str,
        dead: bool,
        features: tuple[str, ...],
    ) -> None:
        with Sink(Script(answer=at(command, "k2@b.vn", reply), features=features)) as sink:
            results = deliver(sink, mails(3))
        assert [result.key for result in results] == [1, 2, 3]
        assert [result.outcome for result in results] == [SendOutcome.ACCEPTED, outcome, SendOutcome.ACCEPTED]
        assert (results[1].code, results[1].hard_bounce) == (code, dead)
        assert sink.recipients == ["k1@b.vn", "k3@b.vn"]
        assert sink.connections == 1

    def test_an_accepted_message_has_the_reply_and_queue_id(self) -> None:
        with Sink() as sink:
            (result,) = deliver(sink, mails(1))
        assert (result.code, result.text, result.provider_id) == ("250 2.0.0", "Ok: queued as Q1", "Q1")

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            (b"2.0.0 Ok: queued as 4SgXyZ1kQz", "4SgXyZ1kQz"),
            (b"OK id=1rT2ab-0003kL-2x", "1rT2ab-0003kL-2x"),
            (b"2.0.0 OK  1700000000 d2e1a72fcca58-6c4cd.5 - gsmtp", "d2e1a72fcca58-6c4cd.5"),
            (b"Ok 0102018bd1e2-7a6b-4c1d-000000", "0102018bd1e2-7a6b-4c1d-000000"),
            (b"2.0.0 4f1c3a2b Message accepted for delivery", "4f1c3a2b"),
            (b"Thanks", ""),
        ],
    )
    def test_queue_ids_of_common_servers_are_found(self, text: bytes, number: str) -> None:
        with Sink(Script(answer=at("END", "k1@b.vn", b"250 " + text + b"\r\n"))) as sink:
            (result,) = deliver(sink, mails(1))
        assert result.provider_id == number

    @BOTH_WAYS
    def test_a_refused_sender_sends_nothing_of_the_batch(self, features: tuple[str, ...]) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return b"550 5.7.1 Sender not owned\r\n" if command == "MAIL" else DEFAULT

        with Sink(Script(answer=answer, features=features)) as sink, pytest.raises(Unreachable) as refusal:
            deliver(sink, mails(3))
        assert (refusal.value.code, refusal.value.permanent) == ("sender_refused", True)

    def test_data_accepted_without_recipient_is_not_used(self) -> None:
        def answer(command: str, _line: bytes, mail: ReceivedMail) -> object:
            if command == "RCPT" and mail.recipient == "k1@b.vn":
                mail.recipient = "accepted"
                return b"550 5.1.1 No\r\n"
            return b"354 go\r\n" if command == "DATA" else DEFAULT

        with Sink(Script(answer=answer)) as sink:
            results = deliver(sink, mails(2))
        assert [result.outcome for result in results] == [SendOutcome.REFUSED, SendOutcome.ACCEPTED]
        assert sink.recipients == ["k2@b.vn"]

    @pytest.mark.parametrize("address", ["a@b.vn>\r\nRCPT TO:<x@y.vn", "a b@c.vn", "nobody", "a@b.vn\n"])
    def test_an_invalid_address_never_reaches_the_server(self, address: str) -> None:
        batch = [Outgoing(key=1, sender="shop@a.vn", recipient=address, body=BODY), *mails(1)]
        with Sink() as sink:
            first, second = deliver(sink, batch)
        assert (first.outcome, first.hard_bounce) == (SendOutcome.REFUSED, True)
        assert second.outcome is SendOutcome.ACCEPTED
        assert not any(b"RCPT" in line and b"k1@b.vn" not in line for line in sink.lines)

    def test_an_oversized_message_is_not_sent(self) -> None:
        with Sink(Script(features=("PIPELINING", "SIZE 20"))) as sink:
            first, second = deliver(sink, [*mails(1), Outgoing(2, "a@a.vn", "k2@b.vn", b"A: b\r\n\r\nc\r\n")])
        assert (first.outcome, first.code, first.hard_bounce) == (SendOutcome.REFUSED, "552 5.3.4", False)
        assert second.outcome is SendOutcome.ACCEPTED


class TestText:
    @pytest.mark.parametrize(
        "text",
        [b".", b"..", b".\r\nQUIT", b"a\r\n.\r\nb", b"a\r\n..b\r\n", b".a\r\n.b", b"", b"\r\n.", b"x" * 3000],
    )
    def test_leading_dots_round_trip(self, text: bytes) -> None:
        batch = mails(2, b"Subject: x\r\n\r\n" + text)
        with Sink() as sink:
            results = deliver(sink, batch)
        assert [result.outcome for result in results] == [SendOutcome.ACCEPTED] * 2
        wanted = batch[0].body if batch[0].body.endswith(b"\r\n") else batch[0].body + b"\r\n"
        assert [mail.body for mail in sink.mails] == [wanted] * 2

    @pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n"])
    def test_bare_line_ends_cannot_smuggle_a_second_message(self, end: bytes) -> None:
        body = b"Subject: x\r\n\r\na" + end + b"MAIL FROM:<evil@x.vn>\r\nb\r\n"
        with Sink() as sink:
            deliver(sink, mails(1, body))
        assert len(sink.mails) == 1
        assert not any(b"evil" in line for line in sink.lines)
        assert b"\n" not in sink.mails[0].body.replace(b"\r\n", b"")

    def test_8bitmime_is_announced_where_supported(self) -> None:
        with Sink() as sink:
            deliver(sink, mails(1))
        assert "BODY=8BITMIME" in sink.mails[0].parameters
        assert f"SIZE={len(BODY)}" in sink.mails[0].parameters
        assert sink.mails[0].body == BODY
        with Sink(Script(features=())) as plain:
            deliver(plain, mails(1))
        assert plain.mails[0].parameters == ""

    def test_non_ascii_addresses_need_smtputf8_and_domains_do_not(self) -> None:
        batch = [
            Outgoing(1, "shop@a.vn", "trà@b.vn", b"A: b\r\n\r\nc\r\n"),
            Outgoing(2, "shop@a.vn", "lan@trà.vn", b"A: b\r\n\r\nc\r\n"),
        ]
        with Sink() as sink:
            first, second = deliver(sink, batch)
        assert (first.outcome, first.code) == (SendOutcome.REFUSED, "553 5.6.7")
        assert sink.recipients == ["lan@xn--tr-kia.vn"]
        assert second.outcome is SendOutcome.ACCEPTED
        with Sink(Script(features=(*FEATURES, "SMTPUTF8"))) as knowing:
            deliver(knowing, batch)
        assert knowing.recipients == ["trà@b.vn", "lan@xn--tr-kia.vn"]
        assert ["SMTPUTF8" in mail.parameters for mail in knowing.mails] == [True, False]


class TestLosses:
    @BOTH_WAYS
    def test_lost_after_the_end_of_data_is_unknown_and_not_resent(self, features: tuple[str, ...]) -> None:
        with Sink(Script(answer=at("END", "k2@b.vn", CLOSE), features=features)) as sink:
            results = deliver(sink, mails(4))
        assert [result.outcome.value for result in results] == [
            "accepted",
            "unknown",
            "accepted",
            "accepted",
        ]
        assert sink.recipients == ["k1@b.vn", "k3@b.vn", "k4@b.vn"]
        assert sum(b"k2@b.vn" in line for line in sink.lines) == 1

    @BOTH_WAYS
    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_lost_before_data_is_resent_over_another_connection(
        self, command: str, features: tuple[str, ...]
    ) -> None:
        lost: list[bytes] = []

        def answer(now: str, line: bytes, mail: ReceivedMail) -> object:
            about = mail.recipient == "k2@b.vn" or (now == "MAIL" and len(sink.mails) == 1)
            if now == command and about and not lost:
                lost.append(line)
                return CLOSE
            return DEFAULT

        with Sink(Script(answer=answer, features=features)) as sink:
            results = deliver(sink, mails(4))
        assert [result.outcome for result in results] == [SendOutcome.ACCEPTED] * 4
        assert sorted(sink.recipients) == [f"k{n}@b.vn" for n in range(1, 5)]
        assert (len(lost), sink.connections) == (1, 2)

    def test_lost_during_data_is_deferred_and_what_had_not_begun_is_not_sent(self) -> None:
        # The server reads a little of a message larger than all buffers, then resets the connection.
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            peer, _ = listener.accept()
            peer.sendall(b"220 x\r\n")
            for answer in (b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 go\r\n"):
                peer.recv(1000)
                peer.sendall(answer)
            peer.recv(10_000)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            peer.close()
            listener.close()

        thread = threading.Thread(target=serve)
        thread.start()
        session = SmtpSession(SmtpServer("127.0.0.1", listener.getsockname()[1], "plain"))
        results = session.send([*mails(1, b"A: b\r\n\r\n" + b"x" * 50_000_000 + b"\r\n"), *mails(1)])
        thread.join()
        assert [result.outcome for result in results] == [SendOutcome.DEFERRED, SendOutcome.NOT_SENT]

    def test_half_closed_after_data_is_unknown(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            peer, _ = listener.accept()
            peer.sendall(b"220 x\r\n")
            for answer in (b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 go\r\n"):
                peer.recv(1000)
                peer.sendall(answer)
            peer.recv(10_000)
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(1000):
                pass
            peer.close()
            listener.close()

        thread = threading.Thread(target=serve)
        thread.start()
        session = SmtpSession(SmtpServer("127.0.0.1", listener.getsockname()[1], "plain"))
        (result,) = session.send(mails(1))
        session.close()
        thread.join()
        assert result.outcome is SendOutcome.UNKNOWN

    def test_timeout_after_data_is_unknown_and_the_rest_is_sent(self) -> None:
        quick = Timeouts(connect=5, reply=5, final_reply=0.2)
        with Sink(Script(answer=at("END", "k1@b.vn", NO_REPLY))) as sink:
            results = deliver(sink, mails(3), timeouts=quick)
        assert [result.outcome.value for result in results] == ["unknown", "accepted", "accepted"]

    @BOTH_WAYS
    @pytest.mark.parametrize("parallel", [1, 3])
    def test_a_server_that_closes_after_some_messages_gets_the_rest_on_new_connections(
        self, features: tuple[str, ...], parallel: int
    ) -> None:
        with Sink(Script(close_after=5, features=features)) as sink:
            results = deliver(sink, mails(23), parallel=parallel)
        assert [result.outcome for result in results] == [SendOutcome.ACCEPTED] * 23
        assert sorted(sink.recipients) == sorted(f"k{n}@b.vn" for n in range(1, 24))
        assert sink.connections >= 5

    def test_421_after_data_defers_the_message(self) -> None:
        with Sink(Script(answer=at("END", "k2@b.vn", b"421 4.3.2 Going down\r\n"))) as sink:
            results = deliver(sink, mails(3))
        assert [result.outcome.value for result in results] == ["accepted", "deferred", "accepted"]

    def test_a_server_that_drops_every_connection_is_unreachable(self) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return CLOSE if command == "MAIL" else DEFAULT

        with Sink(Script(answer=answer)) as sink, pytest.raises(Unreachable) as refusal:
            deliver(sink, mails(5))
        assert refusal.value.code == "lost"
        assert sink.connections <= 4

    def test_an_invalid_reply_drops_the_connection(self) -> None:
        def answer(command: str, _line: bytes, mail: ReceivedMail) -> object:
            return b"huh?\r\n" if command == "END" and mail.recipient == "k1@b.vn" else DEFAULT

        with Sink(Script(answer=answer)) as sink:
            results = deliver(sink, mails(2))
        assert [result.outcome.value for result in results] == ["unknown", "accepted"]

    def test_an_idle_connection_closed_by_the_server_is_replaced(self) -> None:
        with Sink(Script(close_after=2)) as sink:
            session = SmtpSession(smtp_server(sink))
            first = session.send(mails(2))
            second = session.send(mails(2))
            session.close()
        assert [result.outcome for result in first + second] == [SendOutcome.ACCEPTED] * 4
        assert sink.connections == 2


class TestMany:
    @proof("Each message of a large batch has its own result", messages=MANY)
    @pytest.mark.parametrize("parallel", [1, 4])
    def test_in_one_batch_have_their_results_in_order(self, parallel: int) -> None:
        with Sink() as sink:
            results = deliver(sink, mails(MANY), parallel=parallel)
        assert [result.key for result in results] == list(range(1, MANY + 1))
        assert all(result.outcome is SendOutcome.ACCEPTED for result in results)
        assert len(set(sink.recipients)) == len(sink.recipients) == MANY
        assert sink.connections == parallel

    def test_a_server_that_allows_one_connection_is_used_with_one(self) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return (
                b"421 4.7.0 Too many connections\r\n"
                if command == "CONNECT" and sink.connections > 1
                else DEFAULT
            )

        with Sink() as sink:
            sink.script.answer = answer
            results = deliver(sink, mails(50), parallel=4)
        assert all(result.outcome is SendOutcome.ACCEPTED for result in results)

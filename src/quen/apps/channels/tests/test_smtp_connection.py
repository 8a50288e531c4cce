"""Connecting to mail servers: encryption, authentication, error greetings, testing without sending."""

from __future__ import annotations

import datetime
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from quen.apps.channels.adapters.smtp.connection import SmtpServer, Timeouts
from quen.apps.channels.adapters.smtp.probes import probe
from quen.apps.channels.adapters.smtp.session import SmtpSession
from quen.apps.channels.tests.batches import deliver, mails, smtp_server
from quen.apps.channels.tests.sink import CLOSE, DEFAULT, FEATURES, NO_REPLY, ReceivedMail, Script, Sink
from quen.apps.channels.types import SendOutcome, Unreachable


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = folder / "cert.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, str(public)


class TestEncryption:
    @pytest.mark.parametrize(("security", "at_once"), [("starttls", False), ("tls", True)])
    def test_a_batch_is_sent_over_tls(
        self, security: str, at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context, trusted = certificate(tmp_path, "localhost")
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        with Sink(Script(tls=context, implicit_tls=at_once)) as sink:
            known = SmtpServer("localhost", sink.port, security)
            session = SmtpSession(known, parallel=2)
            results = session.send(mails(60, b"A: b\r\n\r\n" + b"x" * 60_000 + b"\r\n"))
            session.close()
        assert all(result.outcome is SendOutcome.ACCEPTED for result in results)
        assert len(sink.mails) == 60

    @pytest.mark.parametrize(("security", "at_once"), [("starttls", False), ("tls", True)])
    def test_an_untrusted_certificate_is_refused(self, security: str, at_once: bool, tmp_path: Path) -> None:
        context, _ = certificate(tmp_path, "localhost")
        with (
            Sink(Script(tls=context, implicit_tls=at_once)) as sink,
            pytest.raises(Unreachable) as refusal,
        ):
            SmtpSession(SmtpServer("localhost", sink.port, security))
        assert (refusal.value.code, refusal.value.permanent) == ("tls", True)

    def test_a_certificate_for_another_host_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context, trusted = certificate(tmp_path, "mail.other.vn")
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        with Sink(Script(tls=context)) as sink, pytest.raises(Unreachable) as refusal:
            SmtpSession(SmtpServer("localhost", sink.port, "starttls"))
        assert refusal.value.code == "tls"

    def test_missing_starttls_is_an_error(self) -> None:
        with Sink() as sink, pytest.raises(Unreachable) as refusal:
            SmtpSession(smtp_server(sink, security="starttls"))
        assert refusal.value.code == "no_starttls"

    def test_tls_to_a_plain_server_is_explained(self) -> None:
        with Sink() as sink, pytest.raises(Unreachable) as refusal:
            SmtpSession(smtp_server(sink, security="tls"))
        assert refusal.value.code == "not_smtp"


class TestSigningIn:
    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "LOGIN PLAIN"])
    def test_each_mechanism_signs_in(self, mechanism: str) -> None:
        with Sink(Script(features=(*FEATURES, f"AUTH {mechanism}"), users={"an": "mật khẩu"})) as sink:
            (result,) = deliver(sink, mails(1), user="an", password="mật khẩu")
        assert result.outcome is SendOutcome.ACCEPTED

    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
    def test_a_wrong_password_is_permanent_and_not_quoted(self, mechanism: str) -> None:
        with (
            Sink(Script(features=(*FEATURES, f"AUTH {mechanism}"), users={"an": "right"})) as sink,
            pytest.raises(Unreachable) as refusal,
        ):
            deliver(sink, mails(1), user="an", password="w-r-o-n-g")
        assert (refusal.value.code, refusal.value.permanent) == ("wrong_password", True)
        assert "w-r-o-n-g" not in repr(refusal.value.args) + refusal.value.text

    def test_a_password_repeated_by_the_server_is_redacted(self) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return b"554 5.7.1 s3cret is not welcome\r\n" if command == "MAIL" else DEFAULT

        with (
            Sink(Script(answer=answer, features=(*FEATURES, "AUTH PLAIN"), users={"an": "s3cret"})) as sink,
            pytest.raises(Unreachable) as refusal,
        ):
            deliver(sink, mails(1), user="an", password="s3cret")
        assert "s3cret" not in refusal.value.text

    def test_no_supported_mechanism(self) -> None:
        with Sink(Script(features=("AUTH GSSAPI",))) as sink, pytest.raises(Unreachable) as refusal:
            deliver(sink, mails(1), user="an", password="x")
        assert refusal.value.code == "no_login"


class TestReaching:
    def test_an_unknown_host(self) -> None:
        with pytest.raises(Unreachable) as refusal:
            SmtpSession(SmtpServer("mail.does-not-exist.invalid", 25, "plain"))
        assert refusal.value.code == "no_host"

    def test_a_closed_port(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(Unreachable) as refusal:
            SmtpSession(SmtpServer("127.0.0.1", port, "plain"))
        assert refusal.value.code == "no_answer"

    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            (b"554 5.7.1 You are blocked\r\n", "unwelcome"),
            (b"421 Busy\r\n", "busy"),
            (b"HTTP/1.1 400 Bad\r\n", "not_smtp"),
            (CLOSE, "lost"),
        ],
    )
    def test_an_error_as_greeting(self, reply: object, code: str) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return reply if command == "CONNECT" else DEFAULT

        with Sink(Script(answer=answer)) as sink, pytest.raises(Unreachable) as refusal:
            deliver(sink, mails(1))
        assert refusal.value.code == code

    def test_no_greeting(self) -> None:
        def answer(_command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return NO_REPLY

        with Sink(Script(answer=answer)) as sink, pytest.raises(Unreachable) as refusal:
            deliver(sink, mails(1), timeouts=Timeouts(connect=1, reply=0.2, final_reply=1))
        assert refusal.value.code == "not_smtp"

    def test_an_old_server_without_ehlo(self) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return b"502 5.5.1 What?\r\n" if command == "EHLO" else DEFAULT

        with Sink(Script(answer=answer)) as sink:
            results = deliver(sink, mails(2))
        assert [result.outcome for result in results] == [SendOutcome.ACCEPTED] * 2


class TestPrivateNetworks:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "localhost",
            "127.1",
            "0.0.0.0",  # noqa: S104  # connected to, not bound
            "10.1.2.3",
            "192.168.1.10",
            "169.254.169.254",
            "::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "fe80::1",
        ],
    )
    def test_are_refused_before_anything_is_sent(self, host: str) -> None:
        with Sink() as sink:
            with pytest.raises(Unreachable) as refusal:
                SmtpSession(SmtpServer(host, sink.port, "plain", may_be_private=False))
            assert sink.connections == 0
        assert (refusal.value.code, refusal.value.permanent) == ("private_address", True)

    def test_a_single_address_may_be_allowed(self, settings: Any) -> None:
        with Sink() as sink:
            settings.PRIVATE_MAIL_SERVERS = False
            settings.HTTP_ALLOWED_ADDRESSES = frozenset({f"127.0.0.1:{sink.port}"})
            given = {"host": "127.0.0.1", "port": sink.port, "security": "plain"}
            SmtpSession(SmtpServer.from_settings(given, "")).close()
            assert sink.connections == 1


class TestForeignServices:
    @pytest.mark.parametrize(
        "banner",
        [
            b"500 5.5.1 INTERNAL-SECRET redis_version=7\r\n",
            b"-ERR INTERNAL-SECRET wrong command\r\n",
            b"SSH-2.0-INTERNAL-SECRET\r\n",
            b"421 INTERNAL-SECRET\r\n",
        ],
    )
    def test_their_words_are_not_shown(self, banner: bytes) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return banner if command == "CONNECT" else DEFAULT

        with Sink(Script(answer=answer)) as sink, pytest.raises(Unreachable) as refusal:
            deliver(sink, mails(1))
        assert "SECRET" not in refusal.value.text

    def test_a_mail_server_s_words_are(self) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            return b"550 5.7.1 Your account is locked\r\n" if command == "MAIL" else DEFAULT

        with Sink(Script(answer=answer)) as sink, pytest.raises(Unreachable) as refusal:
            deliver(sink, mails(1))
        assert "Your account is locked" in refusal.value.text


class TestProbing:
    @pytest.mark.parametrize(
        ("command", "reply", "code"),
        [
            ("MAIL", b"553 5.7.1 Not your address\r\n", "sender_refused"),
            ("MAIL", b"530 5.7.0 Authentication required\r\n", "relay_denied"),
            ("RCPT", b"554 5.7.1 Relay access denied\r\n", "relay_denied"),
            ("RCPT", b"550 5.1.1 Unknown\r\n", "recipient_refused"),
            ("RCPT", b"450 4.2.0 Greylisted\r\n", "busy"),
        ],
    )
    def test_reports_the_refusal_and_sends_nothing(self, command: str, reply: bytes, code: str) -> None:
        def answer(now: str, _line: bytes, _mail: ReceivedMail) -> object:
            return reply if now == command else DEFAULT

        with Sink(Script(answer=answer)) as sink:
            settings = {"host": "127.0.0.1", "port": sink.port, "security": "plain"}
            result = probe(settings, "", sender="a@b.vn", recipient="c@d.vn")
        assert result.outcome is not SendOutcome.ACCEPTED
        assert result.provider_id == code
        assert sink.mails == []

"""A real mail server accepts our emails, and its mailboxes contain what was written.

Exim of the system's packages runs as an ordinary process on loopback, with its own configuration and folders.
"""

from __future__ import annotations

import email
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from quen.apps.channels import queries, services
from quen.apps.channels.mail.mime.mail import MailParts, build_mail
from quen.apps.channels.types import Outgoing, SendOutcome
from quen.core.actors import SYSTEM
from quen.core.postgres.processes import wait_until
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS

EXIM = next((path for path in ("/usr/sbin/exim4", "/usr/sbin/exim") if Path(path).exists()), "")
#: the email domains of the shop and of the customers in the sample files
DOMAINS = ("tra-sen.example", "shop-vi-du.vn", "gmail.com", "outlook.com", "yahoo.com.vn", "example.com")
SUBJECT = "Trà sen Tây Hồ: ưu đãi 20 % cho khách hàng thân thiết, chỉ đến hết Chủ nhật này thôi bạn nhé"
CONFIGURATION = """
primary_hostname = mail.tra-sen.example
exim_user = {user}
exim_group = {group}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts =
never_users =
keep_environment =
acl_smtp_rcpt = to_whom
acl_smtp_data = what
queue_only = false
smtp_accept_queue_per_connection = 0
smtp_accept_max = 0
# Nothing leaves the machine: mail to each of these lies in the folder below.
domainlist ours = khach.example : {domains}

begin acl
to_whom:
  deny    local_parts = ^ma_khong_co
          message = 5.1.1 No such user here
  defer   local_parts = ^lat_nua
          message = 4.2.0 Come again later
  deny    !domains = +ours
          message = 5.7.1 Relay not permitted
  accept
what:
  deny    condition = ${{if match{{$h_subject:}}{{SPAM}}}}
          message = 5.7.1 Looks like spam
  accept

begin routers
everybody:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  create_directory
  user = {user}
  group = {group}
  envelope_to_add
  return_path_add
"""


@dataclass
class MailServer:
    """A running server and the folder where it stores the emails."""

    port: int
    folder: Path

    def mails_of(self, local: str, count: int = 1) -> list[EmailMessage]:
        """Return the emails of a mailbox, once ``count`` have arrived."""
        return self._wait_for(count, f"{local}@khach.example")

    def mails(self, count: int) -> list[EmailMessage]:
        """Return the emails of all mailboxes, once ``count`` have arrived."""
        return self._wait_for(count)

    def _wait_for(self, count: int, address: str = "") -> list[EmailMessage]:
        wait_until(lambda: len(self._messages(address)) >= count, PATIENCE_SECONDS)
        found = self._messages(address)
        assert len(found) >= count, f"{len(found)} of {count} mails came\n{self.log()[-2000:]}"
        return found

    def _messages(self, address: str) -> list[EmailMessage]:
        texts = [path.read_bytes() for path in sorted(self.folder.glob("mail/new/*"))]
        mails = [email.message_from_bytes(text, EmailMessage, policy=policy.default) for text in texts]
        return [mail for mail in mails if address in ("", mail["Envelope-to"])]

    def log(self) -> str:
        """Return what the server logged: in its files, or as it was started by a user other than root on its output."""
        return "\n".join(path.read_text() for path in [*self.folder.glob("log/*"), self.folder / "output"])


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    assert EXIM, "bin/test installs exim4-daemon-light; install it: apt-get install exim4-daemon-light"
    folder = Path(tempfile.mkdtemp(prefix="quen-exim-"))
    folder.chmod(0o755)
    current = pwd.getpwuid(os.geteuid())
    # Exim refuses to deliver as root; as root the tests run it as the user its package created.
    user = pwd.getpwnam("Debian-exim") if current.pw_uid == 0 else current
    for name in ("spool", "log", "mail"):
        (folder / name).mkdir()
    if current.pw_uid == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    configuration = folder / "exim.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder, port=port, user=user.pw_uid, group=user.pw_gid, domains=" : ".join(DOMAINS)
        )
    )
    configuration.chmod(0o644)
    with (folder / "output").open("w+") as output:
        child = subprocess.Popen(
            [EXIM, "-C", str(configuration), "-bdf", "-q1m"], stdout=output, stderr=output
        )
        try:
            _wait_until_ready(port, child, folder / "output")
            yield MailServer(port, folder)
        finally:
            child.terminate()
            child.wait(PATIENCE_SECONDS)
            shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(port: int, child: subprocess.Popen[bytes], output: Path) -> None:
    def listens() -> bool:
        assert child.poll() is None, output.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()
        except OSError:
            return False
        return True

    assert wait_until(listens, PATIENCE_SECONDS), output.read_text()


def outgoing(key: int, local: str, **changes: Any) -> Outgoing:
    parts: dict[str, Any] = {
        "from_name": "Trà Sen Đà Nẵng",
        "from_address": "chao@tra-sen.example",
        "to_address": f"{local}@khach.example",
        "to_name": "Nguyễn Thị Phương Lan",
        "subject": SUBJECT,
        "at": datetime(2026, 10, 14, 2, 0, tzinfo=UTC),
        "html": "<p>Chào chị Lan</p>\n" * 400,
        "text": ".\n..\nChào chị Lan\n.\n",
        "message_id": f"3.{key}",
        "one_click_url": f"https://quen.example/u/{'x' * 120}/one-click/",
        "unsubscribe_mailto": "bo@tra-sen.example",
    }
    mail = MailParts(**{**parts, **changes})
    return Outgoing(key, "tra-lai@tra-sen.example", mail.to_address, build_mail(mail))


@pytest.fixture
def connection(workspace: Any, mail_server: MailServer) -> Any:
    return services.set_connection(
        channel=queries.EMAIL,
        adapter=queries.SMTP,
        settings={"host": "127.0.0.1", "port": mail_server.port, "security": "plain", "user": ""},
        secret="",
        rate_per_second=None,
        actor=SYSTEM,
        now=NOW,
    )


class TestRealMailServer:
    def test_a_vietnamese_mail_lies_in_the_mailbox_as_it_was_written(
        self, connection: Any, mail_server: MailServer
    ) -> None:
        session = services.open_session(connection)
        (result,) = session.send([outgoing(1, "lan")])
        session.close()
        assert result.outcome is SendOutcome.ACCEPTED
        (mail,) = mail_server.mails_of("lan")
        assert mail["Subject"] == SUBJECT
        assert mail["From"].addresses[0].display_name == "Trà Sen Đà Nẵng"
        assert mail["Return-path"] == "<tra-lai@tra-sen.example>"
        assert mail["Message-ID"] == "<3.1@tra-sen.example>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert plain.get_content().replace("\r\n", "\n").strip("\n") == ".\n..\nChào chị Lan\n."
        assert html.get_content().count("<p>Chào chị Lan</p>") == 400
        # The provider id we store is the server's own.
        assert result.provider_id
        assert f"id {result.provider_id}" in mail["Received"]

    def test_each_kind_of_no_comes_back_as_what_it_is(self, connection: Any, mail_server: MailServer) -> None:
        batch = [
            outgoing(1, "binh"),
            outgoing(2, "ma_khong_co"),
            outgoing(3, "lat_nua"),
            outgoing(4, "chi", subject="SPAM"),
            outgoing(5, "x", to_address="x@elsewhere.example"),
            outgoing(6, "dung"),
        ]
        session = services.open_session(connection)
        results = session.send(batch)
        session.close()
        assert [(result.outcome.value, result.hard_bounce) for result in results] == [
            ("accepted", False),
            ("refused", True),
            ("deferred", False),
            ("refused", False),
            ("refused", False),
            ("accepted", False),
        ]
        assert [result.code for result in results[1:5]] == [
            "550 5.1.1",
            "451 4.2.0",
            "550 5.7.1",
            "550 5.7.1",
        ]
        for local in ("binh", "dung"):
            assert len(mail_server.mails_of(local)) == 1

    @pytest.mark.parametrize("parallel", [1, 4])
    def test_a_window_over_kept_connections_arrives_whole_and_once(
        self, connection: Any, mail_server: MailServer, parallel: int
    ) -> None:
        local = f"nhieu{parallel}"
        session = services.open_session(connection, parallel=parallel)
        results = [
            result
            for start in (0, 50)
            for result in session.send([outgoing(start + n, local) for n in range(1, 51)])
        ]
        session.close()
        assert [result.outcome for result in results] == [SendOutcome.ACCEPTED] * 100
        found = mail_server.mails_of(local, 100)
        assert {mail["Message-ID"] for mail in found} == {f"<3.{n}@tra-sen.example>" for n in range(1, 101)}
        assert len(found) == 100

    def test_trying_the_connection_sends_nothing(self, connection: Any, mail_server: MailServer) -> None:
        services.test_connection(
            channel=queries.EMAIL,
            adapter=queries.SMTP,
            settings=connection.settings,
            secret="",
            sender="chao@tra-sen.example",
            recipient="ai@khach.example",
        )
        session = services.open_session(connection)
        session.send([outgoing(1, "sau")])
        session.close()
        assert wait_until(lambda: "sau@khach.example" in mail_server.log(), PATIENCE_SECONDS)
        assert "ai@khach.example" not in mail_server.log()

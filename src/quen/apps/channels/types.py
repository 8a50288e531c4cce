"""Enums, dataclasses and errors of the channels app: what an adapter receives and returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class ChannelRight(StrEnum):
    """Rights of the channels app."""

    VIEW_MESSAGES = "messages.view"


class ConnectionState(TextChoices):
    """The state of a connection after its last use."""

    UNTESTED = "untested", _("Not tested")
    WORKING = "working", _("Working")
    FAILING = "failing", _("Failing")


@dataclass(frozen=True, slots=True)
class MailParts:
    """The parts of an email; ``registry.build_mail`` turns them into bytes.

    message_id: the part left of the @ in Message-ID, such as "3.1234"; empty for a random one. The right part is the
    sender's domain.  one_click_url: the URL of RFC 8058; with it, List-Unsubscribe-Post is added.
    unsubscribe_mailto: an address that accepts opt-outs by email.  bulk: advertising (Precedence: bulk); everything
    else gets Auto-Submitted.  headers: additional ones, such as {"Feedback-ID": "…"}; line breaks become spaces.
    """

    from_name: str
    from_address: str
    to_address: str
    subject: str
    at: datetime
    html: str = ""
    text: str = ""
    to_name: str = ""
    reply_to: str = ""
    message_id: str = ""
    one_click_url: str = ""
    unsubscribe_mailto: str = ""
    bulk: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to be sent.

    key: our id, returned with the result and with receipts; 0 for a test.  sender, recipient: bare envelope addresses.
    body: the complete message in the channel's bytes (email: RFC 5322 with CRLF, headers included).  parts: the same
    content in parts, for pages that show it ("subject", "html", "text", "from", "reply_to", "list_unsubscribe").
    smtp_safe: guarantees that the body is ASCII, every line ends with CRLF and no line begins with a dot, as
    PreparedMail writes it; such a body is sent without being scanned.
    """

    key: int
    sender: str
    recipient: str
    body: bytes
    parts: Mapping[str, str] = field(default_factory=dict)
    smtp_safe: bool = False


class SendOutcome(StrEnum):
    """The outcome of sending one message."""

    ACCEPTED = "accepted"
    #: not accepted now, safe to retry (4xx, or the connection was lost before the end of DATA)
    DEFERRED = "deferred"
    #: will never be accepted (5xx about this message)
    REFUSED = "refused"
    #: the connection was lost after the end of DATA: the provider may or may not have accepted the message
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of sending one Outgoing.

    code: the provider's own, such as "550 5.1.1".  text: its message, short.
    hard_bounce: the address itself is permanently undeliverable, not only this message.
    """

    key: int
    outcome: SendOutcome
    code: str = ""
    text: str = ""
    provider_id: str = ""
    hard_bounce: bool = False


class ReceiptKind(StrEnum):
    """What a provider, or a member simulating one in the sandbox, reports after sending."""

    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "reported as spam"


class SendSession(Protocol):
    """An open connection to the provider, reused for many batches. Used by one thread."""

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Send a batch and return exactly one result per message. Raises Unreachable before the first byte is sent."""

    def close(self) -> None:
        """Close the connection politely."""


class Unreachable(Exception):
    """The provider could not be reached or rejected us altogether: nothing of the batch was sent.

    text: the provider's or the system's own message, shown as detail.  code: a key of CONNECTION_ERRORS, which has the
    text for members.  permanent: retrying automatically is useless (wrong password, wrong host).
    """

    def __init__(self, text: str, *, code: str = "", permanent: bool = False) -> None:
        super().__init__(text)
        self.text, self.code, self.permanent = text, code, permanent


#: connection error codes: what is wrong and how to fix it
CONNECTION_ERRORS = {
    "no_host": _("No server with this name was found. Check the spelling."),
    "no_answer": _("The server isn't responding on this port. Check the server name, port and firewall."),
    "not_smtp": _("This isn't a mail server, or it needs a different encryption type."),
    "tls": _("The encrypted connection failed. Check the encryption type and the server's certificate."),
    "no_starttls": _("The server doesn't support STARTTLS. Choose another encryption type."),
    "wrong_password": _(
        "The server rejected the user name or password. Some providers require an app password."
    ),
    "no_login": _(
        "The server doesn't offer a supported sign-in method. Leave user name and password empty if none is needed."
    ),
    "password_in_clear": _("Passwords are never sent unencrypted over the network. Choose STARTTLS or TLS."),
    "unwelcome": _("The server refused the connection. It may have blocked this server's IP address."),
    "busy": _("The server is busy or limiting us. Sending is retried automatically."),
    "lost": _("The connection to the server was lost."),
    "sender_refused": _("The server rejected this sender address. It must belong to the account."),
    "relay_denied": _(
        "The server doesn't relay email to other domains without signing in. Enter user name and password."
    ),
    "recipient_refused": _("The server rejected the recipient's address."),
    "needs_smtputf8": _("The server can't deliver to addresses with non-English letters."),
}


class NoConnection(DomainError):
    """The channel is not set up."""

    code = "no_connection"
    text = _("This channel isn't connected yet. Set it up in Settings › Sending channels.")


class SenderInUse(DomainError):
    """The last sender of a channel cannot be removed."""

    code = "sender_in_use"
    text = _("%(name)s is the only sender. Add another one first.")


class TestSendFailed(DomainError):
    """A test message could not be sent."""

    code = "test_failed"
    text = _("The test wasn't sent: %(reason)s")
    field: ClassVar[str | None] = None


class SenderExists(DomainError):
    """A sender with the same name and address exists."""

    code = "sender_exists"
    text = _("This sender already exists.")
    field: ClassVar[str | None] = "name"


class NoReplyAddress(DomainError):
    """A sender must have an address that customers can reply to."""

    code = "no_reply_address"
    text = _("Customers can't reply to a no-reply address. Use one that you read.")
    field: ClassVar[str | None] = "address"


class NothingToSimulate(DomainError):
    """The message has no delivery record that a receipt could be about: it is a test."""

    code = "nothing_to_simulate"
    text = _("This is a test message. It doesn't count in reports.")


class AlreadySimulated(DomainError):
    """Each receipt can be simulated once per message."""

    code = "already_simulated"
    text = _("This has already been simulated.")


class SimulationFailed(DomainError):
    """Our own public URL did not answer as expected."""

    code = "simulation_failed"
    text = _(
        "The public address of this installation didn't respond as expected (%(status)s). Check QUEN_BASE_URL."
    )

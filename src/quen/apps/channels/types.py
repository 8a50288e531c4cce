"""Words, shapes and refusals of the channels room: what an adapter takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class ConnectionState(TextChoices):
    """How a connection does, as its last use told."""

    UNTESTED = "untested", _("Not tried yet")
    WORKING = "working", _("Working")
    FAILING = "failing", _("Failing")


@dataclass(frozen=True, slots=True)
class MailParts:
    """A mail before it is put together; ``registry.build_mail`` makes the bytes.

    message_id: what stands left of the @ in Message-ID, such as "3.1234"; empty for a random one. The right side is the
    sender's domain.  one_click_url: the address of RFC 8058, gets List-Unsubscribe-Post too; ``unsubscribe_mailto``
    an address that takes refusals by mail.  bulk: advertising (Precedence: bulk); everything else says
    Auto-Submitted.  headers: further ones, such as {"Feedback-ID": "…"}; line breaks in them become blanks.
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
    """One message ready to travel.

    key: our id, comes back with the result and with receipts; 0 for a test.  sender, recipient: bare addresses of
    the envelope.  body: the whole message as the channel's bytes
    (for mail: RFC 5322 with CRLF, headers included).  parts: the same taken apart for whoever shows it
    ("subject", "html", "text", "from", "reply_to", "list_unsubscribe").  clean: a promise that the body is ASCII whose
    every line ends with CRLF and none begins with a dot, as PreparedMail makes it: it need not be looked through.
    """

    key: int
    sender: str
    recipient: str
    body: bytes
    parts: Mapping[str, str] = field(default_factory=dict)
    smtp_safe: bool = False


class SendOutcome(StrEnum):
    """What became of a hand-over."""

    ACCEPTED = "accepted"
    #: not taken now, safe to try again (4xx, or the connection lost before the end of DATA)
    DEFERRED = "deferred"
    #: will never be taken (5xx on this message)
    REFUSED = "refused"
    #: the connection was lost after the end of DATA: nobody knows
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The answer for one Outgoing. code: the provider's own, such as "550 5.1.1".  text: its words, short.

    address_is_dead: the refusal is about the address for good (hard bounce), not about this message.
    """

    key: int
    outcome: SendOutcome
    code: str = ""
    text: str = ""
    provider_id: str = ""
    hard_bounce: bool = False


class ReceiptKind(StrEnum):
    """What a provider, or somebody playing in the sandbox, tells later."""

    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "complained"


class SendSession(Protocol):
    """An open way to the provider, kept for many windows. Used by one thread."""

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Hand over a window; every message has exactly one result. Raises Unreachable before the first byte."""

    def close(self) -> None:
        """Part politely."""


class Unreachable(Exception):
    """The provider could not be reached or refused us as a whole: nothing of the window was handed over.

    text: the provider's own words or the system's, for the curious.  code: a key of TROUBLES, which has the sentence
    for people.  permanent: wrong password, wrong host: trying again by itself is of no use.
    """

    def __init__(self, text: str, *, code: str = "", permanent: bool = False) -> None:
        super().__init__(text)
        self.text, self.code, self.permanent = text, code, permanent


#: what can be wrong with a connection, and what to do about it
CONNECTION_ERRORS = {
    "no_host": _("There is no server of this name. Check the spelling of the server's name."),
    "no_answer": _("The server does not answer on this port. Check server name, port and firewall."),
    "not_smtp": _(
        "Something answers there, but it is no mail server, or it wants another kind of encryption."
    ),
    "tls": _(
        "No encrypted connection came about. Check the kind of encryption and the server's certificate."
    ),
    "no_starttls": _("The server offers no STARTTLS. Choose another kind of encryption."),
    "wrong_password": _("The server refuses user name or password. Some providers ask for an app password."),
    "no_login": _(
        "The server offers no way to sign in that we know. Leave user and password empty if it needs none."
    ),
    "password_in_clear": _(
        "A password is never sent without encryption to another machine. Choose STARTTLS or TLS."
    ),
    "unwelcome": _("The server turns us away. It may have blocked this machine's address."),
    "busy": _("The server is busy or limits us for the moment. It is tried again by itself."),
    "lost": _("The connection to the server was lost."),
    "sender_refused": _("The server does not accept this sender address. It must belong to the account."),
    "relay_denied": _("The server does not pass mail on to other domains for us. Enter user and password."),
    "recipient_refused": _("The server refuses the recipient's address."),
    "needs_smtputf8": _("The server cannot deliver to addresses with letters beyond English ones."),
}


class NoConnection(DomainError):
    """The channel is not set up."""

    code = "no_connection"
    text = _("This channel is not connected yet. Set it up under Settings › Channels.")


class SenderInUse(DomainError):
    """The last sender of a kind stays."""

    code = "sender_in_use"
    text = _("%(name)s is the only sender. Add another one first.")


class TestSendFailed(DomainError):
    """A test message could not be handed over."""

    code = "test_failed"
    text = _("The test message did not go out: %(reason)s")
    field: ClassVar[str | None] = None


class SenderExists(DomainError):
    """The same name with the same address is there already."""

    code = "sender_exists"
    text = _("This sender is in the list already.")
    field: ClassVar[str | None] = "name"


class NoReplyAddress(DomainError):
    """Customers shall be able to answer."""

    code = "no_reply_address"
    text = _("Customers cannot answer a no-reply address. Choose one that somebody reads.")
    field: ClassVar[str | None] = "address"


class NothingToSimulate(DomainError):
    """A test message has no record that could take a receipt."""

    code = "nothing_to_simulate"
    text = _("This is a test message: nothing is counted for it.")


class AlreadySimulated(DomainError):
    """Each receipt is played once."""

    code = "already_simulated"
    text = _("This was played already.")


class SimulationFailed(DomainError):
    """Our own public address did not answer as it should."""

    code = "simulation_failed"
    text = _("The public address of this installation did not answer well (%(status)s). Check QUEN_BASE_URL.")

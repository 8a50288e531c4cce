"""Refusals of the channels app."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class NoConnection(DomainError):
    """The channel is not set up."""

    code = "no_connection"
    text = _("This channel isn't connected yet. Set it up in Settings › Sending channels.")


class NoRateFound(DomainError):
    """The server has not asked for a lower rate, so there is none to set."""

    code = "no_rate_found"
    text = _("The mail server takes everything at the current rate, so there is nothing to set.")


class SenderMissing(DomainError):
    """The channel has no sender."""

    code = "sender_missing"
    text = _("This channel has no sender yet. Add one first.")


class SenderInUse(DomainError):
    """The last sender of a channel cannot be removed."""

    code = "sender_in_use"
    text = _("%(name)s is the only sender. Add another one first.")


class SendTestFailed(DomainError):
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

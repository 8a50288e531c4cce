"""Words, shapes and refusals of the compliance room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

#: text whose acceptance is recorded; a new number asks everybody again
TERMS_VERSION = "2026-11"


class MessageClass(TextChoices):
    """What the law sees in a message (R-59); it decides consent, label, footer and caps."""

    MARKETING = "marketing", _("Advertising")
    TRANSACTIONAL = "transactional", _("Transactional")


class ExclusionReason(IntegerChoices):
    """Why somebody is left out. In this order: the first that holds is the one told. Codes are stored."""

    NO_ADDRESS = 1, _("No address on this channel")
    DELETED = 2, _("Deleted")
    BLOCKED = 3, _("Blocked the shop")
    SUPPRESSED_BOUNCE = 4, _("Address does not exist")
    SUPPRESSED_COMPLAINT = 5, _("Complained about spam")
    SUPPRESSED_OPT_OUT = 6, _("Refused all advertising")
    SUPPRESSED_MANUAL = 7, _("On the suppression list")
    SUPPRESSED_ERASED = 8, _("Erased on their request")
    SAVED = 9, _("Saved, no marketing")
    UNSUBSCRIBED = 10, _("Unsubscribed")
    NO_CONSENT = 11, _("Never agreed to advertising")
    FREQUENCY_CAP = 12, _("Has had enough messages in 24 hours")
    DUPLICATE_ADDRESS = 13, _("Same address as somebody before")
    EMPTY_CONTENT = 14, _("The message would be empty for them")
    CANCELLED = 15, _("Cancelled before hand-over")
    EXPIRED = 16, _("Too late to be sent")


class SuppressionCause(TextChoices):
    """Why an address is suppressed."""

    BOUNCE = "bounce", _("Hard bounce")
    COMPLAINT = "complaint", _("Complaint")
    OPT_OUT = "opt_out", _("Refused all advertising")
    MANUAL = "manual", _("Entered by hand")
    ERASED = "erased", _("Erased person")


class UnsubscribeMethod(TextChoices):
    """How somebody said no."""

    LINK = "link", _("The link in a mail")
    ONE_CLICK = "one_click", _("The button of their mail program")
    REPLY = "reply", _("A reply")
    CALL = "call", _("A call")
    STAFF = "staff", _("Told to a colleague")
    COMPLAINT = "complaint", _("A complaint to their mail provider")


@dataclass(frozen=True, slots=True)
class SenderBlock:
    """Who advertises (Decree 91/2020 Art. 19); ``missing`` names the empty fields that the law asks for."""

    name: str
    phone: str
    email: str
    address: str
    website: str
    missing: tuple[str, ...]


class TermsNotAccepted(DomainError):
    """Nobody of the workspace has accepted the anti-spam policy yet (ACC-15)."""

    code = "terms_not_accepted"
    text = _("Read and accept the anti-spam policy before the first message goes out.")


class AddressNotValid(DomainError):
    """What was typed is no address of the channel."""

    code = "address_not_valid"
    text = _("“%(address)s” is not a valid address.")
    field: ClassVar[str | None] = "addresses"


class NotRemovableByStaff(DomainError):
    """What the person said, or the law keeps, is not lifted by staff."""

    code = "not_removable_by_staff"
    text = _("Only the person themself can lift this: %(cause)s.")


class TooLateToUndoUnsubscribe(DomainError):
    """A refusal is undone within 24 hours, once; later one agrees anew."""

    code = "too_late_to_undo_unsubscribe"
    text = _("This can no longer be undone. You can sign up again instead.")

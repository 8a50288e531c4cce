"""Types and errors of the compliance app."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple

from django.db.models import IntegerChoices, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

#: version of the anti-spam policy; a new one must be accepted again
TERMS_VERSION = "2026-11"


#: the columns of a contact that hold addresses of channels
ADDRESS_COLUMNS: tuple[Literal["email", "phone"], ...] = ("email", "phone")


class ComplianceRight(StrEnum):
    """What a member may decide about sending."""

    CONFIGURE = "sending.configure"


class DataUse(TextChoices):
    """Uses of a person's data that need a consent of their own (R-17); purposes of the consent log."""

    ADS = "ads", _("Advertising platforms")
    POST = "post", _("Advertising by post")


class MessageClass(TextChoices):
    """The legal class of a message (R-59), which decides on consent, label, footer and frequency cap."""

    MARKETING = "marketing", _("Advertising")
    TRANSACTIONAL = "transactional", _("Transactional")


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """What applies to messages on a channel, by law or by its nature. Registered with registry.register_policy.

    channel: a contacts.types.Channel.  address: the column of a contact with its address; None if there is none.
    needs_subscribed_status: whether advertising requires the contact's status, too, not only consent (R-15, R-19).
    advertising_label: default label at the start of advertising, "" for none.  label_rule: help text about it.
    daily_cap, max_daily_cap: advertising messages to one contact in 24 hours, by default and at most.
    """

    channel: str
    address: Literal["email", "phone"] | None
    needs_subscribed_status: bool = False
    advertising_label: str = ""
    label_rule: str | Promise = ""
    daily_cap: int = 3
    max_daily_cap: int = 3


class ChannelRuleValues(NamedTuple):
    """What a workspace sets for a channel. label: "" for none."""

    daily_cap: int
    label: str


class ExclusionReason(IntegerChoices):
    """Why a contact does not get a message. The first that applies, in this order, is given. Codes are stored."""

    NO_ADDRESS = 1, _("No address on this channel")
    DELETED = 2, _("Deleted")
    BLOCKED = 3, _("Blocked the shop")
    SUPPRESSED_BOUNCE = 4, _("Address doesn't exist")
    SUPPRESSED_COMPLAINT = 5, _("Complained about spam")
    SUPPRESSED_OPT_OUT = 6, _("Opted out of all advertising")
    SUPPRESSED_MANUAL = 7, _("On the suppression list")
    SUPPRESSED_ERASED = 8, _("Erased at their request")
    SAVED = 9, _("Archived, no advertising")
    UNSUBSCRIBED = 10, _("Unsubscribed")
    NO_CONSENT = 11, _("No consent to advertising")
    FREQUENCY_CAP = 12, _("Reached the limit for 24 hours")
    DUPLICATE_ADDRESS = 13, _("Duplicate address")
    EMPTY_CONTENT = 14, _("The message would be empty")
    CANCELLED = 15, _("Cancelled before sending")
    EXPIRED = 16, _("Too late to send")
    REFUSED_ADVERTISER = 17, _("Opted out at another shop of the same company")
    LEFT_TOPIC = 18, _("Doesn't want this topic")
    RESTRICTED = 19, _("Data restricted at their request")
    SUPPRESSED_REGISTER = 20, _("In the do-not-advertise register")


class SuppressionCause(TextChoices):
    """Why an address is suppressed."""

    BOUNCE = "bounce", _("Hard bounce")
    COMPLAINT = "complaint", _("Complaint")
    OPT_OUT = "opt_out", _("Opted out of all advertising")
    MANUAL = "manual", _("Added manually")
    ERASED = "erased", _("Erased customer")
    #: its address_hash is the advertiser's keyed hash, not the workspace's salted one
    ADVERTISER = "advertiser", _("Opted out at another shop of the same company")
    #: numbers of the national register against advertising calls and messages, uploaded as a file
    REGISTER = "register", _("Do-not-advertise register")


class UnsubscribeMethod(TextChoices):
    """How a contact unsubscribed."""

    LINK = "link", _("Link in a message")
    ONE_CLICK = "one_click", _("Button of the mail app")
    REPLY = "reply", _("Reply")
    CALL = "call", _("Phone call")
    STAFF = "staff", _("In person")
    COMPLAINT = "complaint", _("Spam complaint")


class RegisterOutcome(NamedTuple):
    """What an uploaded register changed. numbers: in the file, each once; the others count number and channel."""

    numbers: int
    added: int
    known: int
    removed: int


class LinkedAdvertiser(NamedTuple):
    """An advertiser this workspace shares with, or has shared with."""

    advertiser_id: int
    token: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class TakenPlaces:
    """The places of messages within 24 hours, taken with an advertiser.

    message_ids: of the messages that have one; the others are held back.
    """

    linked: LinkedAdvertiser
    message_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class SenderBlock:
    """Who advertises (Decree 91/2020 Art. 19). ``missing``: names of empty fields the law requires."""

    name: str
    phone: str
    email: str
    address: str
    website: str
    missing: tuple[str, ...]


class AddressNotValid(DomainError):
    """The text is not an address of the channel."""

    code = "address_not_valid"
    text = _("“%(address)s” is not a valid address.")
    field: ClassVar[str | None] = "addresses"


class NotRemovableByStaff(DomainError):
    """Staff cannot remove a suppression that the contact caused or the law requires."""

    code = "not_removable_by_staff"
    text = _("Only the customer can change this: %(cause)s.")


class TopicNameMissing(DomainError):
    """A topic has a name in Vietnamese."""

    code = "topic_name_missing"
    text = _("Enter a name.")
    field: ClassVar[str | None] = "name_vi"


class TopicNameTaken(DomainError):
    """Another topic in use has the name."""

    code = "topic_name_taken"
    text = _("There is already a topic “%(name)s”.")
    field: ClassVar[str | None] = "name_vi"


class TopicInUse(DomainError):
    """Messages that are still to be sent name the topic."""

    code = "topic_in_use"
    text = _("“%(name)s” can't be archived yet. It is still needed by: %(uses)s.")


class OwnersOnly(DomainError):
    """Only an owner may decide with whom a workspace shares."""

    code = "owners_only"
    status = 403
    text = _("Only an owner can do this. Ask %(who)s.")


class TooLateToUndoUnsubscribe(DomainError):
    """An unsubscribe can be undone once, within 24 hours; after that the contact resubscribes."""

    code = "too_late_to_undo_unsubscribe"
    text = _("This can't be undone any more. You can subscribe again instead.")

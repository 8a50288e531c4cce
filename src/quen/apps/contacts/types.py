"""Words, shapes and refusals of the contacts room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from quen.core.errors import DomainError


class Status(IntegerChoices):
    """The four statuses (CON-44): they rule marketing by email, and Saved all marketing."""

    SUBSCRIBED = 1, _("Subscribed")
    UNSUBSCRIBED = 2, _("Unsubscribed")
    NON_SUBSCRIBED = 3, _("Non-subscribed")
    SAVED = 4, pgettext_lazy("status of a customer", "Saved")


class Consent(IntegerChoices):
    """The present consent for one channel (R-15)."""

    NEVER_ASKED = 0, _("Never asked")
    GRANTED = 1, _("Granted")
    WITHDRAWN = 2, _("Withdrawn")
    BLOCKED = 3, _("Blocked")


class Channel(TextChoices):
    """The channels a person is asked about; each has a column ``consent_<value>`` on the contact."""

    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")
    ZALO = "zalo", _("Zalo")
    CHAT = "chat", _("Chat")
    PUSH = "push", _("Push")
    CALL = "call", _("Phone call")


class Gender(TextChoices):
    """R-55."""

    UNKNOWN = "", _("Unknown")
    MALE = "male", _("Male")
    FEMALE = "female", _("Female")
    OTHER = "other", _("Other")


class FieldFormat(TextChoices):
    """Formats of custom fields (CON-36); the format decides the operators of conditions."""

    TEXT = "text", _("Text")
    LONG_TEXT = "long_text", _("Long text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    DATE_TIME = "date_time", _("Date and time")
    YES_NO = "yes_no", _("Yes/no")
    SINGLE = "single", _("Single choice")
    MULTIPLE = "multiple", _("Multiple choice")
    EMAIL = "email", _("Email")
    PHONE = "phone", _("Phone")
    LINK = "link", _("Link")


class SourceKind(TextChoices):
    """Where people come from (CON-57)."""

    STAFF = "staff", _("Staff")
    IMPORT = "import", _("Import")
    FORM = "form", _("Form")
    SHOP = "shop", _("Shop")
    MARKETPLACE = "marketplace", _("Marketplace")
    WEBSITE = "website", _("Website")
    FACEBOOK = "facebook", _("Facebook page")
    API = "api", _("API")


class BulkAction(TextChoices):
    """Verbs on many contacts; each can be undone."""

    ADD_TAGS = "add_tags", _("Add tags")
    REMOVE_TAGS = "remove_tags", _("Remove tags")
    SET_STATUS = "set_status", _("Change status")
    DELETE = "delete", _("Delete")
    IMPORT = "import", _("Import")


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What a verb on many contacts did. ``change_id`` undoes it."""

    change_id: int
    requested: int
    changed: int
    #: people left as they were, by reason code
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """On what ground consent stands (facts/vietnam §1.4): the way, when, the words, who recorded it."""

    ground: str
    obtained_at: datetime | None = None
    wording: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    #: a key of ``ConsentWay``, or the room that recorded it ("import", "undo")
    method: str = "staff"


class ConsentMethod(TextChoices):
    """How consent may be given (facts/vietnam §1.4, Decree 91/2020 Art. 11.2), in staff's words."""

    WEB = "web", _("A form on our website, app or page")
    PAPER = "paper", _("A paper form, filled and signed")
    CALL = "call", _("A call or text to our hotline")
    SMS = "sms", _("A yes to our registration SMS")
    SOFTWARE = "software", _("Registration software")


class NoIdentifier(DomainError):
    """Nothing says who the person is (R-01)."""

    code = "no_identifier"
    text = _("Enter a phone number or an email, so that the person can be recognised again.")
    field: ClassVar[str | None] = "phone"


class FieldRequired(DomainError):
    """The workspace's required-field profile asks for it."""

    code = "field_required"
    text = _("This workspace asks for “%(label)s”.")


class EmailInUse(DomainError):
    """Another contact has the address."""

    code = "email_in_use"
    text = _("%(name)s already has the email %(email)s.")
    field: ClassVar[str | None] = "email"


class PhoneInUse(DomainError):
    """Another contact has the number."""

    code = "phone_in_use"
    text = _("%(name)s already has the phone number %(phone)s.")
    field: ClassVar[str | None] = "phone"


class BadValue(DomainError):
    """A value does not fit its field."""

    code = "bad_value"
    text = _("“%(value)s” does not fit “%(label)s”.")


class ProofMissing(DomainError):
    """Subscribed needs a ground (R-18)."""

    code = "proof_missing"
    text = _("Say on what ground and when these people agreed to receive marketing.")
    field: ClassVar[str | None] = "proof"


class OptInRequired(DomainError):
    """Unsubscribed ends only by the person's own renewed opt-in (R-16)."""

    code = "opt_in_required"
    text = _(
        "%(name)s unsubscribed. Only they themselves can subscribe again, through a form or the link in a mail."
    )
    field: ClassVar[str | None] = "status"


class ContactIsSaved(DomainError):
    """Leaving Saved never leads straight to Subscribed (R-19)."""

    code = "contact_is_saved"
    text = _("%(name)s is saved. Set them to “Non-subscribed” first.")
    field: ClassVar[str | None] = "status"


class FieldInUse(DomainError):
    """A field with values is archived, not deleted."""

    code = "field_in_use"
    text = ngettext_lazy(
        "%(count)d customer has a value in “%(name)s”. Archive the field instead.",
        "%(count)d customers have a value in “%(name)s”. Archive the field instead.",
        "count",
    )


class SourceNameTaken(DomainError):
    """Two sources would look the same."""

    code = "source_name_taken"
    text = _("There is already a source “%(name)s”.")
    field: ClassVar[str | None] = "name"


class EmptyNote(DomainError):
    """A note says something."""

    code = "empty_note"
    text = _("Write something first.")
    field: ClassVar[str | None] = "body"


class BadTag(DomainError):
    """Not a tag's name."""

    code = "bad_tag"
    text = _("A tag has 1 to 60 characters and no comma: “%(name)s”.")
    field: ClassVar[str | None] = "tags"


class FieldNameTaken(DomainError):
    """Two fields would look the same."""

    code = "field_name_taken"
    text = _("There is already a field “%(name)s”.")
    field: ClassVar[str | None] = "name"


class FormatWouldLose(DomainError):
    """Stored values do not fit the new format."""

    code = "format_would_lose"
    text = ngettext_lazy(
        "%(count)d value does not fit the new format, for instance “%(example)s”.",
        "%(count)d values do not fit the new format, for instance “%(example)s”.",
        "count",
    )
    field: ClassVar[str | None] = "format"


class ValueNotUnique(DomainError):
    """A unique field already has the value."""

    code = "value_not_unique"
    text = _("Someone else has “%(value)s” in “%(label)s”.")


class TooLateToUndo(DomainError):
    """Undo lasts 30 days, once."""

    code = "too_late_to_undo"
    text = _("This can no longer be undone.")

"""Types and refusals of the contacts app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import field as dataclass_field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import IntegerChoices, Model, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from quen.core.actors import Actor
from quen.core.dates import PartialDate
from quen.core.errors import DomainError


class ContactRight(StrEnum):
    """What a member may do with customers."""

    VIEW = "contacts.view"
    CREATE = "contacts.create"
    EDIT = "contacts.edit"
    DELETE = "contacts.delete"
    ERASE = "contacts.erase"
    CONFIGURE = "contacts.configure"


class ContactScope(StrEnum):
    """What the key of another system may do with customers."""

    READ = "contacts.read"
    WRITE = "contacts.write"
    DELETE = "contacts.delete"
    CONSENT = "consent.write"
    CONFIGURE = "fields.write"
    READ_EVENTS = "events.read"
    RECORD_EVENTS = "events.write"


class Status(IntegerChoices):
    """The four statuses (CON-44). They govern marketing by email; SAVED stops marketing on every channel."""

    SUBSCRIBED = 1, _("Subscribed")
    UNSUBSCRIBED = 2, _("Unsubscribed")
    NON_SUBSCRIBED = 3, _("Non-subscribed")
    SAVED = 4, pgettext_lazy("status of a customer", "Archived")


class Consent(IntegerChoices):
    """The current consent for one channel (R-15)."""

    NEVER_ASKED = 0, _("Never asked")
    GRANTED = 1, _("Granted")
    WITHDRAWN = 2, _("Withdrawn")
    BLOCKED = 3, _("Blocked")


#: the purpose of consent to news and offers; other apps have purposes of their own (registry.register_purposes)
MARKETING = "marketing"


class Channel(TextChoices):
    """The channels for which consent is recorded; each has a column ``consent_<value>`` on the contact."""

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
    SPECIAL_DAY = "special_day", _("Special day")


#: preference of a member: an email when a note names them
MENTION_MAILS = "contacts.mention_mails"


class FileKind(TextChoices):
    """What the content of a file was recognised as."""

    PNG = "png", _("PNG picture")
    JPEG = "jpeg", _("JPEG picture")
    WEBP = "webp", _("WebP picture")
    GIF = "gif", _("GIF picture")
    HEIC = "heic", _("HEIC picture")
    PDF = "pdf", _("PDF")
    WORD = "word", _("Word document")
    EXCEL = "excel", _("Excel workbook")
    SLIDES = "slides", _("PowerPoint slides")
    TEXT = "text", pgettext_lazy("kind of file", "Text")
    AUDIO = "audio", _("Audio recording")
    VIDEO = "video", _("Video")
    ARCHIVE = "archive", _("Archive")
    OTHER = "other", pgettext_lazy("kind of file", "File")


class ImportAnswer(TextChoices):
    """What a cell of a file answers: a plain No ends an earlier Yes, words of refusal refuse."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    REFUSED = "refused", _("Refuses")


class SourceKind(TextChoices):
    """Kinds of sources of contacts (CON-57)."""

    STAFF = "staff", _("Staff")
    IMPORT = "import", _("Import")
    FORM = "form", _("Form")
    SHOP = "shop", _("Shop")
    MARKETPLACE = "marketplace", _("Marketplace")
    WEBSITE = "website", _("Website")
    FACEBOOK = "facebook", _("Facebook page")
    API = "api", _("API")


class BulkAction(TextChoices):
    """Actions on many contacts; each can be undone."""

    ADD_TAGS = "add_tags", _("Add tags")
    REMOVE_TAGS = "remove_tags", _("Remove tags")
    SET_STATUS = "set_status", _("Change status")
    DELETE = "delete", _("Delete")
    IMPORT = "import", _("Import")
    MERGE = "merge", _("Merge duplicates")
    EDIT_SHEET = "edit_sheet", _("Edit in Excel")


class EditSheetState(TextChoices):
    """How far a workbook for editing has come."""

    OPEN = "open", _("Being edited")
    READING = "reading", _("Being compared")
    REVIEW = "review", _("To be checked")
    DONE = "done", _("Applied")


class CellChange(TextChoices):
    """What a returned cell does."""

    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    CLEARED = "cleared", _("Cleared")


class CellDecision(TextChoices):
    """What becomes of a changed cell. OPEN: the member has to choose."""

    TAKE = "take", _("Take the new value")
    KEEP = "keep", _("Keep the old value")
    OPEN = "open", _("To choose")


class MergeSide(TextChoices):
    """Whose value stays when two contacts are merged."""

    KEPT = "kept"
    MERGED = "merged"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreview:
    """What undoing a merge would bring back.

    returning: the fields of the kept contact that get their former value.  edited: those that somebody changed since,
    with the former values by column: they stay unless asked for.  refusals: how many of the two keep a refusal that
    they did not have before the merge, by channel.
    """

    kept: Any
    merged: Any
    returning: Sequence[str]
    edited: Mapping[str, Mapping[str, Any]]
    refusals: Mapping[str, int]


class MoveKind(TextChoices):
    """What a merge did with rows of the contact that went away."""

    MOVED = "moved"
    FOLDED = "folded"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRows:
    """A table whose rows belong to contacts, as ``services.carry_rows`` takes it.

    key: the columns that tell a row from the others of its contact.
    once: the columns of which a contact has each value once. Where both contacts have one, the row of the kept contact
    stays, and fold says what becomes of its columns, as SQL of the rows ``k`` and ``m`` of the kept and the merged
    contact: {"joined_at": "least(k.joined_at, m.joined_at)"}.
    on_move: columns that change as a row moves, as SQL of ``m`` and the pair ``p``; undo sets them back.
    """

    model: type[Model]
    key: tuple[str, ...] = ("id",)
    once: tuple[str, ...] = ()
    fold: Mapping[str, str] = dataclass_field(default_factory=dict)
    on_move: Mapping[str, str] = dataclass_field(default_factory=dict)
    contact: str = "contact_id"


class ErasureReason(TextChoices):
    """Why a person is erased; the audit log keeps it."""

    REQUEST = "request", _("The person asked for it")
    WITHDRAWN = "withdrawn", _("The person withdrew their consent")
    UNLAWFUL = "unlawful", _("We had no right to the data")
    PURPOSE_OVER = "purpose_over", _("We no longer need the data")
    DELETED = "deleted", _("Deleted 30 days ago")


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """The result of an action on many contacts; ``change_id`` is needed to undo it."""

    change_id: int
    requested: int
    changed: int
    #: number of contacts left unchanged, by reason code
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UndoCheck:
    """What undoing an action on many contacts would do now.

    returning: contacts that get back what they had.  skipped: those that don't, by reason code.
    refusing: contacts who have refused advertising since; what they said stands.
    is_exact: False for a large change of a kind that can't be counted: then ``returning`` is the most there can be.
    """

    returning: int
    skipped: Mapping[str, int]
    refusing: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """The proof of a consent (facts/vietnam §1.4): the ground, the method, the day, the wording."""

    ground: str
    obtained_at: datetime | None = None
    wording: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    #: a key of ``ConsentMethod``, or the app that recorded it ("import", "undo")
    method: str = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnwantedAddresses:
    """Addresses that a file says are not to be written to, for ``registry.on_unwanted``.

    cause: "bounce", "complaint" or "manual".  contact_ids: the contact of each address, where there is one.
    note: the name of the file.
    """

    channel: str
    cause: str
    addresses: Sequence[str]
    contact_ids: Sequence[int | None]
    note: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class ConsentSnapshot:
    """Status and consents of a contact at one moment, by value, for ``services.restore_consent``."""

    status: int
    status_before_saved: int | None
    consents: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "status": self.status,
            "status_before_saved": self.status_before_saved,
            "consents": self.consents,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactInput:
    """A person as another system describes them, for ``services.upsert``. A value that is not given stays as it is.

    clear: keys of values that are emptied, of ``rules.labels.LABELS`` or ``field_<id>``; never identifiers and names.

    identities: (system, id) by which the person is found again, as ("kiotviet", "KH0001").
    consents: an answer by channel, Consent.GRANTED or Consent.WITHDRAWN.  attrs: custom values by field id.
    """

    phone: str | None = None
    email: str | None = None
    identities: Sequence[tuple[str, str]] = ()
    full_name: str | None = None
    family_name: str | None = None
    middle_name: str | None = None
    given_name: str | None = None
    call_name: str | None = None
    salutation: str | None = None
    birth_on: PartialDate | str | None = None
    gender: str | None = None
    company: str | None = None
    language: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    ward: str | None = None
    address_line: str | None = None
    note: str | None = None
    opening_spent: Decimal | int | None = None
    opening_orders: int | None = None
    opening_points: int | None = None
    member_since: datetime | None = None
    tags: Sequence[str] = ()
    consents: Mapping[str, int] = field(default_factory=dict)
    attrs: Mapping[int, Any] = field(default_factory=dict)
    clear: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """Why a row was not written, or which value of it was left out. row: from 0.  field: of the input, or ""."""

    row: int
    code: str
    field: str = ""
    params: Mapping[str, Any] = dataclass_field(default_factory=dict)


@dataclass(slots=True)
class UpsertOutcome:
    """What became of the rows. warnings: rows that were written without one value.

    contact_ids: the contact of each row that was not refused.  created_ids, updated_ids: those that were created or
    changed.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RowRefusal] = field(default_factory=list)
    warnings: list[RowRefusal] = field(default_factory=list)
    contact_ids: dict[int, int] = field(default_factory=dict)
    created_ids: set[int] = field(default_factory=set)
    updated_ids: set[int] = field(default_factory=set)


class ConsentMethod(TextChoices):
    """The methods by which consent may be given (facts/vietnam §1.4, Decree 91/2020 Art. 11.2)."""

    WEB = "web", _("A form on our website, app or page")
    PAPER = "paper", _("A signed paper form")
    CALL = "call", _("A call or text to our hotline")
    SMS = "sms", _("A reply to our opt-in SMS")
    SOFTWARE = "software", _("Registration software")


class NoIdentifier(DomainError):
    """Neither phone, email nor account identifies the person (R-01)."""

    code = "no_identifier"
    text = _("Enter a phone number or an email address.")
    field: ClassVar[str | None] = "phone"


class FieldRequired(DomainError):
    """The workspace requires this field."""

    code = "field_required"
    text = _("“%(label)s” is required.")


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


class PersonErased(DomainError):
    """The person was erased; only they themselves come back (CON-68)."""

    code = "person_erased"
    text = _(
        "This person was erased. Add them only if they came to you again on their own, and say so below."
    )
    field: ClassVar[str | None] = "returned"


class CodeInUse(DomainError):
    """Another contact has the customer code."""

    code = "code_in_use"
    text = _("%(name)s already has the customer code %(code_typed)s.")
    field: ClassVar[str | None] = "customer_code"


class SameContact(DomainError):
    """A contact cannot be merged with itself, nor twice in one act."""

    code = "same_contact"
    text = _("Choose two different customers.")


class AlreadyMerged(DomainError):
    """One of two contacts was merged or deleted meanwhile."""

    code = "already_merged"
    text = _("One of the two customers was merged or deleted in the meantime.")


class MergedOn(DomainError):
    """The contact that was kept has been merged into another since."""

    code = "merged_on"
    text = _("%(name)s was merged into %(other)s since. Undo that merge first.")


class KeptIsDeleted(DomainError):
    """The contact that was kept has been deleted since."""

    code = "kept_is_deleted"
    text = _("%(name)s was deleted since. Restore them first.")


class BadValue(DomainError):
    """A value does not fit its field."""

    code = "bad_value"
    text = _("“%(value)s” isn't valid for “%(label)s”.")


class ProofMissing(DomainError):
    """The status Subscribed needs a proof of consent (R-18)."""

    code = "proof_missing"
    text = _("Enter how and when these people agreed to receive marketing.")
    field: ClassVar[str | None] = "proof"


class RefusalsLeftOut(DomainError):
    """All rows are to be subscribed while a column with refusals is skipped (R-18)."""

    code = "refusals_left_out"
    text = _(
        "The skipped column “%(column)s” contains “%(value)s”. Match it to the status or to a refusal, "
        "or choose another status than Subscribed."
    )
    field: ClassVar[str | None] = "status"


class OptInRequired(DomainError):
    """An unsubscribed contact returns only by their own new opt-in (R-16)."""

    code = "opt_in_required"
    text = _("%(name)s unsubscribed. Only they can subscribe again, through a form or the link in an email.")
    field: ClassVar[str | None] = "status"


class ContactIsSaved(DomainError):
    """A saved contact cannot become Subscribed directly (R-19)."""

    code = "contact_is_saved"
    text = _("%(name)s is archived. Change the status to “Non-subscribed” first.")
    field: ClassVar[str | None] = "status"


@dataclass(frozen=True, slots=True)
class FieldUse:
    """Something that uses a custom field, such as a segment. path: inside the workspace."""

    kind: str
    name: str
    path: str


class FieldUsed(DomainError):
    """Something asks for the field."""

    code = "field_used"
    status = 409
    text = _("“%(name)s” is used by %(uses)s. Remove it there first, or archive the field.")


class OptionTaken(DomainError):
    """Another option of the field reads like that."""

    code = "option_taken"
    status = 409
    text = _("There already is an option “%(label)s”. Remove this one and move its customers to that one.")
    field: ClassVar[str | None] = "label"


class OptionGone(DomainError):
    """The field has no such option any more."""

    code = "option_gone"
    status = 404
    text = _("The option “%(label)s” no longer exists.")


class FieldChangedSince(DomainError):
    """The field was changed in the meantime, so that a change of its values can't be undone."""

    code = "field_changed_since"
    status = 409
    text = _("“%(name)s” was changed since: this can't be undone any more.")


class ImportIsRunning(DomainError):
    """The format of a field can't change while an import writes values of the former one."""

    code = "import_is_running"
    status = 409
    text = _("A file is being imported. Try again when it has finished.")


class FieldInUse(DomainError):
    """A field with values can be archived, not deleted."""

    code = "field_in_use"
    text = ngettext_lazy(
        "%(count)d customer has a value in “%(name)s”. Archive the field instead of deleting it.",
        "%(count)d customers have a value in “%(name)s”. Archive the field instead of deleting it.",
        "count",
    )


class SourceNameTaken(DomainError):
    """Another source has the name."""

    code = "source_name_taken"
    text = _("There is already a source “%(name)s”.")
    field: ClassVar[str | None] = "name"


class FileTooLong(DomainError):
    """The file is longer than files of contacts may be."""

    code = "file_too_long"
    text = _("A file has at most %(limit_mb)d MB.")
    field: ClassVar[str | None] = "file"


class EmptyContactFile(DomainError):
    """The file has no content."""

    code = "empty_file"
    text = _("This file is empty.")
    field: ClassVar[str | None] = "file"


class EmptyAddress(DomainError):
    """The address says nowhere."""

    code = "empty_address"
    text = _("Enter an address.")
    field: ClassVar[str | None] = "address_line"


class AddressKnown(DomainError):
    """The contact has the address already."""

    code = "address_known"
    text = _("The customer has this address already.")
    field: ClassVar[str | None] = "address_line"


class TooManyFiles(DomainError):
    """The contact has as many files as a contact may have."""

    code = "too_many_files"
    text = _("A customer has at most %(limit)d files. Delete one you no longer need.")
    field: ClassVar[str | None] = "file"


class EmptyNote(DomainError):
    """The note has no text."""

    code = "empty_note"
    text = _("Enter a note.")
    field: ClassVar[str | None] = "body"


class Certainty(IntegerChoices):
    """How certain a proposed form of address is."""

    GUESS = 0, _("A guess")
    LIKELY = 1, _("Likely")
    SURE = 2, _("Certain")


@dataclass(frozen=True, slots=True)
class ProposedSalutation:
    """How a contact could be addressed. reason: title, gender_and_age, age, gender or middle_name."""

    salutation: str
    certainty: Certainty
    reason: str


class YoungForm(TextChoices):
    """How a shop addresses young people."""

    NONE = "", _("Like adults: anh, chị")
    EM = "em", "em"
    BAN = "bạn", "bạn"


class TagColour(TextChoices):
    """Colours of tags, muted ones of the design; without one a tag is grey."""

    NONE = "", _("Grey")
    SAND = "sand", _("Sand")
    JADE = "jade", _("Jade")
    PLUM = "plum", _("Plum")
    STRAW = "straw", _("Straw")
    SKY = "sky", _("Sky")


@dataclass(frozen=True, slots=True)
class TagUse:
    """Something that uses a tag, such as a segment. path: inside the workspace."""

    kind: str
    name: str
    path: str


class TagInUse(DomainError):
    """The tag is still used."""

    code = "tag_in_use"
    status = 409
    text = _("“%(name)s” is used by %(uses)s. Remove it there first, or merge the tag into another.")


class TagNameTaken(DomainError):
    """Another tag has this name; the two can be merged."""

    code = "tag_name_taken"
    text = _("There is a tag “%(name)s” already. Merge the two, or choose another name.")
    field: ClassVar[str | None] = "name"


class ViewNameTaken(DomainError):
    """There is a saved list with this name."""

    code = "view_name_taken"
    text = _("There is a list “%(name)s” already. Choose another name.")
    field: ClassVar[str | None] = "name"


class TooManyViews(DomainError):
    """A member has as many saved lists as fit."""

    code = "too_many_views"
    text = _("You have %(limit)d saved lists. Delete one first.")


class BadTag(DomainError):
    """The text is not a valid name of a tag."""

    code = "bad_tag"
    text = _("A tag has 1 to 60 characters and no commas: “%(name)s”.")
    field: ClassVar[str | None] = "tags"


class FieldNameTaken(DomainError):
    """Another field has the name."""

    code = "field_name_taken"
    text = _("There is already a field “%(name)s”.")
    field: ClassVar[str | None] = "name"


@dataclass(frozen=True, slots=True)
class FormatCheck:
    """What another format would do to the values of a field.

    examples: values that don't fit, each with how many have it.  conversions: values before and after.
    several: among those that don't fit are contacts with more than one choice.
    """

    values: int
    misfits: int
    examples: list[tuple[str, int]]
    conversions: list[tuple[str, str]]
    several: bool


@dataclass(frozen=True, slots=True)
class Misfit:
    """A contact whose value does not fit another format of its field."""

    contact: Any
    value: str


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
    """Another contact has the value in a unique field."""

    code = "value_not_unique"
    text = _("Another customer already has “%(value)s” in “%(label)s”.")


class TooLateToUndo(DomainError):
    """The change is older than 30 days or was undone before."""

    code = "too_late_to_undo"
    text = _("This can no longer be undone.")


class TooManyForSheet(DomainError):
    """More contacts than a workbook for editing holds."""

    code = "too_many_for_sheet"
    text = _(
        "A workbook for editing holds up to %(limit)d customers; these are %(count)d. Filter the list first."
    )


class SheetKeysMissing(DomainError):
    """The returned file has no column with the keys of its rows."""

    code = "sheet_keys_missing"
    text = _(
        "The column “%(heading)s” is missing. Edit the downloaded workbook itself and keep its first column."
    )
    field: ClassVar[str | None] = "file"


class SheetOfAnother(DomainError):
    """No row of the returned file has a key of this workbook."""

    code = "sheet_of_another"
    text = _("No row of this file belongs to this workbook. Choose the file that was downloaded here.")
    field: ClassVar[str | None] = "file"


class SheetSorted(DomainError):
    """The other columns were sorted without the keys."""

    code = "sheet_sorted"
    text = _(
        "The rows were sorted without the first column, so values stand beside the wrong people. Nothing was taken"
        " over; undo the sorting, or sort with all columns selected."
    )
    field: ClassVar[str | None] = "file"


class SheetTooLong(DomainError):
    """The returned file has many more rows than the workbook had."""

    code = "sheet_too_long"
    text = _("This file has more than %(limit)d rows. Choose the file that was downloaded here.")
    field: ClassVar[str | None] = "file"


class SheetStateChanged(DomainError):
    """What was asked for does not fit how far the workbook has come."""

    code = "sheet_state_changed"
    status = 409
    text = _("This workbook is no longer at this step. Reload the page.")

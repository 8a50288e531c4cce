"""Tables of the contacts app."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import BulkAction, Channel, Consent, FieldFormat, Gender, SourceKind, Status
from quen.core.privacy import PersonalData
from quen.core.text import folded_in_sql

_ALIVE = models.Q(deleted_at=None)


class SearchWords(models.Func):
    """The words a contact is found by, folded: ' =nguyen =thi =lan cong ty sen 12 le loi phuong 1 hai chau da nang'.

    Those of the name begin with "=", so that they can be told from those of the company and the address.
    """

    template = folded_in_sql(
        "' =' || replace(full_name, ' ', ' =') || ' ' || company || ' ' || address_line || ' ' || ward"
        " || ' ' || district || ' ' || city"
    )
    output_field = models.TextField()


class Lexemes(models.Func):
    """The words of a folded text as a tsvector, for an index of their beginnings.

    PostgreSQL refuses lexemes of more than 2,046 bytes; only a long text can have such words, and they are cut.
    """

    template = (
        "array_to_tsvector(array_remove(string_to_array(CASE WHEN octet_length(%(expressions)s) < 2047"
        " THEN %(expressions)s ELSE regexp_replace(%(expressions)s, '([^ ]{100})[^ ]+', '\\1', 'g') END, ' '), ''))"
    )


class ContactQuerySet(models.QuerySet["Contact"]):
    """Filters on contacts."""

    def alive(self) -> ContactQuerySet:
        """Return contacts that are not deleted."""
        return self.filter(deleted_at=None)


class AliveContactManager(models.Manager["Contact"]):
    """The default manager: contacts that are not deleted."""

    def get_queryset(self) -> ContactQuerySet:
        """Return contacts that are not deleted."""
        return ContactQuerySet(self.model, using=self._db).alive()


class Source(models.Model):
    """Where contacts come from: a page, a form, an import, staff.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="name code external_id",
    )

    name = models.CharField(_("name"), max_length=120, unique=True)
    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=SourceKind.choices, default=SourceKind.STAFF)
    external_id = models.CharField(_("page ID or other external ID"), max_length=200, blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person known to the shop, one row per person.

    Identified by email, by phone (E.164) or by a ContactIdentity; partial unique indexes keep email and phone unique
    among contacts that are not deleted.
    Personal data: all of it. Deleted softly, erased by services.erase_contacts 30 days later.
    """

    personal_data = PersonalData(
        erased="full_name family_name middle_name given_name call_name salutation sort_key email phone birth_on "
        "company language country province province_before city district ward address_line note attrs",
    )

    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=100, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    call_name = models.CharField(_("preferred name"), max_length=100, blank=True)
    salutation = models.CharField(_("salutation"), max_length=20, blank=True)
    #: ASCII key that sorts by given name in Vietnamese letter order; see core.text.sort_key
    sort_key = models.CharField(max_length=400, default="~", db_collation="C")
    email = models.CharField(_("email"), max_length=254, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=10, choices=Gender.choices, blank=True)
    birth_on = models.DateField(_("date of birth"), null=True, blank=True)
    #: month * 100 + day, also for dates without a year
    birth_day = models.SmallIntegerField(null=True, blank=True)
    birth_is_lunar = models.BooleanField(default=False)
    company = models.CharField(_("company"), max_length=200, blank=True)
    language = models.CharField(_("preferred language"), max_length=5, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    #: code of one of the 34 current units; region conditions match this or the former unit
    province = models.CharField(_("province/city"), max_length=2, blank=True)
    #: code of one of the 63 units before July 2025, when the contact's data named one
    province_before = models.CharField(max_length=2, blank=True)
    #: province or city as typed; free text for a province that is not in the list (R-03)
    city = models.CharField(_("city as typed"), max_length=120, blank=True)
    district = models.CharField(_("district (before 2025)"), max_length=120, blank=True)
    ward = models.CharField(_("ward/commune"), max_length=120, blank=True)
    address_line = models.CharField(_("address"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    status = models.SmallIntegerField(_("status"), choices=Status.choices, default=Status.NON_SUBSCRIBED)
    #: the status to which a contact returns when it is no longer saved (R-19)
    status_before_saved = models.SmallIntegerField(null=True, blank=True)
    consent_email = models.SmallIntegerField(choices=Consent.choices, default=Consent.NEVER_ASKED)
    consent_sms = models.SmallIntegerField(choices=Consent.choices, default=Consent.NEVER_ASKED)
    consent_zalo = models.SmallIntegerField(choices=Consent.choices, default=Consent.NEVER_ASKED)
    consent_chat = models.SmallIntegerField(choices=Consent.choices, default=Consent.NEVER_ASKED)
    consent_push = models.SmallIntegerField(choices=Consent.choices, default=Consent.NEVER_ASKED)
    consent_call = models.SmallIntegerField(choices=Consent.choices, default=Consent.NEVER_ASKED)
    #: totals, written only by services.apply_totals
    spent = models.DecimalField(_("total spent"), max_digits=19, decimal_places=4, default=0)
    orders_count = models.IntegerField(_("total orders"), default=0)
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)
    #: amount spent, orders and points as counted by another system before; never part of the totals (R-07)
    opening_spent = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    opening_orders = models.IntegerField(null=True, blank=True)
    opening_points = models.IntegerField(null=True, blank=True)
    # Sources are deactivated, never deleted: a checked foreign key would make an import one sixth slower.
    first_source = models.ForeignKey(
        Source, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    latest_source = models.ForeignKey(
        Source, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    #: lacks a field that the workspace requires (R-01)
    incomplete = models.BooleanField(default=False)
    #: custom values by field id: {"12": 41.5, "13": "2026-01-31", "14": ["a", "b"]}
    attrs = models.JSONField(default=dict)
    member_since = models.DateTimeField(_("member since"))
    last_activity_at = models.DateTimeField(_("last activity"))
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))
    deleted_at = models.DateTimeField(null=True, blank=True)
    search = models.GeneratedField(expression=SearchWords(), output_field=models.TextField(), db_persist=True)

    #: codes, further phones and emails by system, where queries.identifiers_of_page has read them
    identifiers: dict[str, list[str]] | None = None

    objects = AliveContactManager()
    all_objects = ContactQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=_ALIVE, name="contact_email_unique"),
            models.UniqueConstraint(fields=["phone"], condition=_ALIVE, name="contact_phone_unique"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Beginnings of words by lexemes, any part of a phone or an email by trigrams: docs/algorithms/search.md.
            GinIndex(Lexemes("search"), name="contact_search_words", condition=_ALIVE),
            GinIndex(
                fields=["phone", "email"],
                name="contact_search_keys",
                opclasses=["gin_trgm_ops", "gin_trgm_ops"],
                condition=_ALIVE,
            ),
            models.Index(fields=["sort_key", "id"], name="contact_by_name", condition=_ALIVE),
            models.Index(fields=["-last_activity_at", "-id"], name="contact_by_activity", condition=_ALIVE),
            models.Index(fields=["-created_at", "-id"], name="contact_by_creation", condition=_ALIVE),
            models.Index(fields=["-spent", "-id"], name="contact_by_spent", condition=_ALIVE),
            # Serves every count over common columns as an index-only scan; a quarter of the table's size.
            models.Index(
                fields=["id"],
                name="contact_covering",
                condition=_ALIVE,
                include=[
                    "status",
                    "consent_email",
                    "consent_sms",
                    "consent_zalo",
                    "gender",
                    "birth_on",
                    "birth_day",
                    "birth_is_lunar",
                    "province",
                    "province_before",
                    "spent",
                    "orders_count",
                    "first_order_at",
                    "last_order_at",
                    "first_source",
                    "latest_source",
                    "member_since",
                    "created_at",
                    "last_activity_at",
                    "incomplete",
                ],
            ),
            models.Index(fields=["deleted_at"], name="contact_deleted", condition=~_ALIVE),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.phone or f"#{self.pk}"

    def consent(self, channel: str) -> Consent:
        """Return the current consent for a channel."""
        return Consent(getattr(self, f"consent_{Channel(channel).value}"))


class ContactIdentity(models.Model):
    """An account of the contact on a channel, in a shop or in a connected system.

    Personal data: external_id. Erased with the contact.
    """

    personal_data = PersonalData(
        erased="contact external_id",
        impersonal="system",
    )

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    #: "kiotviet", "sapo", "zalo", "facebook", or "code" for a merchant's own customer code
    system = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "external_id"], condition=_ALIVE, name="identity_unique"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Any part of a code, a further phone or email, as typed into the search box.
            GinIndex(
                fields=["external_id"],
                name="identity_parts",
                opclasses=["gin_trgm_ops"],
                condition=_ALIVE,
            )
        ]


class Tag(models.Model):
    """A label that staff choose freely.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="name description",
    )

    name = models.CharField(_("name"), max_length=60)
    #: what it means, for colleagues
    description = models.CharField(_("description"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Upper("name"), name="tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class ContactTag(models.Model):
    """One tag on one contact.

    Personal data: the tag of a person. Erased with the contact.
    """

    personal_data = PersonalData(
        erased="contact",
    )

    pk = models.CompositePrimaryKey("contact_id", "tag_id")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="taggings", db_index=False)
    # No database constraint: services.delete_tag deletes these rows itself, and half a million checks would make
    # a bulk action 3 s slower.
    tag = models.ForeignKey(
        Tag, on_delete=models.CASCADE, related_name="taggings", db_index=False, db_constraint=False
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tag", "contact"], name="contacttag_by_tag")
        ]


class Field(models.Model):
    """A custom field of the workspace.

    Personal data: none (its values are on the contact).
    """

    personal_data = PersonalData(
        impersonal="key name help choices default",
    )

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    format = models.CharField(_("format"), max_length=20, choices=FieldFormat.choices)
    help = models.CharField(_("help text"), max_length=300, blank=True)
    #: allowed values of choice fields, in order
    choices = models.JSONField(default=list, blank=True)
    default = models.JSONField(null=True, blank=True)
    required = models.BooleanField(_("required"), default=False)
    unique = models.BooleanField(_("unique"), default=False)
    indexed = models.BooleanField(_("indexed"), default=False)
    shown = models.BooleanField(_("shown on the customer page"), default=True)
    position = models.IntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                Upper("name"), condition=models.Q(archived_at=None), name="field_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ConsentProofRow(models.Model):
    """The proof behind consent entries: one row for an import, a form or a change by staff.

    Personal data: what the text of the ground contains. Erased with the last contact whose consent rests on it.
    """

    personal_data = PersonalData(
        erased="ground data",
        staff="member_id member_name",
        impersonal="method wording",
    )

    method = models.CharField(max_length=40)
    ground = models.TextField(blank=True)
    wording = models.TextField(blank=True)
    obtained_at = models.DateTimeField(null=True, blank=True)
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_consentproof"


class ConsentEntry(models.Model):
    """One entry of the consent log; never changed.

    Personal data: what the person agreed to or refused. Erased with the contact.
    """

    personal_data = PersonalData(
        erased="contact",
        impersonal="channel purpose",
    )

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consent_entries")
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=20, default="marketing")
    consent = models.SmallIntegerField(choices=Consent.choices)
    proof = models.ForeignKey(
        ConsentProofRow, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    at = models.DateTimeField()
    #: of an entry that comes from a file (its name is in the proof): the row, and the position of the column
    file_row = models.BigIntegerField(null=True)
    file_column = models.SmallIntegerField(null=True)
    #: when the person answered, where the file says it
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]


class BulkChange(models.Model):
    """An action on many contacts, with what undo needs to know.

    Personal data: none itself; its rows hold contacts as they were and are erased after 30 days.
    """

    personal_data = PersonalData(
        expires={
            "data": "deleted after 30 days by services.purge_deleted",
        },
        staff="member_id",
    )

    action = models.CharField(max_length=20, choices=BulkAction.choices)
    member_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    count = models.IntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)


class BulkChangeRow(models.Model):
    """A contact as it was before a change; ``before`` is null for one that did not exist.

    Personal data: the contact as it was. Erased 30 days after the change.
    """

    personal_data = PersonalData(
        erased="contact_id before tags",
    )

    pk = models.CompositePrimaryKey("change_id", "contact_id")
    #: no database constraint: checking every row would take a third of the time of tagging half a million contacts
    change = models.ForeignKey(
        BulkChange, on_delete=models.CASCADE, related_name="rows", db_index=False, db_constraint=False
    )
    contact_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    #: ids of the tags that the change added or removed
    tags = models.JSONField(null=True)


def new_erasure_key() -> bytes:
    """Return thirty-two random bytes."""
    return secrets.token_bytes(32)


class ContactSettings(models.Model):
    """What a workspace sets for its contacts. One row, made when something is first set or somebody is erased.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="erasure_key",
    )

    #: key of the hashes of erased people; in the database, so that a restored backup still knows them
    erasure_key = models.BinaryField(max_length=32, default=new_erasure_key)
    #: the number field with an age in years, for contacts without a date of birth (R-04)
    age_field = models.ForeignKey(Field, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    #: opening values of another system are shown and offered as conditions (R-07)
    opening_values = models.BooleanField(default=False)


class ErasedIdentifier(models.Model):
    """What identified an erased person, so that no file and no other system brings them back (CON-68).

    Personal data: a keyed hash. Kept until the person comes back on their own.
    """

    personal_data = PersonalData(
        kept={
            "digest": "a keyed hash, so that no later import brings an erased person back",
        },
    )

    #: core.keyed_hash.digest(key, kind, value)
    digest = models.BinaryField(max_length=32, primary_key=True)
    at = models.DateTimeField()


def undo_deadline(at: datetime) -> datetime:
    """Return the instant from which a change can no longer be undone."""
    from datetime import timedelta

    return at + timedelta(days=30)

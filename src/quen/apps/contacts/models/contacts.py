"""Contacts, their identities and where they come from."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.models.search import Lexemes, SearchWords
from quen.apps.contacts.types import Channel, Consent, Gender, SourceKind, Status
from quen.core.privacy import PersonalData

_ALIVE = models.Q(deleted_at=None)


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
    #: since when nothing is sent to the person at their request; their data are kept, and not used
    restricted_at = models.DateTimeField(null=True, blank=True)
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
            # Whose birthday a day is; special days have indexes of their own (services.fields).
            models.Index(
                fields=["birth_day"],
                name="contact_by_birthday",
                condition=_ALIVE & models.Q(birth_day__isnull=False),
            ),
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
            # What a count of others' rows joins to, in order of id: a sixth of the covering index, and nobody deleted.
            models.Index(fields=["id"], name="contact_living", condition=_ALIVE),
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

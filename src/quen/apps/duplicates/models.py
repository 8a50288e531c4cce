"""Tables of the duplicates app."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.apps.duplicates.types import PairKind, PairState
from quen.core.privacy import PersonalData


class DuplicatePair(models.Model):
    """Two contacts who may be one person, or who share a number and are not.

    Personal data: that two contacts are alike. Erased with either.
    """

    personal_data = PersonalData(staff="member_id")

    #: the lower id
    first_contact_id = models.BigIntegerField()
    second_contact_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=PairKind.choices)
    #: a Sign
    signs = models.SmallIntegerField()
    score = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=PairState.choices, default=PairState.OPEN)
    #: a hash of the phones and emails of both: what was decided ends when one of them changes
    identifiers = models.BigIntegerField()
    found_at = models.DateTimeField()
    later_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    member_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first_contact_id", "second_contact_id"], name="pair_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["second_contact_id"], name="pair_by_second"),
            models.Index(
                fields=["kind", "-score", "id"], condition=models.Q(state="open"), name="pair_to_decide"
            ),
        ]


class MatchKey(models.Model):
    """A key under which a contact is compared with others that have it too.

    Personal data: a hash of a phone, an email, or a name with a birthday or an address. Erased with the contact.
    """

    personal_data = PersonalData(erased="contact_id")

    pk = models.CompositePrimaryKey("key", "contact_id")
    key = models.BigIntegerField()
    contact_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id"], name="matchkey_by_contact")
        ]


class ChangedContact(models.Model):
    """A contact who is still to be compared with the others.

    Personal data: contact_id. Deleted once compared.
    """

    personal_data = PersonalData(erased="contact_id")

    contact_id = models.BigIntegerField(primary_key=True)
    #: its keys have been written
    keyed = models.BooleanField(default=False)


class DuplicateScan(models.Model):
    """What the job knows of this workspace; one row, made by its first run.

    Personal data: none.
    """

    personal_data = PersonalData()

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

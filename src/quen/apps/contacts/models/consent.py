"""The consent log with its proofs, and what is kept of erased people."""

from __future__ import annotations

from django.db import models

from quen.apps.contacts.models.contacts import Contact
from quen.apps.contacts.types import MARKETING, Consent
from quen.core.privacy import PersonalData


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
    purpose = models.CharField(max_length=20, default=MARKETING)
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

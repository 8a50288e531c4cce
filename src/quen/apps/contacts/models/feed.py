"""Who changed last, in the order of commit: what other systems read to stay in step."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.core.privacy import PersonalData


class ContactChange(models.Model):
    """The latest change of a contact, in the order in which changes were committed.

    What the contact is now (changed, deleted, merged, erased) is read from the contact. An entry of somebody who is
    gone is deleted 30 days later.
    Personal data: contact_id.
    """

    personal_data = PersonalData(
        kept={
            "contact_id": "a number that finds no one tells other systems to forget them too; the entry is deleted 30"
            " days later, or when another one follows",
        },
    )

    #: no foreign key: the entry outlives the contact
    contact_id = models.BigIntegerField(primary_key=True)
    #: rises with every change in the workspace: the version of the contact
    seq = models.BigIntegerField()
    #: when it was entered; never falls as seq rises
    at = models.DateTimeField()

    class Meta:
        db_table = "contacts_contactchange"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["seq"], name="contactchange_order"),
            models.Index(fields=["at"], name="contactchange_time"),
        ]

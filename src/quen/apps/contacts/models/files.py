"""Files that members keep with a contact."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.apps.contacts.models.contacts import Contact
from quen.apps.contacts.types import FileKind
from quen.core.privacy import PersonalData


class ContactFile(models.Model):
    """A file of a contact, such as a signed form or a photo; its name, size and content are those of ``team.File``.

    Personal data: the file, its name too. Erased with the contact, or deleted by a member.
    """

    personal_data = PersonalData(
        erased="contact",
        staff="member_id member_name",
    )

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="files", db_index=False)
    file = models.OneToOneField("team.File", on_delete=models.CASCADE, related_name="+")
    #: what its content was recognised as, whatever its name and the browser say
    kind = models.CharField(max_length=20, choices=FileKind.choices, default=FileKind.OTHER)
    at = models.DateTimeField()
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact", "-at"], name="contactfile_newest")
        ]

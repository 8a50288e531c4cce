"""Tags, and the tags of contacts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.models.contacts import Contact
from quen.apps.contacts.types import TagColour
from quen.core.privacy import PersonalData


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
    colour = models.CharField(_("colour"), max_length=10, choices=TagColour.choices, blank=True)
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

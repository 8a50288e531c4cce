"""Further addresses of contacts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.models.contacts import Contact
from quen.core.privacy import PersonalData


class ContactAddress(models.Model):
    """An address of a contact besides the default one, which is on the contact itself.

    Personal data: all of it. Erased with the contact.
    """

    personal_data = PersonalData(
        erased="contact country province province_before city district ward address_line",
    )

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="further_addresses", db_index=False
    )
    country = models.CharField(_("country"), max_length=2, blank=True)
    province = models.CharField(_("province/city"), max_length=2, blank=True)
    province_before = models.CharField(max_length=2, blank=True)
    city = models.CharField(_("city as typed"), max_length=120, blank=True)
    district = models.CharField(_("district (before 2025)"), max_length=120, blank=True)
    ward = models.CharField(_("ward/commune"), max_length=120, blank=True)
    address_line = models.CharField(_("address"), max_length=300, blank=True)
    #: the import that brought it, whose undo takes it away again
    change_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact", "id"], name="contactaddress_order"),
            models.Index(
                fields=["change_id"],
                name="contactaddress_import",
                condition=models.Q(change_id__isnull=False),
            ),
        ]

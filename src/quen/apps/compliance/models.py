"""Tables of the compliance room, in the workspace's schema."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.types import SuppressionCause


def new_salt() -> bytes:
    """Make sixteen bytes nobody can guess."""
    return secrets.token_bytes(16)


class SendingSettings(models.Model):
    """What this workspace says and keeps to whenever it sends. One row.

    Personal data: none.
    """

    #: why people receive mail, in the footer of every marketing message (ACC-14); {"vi": …, "en": …}
    permission_reminders = models.JSONField(default=dict)
    #: first words of the subject of advertising mail (Decree 91/2020 Art. 18); empty switches it off
    email_label = models.CharField(_("label of advertising mail"), max_length=12, default="[QC]", blank=True)
    #: advertising mails to one person within 24 hours (Art. 13.5); stricter is allowed
    email_cap = models.PositiveSmallIntegerField(_("advertising mails within 24 hours"), default=3)
    #: opens sooner after hand-over are taken for machines (CAM-07)
    bot_open_seconds = models.PositiveSmallIntegerField(default=30)
    #: makes the hashes of suppressed addresses this workspace's own; a backup takes it along
    salt = models.BinaryField(max_length=16, default=new_salt)
    updated_at = models.DateTimeField(null=True)


class TermsAcceptance(models.Model):
    """Somebody accepted a version of the anti-spam policy (ACC-15). Never changed.

    Personal data: member_name. Kept as proof.
    """

    version = models.CharField(max_length=20)
    member_id = models.BigIntegerField()
    member_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]


class Suppression(models.Model):
    """An address nothing is sent to, whatever consent says. Asked last before sending (CHN-27).

    Personal data: address. Only the salted hash stays of an erased person.
    """

    channel = models.CharField(max_length=10)
    #: queries.address_hash(channel, address): SHA-256 with the workspace's salt
    address_hash = models.BinaryField(max_length=32)
    address = models.CharField(max_length=254, blank=True)
    cause = models.CharField(max_length=12, choices=SuppressionCause.choices)
    note = models.CharField(max_length=300, blank=True)
    contact_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        # One row a cause: lifting what staff entered must not lift what the person said.
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash", "cause"], name="suppression_once")
        ]


class Unsubscribe(models.Model):
    """A person said no, and the one confirmation the law asks for (Art. 20.3-4, CHN-24).

    Personal data: contact_id, address. Kept a year as proof, then services.forget_old_refusals takes the address.
    """

    contact_id = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=254)
    #: a key of RefusalWay
    method = models.CharField(max_length=20)
    #: everything of the shop, or this channel only
    all_channels = models.BooleanField(default=False)
    message_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    #: status and consent as they were, for the person's own undo
    snapshot = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    #: they agreed anew later, by their own act
    resubscribed_at = models.DateTimeField(null=True)
    #: the colleague who noted it down, when they said it to somebody
    member_name = models.CharField(max_length=120, blank=True)
    #: the confirmation was handed to delivery; at most once
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id", "channel", "-at"], name="unsubscribe_by_contact")
        ]

"""Tables of the compliance app, in the workspace's schema."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models

from quen.apps.compliance.rules.languages import in_language
from quen.apps.compliance.types import DataUse, SuppressionCause
from quen.apps.contacts.types import Consent
from quen.core.privacy import PersonalData


def new_salt() -> bytes:
    """Return sixteen random bytes."""
    return secrets.token_bytes(16)


class SendingSettings(models.Model):
    """What applies to every message of this workspace. One row.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="permission_reminders salt",
    )

    #: why recipients get the message, in the footer of marketing email (ACC-14); {"vi": …, "en": …}
    permission_reminders = models.JSONField(default=dict)
    #: opens sooner after sending are counted as opens by bots (CAM-07)
    bot_open_seconds = models.PositiveSmallIntegerField(default=30)
    #: salt of the hashes of suppressed addresses; included in backups
    salt = models.BinaryField(max_length=16, default=new_salt)
    updated_at = models.DateTimeField(null=True)


class ChannelRules(models.Model):
    """What a workspace sets for a channel; without a row the channel's policy applies.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="channel label",
    )

    channel = models.CharField(max_length=10, primary_key=True)
    #: advertising messages to one contact within 24 hours (Decree 91/2020 Art. 13.5); at most the legal maximum
    daily_cap = models.PositiveSmallIntegerField()
    #: start of advertising messages (Art. 18 for the subject of emails); empty: no label
    label = models.CharField(max_length=12, blank=True)


class TermsAcceptance(models.Model):
    """A member accepted a version of the anti-spam policy (ACC-15). Never changed.

    Personal data: member_name. Kept as proof.
    """

    personal_data = PersonalData(
        staff="member_id member_name",
        impersonal="version",
    )

    version = models.CharField(max_length=20)
    member_id = models.BigIntegerField()
    member_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]


class Suppression(models.Model):
    """An address that gets no messages, whatever its consent. Checked right before sending (CHN-27).

    Personal data: address. Of an erased contact only the salted hash is kept.
    """

    personal_data = PersonalData(
        erased="address note contact_id",
        kept={
            "address_hash": "a salted hash, so that no later import writes to an erased contact",
        },
        staff="member_name",
        impersonal="channel",
    )

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
        # One row per cause: removing the one that staff added must not remove the contact's own.
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash", "cause"], name="suppression_once")
        ]


class Topic(models.Model):
    """What advertising is about: a person may leave one topic and keep the others (CON-66).

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="names descriptions channels",
    )

    #: by language; Vietnamese is always given
    names = models.JSONField(default=dict)
    descriptions = models.JSONField(default=dict)
    #: the channels on which messages of the topic are sent
    channels = models.JSONField(default=list)
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language, else in Vietnamese."""
        return str(in_language(self.names))

    @property
    def description(self) -> str:
        """The description in the active language, else in Vietnamese; may be empty."""
        return str(in_language(self.descriptions))


class TopicChoice(models.Model):
    """What a person said about a topic on a channel. Without a row the topic follows the consent for the channel.

    Personal data: what the person chose. Erased with the contact; the consent log has each answer with its proof.
    """

    personal_data = PersonalData(
        erased="contact_id",
        impersonal="channel",
    )

    contact_id = models.BigIntegerField()
    topic_id = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    #: Consent.GRANTED or Consent.WITHDRAWN
    consent = models.SmallIntegerField(choices=Consent.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_id", "topic_id", "channel"], name="topic_choice_once")
        ]


class PurposeAnswer(models.Model):
    """What a person said about another use of their data (R-17). Without a row they were never asked.

    Personal data: what the person said. Erased with the contact; the consent log has each answer with its proof.
    """

    personal_data = PersonalData(
        erased="contact_id",
    )

    contact_id = models.BigIntegerField()
    purpose = models.CharField(max_length=20, choices=DataUse.choices)
    #: Consent.GRANTED or Consent.WITHDRAWN
    consent = models.SmallIntegerField(choices=Consent.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact_id", "purpose"], name="purpose_answer_once")]


class Unsubscribe(models.Model):
    """A contact unsubscribed, and the one confirmation the law requires (Art. 20.3-4, CHN-24).

    Personal data: contact_id, address. Kept a year as proof, then services.erase_old_unsubscribes erases the address.
    """

    personal_data = PersonalData(
        expires={
            "address": "proof for 425 days, then removed by services.erase_old_unsubscribes",
            "snapshot": "with address",
        },
        kept={
            "contact_id": "proof that somebody unsubscribed; the id finds no one any more",
        },
        staff="member_name",
        impersonal="channel method",
    )

    contact_id = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=254)
    #: an UnsubscribeMethod
    method = models.CharField(max_length=20)
    #: all advertising of the shop, or this channel only
    all_channels = models.BooleanField(default=False)
    message_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    #: status, consent and added suppressions, to undo the unsubscribe
    snapshot = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    #: when the contact opted in again
    resubscribed_at = models.DateTimeField(null=True)
    #: the member who recorded it, if the contact told staff
    member_name = models.CharField(max_length=120, blank=True)
    #: when the confirmation was queued for sending; at most once
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id", "channel", "-at"], name="unsubscribe_by_contact")
        ]


class AdvertiserLink(models.Model):
    """The advertiser with which this workspace shares refusals and counters, and former ones (R-58).

    A former link keeps the token, because the refusals copied while it was in force stay.
    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="token",
    )

    #: of advertisers.Advertiser, in the shared schema
    advertiser_id = models.BigIntegerField()
    #: from which the key of the hashes is derived
    token = models.CharField(max_length=32)
    #: version up to which refusals of other workspaces have been copied here
    copied_version = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advertiser_id"], name="one_link_per_advertiser"),
        ]


class RecordedRefusal(models.Model):
    """A refusal of this workspace that its advertiser's other workspaces learn of, written with the refusal itself.

    Personal data: address_hash.
    """

    personal_data = PersonalData(
        kept={"address_hash": "a keyed hash; the key is not in the database"},
        impersonal="channel",
    )

    channel = models.CharField(max_length=10)
    #: with the key of the active link
    address_hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    #: undone by the person within a day
    is_undone = models.BooleanField(default=False)
    is_shared = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash"], name="recorded_refusal_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="recorded_refusal_to_share", condition=models.Q(is_shared=False))
        ]

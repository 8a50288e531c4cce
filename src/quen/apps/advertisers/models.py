"""Tables of the shared schema: advertisers, their workspaces, and what the law counts per advertiser.

Addresses are here only as keyed hashes: the key is derived from the installation's secret and the advertiser, so the
database alone reveals nobody, and two advertisers have different hashes of the same address.
"""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models

from quen.core.privacy import PersonalData

_HASH = "a keyed hash; the key is not in the database"


def new_token() -> str:
    """Return 32 random hexadecimal digits."""
    return secrets.token_hex(16)


class Advertiser(models.Model):
    """A legal entity that advertises, with its workspaces (R-58).

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="token code",
    )

    #: the key of its hashes is derived from it
    token = models.CharField(max_length=32, unique=True, default=new_token)
    #: what the owner of another workspace enters to ask for joining
    code = models.CharField(max_length=14, unique=True)
    #: counts changes of shared refusals; whoever increments it holds the row until the commit
    refusal_version = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()


class AdvertiserWorkspace(models.Model):
    """A workspace of an advertiser. The one that joined first decides who else joins.

    Personal data: none.
    """

    personal_data = PersonalData()

    workspace = models.OneToOneField(
        "accounts.Workspace", on_delete=models.CASCADE, primary_key=True, related_name="advertiser_link"
    )
    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="links")
    joined_at = models.DateTimeField()
    #: when its messages of the last 24 hours and its refusals had been copied here
    ready_at = models.DateTimeField(null=True)
    #: when it was told to leave; the row is deleted once the workspace has stopped sharing
    leaving_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["joined_at", "workspace_id"]


class JoinRequest(models.Model):
    """The owner of a workspace asks for joining an advertiser.

    Personal data: the names of the owners who asked and answered. Deleted 30 days after the end by
    services.delete_expired.
    """

    personal_data = PersonalData(
        staff="requested_by decided_by",
    )

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="join_requests")
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    requested_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    is_accepted = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(decided_at__isnull=True),
                name="one_open_join_request",
            )
        ]


class SharedRefusal(models.Model):
    """A refusal of advertising recorded in a workspace, for the other workspaces of the advertiser.

    Personal data: address_hash.
    """

    personal_data = PersonalData(
        kept={"address_hash": _HASH},
        impersonal="channel",
    )

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10)
    address_hash = models.BinaryField(max_length=32)
    #: where it was recorded; not a foreign key, because a refusal outlives the workspace
    workspace_id = models.BigIntegerField()
    at = models.DateTimeField()
    #: Advertiser.refusal_version at its last change
    version = models.BigIntegerField()
    #: the person undid it within a day, so the copies are removed
    is_undone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["advertiser", "address_hash", "channel", "workspace_id"], name="shared_refusal_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["advertiser", "version"], name="shared_refusal_by_version")
        ]


class TakenPlace(models.Model):
    """An advertising message to an address, counted towards the limit of 24 hours (Decree 91/2020 Art. 13.5).

    It is written before the message is claimed for sending.
    Personal data: address_hash. Deleted after two days by services.delete_expired.
    """

    personal_data = PersonalData(
        expires={"address_hash": "a keyed hash, deleted after two days by services.delete_expired"},
        impersonal="channel",
    )

    # Plain numbers: fifty rows before each batch are no occasion for checking foreign keys.
    advertiser_id = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    address_hash = models.BinaryField(max_length=32)
    workspace_id = models.BigIntegerField()
    message_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["advertiser_id", "address_hash", "workspace_id", "message_id"],
                name="taken_place_once",
            )
        ]

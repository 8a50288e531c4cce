"""Tables of campaigns, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.types import CampaignState
from quen.apps.compliance.types import MessageClass
from quen.core.privacy import PersonalData


class Campaign(models.Model):
    """One message, sent once, to an audience.

    ``started_at`` is committed before anything is sent and identifies the dispatch: a start that runs again, also
    after a crash, finds the same dispatch.

    Personal data: member_name, kept as the author; ids of single contacts in audience, which find no one once the
    contact is erased.
    """

    personal_data = PersonalData(
        kept={
            "audience": "ids of single contacts, which find no one once they are erased",
        },
        staff="member_id member_name",
        impersonal="name channel permission_reminders link_tags estimate failure link_check",
    )

    name = models.CharField(_("campaign name"), max_length=1000)
    #: key of a channel (channels.registry)
    channel = models.CharField(max_length=10)
    message_class = models.CharField(
        max_length=15, choices=MessageClass.choices, default=MessageClass.MARKETING
    )
    #: compliance.Topic; asked for as soon as the workspace has topics on this channel
    topic_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=12, choices=CampaignState.choices, default=CampaignState.DRAFT)
    #: {"include": [{"segment": 3}, {"tag": 5}, {"contact": 9}, {"tree": {…}}, {"everyone": true}], "exclude": […]}
    audience = models.JSONField(default=dict)
    sender_id = models.BigIntegerField(null=True)
    content_id = models.BigIntegerField()
    #: by language, in place of the workspace's permission reminder (ACC-14)
    permission_reminders = models.JSONField(default=dict)
    track_opens = models.BooleanField(default=True)
    track_clicks = models.BooleanField(default=True)
    #: appended to every link: {"source": …, "medium": …, "campaign": …}; empty: none
    link_tags = models.JSONField(default=dict)
    rate_per_second = models.FloatField(null=True, blank=True)
    #: None: sent as soon as "Send" is pressed
    send_at = models.DateTimeField(null=True, blank=True)
    dispatch_id = models.BigIntegerField(null=True)
    #: the last estimate of the audience: {"matched", "eligible", "skipped_by_reason": {code: n}, "at"}
    estimate = models.JSONField(default=dict)
    #: why it failed or was paused: {"code": stable code, …its parameters}
    failure = models.JSONField(default=dict)
    #: the last check of the links: {"checked_at", "content_hash", "issues": [{"code", "params"}]}, or {"requested_at"}
    link_check = models.JSONField(default=dict)
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    scheduled_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    #: deleted; can be restored for 30 days
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["send_at"], name="campaign_due", condition=models.Q(state=CampaignState.SCHEDULED)
            ),
            models.Index(fields=["dispatch_id"], name="campaign_by_dispatch"),
        ]

    def __str__(self) -> str:
        return self.name

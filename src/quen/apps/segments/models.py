"""Tables of segments, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from quen.core.privacy import PersonalData

_LIVE = models.Q(archived_at=None)


class Segment(models.Model):
    """A saved audience. Its members are stored as rows and updated as contacts change.

    Personal data: none.
    """

    personal_data = PersonalData(
        kept={
            "tree": "the shop's own conditions, which may quote a value",
        },
        staff="member_id",
        impersonal="name description dependencies failure",
    )

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=500, blank=True)
    #: canonical condition tree (audience README)
    tree = models.JSONField(default=dict)
    #: what the tree depends on: {"fields": [...], "events": [...], "time_based": bool, "segments": [ids]}
    dependencies = models.JSONField(default=dict)
    #: current number of members; updated with every change of membership
    size = models.BigIntegerField(default=0)
    #: the first computation, or the one after a change of the tree, has not finished
    computing = models.BooleanField(default=True)
    #: when membership was last computed for all contacts
    computed_at = models.DateTimeField(null=True)
    #: why the last computation failed: {"code", "reference"}; its members may be out of date then
    failure = models.JSONField(default=dict)
    #: incremented with the tree; a computation for an older version is discarded
    version = models.IntegerField(default=1)
    member_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Upper("name"), condition=_LIVE, name="segment_name_once")]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """A contact is in a segment since an instant.

    Personal data: that a contact belongs to the segment. Removed by the next refresh after the contact is deleted.
    """

    personal_data = PersonalData(
        erased="contact_id",
    )

    pk = models.CompositePrimaryKey("segment_id", "contact_id")
    # No foreign key constraints: one statement writes up to a million members.
    segment = models.ForeignKey(
        Segment, on_delete=models.DO_NOTHING, related_name="members", db_index=False, db_constraint=False
    )
    contact_id = models.BigIntegerField()
    entered_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id", "segment"], name="segmentmember_by_contact")
        ]


class SegmentDay(models.Model):
    """A segment's size at the end of a local day, and how many contacts entered and left on it.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="day",
    )

    pk = models.CompositePrimaryKey("segment_id", "day")
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="days", db_index=False, db_constraint=False
    )
    day = models.DateField()
    size = models.BigIntegerField()
    entered = models.BigIntegerField(default=0)
    left = models.BigIntegerField(default=0)

"""Actions on many contacts, with what undo needs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from quen.apps.contacts.types import BulkAction
from quen.core.privacy import PersonalData


class BulkChange(models.Model):
    """An action on many contacts, with what undo needs to know.

    Personal data: none itself; its rows hold contacts as they were and are erased after 30 days.
    """

    personal_data = PersonalData(
        expires={
            "data": "deleted after 30 days by services.purge_deleted",
        },
        staff="member_id",
    )

    action = models.CharField(max_length=20, choices=BulkAction.choices)
    member_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    count = models.IntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)


class BulkChangeRow(models.Model):
    """A contact as it was before a change; ``before`` is null for one that did not exist.

    Personal data: the contact as it was. Erased 30 days after the change.
    """

    personal_data = PersonalData(
        erased="contact_id before tags",
    )

    pk = models.CompositePrimaryKey("change_id", "contact_id")
    #: no database constraint: checking every row would take a third of the time of tagging half a million contacts
    change = models.ForeignKey(
        BulkChange, on_delete=models.CASCADE, related_name="rows", db_index=False, db_constraint=False
    )
    contact_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    #: ids of the tags that the change added or removed
    tags = models.JSONField(null=True)


def undo_deadline(at: datetime) -> datetime:
    """Return the instant from which a change can no longer be undone."""
    return at + timedelta(days=30)

"""Tables of the data_requests app, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.apps.data_requests.types import OPEN_STATES, RequestKindChoices, RequestOrigin, RequestState
from quen.core.privacy import PersonalData


class RequestSettings(models.Model):
    """Within how many days requests are answered. One row; without it the defaults apply.

    Personal data: none.
    """

    personal_data = PersonalData()

    #: working days
    acknowledge_days = models.PositiveSmallIntegerField(default=2)
    withdraw_days = models.PositiveSmallIntegerField(default=15)
    restrict_days = models.PositiveSmallIntegerField(default=15)
    object_days = models.PositiveSmallIntegerField(default=15)
    copy_days = models.PositiveSmallIntegerField(default=10)
    correct_days = models.PositiveSmallIntegerField(default=10)
    erase_days = models.PositiveSmallIntegerField(default=20)
    #: by which an answer may be put off once
    extension_days = models.PositiveSmallIntegerField(default=15)
    #: reminders are sent so many days before
    remind_days = models.PositiveSmallIntegerField(default=2)


class DataRequest(models.Model):
    """What a person asked for about their data, until when, and what became of it.

    Personal data: who asked, and their words; both go when the person is erased. What was done is kept as proof.
    """

    personal_data = PersonalData(
        erased="name words",
        kept={"contact_id": "proof that somebody asked; the id finds no one once the person is erased"},
        staff="member_id member_name reason extension_reason note",
        impersonal="certificate",
    )

    contact_id = models.BigIntegerField()
    #: of the person when they asked, for a list that outlives a deletion
    name = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=10, choices=RequestKindChoices.choices)
    state = models.CharField(max_length=12, choices=RequestState.choices, default=RequestState.RECEIVED)
    origin = models.CharField(max_length=10, choices=RequestOrigin.choices)
    words = models.TextField(blank=True)
    received_at = models.DateTimeField()
    acknowledge_due_at = models.DateTimeField()
    due_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: why it was refused
    reason = models.TextField(blank=True)
    #: what was done, for colleagues
    note = models.TextField(blank=True)
    extended_at = models.DateTimeField(null=True)
    extension_reason = models.TextField(blank=True)
    #: the due date before the extension
    first_due_at = models.DateTimeField(null=True)
    #: who recorded it, then who works on it
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    reminded_at = models.DateTimeField(null=True)
    overdue_told_at = models.DateTimeField(null=True)
    #: of an erasure: {"erased": [{"title", "records"}], "identifiers": n}
    certificate = models.JSONField(default=dict)

    class Meta:
        ordering = ["due_at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["due_at", "id"],
                name="data_request_open",
                condition=models.Q(state__in=list(OPEN_STATES)),
            ),
            models.Index(fields=["contact_id"], name="data_request_by_contact"),
        ]

    @property
    def is_open(self) -> bool:
        """Return whether it still has to be answered."""
        return self.state in OPEN_STATES

"""Tables of the tasks app, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.apps.tasks.rules.call_hours import LEGAL_FROM, LEGAL_UNTIL
from quen.apps.tasks.types import TaskKind, TaskOrigin, TaskState
from quen.core.privacy import PersonalData


class TaskSettings(models.Model):
    """When the shop makes advertising calls, within the hours of the law. One row; without it the defaults apply.

    Personal data: none.
    """

    personal_data = PersonalData()

    #: time of day in Việt Nam
    call_from = models.TimeField(default=LEGAL_FROM)
    call_until = models.TimeField(default=LEGAL_UNTIL)


class Task(models.Model):
    """Something to be done by a time, by a member or by anybody of a role (CON-72).

    Personal data: title, result, contact_id. Tasks about a contact are erased with them by services.erase_tasks; names
    of members stay with the task.
    """

    personal_data = PersonalData(
        erased="title result contact_id",
        staff="created_by_name ended_by_name",
        impersonal="group",
    )

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=TaskKind.choices)
    contact_id = models.BigIntegerField(null=True)
    #: the member who does it
    assignee_id = models.BigIntegerField(null=True)
    #: a role, anybody of which may take the task; empty: it is the assignee's, or anybody's
    group = models.CharField(max_length=20, blank=True)
    due_at = models.DateTimeField()
    #: no time of day was set, and due_at is the last minute of the day
    is_all_day = models.BooleanField(default=False)
    remind_minutes = models.PositiveSmallIntegerField(null=True)
    #: when the reminder is due; None when none is wanted, or no longer
    remind_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.OPEN)
    result = models.TextField(blank=True)
    #: a call that offers something (CHN-25)
    is_advertising = models.BooleanField(default=False)
    origin = models.CharField(max_length=12, choices=TaskOrigin.choices)
    #: of contacts.BulkChange, for tasks created for many customers at once
    change_id = models.BigIntegerField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    #: when it was done or cancelled, and by whom
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.BigIntegerField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            # A bulk job may run twice.
            models.UniqueConstraint(fields=["change_id", "contact_id"], name="task_once_per_change")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at", "id"], name="task_open", condition=models.Q(state="open")),
            models.Index(
                fields=["assignee_id", "due_at"], name="task_open_of_member", condition=models.Q(state="open")
            ),
            models.Index(fields=["contact_id", "due_at"], name="task_of_contact"),
            models.Index(fields=["-ended_at", "-id"], name="task_ended", condition=~models.Q(state="open")),
            models.Index(
                fields=["remind_at"],
                name="task_to_remind",
                condition=models.Q(state="open", remind_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Return whether it is still to be done."""
        return self.state == TaskState.OPEN


class AdvertisingCall(models.Model):
    """An advertising call that was made, counted towards the limit of one in 24 hours to a number (CHN-25).

    Personal data: contact_id, address_hash. Erased with the contact; otherwise proof that the limit was kept.
    """

    personal_data = PersonalData(
        erased="contact_id address_hash",
        staff="member_id member_name",
    )

    task_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    #: compliance.queries.address_hash of the number called
    address_hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["address_hash", "-at"], name="advertising_call_of_number"),
            models.Index(fields=["task_id", "-at"], name="advertising_call_of_task"),
            models.Index(fields=["contact_id"], name="advertising_call_of_contact"),
        ]

"""Tables of the team app, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import get_script_prefix
from django.utils.translation import gettext_lazy as _

from quen.apps.team import registry
from quen.apps.team.types import ENDED_BADGES, ProgressState, Role
from quen.core.actors import Actor, ActorKind
from quen.core.job_outcomes import unexpected_text
from quen.core.privacy import PersonalData


class Member(models.Model):
    """A user's role in this workspace. ``user_id`` is the id of the user in the shared schema, never a foreign key.

    Personal data: name, email. The email is erased by services.delete_account; the name stays for the audit log.
    """

    personal_data = PersonalData(
        staff="user_id name email",
        impersonal="preferences",
    )

    user_id = models.BigIntegerField(unique=True)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("email"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    #: the member's own settings, such as list columns: {"contacts.columns": [...]}
    preferences = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        """Return the member as the one who acts."""
        return Actor.member(self.pk, self.name)

    @property
    def role_name(self) -> str:
        """Return the role's name in the active language."""
        return str(Role(self.role).label)

    def can(self, right: str) -> bool:
        """Return whether an active member's role includes a right."""
        return self.deactivated_at is None and registry.role_has(self.role, right)


class AuditEntry(models.Model):
    """An entry of the audit log: who did what, and when. Never changed.

    Personal data: the member's name. Kept as the log of actions; addresses of customers in data are masked.
    """

    personal_data = PersonalData(
        kept={
            "data": "the log of what members did; addresses of customers are masked",
        },
        staff="actor_id actor_name",
        impersonal="kind target_kind",
    )

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in ActorKind])
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40, blank=True)
    target_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at", "-id"], name="team_auditentry_newest"),
            models.Index(fields=["target_kind", "target_id", "-at"], name="team_auditentry_target"),
        ]


class Notification(models.Model):
    """A notification for one member: an import ended, an invitation was accepted.

    Personal data: names of members in data. Deleted after 90 days by services.delete_old_notifications.
    """

    personal_data = PersonalData(
        staff="member data",
        impersonal="kind path",
    )

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notifications")
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    #: the values for the text of its kind
    data = models.JSONField(default=dict)
    #: path inside the workspace, such as "/imports/7/"
    path = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["member", "-at"], name="team_notification_newest")
        ]


class Progress(models.Model):
    """A long-running operation: how many rows are done, at which rate, how it ended.

    Personal data: none.
    """

    personal_data = PersonalData(
        staff="member_id",
        impersonal="kind title path data",
    )

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    path = models.CharField(max_length=200, blank=True)
    member_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=ProgressState.choices, default=ProgressState.WAITING)
    total = models.BigIntegerField(null=True)
    done = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: rows per second since the start
    rate = models.FloatField(default=0)
    stop_requested_at = models.DateTimeField(null=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    @property
    def is_ended(self) -> bool:
        """Return whether the operation ended, however it did."""
        return self.state in ENDED_BADGES

    @property
    def can_retry(self) -> bool:
        """Return whether its job failed unexpectedly and can run again."""
        return self.state == ProgressState.FAILED and "job" in self.data

    @property
    def failure(self) -> str:
        """Return why it failed and what to do; empty when it did not, or for a reason of its own."""
        return unexpected_text(self.data["reference"]) if self.can_retry else ""

    @property
    def badge(self) -> tuple[str, str]:
        """Return tone and icon of the final state."""
        return ENDED_BADGES[ProgressState(self.state)]

    @property
    def topic(self) -> str:
        """Return the name of its live event."""
        return f"progress-{self.pk}"

    @property
    def seconds_left(self) -> float | None:
        """Return the estimated remaining time by the rate so far; None when unknown."""
        if not self.total or self.rate <= 0:
            return None
        return max(0, self.total - self.done) / self.rate

    @property
    def url(self) -> str:
        """Return the full path of its page."""
        return f"{get_script_prefix().rstrip('/')}{self.path}" if self.path else ""


class File(models.Model):
    """A file stored in rows of 1 MB, so that a database backup is complete.

    Personal data: whatever the file contains. Erased by services.delete_file.
    """

    personal_data = PersonalData(
        expires={
            "name": "deleted with the file",
        },
        staff="member_id",
        impersonal="content_type",
    )

    name = models.CharField(max_length=300)
    content_type = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    member_id = models.BigIntegerField(null=True)
    #: expired files are deleted by a periodic job
    expires_at = models.DateTimeField(null=True)


class FileChunk(models.Model):
    """One megabyte of a file.

    Personal data: part of the file. Erased with it.
    """

    personal_data = PersonalData(
        expires={
            "data": "deleted at File.expires_at, a file of an import 30 days after its end",
        },
    )

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="chunks")
    position = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "position"], name="team_filechunk_unique_position")
        ]
        ordering = ["position"]

"""Tables of the team room, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import get_script_prefix
from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import RIGHTS, ProgressState, Right, Role


class Member(models.Model):
    """A user's seat in this workspace. ``user_id`` is the plain id of the shared user, never a foreign key.

    Personal data: name, email. Erased by services.remove_member.
    """

    user_id = models.BigIntegerField(unique=True)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("email"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    #: what this member chose for their own screens, such as list columns; {"contacts.columns": [...]}
    choices = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def role_name(self) -> str:
        """Give the role in the reader's language."""
        return str(Role(self.role).label)

    def can(self, right: Right | str) -> bool:
        """Say whether the member's role permits something."""
        return self.deactivated_at is None and right in RIGHTS[self.role]


class Action(models.Model):
    """One line of the action log: who did what, when. Never changed.

    Personal data: the member's name. Kept as the log of deeds.
    """

    at = models.DateTimeField()
    member_id = models.BigIntegerField(null=True)
    member_name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40, blank=True)
    target_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at", "-id"], name="team_action_newest"),
            models.Index(fields=["target_kind", "target_id", "-at"], name="team_action_target"),
        ]


class Notice(models.Model):
    """News for one member: an import ended, an invitation was accepted.

    Personal data: none.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notices")
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    #: numbers and names that fill the sentence of the kind
    data = models.JSONField(default=dict)
    #: path inside the workspace, such as "/imports/7/"
    path = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["member", "-at"], name="team_notice_newest")
        ]


class Progress(models.Model):
    """Long work someone waits for: how far it is, at which rate, how it ended.

    Personal data: none.
    """

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    path = models.CharField(max_length=200, blank=True)
    member_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=ProgressState.choices, default=ProgressState.WAITING)
    total = models.BigIntegerField(null=True)
    done = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: rows a second over the last stretch
    rate = models.FloatField(default=0)
    stop_asked_at = models.DateTimeField(null=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    @property
    def topic(self) -> str:
        """Give the name of its live news."""
        return f"progress-{self.pk}"

    @property
    def seconds_left(self) -> float | None:
        """Guess how long it still takes, by the rate so far."""
        if not self.total or self.rate <= 0:
            return None
        return max(0, self.total - self.done) / self.rate

    @property
    def address(self) -> str:
        """Give the full path of the page it belongs to."""
        return f"{get_script_prefix().rstrip('/')}{self.path}" if self.path else ""


class File(models.Model):
    """A file kept as rows of 1 MB, so that a backup of the database holds everything.

    Personal data: whatever the file holds. Erased by services.drop_file.
    """

    name = models.CharField(max_length=300)
    content_type = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    member_id = models.BigIntegerField(null=True)
    #: expired files are dropped by a periodic job
    expires_at = models.DateTimeField(null=True)


class FileChunk(models.Model):
    """One megabyte of a file.

    Personal data: part of the file. Erased with it.
    """

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="chunks")
    position = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="one_chunk_a_position")]
        ordering = ["position"]

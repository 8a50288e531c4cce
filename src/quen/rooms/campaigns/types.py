"""Words, shapes and refusals of the campaigns room."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class CampaignState(TextChoices):
    """R-30, as far as one email to one audience passes them."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


class NotInThisState(DomainError):
    """The campaign has moved on since the page was drawn, or the act is not for its state."""

    code = "not_in_this_state"
    text = _("“%(name)s” is %(state)s; this can't be done now.")


class CheckFailed(DomainError):
    """The check list holds the campaign back."""

    code = "check_failed"
    text = _("%(count)d things hold this campaign back: %(faults)s")


class SendTimePast(DomainError):
    """A send time must lie ahead (R-28)."""

    code = "send_time_past"
    text = _("%(at)s has passed. Choose a later time or send now.")
    field: ClassVar[str | None] = "send_at"


class NobodyToSendTo(DomainError):
    """After consent, suppression and caps nobody is left."""

    code = "nobody_to_send_to"
    text = _("Nobody would receive this. Look at who is left out and why.")

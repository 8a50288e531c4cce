"""Rights, kinds, states and errors of the tasks app."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.core.errors import DomainError


class TaskRight(StrEnum):
    """What a member may do with tasks."""

    VIEW = "tasks.view"
    EDIT = "tasks.edit"
    VIEW_ALL = "tasks.view_all"


class TaskKind(TextChoices):
    """What is to be done."""

    CALL = "call", pgettext_lazy("kind of task", "Call")
    MESSAGE = "message", pgettext_lazy("kind of task", "Message")
    MEETING = "meeting", pgettext_lazy("kind of task", "Meeting")
    OTHER = "other", pgettext_lazy("kind of task", "Other")


class TaskState(TextChoices):
    """Whether a task is still to be done."""

    OPEN = "open", _("To do")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class TaskOrigin(TextChoices):
    """What created a task."""

    MEMBER = "member", _("Created by hand")
    AUTOMATION = "automation", _("Created by an automation")
    API = "api", _("Created by another program")
    CONVERSATION = "conversation", _("Created from a conversation")


#: when to remind, in minutes before a task is due
REMINDERS = {
    0: _("When it is due"),
    15: _("15 minutes before"),
    60: _("1 hour before"),
    1440: _("1 day before"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskValues:
    """What members set of a task.

    assignee_id: a member.  group: a role, anybody of which may take the task; only without an assignee.
    is_all_day: due_at is the last minute of a day, and no time of day is shown.
    remind_minutes: how long before it is due, one of REMINDERS; of an all-day task, before 9:00 of its day.
    is_advertising: a call that offers something, for which the law sets hours and a limit (CHN-25).
    """

    title: str
    due_at: datetime
    kind: str = TaskKind.OTHER
    contact_id: int | None = None
    assignee_id: int | None = None
    group: str = ""
    is_all_day: bool = False
    remind_minutes: int | None = None
    is_advertising: bool = False


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """Whether a customer may be called for advertising at an instant; ``refusal`` says why not."""

    phone: str = ""
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class BulkTasks:
    """How many customers got a task, and how many did not, by reason."""

    created: int
    skipped: dict[str, int] = field(default_factory=dict)


class TitleMissing(DomainError):
    """A task says what to do."""

    code = "task_title_missing"
    text = _("Enter what is to be done.")
    field: ClassVar[str | None] = "title"


class AssigneeUnavailable(DomainError):
    """Tasks are given to members who may see them."""

    code = "assignee_unavailable"
    text = _("This member can't be given tasks.")
    field: ClassVar[str | None] = "assignee"


class TaskNotOpen(DomainError):
    """The task is done or cancelled already."""

    code = "task_not_open"
    status = 409
    text = _("This task isn't open any more: %(state)s.")


class TaskIsOpen(DomainError):
    """Only a task that is done or cancelled can be opened again."""

    code = "task_is_open"
    status = 409
    text = _("This task is open already.")


class TaskTaken(DomainError):
    """Somebody else has the task."""

    code = "task_taken"
    status = 409
    text = _("%(name)s has this task already.")


class AdvertisingWithoutCustomer(DomainError):
    """An advertising call is made to a customer, whose consent is known."""

    code = "advertising_without_customer"
    text = _("Choose the customer to be called: an advertising call needs their consent.")
    field: ClassVar[str | None] = "contact"


class AdvertisingWithoutTime(DomainError):
    """An advertising call is due at a time of day."""

    code = "advertising_without_time"
    text = _("Enter the time of the call: advertising calls are allowed from %(since)s to %(until)s only.")
    field: ClassVar[str | None] = "time"


class OutsideCallHours(DomainError):
    """Advertising calls are allowed at some hours only (Decree 91/2020 Art. 13.6)."""

    code = "outside_call_hours"
    text = _(
        "Advertising calls are allowed from %(since)s to %(until)s only. The next permitted time is %(next)s."
    )
    field: ClassVar[str | None] = "time"


class CallInThePast(DomainError):
    """An advertising call can't be set for a time that is over."""

    code = "call_in_the_past"
    text = _("This time is over. The next permitted time is %(next)s.")
    field: ClassVar[str | None] = "time"


class CalledAlready(DomainError):
    """A number gets one advertising call in 24 hours (Decree 91/2020 Art. 13.5)."""

    code = "called_already"
    text = _(
        "A number gets one advertising call in 24 hours, and this one's is at %(call)s. The next permitted time is"
        " %(next)s."
    )
    field: ClassVar[str | None] = "time"


class CalledByCompany(DomainError):
    """Another shop of the same company has called the number (R-58)."""

    code = "called_by_company"
    text = _(
        "Another shop of your company called this number within the last 24 hours. Try again at %(next)s or later."
    )
    field: ClassVar[str | None] = "time"


class CallNotPermitted(DomainError):
    """The customer may not be called for advertising."""

    code = "call_not_permitted"
    text = _("%(name)s can't be called for advertising: %(reason)s.")
    field: ClassVar[str | None] = "contact"


class HoursNotLegal(DomainError):
    """The hours of advertising calls are within those of the law."""

    code = "hours_not_legal"
    text = _("Advertising calls are legal from %(since)s to %(until)s. Choose hours within these.")
    field: ClassVar[str | None] = "call_from"

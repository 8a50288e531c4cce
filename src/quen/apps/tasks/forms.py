"""Forms of the tasks app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.apps.contacts import queries as contacts
from quen.apps.tasks import queries
from quen.apps.tasks.models import Task, TaskSettings
from quen.apps.tasks.types import REMINDERS, TaskKind, TaskRight, TaskValues
from quen.apps.team.registry import role_has
from quen.apps.team.types import Role
from quen.core.clock import local_day
from quen.ui.widgets import ClockField, DayField

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: the days offered in words, as days from today
_DAYS_AHEAD: Final = (*range(8), 14, 30)
_LAST_MINUTE: Final = time(23, 59)


def due_at(day: date, clock: time | None, zone: ZoneInfo) -> datetime:
    """Return when a task is due: at a time of day, else in the last minute of the day."""
    return datetime.combine(day, clock or _LAST_MINUTE, tzinfo=zone)


class QuickTaskForm(forms.Form):
    """A new task in one line: what, on which day, at what time."""

    title = forms.CharField(
        label=_("What is to be done?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Call back, send a quote…")}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=TaskKind.choices, initial=TaskKind.OTHER)
    when = forms.TypedChoiceField(label=_("Day"), coerce=int, initial=0)
    time = ClockField(label=pgettext_lazy("time of day", "Time"), required=False)

    def __init__(self, data: Any = None, *, zone: ZoneInfo, now: datetime) -> None:
        super().__init__(data)
        self._zone, self._today = zone, local_day(now, zone)
        self.fields["when"].choices = [(ahead, self._words(ahead)) for ahead in _DAYS_AHEAD]  # type: ignore[attr-defined]  # of a choice field

    def values(self, *, contact_id: int | None, assignee_id: int | None) -> TaskValues:
        """Return the values of the task, for the member who types."""
        data = self.cleaned_data
        return TaskValues(
            title=data["title"],
            kind=data["kind"],
            due_at=due_at(self._today + timedelta(days=data["when"]), data["time"], self._zone),
            is_all_day=data["time"] is None,
            contact_id=contact_id,
            assignee_id=assignee_id,
        )

    def _words(self, ahead: int) -> str:
        day = self._today + timedelta(days=ahead)
        words = {
            0: _now("Today"),
            1: _now("Tomorrow"),
            7: _now("In a week"),
            14: _now("In two weeks"),
            30: _now("In a month"),
        }
        return f"{words.get(ahead) or formats.date_format(day, 'l')}, {formats.date_format(day, 'j/n')}"


class TaskForm(forms.Form):
    """All of a task. contact_id: the customer, once it is known; until then they are found by what is typed."""

    title = forms.CharField(label=_("What is to be done?"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=TaskKind.choices, initial=TaskKind.OTHER)
    is_advertising = forms.BooleanField(
        label=_("Advertising call"),
        required=False,
        help_text=_(
            "The call offers something. It needs the customer's consent to calls, is allowed at certain hours only, and"
            " once in 24 hours to a number."
        ),
    )
    contact = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=254,
        help_text=_(
            "Phone number, email address or customer code. Leave empty for a task without a customer."
        ),
    )
    day = DayField(label=_("Due day"))
    time = ClockField(label=pgettext_lazy("time of day", "Time"), required=False)
    assignee = forms.ChoiceField(label=_("Who does it"), required=False)
    remind = forms.TypedChoiceField(
        label=_("Remind"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("No reminder")), *REMINDERS.items()],
    )

    def __init__(
        self,
        data: Any = None,
        *,
        zone: ZoneInfo,
        contact_id: int | None = None,
        initial: dict[str, Any] | None = None,
        with_contact: bool = True,
    ) -> None:
        super().__init__(data, initial=initial)
        self._zone, self._contact_id = zone, contact_id
        self.fields["assignee"].choices = _assignees()  # type: ignore[attr-defined]  # of a choice field
        if contact_id is not None or not with_contact:
            del self.fields["contact"]

    def clean_contact(self) -> int | None:
        """Find the customer."""
        typed = self.cleaned_data["contact"].strip()
        if not typed:
            return None
        found = contacts.find_by_identifier(typed)
        if found is None:
            raise forms.ValidationError(
                _("No customer has this number, address or code."), code="no_such_customer"
            )
        return found.pk

    def values(self) -> TaskValues:
        """Return the values of the task."""
        data = self.cleaned_data
        chosen = data["assignee"]
        return TaskValues(
            title=data["title"],
            kind=data["kind"],
            due_at=due_at(data["day"], data["time"], self._zone),
            is_all_day=data["time"] is None,
            contact_id=self._contact_id if self._contact_id is not None else data.get("contact"),
            assignee_id=int(chosen) if chosen.isdigit() else None,
            group="" if chosen.isdigit() else chosen,
            remind_minutes=data["remind"],
            is_advertising=data["is_advertising"] and data["kind"] == TaskKind.CALL,
        )


def task_initial(task: Task, zone: ZoneInfo) -> dict[str, Any]:
    """Return the fields of a task as its form shows them."""
    local = task.due_at.astimezone(zone)
    return {
        "title": task.title,
        "kind": task.kind,
        "is_advertising": task.is_advertising,
        "day": local.date(),
        "time": None if task.is_all_day else local.time(),
        "assignee": str(task.assignee_id or task.group or ""),
        "remind": "" if task.remind_minutes is None else task.remind_minutes,
    }


class ResultForm(forms.Form):
    """What came of a task."""

    result = forms.CharField(
        label=_("Result"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class TaskFilterForm(forms.Form):
    """Whose tasks, and of which kind."""

    who = forms.ChoiceField(label=_("Whose"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *TaskKind.choices]
    )

    def __init__(self, data: Any, *, sees_all: bool) -> None:
        super().__init__(data)
        choices: list[tuple[str, Any]] = [("", _("Mine")), ("free", _("Without assignee"))]
        if sees_all:
            choices.append(("all", _("Everybody's")))
        self.fields["who"].choices = choices  # type: ignore[attr-defined]  # of a choice field


class CallHoursForm(forms.Form):
    """When advertising calls are made."""

    call_from = ClockField(label=pgettext_lazy("time of day", "From"))
    call_until = ClockField(label=pgettext_lazy("time of day", "Until"))

    def __init__(self, data: Any = None, *, settings: TaskSettings) -> None:
        super().__init__(data, initial={"call_from": settings.call_from, "call_until": settings.call_until})


def _assignees() -> Sequence[tuple[str, Any]]:
    """Return nobody, the members who may be given tasks, and the roles whose members may take them."""
    members = [(str(member.pk), member.name) for member in queries.assignable_members()]
    roles = [
        (role.value, _("Anybody: %(role)s") % {"role": role.label})
        for role in Role
        if role_has(role, TaskRight.EDIT)
    ]
    return [("", _("Nobody yet")), *members, *roles]

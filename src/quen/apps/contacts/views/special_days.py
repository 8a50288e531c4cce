"""Special days of the workspace: the birthday and the dates that the shop defines, list and adding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.settings import SpecialDayForm
from quen.apps.contacts.models import Field
from quen.apps.contacts.types import ContactRight, FieldFormat
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, success

#: how far ahead the list counts
_DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class SpecialDayRow:
    """A line of the list. href: where it is edited.  coming: the customers whose day comes, as a filter of the list."""

    name: str
    detail: str
    calendar: str
    people: int
    coming: str
    href: str = ""


@allowed(ContactRight.VIEW)
@require_GET
def special_day_list(request: WorkspaceRequest) -> HttpResponse:
    """List the birthday and the special days, with how many customers have each."""
    counts = queries.value_counts()
    may_configure = request.member.can(ContactRight.CONFIGURE)
    birthday = SpecialDayRow(
        _("Birthday"),
        _("Every customer has this one."),
        _("Either calendar"),
        queries.count_birthdays(),
        _coming("birthday"),
    )
    rows = [_row(field, counts.get(field.pk, 0), may_configure) for field in queries.special_days()]
    context = {
        "rows": [birthday, *rows],
        "has_own": bool(rows),
        "archived": [(field, counts.get(field.pk, 0)) for field in queries.archived_special_days()],
        "may_configure": may_configure,
    }
    return page(request, "contacts/special_days/list.html", context)


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def special_day_new(request: WorkspaceRequest) -> HttpResponse:
    """Add a special day, a custom field whose date comes round every year."""
    form = SpecialDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            values: dict[str, Any] = {**form.cleaned_data, "format": FieldFormat.SPECIAL_DAY}
            created = services.create_field(**values, actor=request.actor, now=request.now)
            message = _("Special day “%(name)s” added.") % {"name": created.label}
            return success(request, message=message, to=reverse("contacts:special_day_list"))
    context = {
        "form": form,
        "title": _("Add a special day"),
        "save": _("Add"),
        "back": (reverse("contacts:special_day_list"), _("Special days")),
    }
    return page(request, "contacts/form_page.html", context)


def _row(field: Field, people: int, may_configure: bool) -> SpecialDayRow:
    other = field.name_en if field.label == field.name else field.name
    return SpecialDayRow(
        field.label,
        other,
        _("Lunar calendar") if field.is_lunar else _("Usual calendar"),
        people,
        _coming(f"custom.{field.key}"),
        reverse("contacts:field_edit", args=[field.pk]) if may_configure else "",
    )


def _coming(key: str) -> str:
    """Return the list of the customers whose day comes within thirty days."""
    tree = audience.parse({"field": key, "op": "next_days", "days": _DAYS_AHEAD})
    query = QueryDict(mutable=True)
    query["rules"] = audience.tree_to_query(tree)
    return f"{reverse('contacts:contact_list')}?{query.urlencode()}"

"""The lists of groups and of members as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quen.apps.groups.listing import GroupMemberRow, GroupRow
from quen.apps.groups.models import ContactGroup
from quen.apps.team.access import WorkspaceRequest
from quen.core.paging import NumberedPage, Page
from quen.ui.lists import Column, EmptyState, ListTable, Row, Title


def group_table(
    request: WorkspaceRequest, page: NumberedPage[GroupRow], *, pager: Mapping[str, Any], may_edit: bool
) -> ListTable:
    """Return the list of groups."""
    return ListTable(
        label=_("Groups"),
        columns=(
            Column("name", _("Group"), "title", phone="title"),
            Column("size", _("Customers"), "number", phone="side", unit=_("customers")),
            Column("active", _("In use"), "html", phone="foot"),
            Column("created", _("Created"), "day", min_width=44),
        ),
        rows=[_group_row(request, row, may_edit=may_edit) for row in page.rows],
        empty=EmptyState(
            _("No matching groups"),
            _("Check the spelling. You can type without accents."),
            "search",
            button=_("Show all"),
            href=reverse("groups:group_list"),
            tone="line",
        ),
        pager=pager,
        full_page=True,
    )


def _group_row(request: WorkspaceRequest, row: GroupRow, *, may_edit: bool) -> Row:
    group = row.group
    context = {"group": group, "may_edit": may_edit}
    return Row(
        (
            Title(group.name, group.description),
            row.size,
            render_to_string("groups/switch.html", context, request=request),
            group.created_at,
        ),
        key=group.pk,
        name=group.name,
        href=reverse("groups:group", args=[group.pk]),
    )


def member_table(
    request: WorkspaceRequest,
    page: Page[GroupMemberRow],
    *,
    group: ContactGroup,
    total: int,
    query: str,
    may_edit: bool,
) -> ListTable:
    """Return the members of a group."""
    if query:
        empty = EmptyState(
            _("Nobody in this group matches"),
            _("Check the spelling. You can type without accents."),
            "search",
            button=_("Show all"),
            href=reverse("groups:group", args=[group.pk]),
            tone="line",
        )
    else:
        empty = EmptyState(
            _("Nobody in this group yet"),
            _("Add customers by name or phone, from a segment, or select them in the customer list."),
            "people",
            button=_("Add customers") if may_edit else "",
            href=reverse("groups:members_add", args=[group.pk]) if may_edit else "",
            icon="plus",
        )
    return ListTable(
        label=pgettext("of a group", "Members"),
        columns=(
            Column("name", _("Customer"), "title", phone="title"),
            Column("phone", _("Phone"), "phone", min_width=44, phone="note"),
            Column("email", _("Email"), "text", min_width=62),
            Column("joined", _("Joined"), "day", phone="side"),
        ),
        rows=[
            Row(
                (Title(str(row.contact), avatar=True), row.contact.phone, row.contact.email, row.joined_at),
                key=row.contact.pk,
                name=str(row.contact),
                href=reverse("contacts:contact", args=[row.contact.pk]),
            )
            for row in page.rows
        ],
        empty=empty,
        pager={
            **page.links([("q", query)] if query else []),
            **({} if query else {"total": total}),
            "noun": _("customers"),
        },
        selectable=may_edit and bool(page.rows),
        full_page=True,
        now=request.now,
    )

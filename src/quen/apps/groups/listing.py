"""What the pages of groups list: a page of groups, a page of members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.contacts import queries as contacts
from quen.apps.groups import queries
from quen.apps.groups.models import ContactGroup
from quen.core import paging, sql
from quen.core.paging import Cursor, NumberedPage, Page, Scan, Sort, SortColumn, instant
from quen.core.sql import Relation
from quen.core.text import fold

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group in the list."""

    group: ContactGroup
    size: int


@dataclass(frozen=True, slots=True)
class GroupMemberRow:
    """A contact in a group, with since when."""

    contact: Contact
    joined_at: datetime


def group_page(*, search: str, number: int) -> NumberedPage[GroupRow]:
    """Return a page of groups whose name or description contains ``search``, ignoring marks."""
    needle = fold(search.strip())
    matching = [group for group in queries.groups() if needle in fold(f"{group.name} {group.description}")]
    sizes = queries.sizes() if matching else {}
    return NumberedPage.of(matching, number, PAGE_SIZE).map(
        lambda shown: [GroupRow(group, sizes.get(group.pk, 0)) for group in shown]
    )


@dataclass(frozen=True)
class MemberList:
    """The members of a group that a search text finds, by their joining: a ``core.paging.LargeList``."""

    group_id: int
    query: str = ""
    key: str = "contact_id"
    is_cheap_on_few: bool = False

    @property
    def is_unfiltered(self) -> bool:
        """Return whether everybody in the group is in the list, so that the index gives a page."""
        return not self.query

    def matching(self, column: str) -> Relation:
        """Return the members with when they joined."""
        text = (
            "SELECT m.contact_id, m.joined_at FROM groups_groupmember m"
            " JOIN contacts_contact c ON c.id = m.contact_id AND c.deleted_at IS NULL"
            " WHERE m.group_id = %(group)s"
        )
        found = contacts.found_relation(self.query)
        if found is None:
            return Relation(text, {"group": self.group_id}, ("contact_id", "joined_at"))
        return sql.compose(
            text + " AND m.contact_id IN (SELECT contact_id FROM {found} f)", group=self.group_id, found=found
        )

    def matching_among(self, scan: Scan, limit: int) -> Relation:
        """Return all of them: what a search finds is collected first."""
        return self.matching(scan.column)

    def contacts(self) -> Relation:
        """Return the members, column contact_id."""
        composed = sql.compose("SELECT contact_id FROM {members} m", members=self.matching("joined_at"))
        return Relation(composed.text, composed.params, ("contact_id",))


def member_page(members: MemberList, *, after: str | None, before: str | None) -> Page[GroupMemberRow]:
    """Return a page of members, who joined last first."""
    sort = Sort("joined", SortColumn("joined_at", instant), True)
    page = paging.read_large(
        members, sort=sort, size=PAGE_SIZE, after=Cursor.read(after, sort), before=Cursor.read(before, sort)
    )
    since = queries.joined_at(members.group_id, page.rows)
    rows = tuple(
        GroupMemberRow(contact, since[contact.pk])
        for contact in contacts.contacts_in_order(page.rows)
        if contact.pk in since
    )
    return Page(rows, page.first, page.previous, page.next)

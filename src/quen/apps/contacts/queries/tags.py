"""Tags, and the tags of contacts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from quen.apps.contacts.models import Contact, ContactTag, Tag
from quen.core import text
from quen.core.errors import NotFound

#: number of tags suggested at most
SUGGESTED_TAGS = 300


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with the number of contacts that have it, deleted ones not counted."""

    id: int
    name: str
    description: str
    colour: str
    contact_count: int


def tags_with_counts() -> list[TagRow]:
    """Return every tag with its number of contacts, by name."""
    counts = Count("taggings", filter=Q(taggings__contact__deleted_at=None))
    rows = Tag.objects.annotate(contacts=counts).values_list(
        "pk", "name", "description", "colour", "contacts"
    )
    return sorted((TagRow(*row) for row in rows), key=lambda row: text.fold(row.name))


def tag_names(query: str = "") -> list[str]:
    """Return tags whose name contains the query, accents ignored; by name, at most SUGGESTED_TAGS."""
    folded = text.fold(text.clean(query))
    names = Tag.objects.values_list("name", flat=True)
    return sorted((name for name in names if folded in text.fold(name)), key=text.fold)[:SUGGESTED_TAGS]


def tags_of(contact: Contact) -> list[Tag]:
    """Return a contact's tags by name."""
    return sorted(
        Tag.objects.filter(taggings__contact=contact), key=lambda tag: (text.fold(tag.name), tag.pk)
    )


def tags_of_many(ids: Collection[int]) -> dict[int, list[str]]:
    """Return tag names by contact id, in one query."""
    found: dict[int, list[str]] = {}
    for contact_id, name in ContactTag.objects.filter(contact_id__in=list(ids)).values_list(
        "contact_id", "tag__name"
    ):
        found.setdefault(contact_id, []).append(name)
    return {contact_id: sorted(names, key=text.fold) for contact_id, names in found.items()}


def count_tagged(tag: Tag) -> int:
    """Return how many contacts have a tag, deleted ones not counted."""
    return ContactTag.objects.filter(tag=tag, contact__deleted_at=None).count()


def get_tag(tag_id: int) -> Tag:
    """Return a tag. Raises NotFound."""
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise NotFound()
    return tag


def last_tag_id() -> int:
    """Return the id of the tag that was created last, 0 without any."""
    return Tag.objects.aggregate(last=Max("pk"))["last"] or 0


def find_tags(names: Collection[str]) -> dict[str, Tag]:
    """Return tags by upper-case name, matched regardless of case.

    Compared in Python, not by the server: a server with the C locale does not change the case of accented letters.
    """
    upper_names = {name.upper() for name in names}
    found = {tag.name.upper(): tag for tag in Tag.objects.order_by("-id")}
    return {upper: tag for upper, tag in found.items() if upper in upper_names}

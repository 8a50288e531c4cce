"""Tags on one contact, and the tags themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Contact, ContactTag, Tag
from quen.apps.contacts.types import BadTag, TagColour, TagInUse, TagNameTaken
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core import sql, text
from quen.core.actors import Actor
from quen.core.errors import NotFound
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime


_NAME_CHARS = 60
DESCRIPTION_CHARS = 300


def ensure_tags(names: Iterable[str]) -> list[int]:
    """Return the ids of tags by name, regardless of case; create those that do not exist. Raises BadTag."""
    names_by_key = {name.upper(): name for name in reversed([clean_tag_name(raw) for raw in names])}
    if not names_by_key:
        return []
    missing = set(names_by_key) - set(queries.find_tags(list(names_by_key)))
    # ignore_conflicts: another transaction may create the same tag at this moment.
    Tag.objects.bulk_create([Tag(name=names_by_key[key]) for key in sorted(missing)], ignore_conflicts=True)
    found = queries.find_tags(list(names_by_key))
    return [found[key].pk for key in reversed(names_by_key)]


@transaction.atomic
def add_tags(*, contact: Contact, names: Iterable[str], actor: Actor, now: datetime) -> list[str]:
    """Add tags to a contact and return the names it did not have."""
    ids = ensure_tags(names)
    statement = Relation(
        "INSERT INTO contacts_contacttag (contact_id, tag_id) SELECT %(contact)s, unnest(%(ids)s::bigint[])"
        " ON CONFLICT DO NOTHING RETURNING tag_id",
        {"contact": contact.pk, "ids": ids},
    )
    return _record_tag_event("tag_added", contact, [row[0] for row in sql.rows(statement)], actor, now)


@transaction.atomic
def remove_tags(*, contact: Contact, names: Iterable[str], actor: Actor, now: datetime) -> list[str]:
    """Remove tags from a contact and return the names it had."""
    tags = [tag.pk for tag in queries.find_tags(list(names)).values()]
    statement = Relation(
        "DELETE FROM contacts_contacttag WHERE contact_id = %(contact)s AND tag_id = ANY(%(ids)s) RETURNING tag_id",
        {"contact": contact.pk, "ids": tags},
    )
    return _record_tag_event("tag_removed", contact, [row[0] for row in sql.rows(statement)], actor, now)


@transaction.atomic
def set_tags(*, contact: Contact, names: Iterable[str], actor: Actor, now: datetime) -> None:
    """Replace the tags of a contact."""
    names = list(names)
    keep = {clean_tag_name(name).upper() for name in names}
    removed = [tag.name for tag in queries.tags_of(contact) if tag.name.upper() not in keep]
    add_tags(contact=contact, names=names, actor=actor, now=now)
    if removed:
        remove_tags(contact=contact, names=removed, actor=actor, now=now)


@transaction.atomic
def create_tag(*, name: str, actor: Actor, now: datetime) -> Tag:
    """Create a tag, or return the existing one of that name."""
    tag = queries.get_tag(ensure_tags([name])[0])
    team.audit(actor, "contacts.tag_created", now=now, target=tag, data={"name": tag.name})
    return tag


@transaction.atomic
def rename_tag(*, tag: Tag, name: str, actor: Actor, now: datetime) -> Tag:
    """Rename a tag. Raises TagNameTaken when another tag has the name, regardless of case."""
    name, old = clean_tag_name(name), tag.name
    if name == old:
        return tag
    other = queries.find_tags([name]).get(name.upper())
    if other is not None and other.pk != tag.pk:
        raise TagNameTaken(name=other.name)
    tag.name = name
    tag.save(update_fields=["name"])
    team.audit(actor, "contacts.tag_renamed", now=now, target=tag, data={"from": old, "name": name})
    return tag


@transaction.atomic
def describe_tag(
    *, tag: Tag, description: str, colour: str | None = None, actor: Actor, now: datetime
) -> None:
    """Change what a tag means, and its colour."""
    description = clean_tag_description(description)
    colour = tag.colour if colour is None else TagColour(colour).value
    if (description, colour) == (tag.description, tag.colour):
        return
    tag.description, tag.colour = description, colour
    tag.save(update_fields=["description", "colour"])
    team.audit(actor, "contacts.tag_described", now=now, target=tag, data={"name": tag.name})


@transaction.atomic
def save_tags(descriptions: Mapping[str, str]) -> None:
    """Create tags, or change the descriptions of those that exist; by name.

    Raises IntegrityError when another writer creates one of them at this moment.
    """
    found = queries.find_tags([name.upper() for name in descriptions])
    changed = []
    for name, description in descriptions.items():
        tag = found.get(name.upper())
        if tag is not None:
            tag.description = description
            changed.append(tag)
    Tag.objects.bulk_update(changed, ["description"])
    Tag.objects.bulk_create(
        Tag(name=name, description=description)
        for name, description in descriptions.items()
        if name.upper() not in found
    )


@transaction.atomic
def delete_tag(*, tag: Tag, actor: Actor, now: datetime) -> int:
    """Delete a tag and return the number of contacts that had it. Raises TagInUse."""
    uses = registry.uses_of_tag(tag.pk)
    if uses:
        names = ", ".join(f"“{use.name}”" for use in uses[:3]) + ("…" if len(uses) > 3 else "")
        raise TagInUse(name=tag.name, uses=names)
    tagged = Relation(
        "SELECT contact_id FROM contacts_contacttag WHERE tag_id = %(tag)s", {"tag": tag.pk}, ("contact_id",)
    )
    contacts = events.record_relation("tag_removed", tagged, at=now, data={"tags": [tag.name]})
    team.audit(
        actor, "contacts.tag_deleted", now=now, target=tag, data={"name": tag.name, "contacts": contacts}
    )
    ContactTag.objects.filter(tag=tag).delete()
    tag.delete()
    return contacts


def delete_unused_tags(tag_ids: Collection[int]) -> None:
    """Delete tags that nobody has, without a word in anybody's timeline; deleted contacts lose them, too."""
    ContactTag.objects.filter(tag_id__in=tag_ids).delete()
    Tag.objects.filter(pk__in=tag_ids).delete()


@transaction.atomic
def merge_tags(*, tag: Tag, into: Tag, actor: Actor, now: datetime) -> Tag:
    """Give everybody with a tag another one instead, also where segments and campaigns name it; return that one."""
    if tag.pk == into.pk:
        return into
    # Two merges that cross would each delete the tag that the other gives.
    if len(Tag.objects.select_for_update().filter(pk__in=(tag.pk, into.pk)).order_by("pk")) < 2:
        raise NotFound()
    tagged = Relation(
        "SELECT contact_id FROM contacts_contacttag WHERE tag_id = %(tag)s", {"tag": tag.pk}, ("contact_id",)
    )
    events.notify_changed(tagged, fields=["tags"], at=now)
    for statement in ("merge_tags_given_back", "merge_tags_kept"):
        sql.execute(Relation(sql.text(f"contacts/{statement}"), {"into": into.pk, "tag": tag.pk}))
    sql.execute(
        Relation(
            "INSERT INTO contacts_contacttag (contact_id, tag_id)"
            " SELECT contact_id, %(into)s FROM contacts_contacttag WHERE tag_id = %(tag)s ON CONFLICT DO NOTHING",
            {"into": into.pk, "tag": tag.pk},
        )
    )
    ContactTag.objects.filter(tag=tag).delete()
    registry.replace_tag(tag.pk, into.pk, now=now)
    team.audit(actor, "contacts.tag_merged", now=now, target=into, data={"from": tag.name, "name": into.name})
    tag.delete()
    return into


def clean_tag_name(raw: str) -> str:
    name = text.clean(raw)
    if not name or len(name) > _NAME_CHARS or "," in name:
        raise BadTag(name=name)
    return name


def clean_tag_description(raw: str) -> str:
    """Return a description as stored."""
    return text.clean(raw)[:DESCRIPTION_CHARS]


def _record_tag_event(kind: str, contact: Contact, ids: list[int], actor: Actor, now: datetime) -> list[str]:
    if not ids:
        return []
    names = list(Tag.objects.filter(pk__in=ids).order_by("name").values_list("name", flat=True))
    events.record(kind, contact_id=contact.pk, at=now, data={"tags": names} | actor_data(actor))
    return names


def actor_data(actor: Actor) -> dict[str, Any]:
    """Return the part of an event's data that says who acted."""
    return actor.as_data()

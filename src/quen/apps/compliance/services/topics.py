"""Topics of advertising, and what a person says about each of them (CON-66)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from quen.apps.compliance import queries, registry
from quen.apps.compliance.models import Topic, TopicChoice
from quen.apps.compliance.types import TopicInUse, TopicNameMissing, TopicNameTaken
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel, Consent, ConsentProof
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core import sql
from quen.core.actors import Actor
from quen.core.errors import NotFound
from quen.core.sql import Relation
from quen.core.text import clean, fold


@transaction.atomic
def create_topic(
    *,
    names: Mapping[str, str],
    descriptions: Mapping[str, str],
    channels: Sequence[str],
    actor: Actor,
    now: datetime,
) -> Topic:
    """Create a topic at the end of the list. names, descriptions: by language.

    Raises TopicNameMissing, TopicNameTaken.
    """
    last = Topic.objects.aggregate(last=Max("position"))["last"]
    topic = Topic(position=(last or 0) + 1, created_at=now)
    _fill(topic, names, descriptions, channels)
    topic.save()
    team.audit(actor, "compliance.topic_created", now=now, target=topic, data={"name": topic.names["vi"]})
    return topic


@transaction.atomic
def update_topic(
    *,
    topic: Topic,
    names: Mapping[str, str],
    descriptions: Mapping[str, str],
    channels: Sequence[str],
    actor: Actor,
    now: datetime,
) -> None:
    """Change a topic; what people chose stays. Raises TopicNameMissing, TopicNameTaken."""
    before = (topic.names, topic.descriptions, topic.channels)
    _fill(topic, names, descriptions, channels)
    if (topic.names, topic.descriptions, topic.channels) == before:
        return
    topic.save()
    team.audit(actor, "compliance.topic_changed", now=now, target=topic, data={"name": topic.names["vi"]})


@transaction.atomic
def move_topic(*, topic: Topic, up: bool) -> None:
    """Move a topic up or down in the list."""
    listed = list(Topic.objects.select_for_update().filter(archived_at=None))
    ids = [each.pk for each in listed]
    if topic.pk not in ids:
        return
    place = ids.index(topic.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(listed):
        return
    listed[place], listed[other] = listed[other], listed[place]
    for position, each in enumerate(listed, start=1):
        each.position = position
    Topic.objects.bulk_update(listed, ["position"])


@transaction.atomic
def archive_topic(*, topic: Topic, actor: Actor, now: datetime) -> None:
    """Archive a topic: nothing new can name it, and pages of customers no longer show it. Raises TopicInUse."""
    uses = registry.topic_uses().get(topic.pk, [])
    if uses:
        raise TopicInUse(name=topic.name, uses=", ".join(f"“{name}”" for name in uses))
    if Topic.objects.filter(pk=topic.pk, archived_at=None).update(archived_at=now):
        team.audit(
            actor, "compliance.topic_archived", now=now, target=topic, data={"name": topic.names["vi"]}
        )


@transaction.atomic
def restore_topic(*, topic: Topic, actor: Actor, now: datetime) -> None:
    """Put an archived topic to use again, at its place. Raises TopicNameTaken."""
    topic.archived_at = None
    _ensure_free(topic)
    if Topic.objects.filter(pk=topic.pk).exclude(archived_at=None).update(archived_at=None):
        team.audit(
            actor, "compliance.topic_restored", now=now, target=topic, data={"name": topic.names["vi"]}
        )


@transaction.atomic
def choose_topics(
    *,
    contact_id: int,
    wanted: Mapping[tuple[int, str], bool],
    proof: ConsentProof,
    actor: Actor,
    now: datetime,
) -> int:
    """Record what a person wants by topic and channel; return how many answers are new.

    What is in force already is left alone. The consent for a channel is another answer: see ``unsubscribe`` and
    ``resubscribe``. Locks the contact. Raises NotFound.
    """
    contact = contacts.find_including_deleted(contact_id)
    if contact is None:
        raise NotFound()
    contact = contacts_services.lock_contact(contact)
    contact_id = contact.pk  # a link that was sent before the contact was merged leads to the one kept
    known = queries.topic_choices(contact_id)
    changed = 0
    for (topic_id, channel), wants in wanted.items():
        consent = Consent.GRANTED if wants else Consent.WITHDRAWN
        before = known.get((topic_id, channel), Consent.GRANTED)
        if before == consent:
            continue
        topic = queries.get_topic(topic_id)
        TopicChoice.objects.update_or_create(
            contact_id=contact_id,
            topic_id=topic_id,
            channel=Channel(channel).value,
            defaults={"consent": consent, "at": now},
        )
        contacts_services.record_answer(
            contact=contact,
            channel=channel,
            purpose=queries.topic_purpose(topic_id),
            consent=consent,
            proof=proof,
            actor=actor,
            now=now,
        )
        kind = "topic_joined" if wants else "topic_left"
        data = {"topic": topic_id, "name": topic.names["vi"], "channel": str(channel)} | actor.as_data()
        events.record(kind, contact_id=contact_id, at=now, data=data)
        changed += 1
    return changed


def erase_choices(people: Relation) -> None:
    """Erase what these people chose. people: column contact_id."""
    statement = "DELETE FROM compliance_topicchoice WHERE contact_id IN (SELECT contact_id FROM {people} p)"
    sql.execute(sql.compose(statement, people=people))


def _fill(
    topic: Topic, names: Mapping[str, str], descriptions: Mapping[str, str], channels: Sequence[str]
) -> None:
    topic.names = {language: text for language, raw in names.items() if (text := clean(raw))}
    if not topic.names.get("vi"):
        raise TopicNameMissing()
    topic.descriptions = {language: text for language, raw in descriptions.items() if (text := clean(raw))}
    topic.channels = [channel for channel in Channel.values if channel in set(channels)]
    _ensure_free(topic)


def _ensure_free(topic: Topic) -> None:
    name = topic.names["vi"]
    taken = {fold(each.names["vi"]) for each in queries.topics() if each.pk != topic.pk}
    if topic.archived_at is None and fold(name) in taken:
        raise TopicNameTaken(name=name)

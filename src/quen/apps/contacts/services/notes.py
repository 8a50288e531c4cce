"""Notes of staff on the timeline: events of their own kind, changed and deleted only by their author.

Whoever a note names with an @ is notified, and mailed unless they chose otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.mentions import find_mentions
from quen.apps.contacts.types import MENTION_MAILS, EmptyNote
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core import text
from quen.core.actors import Actor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from quen.apps.team.models import Member

NOTE_CHARS: Final = 4_000


@transaction.atomic
def add_note(*, contact: Contact, body: str, actor: Actor, now: datetime) -> None:
    """Add a note to the timeline, and notify the members it names. Raises EmptyNote."""
    body = _clean_body(body)
    members = queries.members_to_mention()
    mentions = find_mentions(body, {member.pk: member.name for member in members})
    data: dict[str, Any] = {"text": body, "by": actor.name, "member": actor.member_id}
    events.record("note_added", contact_id=contact.pk, at=now, data=data | _as_data(mentions))
    _notify([member for member in members if member.pk in mentions], contact, actor, now)


@transaction.atomic
def edit_note(
    *, contact: Contact, event_id: int, at: datetime, body: str, actor: Actor, now: datetime
) -> None:
    """Change one of the actor's own notes, and notify the members it did not name before.

    Raises EmptyNote; NotFound for anything but a note of the actor's.
    """
    data = queries.get_own_note(contact_id=contact.pk, at=at, event_id=event_id, member_id=actor.member_id)
    body = _clean_body(body)
    members = queries.members_to_mention()
    mentions = find_mentions(body, {member.pk: member.name for member in members})
    known = {int(pk) for pk in data.pop("mentions", {})}
    data |= {"text": body, "edited": now.isoformat()} | _as_data(mentions)
    events.change_data(at=at, event_id=event_id, data=data)
    _notify([each for each in members if each.pk in mentions and each.pk not in known], contact, actor, now)


@transaction.atomic
def delete_note(*, contact: Contact, event_id: int, at: datetime, actor: Actor) -> None:
    """Delete one of the actor's own notes. Raises NotFound for anything else."""
    queries.get_own_note(contact_id=contact.pk, at=at, event_id=event_id, member_id=actor.member_id)
    events.delete_event(at=at, event_id=event_id)


def _clean_body(body: str) -> str:
    body = text.clean_lines(body)[:NOTE_CHARS]
    if not body:
        raise EmptyNote()
    return body


def _as_data(mentions: Mapping[int, str]) -> dict[str, Any]:
    return {"mentions": {str(pk): name for pk, name in mentions.items()}} if mentions else {}


def _notify(members: list[Member], contact: Contact, actor: Actor, now: datetime) -> None:
    """Notify members of a note. The mail leads to the note and does not repeat it: mails outlast an erasure."""
    workspace = accounts.current_workspace()
    path = f"/contacts/{contact.pk}/"
    for member in members:
        if member.pk == actor.member_id:
            continue
        team.notify(
            member, "contacts.mentioned", now=now, path=path, data={"by": actor.name, "name": str(contact)}
        )
        if not member.preferences.get(MENTION_MAILS, True):
            continue
        with translation.override(workspace.language):
            values = {"shop": workspace.name, "by": actor.name}
            subject = _("%(shop)s: %(by)s mentioned you in a note") % values
            lines = [
                _("%(by)s mentioned you in a note about a customer.") % values,
                "",
                f"{settings.BASE_URL}/w/{workspace.slug}{path}",
                "",
                _("You can switch these emails off under “Notifications”."),
            ]
            team.email_member(member, subject=subject, text="\n".join(lines))

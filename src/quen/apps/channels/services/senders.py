"""The names and addresses that customers see."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.channels import registry
from quen.apps.channels.models import Sender
from quen.apps.channels.types import SenderExists, SenderInUse
from quen.apps.team import services as team
from quen.core.actors import Actor


@transaction.atomic
def add_sender(
    *, channel: str, name: str, address: str = "", reply_to: str = "", actor: Actor, now: datetime
) -> Sender:
    """Add a sender; the first of a channel becomes the preferred one.

    Raises SenderExists, and what the channel refuses.
    """
    sender = Sender(
        channel=channel, created_at=now, preferred=not Sender.objects.filter(channel=channel).exists()
    )
    _save(sender, name=name, address=address, reply_to=reply_to)
    team.audit(actor, "channels.sender_added", now=now, target=sender, data=_audit_data(sender))
    return sender


@transaction.atomic
def change_sender(
    *, sender: Sender, name: str, address: str = "", reply_to: str = "", actor: Actor, now: datetime
) -> Sender:
    """Change a sender; dispatches keep the values they started with.

    Raises SenderExists, and what the channel refuses.
    """
    _save(sender, name=name, address=address, reply_to=reply_to)
    team.audit(actor, "channels.sender_changed", now=now, target=sender, data=_audit_data(sender))
    return sender


def _audit_data(sender: Sender) -> dict[str, str]:
    return {"name": sender.name, "address": sender.address}


def _save(sender: Sender, *, name: str, address: str, reply_to: str) -> None:
    channel = registry.channel(sender.channel)
    sender.name, sender.address, sender.reply_to = channel.clean_sender(
        name=name, address=address, reply_to=reply_to
    )
    duplicates = Sender.objects.filter(channel=sender.channel, name=sender.name, address=sender.address)
    if duplicates.exclude(pk=sender.pk).exists():
        raise SenderExists()
    sender.save()


@transaction.atomic
def prefer_sender(*, sender: Sender, actor: Actor, now: datetime) -> None:
    """Preselect this sender in new campaigns."""
    Sender.objects.filter(channel=sender.channel, preferred=True).exclude(pk=sender.pk).update(
        preferred=False
    )
    sender.preferred = True
    sender.save(update_fields=["preferred"])
    team.audit(actor, "channels.sender_preferred", now=now, target=sender, data={"name": sender.name})


@transaction.atomic
def remove_sender(*, sender: Sender, actor: Actor, now: datetime) -> None:
    """Remove a sender; if it was preferred, the next one becomes preferred. Raises SenderInUse for the last one."""
    others = (
        Sender.objects.select_for_update().filter(channel=sender.channel).exclude(pk=sender.pk).order_by("id")
    )
    successor = others.first()
    if successor is None:
        raise SenderInUse(name=sender.name)
    team.audit(actor, "channels.sender_removed", now=now, target=sender, data={"name": sender.name})
    was_preferred = sender.preferred
    sender.delete()
    if was_preferred:
        successor.preferred = True
        successor.save(update_fields=["preferred"])

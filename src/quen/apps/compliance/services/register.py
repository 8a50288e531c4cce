"""The national register of numbers that want no advertising, uploaded as a file (CHN-27)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance.models import Suppression
from quen.apps.compliance.services.suppressions import suppress
from quen.apps.compliance.types import RegisterOutcome, SuppressionCause
from quen.apps.team import services as team
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime

    from quen.core.actors import Actor


@transaction.atomic
def upload_register(
    *,
    numbers: Collection[str],
    channels: Collection[str],
    replaces: bool,
    note: str,
    actor: Actor,
    now: datetime,
) -> RegisterOutcome:
    """Suppress numbers for advertising on channels, and return what changed.

    numbers: in their stored form.  replaces: numbers of an earlier file that are not among them may be written to
    again, if they agreed.  note: the name of the file.
    """
    wanted, added, removed = list(dict.fromkeys(numbers)), 0, 0
    for channel in channels:
        if replaces:
            removed += sql.execute(
                Relation(
                    f"DELETE FROM {Suppression._meta.db_table} WHERE channel = %(channel)s AND cause = %(cause)s"
                    " AND address NOT IN (SELECT unnest(%(numbers)s::text[]))",
                    {"channel": channel, "cause": SuppressionCause.REGISTER.value, "numbers": wanted},
                )
            )
        added += suppress(
            channel=channel, addresses=wanted, cause=SuppressionCause.REGISTER.value, note=note, now=now
        )
    known = len(wanted) * len(list(channels)) - added
    data = {"numbers": len(wanted), "added": added, "removed": removed}
    team.audit(actor, "compliance.register_uploaded", now=now, data=data)
    return RegisterOutcome(len(wanted), added, known, removed)

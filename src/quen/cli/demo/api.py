"""Keys of other systems in the demo shop, and their calls of the last days."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from quen.apps.api import services as api
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member

#: name, what the key may do, what it calls with the statuses of the answers
_KEYS = (
    (
        "Website bán hàng",
        ("contacts.read", "contacts.write", "consent.write", "events.write"),
        (("upsert_contact", "POST", (*(200,) * 11, 422)), ("record_events", "POST", (200,))),
    ),
    (
        "Phần mềm kế toán",
        ("contacts.read",),
        (*(("list_contact_changes", "GET", (200,)),) * 9, ("update_contact", "PATCH", (403,))),
    ),
)
_CODES = {422: "invalid_request", 403: "missing_scope"}
_CALLS, _EVERY = 120, timedelta(hours=1)


def add_api_keys(workspace: Workspace, *, member: Member, now: datetime, seed: int = 1) -> None:
    """Create two keys, whose tokens nobody knows, with a log of their calls."""
    chance = random.Random(seed)
    with schemas.use(workspace.schema_name):
        keys = []
        for name, scopes, operations in _KEYS:
            made_at = now - timedelta(days=20)
            keys.append(
                (api.create_key(name=name, scopes=scopes, actor=member.actor, now=made_at).key, operations)
            )
        # Pages show the log in the order in which it was written.
        for number in range(_CALLS):
            at = now - _EVERY * (_CALLS - number - chance.random())
            key, operations = chance.choice(keys)
            operation, method, statuses = chance.choice(operations)
            status = chance.choice(statuses)
            api.record_call(
                key=key,
                method=method,
                operation=operation,
                status=status,
                code=_CODES.get(status, ""),
                duration_ms=chance.randint(9, 60),
                reference=f"{chance.getrandbits(48):012x}",
                now=at,
            )
            api.record_use(key, now=at)

"""The action log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quen.apps.team.models import Action, Member


def log_action(
    actor: Member | None,
    kind: str,
    *,
    now: datetime,
    target: Any = None,
    target_kind: str = "",
    target_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write a line into the action log, in the same transaction as the deed."""
    Action.objects.create(
        at=now,
        member_id=actor.pk if actor else None,
        member_name=actor.name if actor else "",
        kind=kind,
        target_kind=target_kind or (target._meta.model_name if target is not None else ""),
        target_id=target_id if target_id is not None else getattr(target, "pk", None),
        data=data or {},
    )

"""The audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quen.apps.team.models import AuditEntry
from quen.core.actors import Actor


def audit(
    actor: Actor,
    kind: str,
    *,
    now: datetime,
    target: Any = None,
    target_kind: str = "",
    target_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add an entry to the audit log. Call it in the transaction of the action itself."""
    AuditEntry.objects.create(
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        kind=kind,
        target_kind=target_kind or (target._meta.model_name if target is not None else ""),
        target_id=target_id if target_id is not None else getattr(target, "pk", None),
        data=data or {},
    )

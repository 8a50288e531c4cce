"""Who acts: every service that changes something is told, and the audit log keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ActorKind(StrEnum):
    """What kind of thing acts."""

    MEMBER = "member"
    CONTACT = "contact"
    API_KEY = "api_key"
    AUTOMATION = "automation"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something. ``id`` is the row's key in the table of its kind, ``name`` its name at that moment.

    The name is kept beside the id because the row may be gone when somebody reads the log.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""

    @classmethod
    def member(cls, id: int, name: str) -> Actor:
        """Return a member of the team."""
        return cls(ActorKind.MEMBER, id, name)

    @classmethod
    def contact(cls, id: int, name: str = "") -> Actor:
        """Return a customer acting for themselves, on a public page or in a form."""
        return cls(ActorKind.CONTACT, id, name)

    @property
    def member_id(self) -> int | None:
        """Return the member's key, None for everybody who is not a member."""
        return self.id if self.kind == ActorKind.MEMBER else None

    def as_data(self) -> dict[str, Any]:
        """Return what an event keeps: ``{"by": {"kind", "id", "name"}}``; the system is not named."""
        if self.kind == ActorKind.SYSTEM:
            return {}
        return {"by": {"kind": self.kind.value, "id": self.id, "name": self.name}}


SYSTEM = Actor(ActorKind.SYSTEM)

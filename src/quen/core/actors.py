"""The actor of a change: passed to every service that changes something, and stored in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ActorKind(StrEnum):
    """The kinds of actors."""

    MEMBER = "member"
    CONTACT = "contact"
    API_KEY = "api_key"
    AUTOMATION = "automation"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something. ``id`` is the row's key in the table of its kind, ``name`` its name at that moment.

    The name is stored with the id because the row may be deleted when the log is read.
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
        """Return the member's id; None for other actors."""
        return self.id if self.kind == ActorKind.MEMBER else None

    @property
    def is_system(self) -> bool:
        """Return whether the system itself acts: a periodic job, a clean-up."""
        return self.kind == ActorKind.SYSTEM

    def as_data(self) -> dict[str, Any]:
        """Return the actor for an event's data: ``{"by": name}``, empty for the system.

        Of an API key also ``{"key": id}``: a system that follows the changes must be able to leave out its own.
        """
        who: dict[str, Any] = {"by": self.name} if self.name else {}
        return who | {"key": self.id} if self.kind == ActorKind.API_KEY else who


SYSTEM = Actor(ActorKind.SYSTEM)

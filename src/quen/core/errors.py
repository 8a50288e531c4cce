"""Expected refusals, shown to the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal with a stable code, an HTTP status and a message in the user's language.

    Subclasses set ``code``, ``status`` and ``text``; ``params`` fill the named placeholders of the message and are
    part of JSON responses. Nothing has been written when it is raised.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    text: ClassVar[str | Promise] = _("This can't be done.")
    #: the form field the message is shown beside, if the refusal is about one
    field: ClassVar[str | None] = None

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params: Mapping[str, Any] = params

    def __str__(self) -> str:
        """Return the message in the active language."""
        return str(self.text) % self.params if self.params else str(self.text)

    def as_json(self) -> dict[str, Any]:
        """Return ``{"code", "text", "params"}`` for API responses and the command line."""
        return {"code": self.code, "text": str(self), "params": dict(self.params)}


class NotFound(DomainError):
    """Does not exist or belongs to another workspace or user; both get the same response."""

    code = "not_found"
    status = 404
    text = _("We can't find this page.")


class NotAllowed(DomainError):
    """The user may see this but not do it."""

    code = "not_allowed"
    status = 403
    text = _("You don't have permission to do this. Ask %(who)s.")

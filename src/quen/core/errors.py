"""Refusals that people expect and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal with a stable code, an HTTP status and a sentence in the reader's language.

    Subclasses set ``code``, ``status`` and ``text``; ``params`` fill the sentence's named placeholders
    and travel to JSON answers unchanged. Nothing has been written when it is raised.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    text: ClassVar[str | Promise] = _("This can't be done.")
    #: the form field the sentence stands beside, where one is to blame
    field: ClassVar[str | None] = None

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params: Mapping[str, Any] = params

    def __str__(self) -> str:
        """Give the sentence in the active language."""
        return str(self.text) % self.params if self.params else str(self.text)

    def as_json(self) -> dict[str, Any]:
        """Give ``{"code", "text", "params"}`` for API and command-line answers."""
        return {"code": self.code, "text": str(self), "params": dict(self.params)}


class NotFound(DomainError):
    """Not there, or not theirs: the same answer for both."""

    code = "not_found"
    status = 404
    text = _("We can't find this page.")


class NotAllowed(DomainError):
    """Theirs to see, not theirs to do."""

    code = "not_allowed"
    status = 403
    text = _("You don't have the right to do this. Ask %(who)s.")

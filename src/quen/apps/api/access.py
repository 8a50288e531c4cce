"""What an operation of the interface declares, and the request it gets. For the ``api.py`` of every app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from quen.apps.api import registry
from quen.apps.api.models import ApiKey
from quen.apps.team.access import WorkspaceRequest
from quen.core.actors import Actor, ActorKind
from quen.core.uploads import MAX_BODY_BYTES
from quen.ui.pages import page

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

OperationT = TypeVar("OperationT", bound=Callable[..., Any])
_ATTRIBUTE: Final = "api_declaration"


class ApiRequest(HttpRequest):
    """A request of another system inside its workspace, as an operation gets it."""

    workspace: Workspace
    api_key: ApiKey
    #: the key as the one who acts, for services
    actor: Actor
    now: datetime
    #: names the call in the log and in refusals
    reference: str
    #: whom the answer is about, see ``about``
    contact_ids: set[int] | None


@dataclass(frozen=True, slots=True)
class OperationDeclaration:
    """What an operation needs and takes.

    scope: None admits every key.  max_bytes: the longest body.  transaction: the work is one transaction, which a
    refusal rolls back; only such operations take an idempotency key.
    """

    scope: str | None
    max_bytes: int = MAX_BODY_BYTES
    transaction: bool = True


def needs(
    scope: str | None, *, max_bytes: int = MAX_BODY_BYTES, transaction: bool = True
) -> Callable[[OperationT], OperationT]:
    """Declare the scope that an operation needs; stands directly above its function, below ``router.get``."""

    def declare(operation: OperationT) -> OperationT:
        setattr(operation, _ATTRIBUTE, OperationDeclaration(scope, max_bytes, transaction))
        return operation

    return declare


def declaration_of(operation: Callable[..., Any]) -> OperationDeclaration | None:
    """Return what an operation declares, None if it declares nothing."""
    return getattr(operation, _ATTRIBUTE, None)


def about(request: ApiRequest, contact_ids: Iterable[int]) -> None:
    """Say whom the answer is about: it is forgotten when one of them is erased.

    With none at all (an answer without personal data) it is kept; if the operation says nothing, any erasure ends it.
    """
    request.contact_ids = (request.contact_ids or set()) | set(contact_ids)


def developer_page(
    request: WorkspaceRequest, template: str, context: Mapping[str, Any], *, tab: str, part: str | None = None
) -> HttpResponse:
    """Return a page under "API & webhooks". template: extends "api/developers.html"; tab: key of a DeveloperTab."""
    tabs = [
        {"text": each.label, "href": reverse(each.url_name), "on": each.key == tab}
        for each in registry.developer_tabs()
    ]
    return page(request, template, {**context, "tabs": tabs}, part=part)


def key_actor(key: ApiKey) -> Actor:
    """Return a key as the one who acts."""
    return Actor(ActorKind.API_KEY, key.pk, key.name)

"""Places within 24 hours that messages take with the workspace's advertiser, before they are claimed (R-58).

A workspace that shares with no other takes none: the limit is then kept at fan-out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

from django.db import connection

from quen.apps.compliance import services as compliance_services
from quen.apps.compliance.types import LinkedAdvertiser, MessageClass, TakenPlaces
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.types import EXEMPT_SOURCES
from quen.core import schemas
from quen.core.sql import Relation

#: by schema, the advertiser as the last claim of this process found it; each claim verifies it
_last_known: Final[dict[str, LinkedAdvertiser]] = {}


class PlacesMissing(Exception):
    """The workspace shares with an advertiser with whom no places were taken; take them and claim again."""


class _Addressed(Protocol):
    @property
    def id(self) -> int:
        """Return the id of the message."""

    @property
    def contact_id(self) -> int:
        """Return the contact's id."""

    @property
    def address(self) -> str:
        """Return the address it is sent to."""


def take(dispatch: Dispatch, messages: Sequence[_Addressed], *, now: datetime) -> TakenPlaces | None:
    """Take the places of messages; None when the workspace shares with no other, as far as this process knows."""
    linked = _last_known.get(schemas.current())
    if linked is None or not _is_counted(dispatch):
        return None
    addresses = [(each.id, each.address) for each in messages]
    return compliance_services.take_places(
        linked=linked, channel=dispatch.channel, addresses=addresses, now=now
    )


def verify(
    dispatch: Dispatch, taken: TakenPlaces | None, linked: Sequence[LinkedAdvertiser]
) -> Sequence[LinkedAdvertiser]:
    """Return the workspace's advertisers, as read after the dispatch was locked. Raises PlacesMissing."""
    active = next((each for each in linked if each.is_active), None)
    if active is None:
        _last_known.pop(schemas.current(), None)
    elif _is_counted(dispatch) and (taken is None or taken.linked != active):
        _last_known[schemas.current()] = active
        raise PlacesMissing()
    return linked


def without_place(messages: Sequence[_Addressed], taken: TakenPlaces | None) -> Relation | None:
    """Return the contacts whose messages got no place, column contact_id."""
    if taken is None:
        return None
    contacts = [each.contact_id for each in messages if each.id not in taken.message_ids]
    return Relation(
        "SELECT unnest(%(contacts)s::bigint[]) AS contact_id", {"contacts": contacts}, ("contact_id",)
    )


def give_back(dispatch: Dispatch, messages: Sequence[_Addressed], refused: Collection[int]) -> None:
    """Give back the places of messages that the provider refused, by their ids."""
    linked = _last_known.get(schemas.current())
    if linked is not None and _is_counted(dispatch):
        _release(linked, dispatch, messages, refused)


def give_back_unclaimed(
    dispatch: Dispatch, messages: Sequence[_Addressed], taken: TakenPlaces | None, claimed: Collection[int]
) -> None:
    """Give back the places of messages that were not claimed; all of them if the advertiser is another one by now."""
    if taken is not None:
        is_current = _last_known.get(schemas.current()) == taken.linked
        unused = taken.message_ids.difference(claimed if is_current else ())
        _release(taken.linked, dispatch, messages, unused)


def _release(
    linked: LinkedAdvertiser, dispatch: Dispatch, messages: Sequence[_Addressed], ids: Collection[int]
) -> None:
    addresses = [(each.id, each.address) for each in messages if each.id in ids]
    compliance_services.release_places(linked=linked, channel=dispatch.channel, addresses=addresses)


def block_claims() -> None:
    """Wait for batches being claimed, and block further ones until the current transaction ends."""
    with connection.cursor() as cursor:
        # Every claim locks its dispatch before it reads the workspace's advertisers.
        cursor.execute("LOCK TABLE delivery_dispatch IN EXCLUSIVE MODE")


def _is_counted(dispatch: Dispatch) -> bool:
    return dispatch.message_class == MessageClass.MARKETING and dispatch.source not in EXEMPT_SOURCES

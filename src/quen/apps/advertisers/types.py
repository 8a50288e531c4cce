"""Dataclasses and refusals of the advertisers app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class AdvertiserRefusal(NamedTuple):
    """A refusal of advertising. address_hash: keyed.  is_undone: the person took it back within a day."""

    channel: str
    address_hash: bytes
    at: datetime
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class RefusalPage:
    """Refusals recorded in other workspaces, complete up to ``version``. has_more: there are newer ones."""

    refusals: Sequence[AdvertiserRefusal]
    version: int
    has_more: bool


class MessagePlace(NamedTuple):
    """A message that takes one of the places of its address within 24 hours."""

    message_id: int
    address_hash: bytes


class SentMessage(NamedTuple):
    """A message sent before the workspace shared its counters."""

    message_id: int
    channel: str
    address_hash: bytes
    at: datetime


class UnknownCode(DomainError):
    """No advertiser has this code."""

    code = "unknown_advertiser_code"
    text = _("No shop has this code. Ask its owner for the current one.")
    field: ClassVar[str | None] = "code"


class OwnCode(DomainError):
    """The code is the workspace's own."""

    code = "own_advertiser_code"
    text = _("This is your own code. Give it to the owner of the other shop.")
    field: ClassVar[str | None] = "code"


class AlreadySharing(DomainError):
    """The workspace has an advertiser with other workspaces, which it must leave first."""

    code = "already_sharing"
    text = _("This shop already shares with others. Leave them first.")
    field: ClassVar[str | None] = "code"


class RequestPending(DomainError):
    """The workspace has asked already and is waiting for the answer."""

    code = "join_request_pending"
    text = _("You have already asked. Wait for the answer, or withdraw the request.")
    field: ClassVar[str | None] = "code"


class RequestGone(DomainError):
    """The request was answered, withdrawn or has expired."""

    code = "join_request_gone"
    status = 409
    text = _("This request was answered, withdrawn or has expired.")


class TooManyCodes(DomainError):
    """Too many codes were tried."""

    code = "too_many_codes"
    status = 429
    text = _("Too many attempts. Try again in an hour.")
    field: ClassVar[str | None] = "code"


class NothingShared(DomainError):
    """The workspace shares with no other."""

    code = "nothing_shared"
    status = 409
    text = _("This shop shares with no other shop.")

"""Extension points: the policies of channels, the channels a workspace uses, and what has been sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from quen.apps.compliance.types import ChannelPolicy

if TYPE_CHECKING:
    # Not when it runs: the process that sends has no database, and starts sooner without its driver.
    from quen.core.sql import Relation


@dataclass(frozen=True, slots=True)
class RequestKind:
    """What a person may ask for on their page. explanation: what happens then.  asks: for some words of theirs."""

    key: str
    label: str
    explanation: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that is not answered yet."""

    label: str
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RequestDesk:
    """Where requests of persons about their data go.

    kinds: what they may ask for, in the active language.  make: records one, given contact, kind, words and instant;
    asking again for the same returns without a second one.  open_of: a person's requests without an answer.
    """

    kinds: Callable[[], Sequence[RequestKind]]
    make: Callable[[int, str, str, datetime], None]
    open_of: Callable[[int], Sequence[OpenRequest]]


class Messenger(Protocol):
    """Sends one message about a person's own choice or data; returns whether the channel could be used."""

    def __call__(
        self,
        *,
        channel: str,
        address: str,
        contact_id: int,
        language: str,
        subject: str,
        text: str,
        now: datetime,
    ) -> bool:
        """Send the message now."""


_policies: dict[str, ChannelPolicy] = {}
_used_channels: list[Callable[[], Collection[str]]] = []
_claim_blocks: list[Callable[[], None]] = []
_recent_messages: list[Callable[[datetime], Relation]] = []
_desks: list[RequestDesk] = []
_messengers: list[Messenger] = []
_topic_uses: list[Callable[[], Mapping[int, Sequence[str]]]] = []


def register_policy(policy: ChannelPolicy) -> None:
    """Register the policy of a channel."""
    _policies[policy.channel] = policy


def policy(channel: str) -> ChannelPolicy:
    """Return the policy of a channel. Raises KeyError."""
    return _policies[str(channel)]


def policies() -> list[ChannelPolicy]:
    """Return the policies of all channels, in order of registration."""
    return list(_policies.values())


def channels_with_address(address: Literal["email", "phone"]) -> tuple[str, ...]:
    """Return the channels that use this kind of address."""
    return tuple(policy.channel for policy in _policies.values() if policy.address == address)


def register_used_channels(channels: Callable[[], Collection[str]]) -> None:
    """Register a function that returns the channels the current workspace can send on."""
    _used_channels[:] = [channels]


def used_policies() -> list[ChannelPolicy]:
    """Return the policies of the channels the current workspace can send on; the first policy always."""
    used = {channel for channels in _used_channels for channel in channels()}
    return [policy for index, policy in enumerate(_policies.values()) if index == 0 or policy.channel in used]


def register_sending(
    *, block_claims: Callable[[], None], recent_messages: Callable[[datetime], Relation]
) -> None:
    """Register what the start of sharing needs to know about messages.

    block_claims: waits for batches being claimed and blocks further ones until the current transaction ends.
    recent_messages: returns the advertising messages that may have been sent since an instant: message_id, channel,
    address, at; at is NULL while the outcome is unknown.
    """
    _claim_blocks[:], _recent_messages[:] = [block_claims], [recent_messages]


def block_claims() -> None:
    """Wait for batches being claimed, and block further ones until the current transaction ends."""
    for block in _claim_blocks:
        block()


def recent_messages(*, since: datetime) -> Relation | None:
    """Return the advertising messages that may have been sent since an instant; None without an app that sends."""
    return next((recent(since) for recent in _recent_messages), None)


def register_topic_uses(uses: Callable[[], Mapping[int, Sequence[str]]]) -> None:
    """Register what of an app is still to be sent: its names, by topic id."""
    _topic_uses.append(uses)


def topic_uses() -> dict[int, list[str]]:
    """Return the names of what is still to be sent, by topic id."""
    found: dict[int, list[str]] = {}
    for uses in _topic_uses:
        for topic_id, names in uses().items():
            found.setdefault(topic_id, []).extend(names)
    return found


def register_request_desk(desk: RequestDesk) -> None:
    """Register where requests of persons about their data go."""
    _desks[:] = [desk]


def request_desk() -> RequestDesk | None:
    """Return where requests go; None without an app that handles them."""
    return next(iter(_desks), None)


def register_messenger(messenger: Messenger) -> None:
    """Register what sends a message about a person's own choice or data."""
    _messengers[:] = [messenger]


def send_own_message(
    *, channel: str, address: str, contact_id: int, language: str, subject: str, text: str, now: datetime
) -> bool:
    """Send a message about a person's own choice or data; False when nothing can be sent on the channel."""
    return any(
        send(
            channel=channel,
            address=address,
            contact_id=contact_id,
            language=language,
            subject=subject,
            text=text,
            now=now,
        )
        for send in _messengers
    )

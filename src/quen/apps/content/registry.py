"""Extension points of the content app: merge tags, and the purpose of a text."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from quen.apps.compliance.types import MessageClass
from quen.apps.content.types import ContentPurpose, MergeTag
from quen.core.sql import Relation


class MergeTagProvider(Protocol):
    """A family of merge tags."""

    def tags(self) -> list[MergeTag]:
        """Return the tags, in the order of the menu. May query the workspace's database."""

    def values(
        self, keys: Collection[str], contact_ids: Collection[int], *, now: datetime
    ) -> dict[int, dict[str, object]]:
        """Return the known values by contact, with one query for all of them.

        keys: of all tags that the text uses. A value may be a str, int, Decimal, bool, date, aware datetime, Money,
        a list of strings, or strings by language ({"vi": …, "en": …}); missing and empty are the same.
        """


class TagAllocator(Protocol):
    """Allocates one value for each message, such as a voucher code, and returns them.

    Called in the transaction that creates the messages, once for each of them; what it writes is rolled back with them.
    Raise a DomainError when values have run out: the dispatch is paused with its text.
    """

    def __call__(self, messages: Relation, *, now: datetime) -> Relation:
        """Return message_id and value of messages (message_id, contact_id); one without a value gets the fallback."""


class TagReleaser(Protocol):
    """Takes back the values of messages that will not be sent."""

    def __call__(self, messages: Relation, *, now: datetime) -> None:
        """Release the values of messages (message_id), in the transaction that cancels or skips them."""


@dataclass(frozen=True, slots=True)
class AllocatedTag:
    """A merge tag whose value is allocated once per message and stored with it, unlike one that is read on rendering.

    Previews and test messages show ``tag.example``.
    """

    tag: MergeTag
    allocate: TagAllocator
    release: TagReleaser


_providers: list[MergeTagProvider] = []
_allocated_tags: dict[str, AllocatedTag] = {}


def register_merge_tags(provider: MergeTagProvider) -> None:
    """Register a family of merge tags."""
    _providers.append(provider)


def providers() -> list[MergeTagProvider]:
    """Return the families in order of registration."""
    return list(_providers)


def merge_tags() -> list[MergeTag]:
    """Return every merge tag, in the order of the menu."""
    tags = [tag for provider in _providers for tag in provider.tags()]
    return [*tags, *(allocated.tag for allocated in _allocated_tags.values())]


def register_allocated_tag(allocated: AllocatedTag) -> None:
    """Register a merge tag whose values are allocated."""
    _allocated_tags[allocated.tag.key] = allocated


def allocated_tags() -> dict[str, AllocatedTag]:
    """Return the tags whose values are allocated, by key."""
    return dict(_allocated_tags)


_purpose_finders: list[Callable[[int], ContentPurpose | None]] = []


def register_purpose(find: Callable[[int], ContentPurpose | None]) -> None:
    """Register a lookup of what a content is sent for, by its id; previews show the footer for that purpose."""
    _purpose_finders.append(find)


def purpose_of(content_id: int) -> ContentPurpose:
    """Return what a content is sent for; plain advertising if no lookup knows it."""
    found = (find(content_id) for find in _purpose_finders)
    return next((each for each in found if each is not None), ContentPurpose(MessageClass.MARKETING))

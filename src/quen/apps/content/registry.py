"""Extension points of the content app: merge tags, and the purpose of a text."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from quen.apps.compliance.types import MessageClass
from quen.apps.content.types import ContentPurpose, MergeTag


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


_providers: list[MergeTagProvider] = []


def register_merge_tags(provider: MergeTagProvider) -> None:
    """Register a family of merge tags."""
    _providers.append(provider)


def providers() -> list[MergeTagProvider]:
    """Return the families in order of registration."""
    return list(_providers)


def merge_tags() -> list[MergeTag]:
    """Return every merge tag, in the order of the menu."""
    return [tag for provider in _providers for tag in provider.tags()]


_purpose_finders: list[Callable[[int], ContentPurpose | None]] = []


def register_purpose(find: Callable[[int], ContentPurpose | None]) -> None:
    """Register a lookup of what a content is sent for, by its id; previews show the footer for that purpose."""
    _purpose_finders.append(find)


def purpose_of(content_id: int) -> ContentPurpose:
    """Return what a content is sent for; plain advertising if no lookup knows it."""
    found = (find(content_id) for find in _purpose_finders)
    return next((each for each in found if each is not None), ContentPurpose(MessageClass.MARKETING))

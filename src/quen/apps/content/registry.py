"""Sockets of the content room: what a text may say about its reader."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from quen.apps.compliance.types import MessageClass
from quen.apps.content.types import ContentPurpose, MergeTag


class MergeTagProvider(Protocol):
    """A family of merge tags."""

    def tags(self) -> list[MergeTag]:
        """Give the tags, in the order of the menu. The database of the workspace may be asked."""

    def values(
        self, keys: Collection[str], contact_ids: Collection[int], *, now: datetime
    ) -> dict[int, dict[str, object]]:
        """Give what is known of each person, by one query over all of them.

        keys: the provider's own tags that the text uses. A value may be a str, int, Decimal, bool, date, aware
        datetime, Money, a list of words, or words by language ({"vi": …, "en": …}); missing and empty are alike.
        """


_providers: list[MergeTagProvider] = []


def register_merge_tags(provider: MergeTagProvider) -> None:
    """Register a family of merge tags."""
    _providers.append(provider)


def providers() -> list[MergeTagProvider]:
    """Give the families in order of registration."""
    return list(_providers)


def merge_tags() -> list[MergeTag]:
    """Give every tag, in the order of the menu."""
    return [tag for provider in _providers for tag in provider.tags()]


_purpose_finders: list[Callable[[int], ContentPurpose | None]] = []


def register_purpose(find: Callable[[int], ContentPurpose | None]) -> None:
    """Register what knows what a text is sent for, by its id; previews show the footer of exactly that."""
    _purpose_finders.append(find)


def purpose_of(content_id: int) -> ContentPurpose:
    """Give what a text is sent for; plain advertising while nobody knows."""
    found = (find(content_id) for find in _purpose_finders)
    return next((each for each in found if each is not None), ContentPurpose(MessageClass.MARKETING))

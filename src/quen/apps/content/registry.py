"""Sockets of the content room: what a text may say about its reader."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from quen.apps.compliance.types import MessageClass
from quen.apps.content.types import MergeTag, Occasion


class TagProvider(Protocol):
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


_providers: list[TagProvider] = []


def plug_tags(provider: TagProvider) -> None:
    """Register a family of merge tags."""
    _providers.append(provider)


def providers() -> list[TagProvider]:
    """Give the families in order of registration."""
    return list(_providers)


def tags() -> list[MergeTag]:
    """Give every tag, in the order of the menu."""
    return [tag for provider in _providers for tag in provider.tags()]


_occasions: list[Callable[[int], Occasion | None]] = []


def plug_occasion(find: Callable[[int], Occasion | None]) -> None:
    """Register what knows what a text is sent for, by its id; previews show the footer of exactly that."""
    _occasions.append(find)


def occasion_of(content_id: int) -> Occasion:
    """Give what a text is sent for; plain advertising while nobody knows."""
    found = (find(content_id) for find in _occasions)
    return next((each for each in found if each is not None), Occasion(MessageClass.MARKETING))

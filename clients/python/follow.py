"""Keep the customers of a second system in step with Quen.

Every change of a customer has a version that rises. A message with a lower version than the one that is known is old
news, and is left alone; so messages may come late, twice or not at all. What did not come is asked for: the list of
changes follows the order in which Quen committed them, and goes on from where it was left.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

Ask = Callable[[str, Mapping[str, str]], Mapping[str, Any]]


@dataclass
class Follower:
    """The customers as a second system knows them.

    ask: calls the API with a path and parameters.  cursor: keep it together with the customers.
    """

    ask: Ask
    contacts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    cursor: str = "0"

    def take(self, entry: Mapping[str, Any]) -> bool:
        """Take an entry of the list of changes, or ``data`` of a webhook. Return whether it was news."""
        contact_id, version = entry["contact_id"], entry["version"]
        if version <= self.versions.get(contact_id, 0):
            return False
        self.versions[contact_id] = version
        if entry["kind"] == "changed":
            self.contacts[contact_id] = entry["contact"]
        else:
            # Deleted, merged into another one (survivor_id) or erased.
            self.contacts.pop(contact_id, None)
        return True

    def catch_up(self) -> int:
        """Ask for what changed since the last time. Return how much of it was news."""
        news, more = 0, True
        while more:
            page = self.ask("contacts/changes", {"cursor": self.cursor, "limit": "500"})
            news += sum(self.take(entry) for entry in page["data"])
            self.cursor, more = page["next"], page["more"]
        return news


def over_http(url: str, key: str) -> Ask:
    """Return a function that asks the API at an address."""

    def ask(path: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        address = f"{url.rstrip('/')}/api/v1/{path}?{urlencode(parameters)}"
        with urlopen(Request(address, headers={"Authorization": f"Bearer {key}"}), timeout=30) as answer:  # noqa: S310
            found: Mapping[str, Any] = json.load(answer)
            return found

    return ask


if __name__ == "__main__":
    follower = Follower(over_http(os.environ["QUEN_URL"], os.environ["QUEN_KEY"]))
    follower.catch_up()
    print(f"{len(follower.contacts)} customers, up to {follower.cursor}")  # noqa: T201

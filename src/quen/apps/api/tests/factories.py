"""Keys and calls for tests."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.test import Client

from quen.apps.api import registry, services
from quen.apps.api.types import API_PATH
from quen.core import clock
from quen.core.actors import Actor


def make_key(*, name: str = "Website", scopes: Collection[str] | None = None, **changes: Any) -> str:
    """Create a key in the current workspace, with all scopes unless told otherwise. Return its token."""
    chosen = registry.scope_keys() if scopes is None else scopes
    actor = Actor.member(1, "Nguyễn Hoài An")
    created = services.create_key(name=name, scopes=chosen, actor=actor, now=clock.now(), **changes)
    return created.token


class ApiClient:
    """Another system that calls with a key. Each call returns Django's response."""

    def __init__(self, token: str, **headers: str) -> None:
        self.token, self._headers = token, headers

    def get(self, path: str, **parameters: Any) -> Any:
        """Ask for something."""
        return Client().get(API_PATH + path, parameters, headers=self._with({}))

    def send(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        """Send a body. key: the idempotency key."""
        extra = {"Idempotency-Key": key} if key else {}
        return Client().generic(
            method,
            API_PATH + path,
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers=self._with(extra | headers),
        )

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """Send a POST."""
        return self.send("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Any:
        """Send a PATCH."""
        return self.send("PATCH", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Any:
        """Send a PUT."""
        return self.send("PUT", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Any:
        """Send a DELETE."""
        return self.send("DELETE", path, body, **options)

    def _with(self, extra: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **self._headers, **extra}

"""The apps of Quen, lowest first: the one list from which settings, URLs, translations and checks are derived.

To add an app: create its folder and add one line here, above every app it uses (docs/adding/app.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from django.apps import AppConfig


@dataclass(frozen=True, slots=True)
class App:
    """An app and where its tables live: once in "public", or in every workspace's schema."""

    name: str
    tables: Literal["public", "workspace"] = "workspace"

    @property
    def module(self) -> str:
        """Return the package, such as "quen.apps.contacts"."""
        return f"quen.apps.{self.name}"


#: An app may use the apps before it and never names one after it.
APPS: Final = (
    App("accounts", tables="public"),
    App("advertisers", tables="public"),
    App("ingest", tables="public"),
    App("team"),
    App("api"),
    App("manual"),
    App("import_export"),
    App("audience"),
    App("events"),
    App("contacts"),
    App("groups"),
    App("duplicates"),
    App("compliance"),
    App("webhooks"),
    App("tasks"),
    App("data_requests"),
    App("website"),
    App("segments"),
    App("channels"),
    App("content"),
    App("delivery"),
    App("campaigns"),
    App("signup"),
)


class QuenConfig(AppConfig):
    """Comes last in INSTALLED_APPS: every app is ready when the manifests are read."""

    name = "quen.config"
    label = "quen_config"

    def ready(self) -> None:
        """Register what the manifests declare."""
        from quen.config import manifests

        manifests.load()

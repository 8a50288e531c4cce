"""Reads the manifest of every app and passes each declaration to the registry that keeps it.

Codes of event kinds are stored, so each app has a range of its own; a new app takes the next free hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec

from quen.apps.api import registry as api
from quen.apps.audience import registry as audience
from quen.apps.contacts import registry as contacts
from quen.apps.content import registry as content
from quen.apps.events import registry as events
from quen.apps.manifest import Manifest
from quen.apps.manual import registry as manual
from quen.apps.team import registry as team
from quen.apps.webhooks import registry as webhooks
from quen.config.apps import APPS, App
from quen.ui import nav


def manifests() -> Iterator[tuple[App, Manifest]]:
    """Yield the apps that have a manifest, lowest first."""
    for app in APPS:
        if find_spec(f"{app.module}.manifest") is not None:
            yield app, import_module(f"{app.module}.manifest").MANIFEST


def load() -> None:
    """Register everything that the apps declare. Raises ValueError for declarations that contradict each other."""
    declared = list(manifests())
    check(declared)
    for app, manifest in declared:
        _register(app.name, manifest)
    events.validate()
    audience.validate()
    webhooks.validate()


def check(declared: Iterable[tuple[App, Manifest]]) -> None:
    """Raise ValueError when two apps claim a code of events, or a kind is outside its app's codes."""
    taken: dict[int, str] = {}
    for app, manifest in declared:
        for code in manifest.event_codes:
            if code in taken:
                raise ValueError(f"Event code {code} belongs to {taken[code]}, {app.name} claims it too.")
            taken[code] = app.name
        for kind in manifest.event_kinds:
            if kind.code not in manifest.event_codes:
                raise ValueError(
                    f"Event kind {kind.key} has code {kind.code}, outside the range of {app.name}."
                )


def _register(app: str, manifest: Manifest) -> None:
    if manifest.manual_page:
        manual.register_page_about(app, manifest.manual_page)
    for scope in manifest.api_scopes:
        api.register_scope(scope)
    for right in manifest.rights:
        team.register_right(right)
    for entry in manifest.navigation:
        nav.registry.register(entry)
    for profile_page in manifest.profile_pages:
        nav.registry.add_profile_page(profile_page)
    for key, target in manifest.layout_links.items():
        nav.registry.set_link(key, target)
    for group in manifest.event_groups:
        events.register_group(group)
    for kind in manifest.event_kinds:
        events.register_kind(kind)
    for consumer in manifest.consumers:
        events.register_consumer(consumer)
    for key, message in manifest.audit_messages.items():
        team.register_audit_message(key, message)
    for key, text in manifest.notifications.items():
        team.register_notification(key, text)
    for item in manifest.onboarding:
        team.register_onboarding(item)
    for panel in manifest.overview_panels:
        team.register_overview_panel(panel)
    for action in manifest.overview_actions:
        team.register_overview_action(action)
    for pending in manifest.pending:
        team.register_pending(pending)
    for contact_panel in manifest.contact_panels:
        contacts.register_contact_panel(contact_panel)
    if manifest.command_palette is not None:
        team.register_command_palette(app, manifest.command_palette)
    for provider in manifest.merge_tags:
        content.register_merge_tags(provider)
    for webhook_kind in manifest.webhook_kinds:
        webhooks.register_kind(webhook_kind)
    for key, statement in manifest.workspace_counts.items():
        team.register_workspace_count(key, statement)
    if manifest.prepare_workspace is not None:
        team.on_new_workspace(app, manifest.prepare_workspace)
    if manifest.copy_workspace is not None:
        team.on_copy_workspace(app, manifest.copy_workspace)
    if manifest.on_archive is not None:
        team.on_archive(app, manifest.on_archive)
    if manifest.delete_workspace is not None:
        team.on_delete_workspace(app, manifest.delete_workspace)
    if manifest.on_restore is not None:
        team.on_restore(app, manifest.on_restore)

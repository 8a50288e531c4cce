"""What an app declares to the rest of the product: the value ``MANIFEST`` of its ``manifest.py``.

Small things that are only declared stand here together. ``quen.config.manifests`` passes each field to the registry
that keeps it, app by app, lowest first, once all apps are ready. What brings code of its own (conditions, adapters,
import kinds) lives in a folder of its family and is registered by the app's ``ready()``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quen.apps.api.registry import Scope
    from quen.apps.contacts.registry import ContactPanel
    from quen.apps.content.registry import MergeTagProvider
    from quen.apps.events.types import Consumer, EventGroup, EventKind
    from quen.apps.team.registry import (
        AuditMessage,
        CopyWorkspace,
        DeleteWorkspace,
        MessageFormatter,
        OnboardingItem,
        OverviewAction,
        OverviewPanel,
        PendingItems,
        PrepareWorkspace,
    )
    from quen.apps.team.types import DeclaredRight
    from quen.apps.webhooks.types import WebhookKind
    from quen.ui.nav import NavEntry, NavGroup, ProfilePage


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The declarations of one app; every field is optional.

    pages: where ``urls.py`` is mounted inside a workspace, such as "campaigns/".
    manual_page: the page of the manual that the help button opens on the app's pages, such as "campaigns".
    public_pages: where URL modules are mounted outside workspaces: {"u/": "quen.apps.compliance.public_urls"}.
    profile_pages: pages of a workspace that the user's own name and profile lead to.
    layout_links: where fixed links of the layout lead, by key: a URL name, or a path starting with "/".
    api_scopes: what keys of other systems may be allowed to do with this app.
    webhook_kinds: the kinds of messages that other systems may be sent about this app.
    event_codes: the codes this app's event kinds may use; ranges of apps never overlap.
    audit_messages, notifications: by kind, "app.what_happened".
    command_palette: ``search(member=…, query=…) -> [{"title", "hint", "icon", "href"}]``.
    on_restore, on_archive: what stops in a workspace that is restored from a backup, or archived; called in its schema.
    delete_workspace: deletes what the app keeps of a workspace in shared tables.
    workspace_counts: by key, a SELECT of one number with ``{schema}.`` before each of the app's own tables.
    """

    pages: str | None = None
    manual_page: str = ""
    public_pages: Mapping[str, str] = field(default_factory=dict)
    rights: Sequence[DeclaredRight] = ()
    api_scopes: Sequence[Scope] = ()
    navigation: Sequence[NavGroup | NavEntry] = ()
    profile_pages: Sequence[ProfilePage] = ()
    layout_links: Mapping[str, str] = field(default_factory=dict)
    event_codes: range = range(0)
    event_groups: Sequence[EventGroup] = ()
    event_kinds: Sequence[EventKind] = ()
    consumers: Sequence[Consumer] = ()
    audit_messages: Mapping[str, AuditMessage] = field(default_factory=dict)
    notifications: Mapping[str, MessageFormatter] = field(default_factory=dict)
    onboarding: Sequence[OnboardingItem] = ()
    overview_panels: Sequence[OverviewPanel] = ()
    overview_actions: Sequence[OverviewAction] = ()
    pending: Sequence[PendingItems] = ()
    contact_panels: Sequence[ContactPanel] = ()
    command_palette: Callable[..., list[dict[str, str]]] | None = None
    merge_tags: Sequence[MergeTagProvider] = ()
    webhook_kinds: Sequence[WebhookKind] = ()
    workspace_counts: Mapping[str, str] = field(default_factory=dict)
    prepare_workspace: PrepareWorkspace | None = None
    copy_workspace: CopyWorkspace | None = None
    on_restore: Callable[..., Any] | None = None
    on_archive: Callable[..., Any] | None = None
    delete_workspace: DeleteWorkspace | None = None

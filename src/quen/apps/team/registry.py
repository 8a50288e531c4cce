"""Extension points of the team app: new and restored workspaces, the overview, notifications, audit log, palette."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from django.utils.functional import Promise

from quen.apps.team.types import DeclaredRight, Role
from quen.core.text import fold
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.access import WorkspaceRequest

#: turns an entry's data into text, in the active language
MessageFormatter = Callable[[Mapping[str, Any]], str]
PanelSlot = Literal["top", "main", "side"]


class PrepareWorkspace(Protocol):
    """Sets up an app inside a new workspace; runs in its schema, in the creating transaction."""

    def __call__(self, *, workspace: Workspace, now: Any) -> None:
        """Write the app's initial rows."""


class _Placeholder(dict[str, Any]):
    """Data for rendering a message without an entry: every key has the value "…"."""

    def __missing__(self, key: str) -> str:
        return "…"

    def get(self, key: str, default: Any = None) -> Any:
        return "…"


class CopyWorkspace(Protocol):
    """Copies an app's configuration from another workspace; runs in the target's schema, in the creating transaction.

    The app reads the source inside ``schemas.use(source.schema_name)``.
    """

    def __call__(self, *, source: Workspace, target: Workspace, now: Any) -> None:
        """Write the copies."""


class DeleteWorkspace(Protocol):
    """Deletes what an app keeps of a workspace in shared tables; runs in ``public``, in the deleting transaction."""

    def __call__(self, *, workspace: Workspace) -> None:
        """Delete the rows."""


@dataclass(frozen=True, slots=True)
class OverviewPanelContent:
    """The content of a panel: a template with its context, under a title."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    href: str = ""
    link: str = ""
    #: no padding, for tables
    flush: bool = False


@dataclass(frozen=True, slots=True)
class OverviewPanel:
    """A panel of the overview page. A lazy one is fetched after the page, so that slow counts do not delay it."""

    key: str
    order: int
    right: str | None
    build: Callable[[WorkspaceRequest], OverviewPanelContent | None]
    slot: PanelSlot = "main"
    lazy: bool = False


#: the periods in days that the overview can show
OVERVIEW_PERIODS = (7, 30, 90)
_DEFAULT_PERIOD = 30


def overview_days(request: WorkspaceRequest) -> int:
    """Return the number of days that the panels of the overview show, today included: ``?days=`` of the request."""
    chosen = {str(days): days for days in OVERVIEW_PERIODS}
    return chosen.get(request.GET.get("days", ""), _DEFAULT_PERIOD)


@dataclass(frozen=True, slots=True)
class OverviewAction:
    """A button of the overview, which leads to ``url_name``; the first one a member may use is the main button."""

    key: str
    order: int
    right: str | None
    label: str | Promise
    icon: str
    url_name: str


@dataclass(frozen=True, slots=True)
class PendingItem:
    """Something that waits for a member: what, a second line, and the link that deals with it."""

    title: str
    text: str
    href: str
    link: str
    icon: str
    tone: Literal["", "wait", "bad"] = "wait"


@dataclass(frozen=True, slots=True)
class PendingItems:
    """What an app says is waiting for members with the right, shown on the overview; most urgent first."""

    key: str
    order: int
    right: str | None
    build: Callable[[WorkspaceRequest], Sequence[PendingItem]]


@dataclass(frozen=True, slots=True)
class OnboardingStep:
    """A line of the getting-started checklist; ``done`` is derived from the workspace's data."""

    title: str
    text: str
    href: str
    icon: str
    done: bool


@dataclass(frozen=True, slots=True)
class OnboardingItem:
    """A line of the getting-started checklist as an app declares it, shown to members with the right."""

    key: str
    order: int
    right: str | None
    build: Callable[[WorkspaceRequest], OnboardingStep | None]


class _GroupedNumbers(dict[str, Any]):
    """The values of an entry with numbers as the active language writes them: 1.189."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__()
        self._data = data

    def __missing__(self, key: str) -> Any:
        value = self._data[key]
        return num(value) if type(value) is int else value


@dataclass(frozen=True, slots=True)
class AuditMessage:
    """How entries of the audit log of one kind read.

    text: a sentence with the names of the entry's data in it, such as "Deleted the tag “%(name)s”", or a function that
    makes it.  label: the kind's name in the log's filter; without one the text with "…" in place of the values.
    """

    text: str | Promise | MessageFormatter
    label: str | Promise = ""

    def __call__(self, data: Mapping[str, Any]) -> str:
        """Return the sentence for an entry's data, in the active language."""
        return self.text(data) if callable(self.text) else str(self.text) % _GroupedNumbers(data)


_rights: dict[str, DeclaredRight] = {}
_workspace_preparers: dict[str, PrepareWorkspace] = {}
_workspace_copiers: dict[str, CopyWorkspace] = {}
_workspace_deleters: dict[str, DeleteWorkspace] = {}
_archive_hooks: dict[str, Callable[..., None]] = {}
_restore_hooks: dict[str, Callable[..., None]] = {}
_panels: dict[str, OverviewPanel] = {}
_overview_actions: dict[str, OverviewAction] = {}
_pending: dict[str, PendingItems] = {}
_onboarding: dict[str, OnboardingItem] = {}
_workspace_counts: dict[str, str] = {}
_notifications: dict[str, MessageFormatter] = {}
_email_preferences: dict[str, str | Promise] = {}
_audit_messages: dict[str, AuditMessage] = {}
_palette_searches: dict[str, Callable[..., list[dict[str, str]]]] = {}


# Rights


def register_right(right: DeclaredRight) -> None:
    """Register a right. Raises ValueError when another one has its key."""
    if _rights.setdefault(right.key, right) != right:
        raise ValueError(f"Two rights are called {right.key!r}.")


def rights() -> list[DeclaredRight]:
    """Return every right, app by app, lowest first."""
    return list(_rights.values())


def role_has(role: str, right: str) -> bool:
    """Return whether a role includes a right. A right that no app declares belongs to nobody."""
    declared = _rights.get(right)
    return declared is not None and (role in (Role.OWNER, Role.ADMINISTRATOR) or role in declared.roles)


# Workspaces


def on_new_workspace(app: str, prepare: PrepareWorkspace) -> None:
    """Register how an app sets itself up in a new workspace."""
    _workspace_preparers[app] = prepare


def workspace_preparers() -> list[PrepareWorkspace]:
    """Return the registered callables in order of registration."""
    return list(_workspace_preparers.values())


def on_copy_workspace(app: str, copy: CopyWorkspace) -> None:
    """Register what an app copies when a new workspace starts from another one's configuration."""
    _workspace_copiers[app] = copy


def workspace_copiers() -> list[CopyWorkspace]:
    """Return the registered callables in order of registration."""
    return list(_workspace_copiers.values())


def on_restore(app: str, hook: Callable[..., None]) -> None:
    """Register what an app stops in a workspace restored from a backup: ``hook(now=…)``, called in its schema.

    Time has passed since the backup: whatever was being sent when it was made has been sent by now.
    """
    _restore_hooks[app] = hook


def run_restore_hooks(*, now: Any) -> None:
    """Run every app's restore hook in the current workspace."""
    for hook in _restore_hooks.values():
        hook(now=now)


def on_archive(app: str, hook: Callable[..., None]) -> None:
    """Register what an app stops in a workspace that is archived: ``hook(now=…)``, called in its schema.

    Nothing is sent from an archived workspace, nor by itself when it is opened again.
    """
    _archive_hooks[app] = hook


def run_archive_hooks(*, now: Any) -> None:
    """Run every app's archive hook in the current workspace."""
    for hook in _archive_hooks.values():
        hook(now=now)


def on_delete_workspace(app: str, delete: DeleteWorkspace) -> None:
    """Register what an app deletes of a workspace outside its schema."""
    _workspace_deleters[app] = delete


def workspace_deleters() -> list[DeleteWorkspace]:
    """Return the registered callables, those of the highest app first."""
    return list(reversed(_workspace_deleters.values()))


def register_workspace_count(key: str, statement: str) -> None:
    """Register a number for the list of workspaces.

    statement: a SELECT of one number with ``{schema}.`` before each of the app's own tables.
    """
    _workspace_counts[key] = statement


def workspace_counts() -> dict[str, str]:
    """Return the registered statements by key."""
    return dict(_workspace_counts)


# The overview


def register_overview_panel(panel: OverviewPanel) -> None:
    """Register a panel of the overview; its ``build`` returns None when there is nothing to show."""
    _panels[panel.key] = panel


def overview_panels() -> list[OverviewPanel]:
    """Return the registered panels by order."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))


def register_overview_action(action: OverviewAction) -> None:
    """Register a button of the overview."""
    _overview_actions[action.key] = action


def overview_actions(request: WorkspaceRequest) -> list[OverviewAction]:
    """Return the buttons of this member, by order."""
    actions = sorted(_overview_actions.values(), key=lambda each: (each.order, each.key))
    return [each for each in actions if each.right is None or request.member.can(each.right)]


def register_pending(pending: PendingItems) -> None:
    """Register what an app says is waiting for members."""
    _pending[pending.key] = pending


def pending_items(request: WorkspaceRequest) -> list[PendingItem]:
    """Return what waits for this member, by order."""
    providers = sorted(_pending.values(), key=lambda each: (each.order, each.key))
    permitted = [each for each in providers if each.right is None or request.member.can(each.right)]
    return [item for each in permitted for item in each.build(request)]


def register_onboarding(item: OnboardingItem) -> None:
    """Register a line of the getting-started checklist."""
    _onboarding[item.key] = item


def onboarding_steps(request: WorkspaceRequest) -> list[OnboardingStep]:
    """Return the checklist of this member, by order."""
    items = sorted(_onboarding.values(), key=lambda item: item.order)
    built = [item.build(request) for item in items if item.right is None or request.member.can(item.right)]
    return [step for step in built if step is not None]


# Notifications, audit log, command palette


def register_notification(kind: str, message: MessageFormatter) -> None:
    """Register the text of notifications of a kind."""
    _notifications[kind] = message


def register_email_preference(key: str, label: str | Promise) -> None:
    """Register emails that each member may switch off, on unless they do. key: of the member's preferences."""
    _email_preferences[key] = label


def email_preferences() -> dict[str, str | Promise]:
    """Return the labels of the emails that members may switch off, by key."""
    return dict(_email_preferences)


def notification_text(kind: str, data: Mapping[str, Any]) -> str:
    """Return a notification's text in the active language."""
    return _notifications[kind](data) if kind in _notifications else kind


def register_audit_message(kind: str, message: AuditMessage) -> None:
    """Register how audit log entries of a kind read."""
    _audit_messages[kind] = message


def audit_kinds() -> list[tuple[str, str]]:
    """Return the registered kinds with their labels, sorted by label."""
    return sorted(((kind, audit_label(kind)) for kind in _audit_messages), key=lambda pair: fold(pair[1]))


def audit_label(kind: str) -> str:
    """Return the label of a kind: the registered one, or its text with “…” in place of the values."""
    message = _audit_messages.get(kind)
    if message is None or message.label:
        return str(message.label) if message else kind
    try:
        return message(_Placeholder())
    except (TypeError, ValueError):
        # A text with a plural cannot be formatted without a number.
        return kind


def audit_text(kind: str, data: Mapping[str, Any]) -> str:
    """Return the text of an audit log entry in the active language."""
    return _audit_messages[kind](data) if kind in _audit_messages else kind


def register_command_palette(app: str, search: Callable[..., list[dict[str, str]]]) -> None:
    """Register a search for the command palette.

    Called as ``search(member=…, query=…)``, returns ``[{"title", "hint", "icon", "href"}]``.
    """
    _palette_searches[app] = search


def palette_searches() -> list[Callable[..., list[dict[str, str]]]]:
    """Return the registered searches."""
    return list(_palette_searches.values())

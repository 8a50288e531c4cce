"""Extension points of the team app: new and restored workspaces, the overview, notifications, audit log, palette."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from quen.apps.team.types import Right
from quen.core.text import fold

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
    right: Right | None
    build: Callable[[WorkspaceRequest], OverviewPanelContent | None]
    slot: PanelSlot = "main"
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class OnboardingStep:
    """A line of the getting-started checklist; ``done`` is derived from the workspace's data."""

    title: str
    text: str
    href: str
    icon: str
    done: bool


@dataclass(frozen=True, slots=True)
class _RegisteredOnboardingStep:
    order: int
    right: Right | None
    build: Callable[[WorkspaceRequest], OnboardingStep | None]


_workspace_preparers: dict[str, PrepareWorkspace] = {}
_workspace_copiers: dict[str, CopyWorkspace] = {}
_restore_hooks: dict[str, Callable[..., None]] = {}
_panels: dict[str, OverviewPanel] = {}
_onboarding_steps: dict[str, _RegisteredOnboardingStep] = {}
_workspace_counts: dict[str, str] = {}
_notification_messages: dict[str, MessageFormatter] = {}
_audit_messages: dict[str, MessageFormatter] = {}
_audit_labels: dict[str, Any] = {}
_palette_searches: dict[str, Callable[..., list[dict[str, str]]]] = {}


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


def overview_panel(
    key: str,
    order: int,
    right: Right | None,
    build: Callable[[WorkspaceRequest], OverviewPanelContent | None],
    *,
    slot: PanelSlot = "main",
    lazy: bool = False,
) -> None:
    """Register a panel of the overview; ``build`` returns None when there is nothing to show."""
    _panels[key] = OverviewPanel(key, order, right, build, slot, lazy)


def overview_panels() -> list[OverviewPanel]:
    """Return the registered panels by order."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))


def onboarding_step(
    key: str, order: int, right: Right | None, build: Callable[[WorkspaceRequest], OnboardingStep | None]
) -> None:
    """Register a line of the getting-started checklist, shown to members with the right."""
    _onboarding_steps[key] = _RegisteredOnboardingStep(order, right, build)


def onboarding_steps(request: WorkspaceRequest) -> list[OnboardingStep]:
    """Return the checklist of this member, by order."""
    registered = sorted(_onboarding_steps.values(), key=lambda step: step.order)
    built = [
        step.build(request) for step in registered if step.right is None or request.member.can(step.right)
    ]
    return [step for step in built if step is not None]


def workspace_count(key: str, statement: str) -> None:
    """Register a number for the list of workspaces.

    statement: a SELECT of one number with ``{schema}.`` before each of the app's own tables.
    """
    _workspace_counts[key] = statement


def workspace_counts() -> dict[str, str]:
    """Return the registered statements by key."""
    return dict(_workspace_counts)


def notification_kind(kind: str, message: MessageFormatter) -> None:
    """Register the text of notifications of a kind."""
    _notification_messages[kind] = message


def notification_text(kind: str, data: Mapping[str, Any]) -> str:
    """Return a notification's text in the active language."""
    return _notification_messages[kind](data) if kind in _notification_messages else kind


def audit_kind(kind: str, message: MessageFormatter, *, label: Any = "") -> None:
    """Register the text of audit log entries of a kind; ``label`` names the kind in the log's filter."""
    _audit_messages[kind] = message
    if label:
        _audit_labels[kind] = label


def audit_kinds() -> list[tuple[str, str]]:
    """Return the registered kinds with their labels, sorted by label."""
    return sorted(((kind, audit_label(kind)) for kind in _audit_messages), key=lambda pair: fold(pair[1]))


def audit_label(kind: str) -> str:
    """Return the label of a kind: the registered one, or its text with “…” in place of the values."""
    if kind in _audit_labels or kind not in _audit_messages:
        return str(_audit_labels.get(kind, kind))
    try:
        return _audit_messages[kind](_Placeholder())
    except (TypeError, ValueError):
        # A text with a plural cannot be formatted without a number.
        return kind


def audit_text(kind: str, data: Mapping[str, Any]) -> str:
    """Return the text of an audit log entry in the active language."""
    return _audit_messages[kind](data) if kind in _audit_messages else kind


def command_palette(app: str, search: Callable[..., list[dict[str, str]]]) -> None:
    """Register a search for the command palette.

    Called as ``search(member=…, query=…)``, returns ``[{"title", "hint", "icon", "href"}]``.
    """
    _palette_searches[app] = search


def palette_searches() -> list[Callable[..., list[dict[str, str]]]]:
    """Return the registered searches."""
    return list(_palette_searches.values())

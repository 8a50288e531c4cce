"""Roles, rights and refusals of the team app."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class TeamRight(StrEnum):
    """What a member may do with the workspace itself."""

    VIEW_OVERVIEW = "overview.view"
    MANAGE = "team.manage"
    CONFIGURE = "workspace.configure"
    VIEW_LOG = "log.view"


class Role(TextChoices):
    """The six built-in roles (ACC-21)."""

    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    MARKETER = "marketer", _("Marketer")
    AGENT = "agent", _("Support agent")
    SALES = "sales", _("Sales")
    VIEWER = "viewer", _("Viewer")


ROLE_DESCRIPTIONS = {
    Role.OWNER: _("Full access, including other owners"),
    Role.ADMINISTRATOR: _("Full access, except changing owners"),
    Role.MARKETER: _("Customers, files, segments and campaigns"),
    Role.AGENT: _("Talks to customers and edits their details"),
    Role.SALES: _("Adds, edits and imports customers"),
    Role.VIEWER: _("Can view, but not change anything"),
}

#: owners and administrators have every right; the sets say who else has one
EVERYBODY = frozenset({Role.MARKETER, Role.AGENT, Role.SALES, Role.VIEWER})
STAFF = EVERYBODY - {Role.VIEWER}
MARKETING = frozenset({Role.MARKETER})
MANAGERS: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class DeclaredRight:
    """A right an app declares in its manifest. Apps check rights, never roles.

    key: a member of the app's ``<App>Right``.  roles: who has it besides owners and administrators.
    """

    key: str
    label: str | Promise
    roles: frozenset[Role] = MANAGERS


@dataclass(frozen=True, slots=True)
class InvitationOutcome:
    """The addresses that were invited, and those skipped because they belong to members."""

    invited: list[str]
    already_members: list[str]


class ProgressState(TextChoices):
    """State of a long-running operation."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


#: how each final state of an operation is shown: tone and icon
ENDED_BADGES = {
    ProgressState.DONE: ("good", "circle-check"),
    ProgressState.STOPPED: ("", "circle-stop"),
    ProgressState.FAILED: ("bad", "octagon-x"),
}


class LastOwner(DomainError):
    """A workspace keeps at least one owner."""

    code = "last_owner"
    text = _("A workspace needs at least one owner. Make someone else an owner first.")
    field: ClassVar[str | None] = "role"


class MemberExists(DomainError):
    """The email address belongs to an active member."""

    code = "member_exists"
    text = _("%(email)s is already a team member.")
    field: ClassVar[str | None] = "email"


class OnlyOwners(DomainError):
    """Only an owner may invite, change or remove an owner."""

    code = "only_owners"
    status = 403
    text = _("Only an owner can add or change owners.")


class OnlyOwnersArchive(DomainError):
    """Only an owner may archive, restore or delete a workspace."""

    code = "only_owners_archive"
    status = 403
    text = _("Only an owner can archive, restore or delete the workspace. Ask %(who)s.")


class OnlyOwnerOf(DomainError):
    """The user is the only owner of workspaces, which would be left without one."""

    code = "only_owner_of"
    text = _("You're the only owner of: %(workspaces)s. Make someone else an owner there first.")


class StopNotAllowed(DomainError):
    """Who may stop an operation, or try it again: the member who started it, and those who configure the workspace."""

    code = "stop_not_allowed"
    status = 403
    text = _("Only %(who)s can stop this, or try it again.")


class NothingToRetry(DomainError):
    """The operation has not failed, or runs again already."""

    code = "nothing_to_retry"
    status = 409
    text = _("This runs again already, or there is nothing to try again.")


class InvitationEmailMismatch(DomainError):
    """The invitation was sent to another address."""

    code = "invitation_email_mismatch"
    status = 403
    text = _("This invitation is for %(email)s. Sign out, then open the link again.")

"""Roles, rights and refusals of the team app."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class Right(StrEnum):
    """What a member may be allowed to do. Apps check rights, never roles."""

    VIEW_CONTACTS = "contacts.view"
    CREATE_CONTACTS = "contacts.create"
    EDIT_CONTACTS = "contacts.edit"
    DELETE_CONTACTS = "contacts.delete"
    IMPORT_CONTACTS = "contacts.import"
    EXPORT_CONTACTS = "contacts.export"
    CONFIGURE_FIELDS = "contacts.configure"
    EDIT_SEGMENTS = "segments.edit"
    VIEW_CAMPAIGNS = "campaigns.view"
    EDIT_CAMPAIGNS = "campaigns.edit"
    SEND_CAMPAIGNS = "campaigns.send"
    VIEW_MESSAGES = "messages.view"
    CONFIGURE_SENDING = "sending.configure"
    VIEW_OVERVIEW = "overview.view"
    MANAGE_TEAM = "team.manage"
    CONFIGURE_WORKSPACE = "workspace.configure"
    VIEW_LOG = "log.view"


RIGHT_LABELS = {
    Right.VIEW_OVERVIEW: _("See the overview"),
    Right.VIEW_CONTACTS: _("See customers"),
    Right.CREATE_CONTACTS: _("Add customers"),
    Right.EDIT_CONTACTS: _("Edit customers"),
    Right.DELETE_CONTACTS: _("Delete and restore customers"),
    Right.IMPORT_CONTACTS: _("Bring in files"),
    Right.EXPORT_CONTACTS: _("Take out files"),
    Right.CONFIGURE_FIELDS: _("Set up fields, tags and sources"),
    Right.EDIT_SEGMENTS: _("Save and change segments"),
    Right.VIEW_CAMPAIGNS: _("See campaigns and their reports"),
    Right.EDIT_CAMPAIGNS: _("Write campaigns"),
    Right.SEND_CAMPAIGNS: _("Send, schedule and cancel campaigns"),
    Right.VIEW_MESSAGES: _("Read the message log"),
    Right.CONFIGURE_SENDING: _("Set up channels, senders and the rules of sending"),
    Right.MANAGE_TEAM: _("Invite colleagues and give roles"),
    Right.CONFIGURE_WORKSPACE: _("Change the workspace's settings"),
    Right.VIEW_LOG: _("Read the action log"),
}


class Role(TextChoices):
    """The six built-in roles (ACC-21)."""

    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    MARKETER = "marketer", _("Marketer")
    AGENT = "agent", _("Support agent")
    SALES = "sales", _("Sales")
    VIEWER = "viewer", _("Viewer")


ROLE_DESCRIPTIONS = {
    Role.OWNER: _("Everything, and makes other owners"),
    Role.ADMINISTRATOR: _("Everything except owners"),
    Role.MARKETER: _("Customers, files, segments and campaigns"),
    Role.AGENT: _("Talks to customers, adds and edits them"),
    Role.SALES: _("Adds and edits customers, brings in files"),
    Role.VIEWER: _("Looks, changes nothing"),
}

_READ = frozenset({Right.VIEW_OVERVIEW, Right.VIEW_CONTACTS, Right.VIEW_CAMPAIGNS})
_EVERYDAY = _READ | {Right.CREATE_CONTACTS, Right.EDIT_CONTACTS, Right.VIEW_MESSAGES}
_ALL = frozenset(Right)

ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: _ALL,
    Role.ADMINISTRATOR: _ALL,
    Role.MARKETER: _EVERYDAY
    | {
        Right.DELETE_CONTACTS,
        Right.IMPORT_CONTACTS,
        Right.EXPORT_CONTACTS,
        Right.CONFIGURE_FIELDS,
        Right.EDIT_SEGMENTS,
        Right.EDIT_CAMPAIGNS,
        Right.SEND_CAMPAIGNS,
    },
    Role.AGENT: _EVERYDAY,
    Role.SALES: _EVERYDAY | {Right.IMPORT_CONTACTS},
    Role.VIEWER: _READ,
}


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


class LastOwner(DomainError):
    """A workspace keeps at least one owner."""

    code = "last_owner"
    text = _("A workspace needs at least one owner. Make someone else owner first.")
    field: ClassVar[str | None] = "role"


class MemberExists(DomainError):
    """The email address belongs to an active member."""

    code = "member_exists"
    text = _("%(email)s is already in this team.")
    field: ClassVar[str | None] = "email"


class OnlyOwners(DomainError):
    """Only an owner may invite, change or remove an owner."""

    code = "only_owners"
    status = 403
    text = _("Only an owner can make or change an owner.")


class StopNotAllowed(DomainError):
    """An operation may be stopped by the member who started it, or by members who may configure the workspace."""

    code = "stop_not_allowed"
    status = 403
    text = _("Only %(who)s can stop this.")


class InvitationEmailMismatch(DomainError):
    """The invitation was sent to another address."""

    code = "invitation_email_mismatch"
    status = 403
    text = _("This invitation is for %(email)s. Sign out, then open the link again.")

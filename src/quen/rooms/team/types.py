"""Roles, rights and refusals of the team room."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class Right(StrEnum):
    """What a role may permit. Rooms check rights, never roles."""

    VIEW_CONTACTS = "contacts.view"
    CREATE_CONTACTS = "contacts.create"
    EDIT_CONTACTS = "contacts.edit"
    DELETE_CONTACTS = "contacts.delete"
    IMPORT_CONTACTS = "contacts.import"
    EXPORT_CONTACTS = "contacts.export"
    CONFIGURE_FIELDS = "contacts.configure"
    VIEW_OVERVIEW = "overview.view"
    MANAGE_TEAM = "team.manage"
    CONFIGURE_WORKSPACE = "workspace.configure"
    VIEW_LOG = "log.view"


class Role(TextChoices):
    """The six built-in roles (ACC-21)."""

    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    MARKETER = "marketer", _("Marketer")
    AGENT = "agent", _("Support agent")
    SALES = "sales", _("Sales")
    VIEWER = "viewer", _("Viewer")


_READ = frozenset({Right.VIEW_OVERVIEW, Right.VIEW_CONTACTS})
_EVERYDAY = _READ | {Right.CREATE_CONTACTS, Right.EDIT_CONTACTS}
_ALL = frozenset(Right)

RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: _ALL,
    Role.ADMINISTRATOR: _ALL,
    Role.MARKETER: _EVERYDAY
    | {Right.DELETE_CONTACTS, Right.IMPORT_CONTACTS, Right.EXPORT_CONTACTS, Right.CONFIGURE_FIELDS},
    Role.AGENT: _EVERYDAY,
    Role.SALES: _EVERYDAY | {Right.IMPORT_CONTACTS},
    Role.VIEWER: _READ,
}


class ProgressState(TextChoices):
    """Where long work stands."""

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
    """The address already belongs to the team."""

    code = "member_exists"
    text = _("%(email)s is already in this team.")
    field: ClassVar[str | None] = "email"


class OnlyOwners(DomainError):
    """Only an owner makes or unmakes owners."""

    code = "only_owners"
    status = 403
    text = _("Only an owner can make or change an owner.")

"""Constants and refusals of the accounts app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class AccountEventKind(TextChoices):
    """What the log of accounts records. Those of workspaces are shown to operators and never deleted."""

    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed sign-in: wrong password")
    SIGNED_OUT = "signed_out", _("Signed out")
    SESSIONS_ENDED = "sessions_ended", _("Signed out other devices")
    PASSWORD_CHANGED = "password_changed", _("Changed the password")
    PASSWORD_RESET = "password_reset", _("Set a new password with an emailed link")
    EMAIL_CHANGE_REQUESTED = "email_change_requested", _("Asked to change the email address")
    EMAIL_CHANGED = "email_changed", _("Changed the email address")
    WORKSPACE_CREATED = "workspace_created", _("Created a workspace")
    WORKSPACE_ARCHIVED = "workspace_archived", _("Archived a workspace")
    WORKSPACE_RESTORED = "workspace_restored", _("Restored a workspace from the archive")
    WORKSPACE_DELETION_REQUESTED = "workspace_deletion_requested", _("Asked to delete a workspace")
    WORKSPACE_DELETED = "workspace_deleted", _("Deleted a workspace")
    WORKSPACE_PAUSED = "workspace_paused", _("Paused a workspace")
    WORKSPACE_RESUMED = "workspace_resumed", _("Resumed a workspace")


class PauseReason(TextChoices):
    """Why operators paused a workspace, in the words its members read."""

    MOVING = "moving", _("The shop's data is moving to another server.")
    MAINTENANCE = "maintenance", _("The server is being looked after.")


#: the kinds that operators see and that are kept
WORKSPACE_EVENTS = tuple(kind for kind in AccountEventKind if kind.value.startswith("workspace_"))
#: the key in a session under which its last use is kept, in seconds since 1970
SEEN_AT = "seen_at"

#: slugs a workspace may not have
RESERVED_SLUGS = frozenset({"new", "admin", "api", "static", "www", "quen"})

#: the presets of required fields (R-01) by name; any other list of PROFILE_FIELDS is a custom choice
PROFILES: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "first_name_email": ("given_name", "email"),
    "name_phone": ("full_name", "phone"),
}

#: the contact fields that can be required
PROFILE_FIELDS = {
    "full_name": _("Full name"),
    "given_name": _("Given name"),
    "phone": _("Phone"),
    "email": _("Email"),
    "gender": _("Gender"),
    "birth_on": _("Date of birth"),
    "province": _("Province/city"),
    "address_line": _("Address"),
    "company": _("Company"),
}


def profile_name(required_fields: Iterable[str]) -> str:
    """Return the name of the preset with exactly these fields, or "custom"."""
    wanted = set(required_fields)
    return next((name for name, fields in PROFILES.items() if set(fields) == wanted), "custom")


class SlugTaken(DomainError):
    """Another workspace has this slug."""

    code = "slug_taken"
    text = _("The workspace URL “%(slug)s” is taken. Choose another.")
    field: ClassVar[str | None] = "slug"


class InvalidSlug(DomainError):
    """The slug has characters that a URL cannot contain, or is reserved."""

    code = "invalid_slug"
    text = _("A workspace URL has 2 to 40 lowercase letters, digits and hyphens, such as “moc-sen”.")
    field: ClassVar[str | None] = "slug"


class EmailTaken(DomainError):
    """The email address belongs to another user."""

    code = "email_taken"
    text = _("%(email)s already has an account. Sign in to it.")
    field: ClassVar[str | None] = "email"


class WrongPassword(DomainError):
    """The password given to confirm an action is not the user's."""

    code = "wrong_password"
    text = _("This is not your current password.")
    field: ClassVar[str | None] = "password"


class TooManyTries(DomainError):
    """Too many wrong passwords."""

    code = "too_many_tries"
    status = 429
    text = _("Too many attempts. Wait a few minutes, then try again.")


class EmailLinkGone(DomainError):
    """The link that confirms an email address was used, replaced by a newer one, or has expired."""

    code = "email_link_gone"
    status = 410
    text = _("This link was used or has expired. Change your email address again to get a new one.")


class MayNotCreateWorkspaces(DomainError):
    """Only operators may create workspaces in this installation."""

    code = "may_not_create_workspaces"
    status = 403
    text = _("Only operators of this installation can create workspaces. Ask %(who)s.")


class TooManyWorkspaces(DomainError):
    """The user has created as many workspaces as one user may."""

    code = "too_many_workspaces"
    status = 403
    text = _(
        "You have created %(limit)d workspaces, which is the limit here. Delete one, or ask an operator to raise it."
    )


class WorkspaceArchived(DomainError):
    """The workspace is archived: its data can be read, nothing can be changed or sent."""

    code = "workspace_archived"
    status = 403
    text = _("This workspace is archived, so nothing in it can be changed. An owner can restore it.")


class WorkspaceStillBusy(DomainError):
    """A workspace is paused, but what had begun before has not ended in time."""

    code = "workspace_still_busy"
    status = 409
    text = _(
        "“%(name)s” is paused, so nothing new begins, but after %(seconds)d seconds this still runs: %(running)s."
        " Wait for it with: quen workspace pause %(slug)s. Or let the workspace go on with: quen workspace resume"
        " %(slug)s"
    )


class WorkspaceNotPaused(DomainError):
    """The workspace is not paused, so it can't be resumed."""

    code = "workspace_not_paused"
    status = 409
    text = _("“%(name)s” is not paused.")


class WrongWorkspaceName(DomainError):
    """The name typed to confirm a deletion is not the workspace's."""

    code = "wrong_workspace_name"
    text = _("Type the name exactly as it is shown: %(name)s")
    field: ClassVar[str | None] = "name"


class LastOperator(DomainError):
    """An installation keeps at least one operator."""

    code = "last_operator"
    text = _("You're the only operator of this installation, so your account can't be deleted.")


class InvitationGone(DomainError):
    """The invitation was used, revoked, or has expired."""

    code = "invitation_gone"
    status = 410
    text = _("This invitation no longer works. Request a new one.")


class SignInLinkGone(DomainError):
    """The sign-in link was used or has expired."""

    code = "sign_in_link_gone"
    status = 410
    text = _("This sign-in link was used or has expired. Restart Quen to get a new one.")


class WorkspaceNotFound(DomainError):
    """There is no workspace with this slug."""

    code = "workspace_not_found"
    status = 404
    text = _("There is no workspace “%(slug)s”. See the list with: quen workspace list")


#: the user columns in a workspace backup
BACKED_UP_USER_FIELDS = ("email", "name", "phone", "language", "theme", "password", "is_active")

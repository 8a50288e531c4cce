"""Constants and refusals of the accounts app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

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

"""Words and refusals of the accounts room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

#: path segments a workspace's address name may not take
RESERVED_SLUGS = frozenset({"new", "admin", "api", "static", "www", "quen"})

#: the required-field profiles of R-01 by name; any other list of PROFILE_FIELDS is a workspace's own choice
PROFILES: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "first_name_email": ("given_name", "email"),
    "name_phone": ("full_name", "phone"),
}

#: what a profile may ask for, by the contact's field
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


def profile_of(required_fields: Iterable[str]) -> str:
    """Give the name of the profile a list of fields stands for, or "own"."""
    wanted = set(required_fields)
    return next((name for name, fields in PROFILES.items() if set(fields) == wanted), "own")


class SlugTaken(DomainError):
    """Another workspace has this address name."""

    code = "slug_taken"
    text = _("The address name “%(slug)s” is taken. Choose another one.")
    field: ClassVar[str | None] = "slug"


class BadSlug(DomainError):
    """The address name has letters that an address cannot carry."""

    code = "bad_slug"
    text = _("An address name has 2 to 40 plain letters, digits and hyphens, such as “moc-sen”.")
    field: ClassVar[str | None] = "slug"


class EmailTaken(DomainError):
    """The address belongs to another user."""

    code = "email_taken"
    text = _("%(email)s already has an account. Sign in with it.")
    field: ClassVar[str | None] = "email"


class InvitationGone(DomainError):
    """Used, revoked or too old."""

    code = "invitation_gone"
    status = 410
    text = _("This invitation no longer works. Ask for a new one.")


class LinkGone(DomainError):
    """A sign-in link works once and for a short time."""

    code = "link_gone"
    status = 410
    text = _("This sign-in link has been used or is too old. Start Quen again to get a new one.")


class WorkspaceNotFound(DomainError):
    """No workspace of that address name."""

    code = "workspace_not_found"
    status = 404
    text = _("There is no workspace “%(slug)s”. See the list with: quen workspace list")


#: what a backup of a workspace keeps of the people who may enter it
CARRIED_OF_USERS = ("email", "name", "phone", "language", "theme", "password", "is_active")

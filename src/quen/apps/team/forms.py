"""Forms of the team app."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.types import PROFILE_FIELDS, PROFILES, profile_name
from quen.apps.team.types import ROLE_DESCRIPTIONS, Role
from quen.core import clock, emails, time_zones
from quen.core.errors import DomainError
from quen.core.text import clean
from quen.ui.widgets import SearchSelect

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace

MAX_INVITATIONS = 50
LOGO_MAX_BYTES = 200 * 1024
CURRENCIES = ("VND", "USD", "EUR", "AUD", "CNY", "GBP", "JPY", "KRW", "SGD", "THB", "TWD")
PROFILE_CHOICES = [
    ("name_phone", _("Name and phone")),
    ("first_name_email", _("Given name and email")),
    ("email", _("Email")),
    ("custom", _("Custom")),
]
ROLE_CHOICES = [(role.value, role.label) for role in Role]


def time_zone_choices(current: str = "") -> time_zones.Choices:
    """Return the time zones by country and city in the active language; ``current`` is among them."""
    today = clock.local_day(clock.now(), clock.VIETNAM)
    return time_zones.choices(language=get_language() or "vi", today=today, current=current)


class InviteForm(forms.Form):
    """One or more email addresses and the role for them."""

    emails = forms.CharField(
        label=_("Email addresses"),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("One or more, separated by commas or line breaks."),
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=ROLE_CHOICES, initial=Role.MARKETER, widget=forms.RadioSelect
    )

    def clean_emails(self) -> list[str]:
        """Return the addresses without duplicates; the error names invalid ones."""
        entered = [piece for piece in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if piece]
        valid, invalid = [], []
        for piece in entered:
            try:
                valid.append(emails.read(piece.strip("<>")))
            except emails.BadEmail:
                invalid.append(piece)
        if invalid:
            raise forms.ValidationError(
                ngettext(
                    "Not a valid email address: %(emails)s",
                    "Not valid email addresses: %(emails)s",
                    len(invalid),
                ),
                code="bad_email",
                params={"emails": ", ".join(invalid[:5])},
            )
        if len(valid) > MAX_INVITATIONS:
            raise forms.ValidationError(
                _("Up to %(limit)s addresses at a time."), code="too_many", params={"limit": MAX_INVITATIONS}
            )
        return list(dict.fromkeys(valid))


class RoleForm(forms.Form):
    """The role of one member."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (role.value, f"{role.label}: {ROLE_DESCRIPTIONS[role]}") for role in Role
        ]


class JoinForm(forms.Form):
    """Name and password of a new user."""

    name = forms.CharField(
        label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 8 characters. Don't use a common password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_name(self) -> str:
        """Normalise the name."""
        return clean(self.cleaned_data["name"])

    def clean_password(self) -> str:
        """Refuse short and common passwords."""
        from django.contrib.auth import password_validation

        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password)
        return password


class DeleteAccountForm(forms.Form):
    """The password, as confirmation; users without one confirm by sending the form."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        """Check the password."""
        password: str = self.cleaned_data["password"]
        _confirm(self.user, password)
        return password


class DeleteWorkspaceForm(forms.Form):
    """The workspace's name and the owner's password, as confirmation; an owner without a password chooses one first."""

    name = forms.CharField(
        label=_("Name of the workspace"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Check the password."""
        password: str = self.cleaned_data["password"]
        _confirm(self.user, password)
        return password


def _confirm(user: User, password: str) -> None:
    """Check a user's password. Raises ValidationError."""
    try:
        accounts_services.confirm_password(user=user, password=password)
    except DomainError as refusal:
        raise forms.ValidationError(str(refusal), code=refusal.code) from refusal


class _WorkspaceFields(forms.Form):
    """Fields shared by the new workspace form and the settings form."""

    name = forms.CharField(label=_("Name"), max_length=120)
    brand = forms.CharField(
        label=_("Brand"), max_length=120, required=False, help_text=_("The name customers know.")
    )
    advertiser = forms.CharField(
        label=_("Advertiser (legal entity)"),
        max_length=200,
        required=False,
        help_text=_(
            "The company whose name the law requires in messages. Having the same name shares nothing."
        ),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices, widget=SearchSelect)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    language = forms.ChoiceField(label=_("Customers' language"), choices=settings.LANGUAGES)
    profile = forms.ChoiceField(
        label=_("Required customer fields"),
        choices=PROFILE_CHOICES,
        widget=forms.RadioSelect,
        help_text=_(
            "Staff forms require these fields. Customers imported without them are marked incomplete."
        ),
    )
    custom_fields = forms.MultipleChoiceField(
        label=_("Fields to require"),
        choices=list(PROFILE_FIELDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = str(self.get_initial_for_field(self.fields["time_zone"], "time_zone") or "")
        self.fields["time_zone"].choices = time_zone_choices(current)  # type: ignore[attr-defined]  # a ChoiceField

    def clean_name(self) -> str:
        """Normalise the name."""
        return clean(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Replace the profile by its fields; a custom choice needs at least one."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        profile, custom = values.pop("profile", ""), values.pop("custom_fields", [])
        if profile == "custom" and not custom:
            self.add_error(
                "custom_fields", forms.ValidationError(_("Choose at least one field."), code="no_field")
            )
        values["required_fields"] = list(custom if profile == "custom" else PROFILES.get(profile, ()))
        return values


#: of a new workspace, where its creator chooses nothing
NEW_WORKSPACE = {"time_zone": clock.VIETNAM.key, "currency": "VND", "language": "vi", "profile": "name_phone"}


class NewWorkspaceForm(_WorkspaceFields):
    """A new workspace, optionally with the configuration of another one. Only its name is needed."""

    slug = forms.CharField(
        label=_("Workspace URL"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=_(
            "Part of the web address: lowercase letters, digits and hyphens. It can't be changed later."
        ),
    )
    copy_from = forms.ChoiceField(
        label=_("Copy from"),
        required=False,
        help_text=_("Copies sender details, logo and custom fields, but no customers."),
    )

    def __init__(self, *args: Any, copyable: Sequence[Workspace] = (), **kwargs: Any) -> None:
        kwargs["initial"] = NEW_WORKSPACE | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        for name in NEW_WORKSPACE:
            self.fields[name].required = False
        self.copyable = {workspace.slug: workspace for workspace in copyable}
        self.fields["copy_from"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("Don't copy")),
            *((workspace.slug, workspace.name) for workspace in copyable),
        ]

    @property
    def options_have_errors(self) -> bool:
        """Return whether anything but the name is to be corrected."""
        return any(name != "name" for name in self.errors)

    def clean_slug(self) -> str:
        """Return the slug in lower case; one that fits the name when none was typed."""
        typed = str(self.cleaned_data["slug"]).strip().lower()
        return typed or accounts_services.suggest_slug(str(self.cleaned_data.get("name", "")))

    def clean(self) -> dict[str, Any]:
        """Use the defaults for what was not chosen."""
        for name, default in NEW_WORKSPACE.items():
            if name not in self.errors:
                self.cleaned_data[name] = self.cleaned_data.get(name) or default
        return super().clean()

    def clean_copy_from(self) -> Workspace | None:
        """Return the selected workspace."""
        return self.copyable.get(self.cleaned_data["copy_from"])


class SettingsForm(_WorkspaceFields):
    """Settings of the current workspace."""

    logo_file = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG, JPEG or WebP, at most 200 KB.")
    )
    remove_logo = forms.BooleanField(label=_("Remove logo"), required=False)
    sender_address = forms.CharField(label=_("Postal address"), max_length=300, required=False)
    sender_phone = forms.CharField(label=_("Hotline"), max_length=30, required=False)
    sender_email = forms.EmailField(label=_("Contact email"), required=False)
    sender_website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    def clean_logo_file(self) -> str:
        """Return the picture as a data: URL. Its type is read from the bytes, not from the file name."""
        file: UploadedFile[bytes] | None = self.cleaned_data["logo_file"]
        if not file:
            return ""
        if (file.size or 0) > LOGO_MAX_BYTES:
            raise forms.ValidationError(
                _("This image is larger than 200 KB. Make it smaller first."), code="too_large"
            )
        content = file.read()
        kind = picture_type(content)
        if kind is None:
            raise forms.ValidationError(_("Choose a PNG, JPEG or WebP image."), code="not_a_picture")
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"

    def clean(self) -> dict[str, Any]:
        """Set ``logo`` when a new one is uploaded or the present one removed."""
        values = super().clean()
        picture, remove = values.pop("logo_file", ""), values.pop("remove_logo", False)
        if picture or remove:
            values["logo"] = picture
        return values


def picture_type(content: bytes) -> str | None:
    """Return a picture's MIME type by its first bytes; None when it is not one we accept."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def initial_settings(workspace: Workspace) -> dict[str, Any]:
    """Return a workspace's settings as initial values of the form."""
    values = {
        name: getattr(workspace, name)
        for name in SettingsForm.base_fields
        if name not in ("profile", "custom_fields", "logo_file", "remove_logo")
    }
    profile = profile_name(workspace.required_fields)
    return values | {"profile": profile, "custom_fields": workspace.required_fields}

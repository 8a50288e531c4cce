"""Forms of the team room."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.accounts.types import PROFILE_FIELDS, PROFILES, profile_of
from quen.apps.team.types import ROLE_WORDS, Role
from quen.core import emails
from quen.core.text import clean

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

MOST_ADDRESSES = 50
LOGO_MAX_BYTES = 200 * 1024
CURRENCIES = ("VND", "USD", "EUR", "AUD", "CNY", "GBP", "JPY", "KRW", "SGD", "THB", "TWD")
PROFILE_CHOICES = [
    ("name_phone", _("Name and phone")),
    ("first_name_email", _("Given name and email")),
    ("email", _("Email")),
    ("own", _("Own choice")),
]
ROLE_CHOICES = [(role.value, role.label) for role in Role]


def time_zones() -> list[tuple[str, str]]:
    """Give the time zones with cities, Việt Nam first."""
    first = "Asia/Ho_Chi_Minh"
    cities = sorted(name for name in available_timezones() if re.match(r"[A-Z][a-z]+/[A-Z]", name))
    rest = [name for name in cities if name != first and not name.startswith(("Etc/", "Brazil/", "Canada/"))]
    return [(name, name.replace("_", " ").replace("/", " / ")) for name in [first, *rest]]


class InviteForm(forms.Form):
    """One or several addresses and the role they get."""

    emails = forms.CharField(
        label=_("Email addresses"),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("One or several, on lines of their own or with commas between."),
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=ROLE_CHOICES, initial=Role.MARKETER, widget=forms.RadioSelect
    )

    def clean_emails(self) -> list[str]:
        """Read the addresses; a wrong one is named."""
        written = [piece for piece in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if piece]
        found, wrong = [], []
        for piece in written:
            try:
                found.append(emails.read(piece.strip("<>")))
            except emails.BadEmail:
                wrong.append(piece)
        if wrong:
            raise forms.ValidationError(
                ngettext(
                    "This is not an email address: %(words)s",
                    "These are not email addresses: %(words)s",
                    len(wrong),
                ),
                code="bad_email",
                params={"words": ", ".join(wrong[:5])},
            )
        if len(found) > MOST_ADDRESSES:
            raise forms.ValidationError(
                _("At most %(most)s addresses at once."), code="too_many", params={"most": MOST_ADDRESSES}
            )
        return list(dict.fromkeys(found))


class RoleForm(forms.Form):
    """The role of one member."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (role.value, f"{role.label}: {ROLE_WORDS[role]}") for role in Role
        ]


class JoinForm(forms.Form):
    """Name and password of somebody new."""

    name = forms.CharField(
        label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 8 characters, and none of the common ones."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_name(self) -> str:
        """Tidy the name."""
        return clean(self.cleaned_data["name"])

    def clean_password(self) -> str:
        """Refuse passwords that are short or common."""
        from django.contrib.auth import password_validation

        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password)
        return password


class _WorkspaceFields(forms.Form):
    """What a workspace is asked when it is made and in its settings."""

    name = forms.CharField(label=_("Name"), max_length=120)
    brand = forms.CharField(
        label=_("Brand"), max_length=120, required=False, help_text=_("The name customers know.")
    )
    advertiser = forms.CharField(
        label=_("Advertiser (legal entity)"),
        max_length=200,
        required=False,
        help_text=_("Workspaces of one advertiser share refusals and daily limits, as the law counts them."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    language = forms.ChoiceField(label=_("Language of customers"), choices=settings.LANGUAGES)
    profile = forms.ChoiceField(
        label=_("What every customer needs"),
        choices=PROFILE_CHOICES,
        widget=forms.RadioSelect,
        help_text=_("Forms of staff insist on these. People from files come in without, marked incomplete."),
    )
    own_fields = forms.MultipleChoiceField(
        label=_("Own choice of fields"),
        choices=list(PROFILE_FIELDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean_name(self) -> str:
        """Tidy the name."""
        return clean(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Turn the profile into the fields it stands for; an own choice needs something to choose."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        profile, own = values.pop("profile", ""), values.pop("own_fields", [])
        if profile == "own" and not own:
            self.add_error(
                "own_fields", forms.ValidationError(_("Choose at least one field."), code="no_field")
            )
        values["required_fields"] = list(own if profile == "own" else PROFILES.get(profile, ()))
        return values


class NewWorkspaceForm(_WorkspaceFields):
    """A new workspace, maybe after the pattern of another one."""

    slug = forms.CharField(
        label=_("Address name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Part of the address: plain letters, digits and hyphens. It stays as it is."),
    )
    copy_from = forms.ChoiceField(
        label=_("Take over from"),
        required=False,
        help_text=_("Sender's identity, logo and the fields you added are copied; customers are not."),
    )

    def __init__(self, *args: Any, patterns: Sequence[Workspace] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patterns = {space.slug: space for space in patterns}
        self.fields["copy_from"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("Nothing")),
            *((space.slug, space.name) for space in patterns),
        ]

    def clean_slug(self) -> str:
        """Lower-case it."""
        return str(self.cleaned_data["slug"]).strip().lower()

    def clean_copy_from(self) -> Workspace | None:
        """Give the workspace chosen as pattern."""
        return self.patterns.get(self.cleaned_data["copy_from"])


class SettingsForm(_WorkspaceFields):
    """Settings of the present workspace."""

    logo_file = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG, JPEG or WebP, at most 200 KB.")
    )
    drop_logo = forms.BooleanField(label=_("Remove the logo"), required=False)
    sender_address = forms.CharField(label=_("Postal address"), max_length=300, required=False)
    sender_phone = forms.CharField(label=_("Hotline"), max_length=30, required=False)
    sender_email = forms.EmailField(label=_("Contact email"), required=False)
    sender_website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    def clean_logo_file(self) -> str:
        """Give the picture as a data: address, judged by its bytes and not by its name."""
        file: UploadedFile[bytes] | None = self.cleaned_data["logo_file"]
        if not file:
            return ""
        if (file.size or 0) > LOGO_MAX_BYTES:
            raise forms.ValidationError(
                _("The picture is larger than 200 KB. Make it smaller first."), code="too_large"
            )
        content = file.read()
        kind = picture_type(content)
        if kind is None:
            raise forms.ValidationError(_("Choose a PNG, JPEG or WebP picture."), code="not_a_picture")
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"

    def clean(self) -> dict[str, Any]:
        """Decide which logo stands from now on."""
        values = super().clean()
        picture, drop = values.pop("logo_file", ""), values.pop("drop_logo", False)
        if picture or drop:
            values["logo"] = picture
        return values


def picture_type(content: bytes) -> str | None:
    """Name a small picture's type by its first bytes."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def shown_settings(workspace: Workspace) -> dict[str, Any]:
    """Give a workspace's settings as the form shows them."""
    plain = {
        name: getattr(workspace, name)
        for name in SettingsForm.base_fields
        if name not in ("profile", "own_fields", "logo_file", "drop_logo")
    }
    profile = profile_of(workspace.required_fields)
    return plain | {"profile": profile, "own_fields": workspace.required_fields}

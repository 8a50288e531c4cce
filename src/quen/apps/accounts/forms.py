"""Forms of the accounts app. Those based on django-allauth's are named in the settings."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from allauth.core import context as allauth_context
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from quen.apps.accounts import services
from quen.apps.accounts.access import client_of
from quen.apps.accounts.models import User
from quen.apps.accounts.types import PauseReason, TooManyTries, WrongPassword
from quen.core import phones
from quen.core.text import clean

PASSWORD_HINT = _("At least 8 characters. Don't use a common password.")


def _customize_field(field: forms.Field, label: Any, *, hint: Any = "", **attrs: str) -> None:
    """Set the label, help text and attributes of one of allauth's fields."""
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= attrs


class SignInForm(allauth.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Email address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _customize_field(self.fields["login"], _("Email"), autocomplete="username", autofocus="autofocus")
        _customize_field(self.fields["password"], _("Password"))


class ResetPasswordForm(allauth.ResetPasswordForm):  # type: ignore[misc]
    """The email address to send the link to. Whether it has an account is found out by a job, never here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _customize_field(self.fields["email"], _("Email"), autofocus="autofocus")

    def clean_email(self) -> str:
        """Return the address as it was typed."""
        return str(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """Limit the requests from one address."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not services.RESET_BY_ADDRESS.allows(client_of(allauth_context.request).network):
            refusal = TooManyTries()
            raise forms.ValidationError(str(refusal), code=refusal.code)
        return values

    def save(self, request: HttpRequest, **_options: Any) -> str:
        """Queue the job, whatever the address is."""
        email = str(self.cleaned_data["email"])
        services.request_password_reset(email=email)
        return email


class _SinglePasswordMixin:
    """One password field with a show button, instead of typing it twice."""

    fields: dict[str, forms.Field]

    def remove_confirmation(self) -> None:
        """Remove the confirmation field."""
        del self.fields["password2"]
        _customize_field(self.fields["password1"], _("New password"), hint=PASSWORD_HINT)


class NewPasswordForm(_SinglePasswordMixin, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, after following the link in an email."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remove_confirmation()


class ChangePasswordForm(_SinglePasswordMixin, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The current password and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remove_confirmation()
        _customize_field(self.fields["oldpassword"], _("Current password"))

    def clean_oldpassword(self) -> str:
        """Check the password; only so many may be tried."""
        password = str(self.cleaned_data.get("oldpassword", ""))
        _confirm(self.user, password)
        return password


def _confirm(user: User, password: str) -> None:
    """Check a user's password. Raises ValidationError."""
    try:
        services.confirm_password(user=user, password=password)
    except (WrongPassword, TooManyTries) as refusal:
        raise forms.ValidationError(str(refusal), code=refusal.code) from refusal


class FirstPasswordForm(forms.Form):
    """The name and first password of a user who signed in with a link."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        help_text=_("Shown to colleagues and in the audit log."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": "autofocus"}),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_name(self) -> str:
        """Normalise the name."""
        return clean(self.cleaned_data["name"])

    def clean_password(self) -> str:
        """Refuse short and common passwords."""
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.user)
        return password


class ProfileForm(forms.Form):
    """A user's own name, phone, language and theme."""

    name = forms.CharField(
        label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[("auto", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )

    def clean_name(self) -> str:
        """Normalise the name."""
        return clean(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        """Return the number as E.164."""
        raw = self.cleaned_data["phone"].strip()
        if not raw:
            return ""
        try:
            return phones.read(raw).e164
        except phones.BadPhone as error:
            raise forms.ValidationError(
                _("Enter a valid phone number, such as 0901 234 567."), code=error.code
            ) from error


class EmailForm(forms.Form):
    """Another email address, confirmed by the password."""

    email = forms.EmailField(
        label=_("New email"),
        max_length=254,
        help_text=_("We'll send a link to it. The address changes when you open the link."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": "autofocus"}),
    )
    password = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        """Return the address in lower case; it must differ from the present one."""
        email = str(self.cleaned_data["email"]).strip().lower()
        if email == self.user.email:
            raise forms.ValidationError(_("That's already your email address."), code="same_email")
        return email

    def clean_password(self) -> str:
        """Check the password; only so many may be tried."""
        password = str(self.cleaned_data["password"])
        _confirm(self.user, password)
        return password


class PauseForm(forms.Form):
    """Why a workspace is paused."""

    reason = forms.ChoiceField(
        label=_("What its members read"),
        choices=PauseReason.choices,
        initial=PauseReason.MAINTENANCE,
        widget=forms.RadioSelect,
    )

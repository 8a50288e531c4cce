"""Forms of the accounts room. The first three stand on django-allauth's and are named in the settings."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from quen.apps.accounts.models import User
from quen.core import phones
from quen.core.text import clean

PASSWORD_HINT = _("At least 8 characters, and none of the common ones.")


def _say(field: forms.Field, label: Any, *, hint: Any = "", **attrs: str) -> None:
    """Give a field of allauth's our words."""
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= attrs


class SignInForm(allauth.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["login"], _("Email"), autocomplete="username", autofocus="autofocus")
        _say(self.fields["password"], _("Password"))


class ResetPasswordForm(allauth.ResetPasswordForm):  # type: ignore[misc]
    """The address the link goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["email"], _("Email"), autofocus="autofocus")


class _OnePassword:
    """One box that can be shown takes the place of typing the password twice."""

    fields: dict[str, forms.Field]

    def drop_repeat(self) -> None:
        """Leave the second box out."""
        del self.fields["password2"]
        _say(self.fields["password1"], _("New password"), hint=PASSWORD_HINT)


class NewPasswordForm(_OnePassword, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password by the link in a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drop_repeat()


class ChangePasswordForm(_OnePassword, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The present password and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drop_repeat()
        _say(self.fields["oldpassword"], _("Present password"))


class FirstPasswordForm(forms.Form):
    """The first password of somebody who came by a link."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Refuse passwords that are short or common."""
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.user)
        return password


class ProfileForm(forms.Form):
    """Who one is and how one likes to read."""

    name = forms.CharField(
        label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Email"),
        help_text=_("You sign in with it, and a forgotten password is mailed there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
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
        choices=[("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )

    def clean_name(self) -> str:
        """Tidy the name."""
        return clean(self.cleaned_data["name"])

    def clean_email(self) -> str:
        """Give the address in lower case."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean_phone(self) -> str:
        """Give the number as E.164."""
        raw = self.cleaned_data["phone"].strip()
        if not raw:
            return ""
        try:
            return phones.read(raw).e164
        except phones.BadPhone as error:
            raise forms.ValidationError(
                _("This is not a phone number. Write it like 0901 234 567."), code=error.code
            ) from error

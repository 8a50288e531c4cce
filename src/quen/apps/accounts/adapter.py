"""Adapts django-allauth to this product."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.ui.context import THEME_COOKIE


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-up is closed: users join by invitation."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "The email or password is incorrect. Try again, or reset your password."
        ),
        "enter_current_password": _("This is not your current password."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "account_inactive": _("This account is deactivated."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: there is no public sign-up."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Add nothing: our pages show their own messages."""

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return the profile page."""
        return reverse("profile")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link for the email. Its host comes from BASE_URL, never from the request's Host header."""
        link = urlsplit(super().get_reset_password_from_key_url(key))
        base = urlsplit(settings.BASE_URL)
        return f"{base.scheme}://{base.netloc}{link.path}"

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Set the theme cookie from the user's profile, unless this device has one."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if THEME_COOKIE not in request.COOKIES:
            response.set_cookie(THEME_COOKIE, user.theme, max_age=365 * 24 * 3600, samesite="Lax")
        return response

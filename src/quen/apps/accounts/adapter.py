"""What django-allauth may do here."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.ui.context import THEME_COOKIE


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up by themselves: people come by invitation."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The email or the password is not right. Try again, or reset it."),
        "enter_current_password": _("This is not your present password."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
        "account_inactive": _("This account is switched off."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: our pages say themselves what happened."""

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Go back to the profile."""
        return reverse("profile")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Give the link of the mail. Its host is ours, never the one the request claims to ask."""
        wanted = urlsplit(super().get_reset_password_from_key_url(key))
        ours = urlsplit(settings.BASE_URL)
        return f"{ours.scheme}://{ours.netloc}{wanted.path}"

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Dress a device that has chosen nothing yet as the person likes it."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if THEME_COOKIE not in request.COOKIES:
            response.set_cookie(THEME_COOKIE, user.theme, max_age=365 * 24 * 3600, samesite="Lax")
        return response

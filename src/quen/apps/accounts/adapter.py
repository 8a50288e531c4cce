"""Adapts django-allauth to this product."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.accounts import services
from quen.apps.accounts.access import client_of
from quen.apps.accounts.types import TooManyTries
from quen.core import clock
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

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return the user whose password is right. Limited by device, or by address and account."""
        email = str(credentials.get("email", ""))
        client = client_of(request)
        try:
            counted = services.count_sign_in(email, client)
        except TooManyTries as refusal:
            raise self.validation_error("too_many_login_attempts") from refusal
        user = super().authenticate(request, **credentials)
        if user is None:
            services.record_failed_sign_in(email, client=client, now=clock.now())
        else:
            services.refund_sign_in(counted)
        return user

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Remember the device, and set the theme cookie from the user's profile unless this device has one."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if THEME_COOKIE not in request.COOKIES:
            response.set_cookie(THEME_COOKIE, user.theme, max_age=365 * 24 * 3600, samesite="Lax")
        response.set_cookie(
            services.DEVICE_COOKIE,
            services.new_device(user),
            max_age=services.DEVICE_DAYS * 24 * 3600,
            path=reverse("account_login"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

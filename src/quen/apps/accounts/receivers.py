"""Signal receivers of the accounts app: signing in and out, and passwords."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from quen.apps.accounts import services
from quen.apps.accounts.access import client_of
from quen.apps.accounts.models import User
from quen.apps.accounts.types import SEEN_AT, AccountEventKind
from quen.core import clock


def connect() -> None:
    """Connect the receivers."""
    user_logged_in.connect(record_sign_in, dispatch_uid="accounts.record_sign_in")
    user_logged_out.connect(record_sign_out, dispatch_uid="accounts.record_sign_out")
    password_changed.connect(record_new_password, dispatch_uid="accounts.record_new_password")
    password_reset.connect(record_reset_password, dispatch_uid="accounts.record_reset_password")


def record_sign_in(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Add the device and the entry of the log."""
    now, client = clock.now(), client_of(request)
    request.session[SEEN_AT] = int(now.timestamp())
    services.start_session(user=user, session_key=request.session.session_key or "", client=client, now=now)
    services.record_event(AccountEventKind.SIGNED_IN, user=user, client=client, now=now)


def record_sign_out(request: HttpRequest, user: User | None, **_signal: Any) -> None:
    """Delete the device and add the entry of the log."""
    if user is None or user.pk is None:
        return  # nobody was signed in, or the account has just been deleted with its devices
    services.forget_session(user_id=user.pk, session_key=request.session.session_key or "")
    services.record_event(AccountEventKind.SIGNED_OUT, user=user, client=client_of(request), now=clock.now())


def record_new_password(request: HttpRequest, user: User, **_signal: Any) -> None:
    """End all other devices; a change of address that somebody else may have asked for ends, too."""
    now, client = clock.now(), client_of(request)
    services.replace_sessions(
        user=user, session_key=request.session.session_key or "", client=client, now=now
    )
    services.forget_email_change(user)
    services.record_event(AccountEventKind.PASSWORD_CHANGED, user=user, client=client, now=now)
    services.tell_password_changed(user)


def record_reset_password(request: HttpRequest, user: User, **_signal: Any) -> None:
    """End all devices, and let the user sign in, however many wrong passwords others have tried."""
    now, client = clock.now(), client_of(request)
    services.replace_sessions(user=user, session_key="", client=client, now=now)
    services.forget_email_change(user)
    services.allow_sign_in(user)
    services.record_event(AccountEventKind.PASSWORD_RESET, user=user, client=client, now=now)
    services.tell_password_changed(user)

"""What protects an account: limits on passwords, the log, the devices that are signed in, changes of address."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import get_resolver
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries, signals
from quen.apps.accounts.models import AccountEvent, EmailChange, User, UserSession
from quen.apps.accounts.types import (
    WORKSPACE_EVENTS,
    AccountEventKind,
    EmailLinkGone,
    EmailTaken,
    TooManyTries,
    WrongPassword,
)
from quen.core import crypto, jobs, live, schemas
from quen.core.database.base import PUBLIC
from quen.core.ratelimit import RateLimit

log = logging.getLogger("quen.accounts")

#: sign-ins are counted before the password is checked, and taken back when it was right
SIGN_IN_BY_ADDRESS = RateLimit("accounts.sign_in.address", "30/minute")
SIGN_IN_BY_ACCOUNT = RateLimit("accounts.sign_in.account", "10 per 5 minutes")
SIGN_IN_BY_DEVICE = RateLimit("accounts.sign_in.device", "10 per 5 minutes")
PASSWORD_CHECKS = RateLimit("accounts.password_check", "10 per 5 minutes")
RESET_BY_ADDRESS = RateLimit("accounts.reset.address", "20/minute")
RESET_BY_ACCOUNT = RateLimit("accounts.reset.account", "5/hour")
EMAIL_CHANGES = RateLimit("accounts.email_change", "5/hour")

DEVICE_COOKIE, DEVICE_DAYS = "device", 180
_DEVICE = "accounts.device"
EMAIL_CHANGE_HOURS = 24
EVENT_DAYS = 180


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """Where a request comes from. device: the value of the cookie of a device that has signed in before."""

    ip: str = ""
    user_agent: str = ""
    device: str = ""

    @property
    def network(self) -> str:
        """Return what limits by address count: the address; of IPv6 its /64, which one subscriber has whole."""
        try:
            address = ipaddress.ip_address(self.ip)
        except ValueError:
            return self.ip
        if address.version == 6:  # IPv6
            return str(ipaddress.ip_network(f"{address}/64", strict=False))
        return str(address)


# Limits on passwords


def count_sign_in(email: str, client: ClientInfo) -> list[tuple[RateLimit, str]]:
    """Count an attempt to sign in and return what to give back if the password is right. Raises TooManyTries.

    A device that has signed in to this account before has a limit of its own: wrong passwords of strangers, for this
    account or from the same address, never keep it out. What is over the limit by address does not count for the
    account, so that one address cannot lock many accounts.
    """
    email = email.strip().lower()
    device = _device_of(email, client.device)
    if device is not None:
        limits = [(SIGN_IN_BY_DEVICE, device)]
    else:
        limits = [(SIGN_IN_BY_ADDRESS, client.network), (SIGN_IN_BY_ACCOUNT, _digest(email))]
    counted: list[tuple[RateLimit, str]] = []
    for limit, key in limits:
        if not limit.allows(key):
            raise TooManyTries()
        counted.append((limit, key))
    return counted


def refund_sign_in(counted: list[tuple[RateLimit, str]]) -> None:
    """Take back what ``count_sign_in`` counted."""
    for limit, key in counted:
        limit.refund(key)


def allow_sign_in(user: User) -> None:
    """Forget the wrong passwords of an account, because its owner has just set a new one."""
    SIGN_IN_BY_ACCOUNT.clear(_digest(user.email))


def new_device(user: User) -> str:
    """Return the value of the cookie for a device on which a user has signed in."""
    return crypto.sign([user.pk, secrets.token_urlsafe(12)], purpose=_DEVICE)


def confirm_password(*, user: User, password: str) -> None:
    """Check the password that confirms an action of a signed-in user. Raises WrongPassword, TooManyTries."""
    key = str(user.pk)
    if not PASSWORD_CHECKS.allows(key):
        raise TooManyTries()
    if not user.check_password(password):
        raise WrongPassword()
    PASSWORD_CHECKS.refund(key)


def _device_of(email: str, cookie: str) -> str | None:
    if not cookie:
        return None
    try:
        user_id, device = crypto.unsign(cookie, purpose=_DEVICE, max_age_seconds=DEVICE_DAYS * 24 * 3600)
    except (crypto.BadToken, ValueError, TypeError):
        return None
    user = queries.find_user(email)
    return f"{user_id}:{device}" if user is not None and user.pk == user_id else None


# The log


def record_event(
    kind: AccountEventKind,
    *,
    user: User | None,
    now: datetime,
    client: ClientInfo | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add an entry to the log of accounts, and a line to the log of the process."""
    client = client or ClientInfo()
    with schemas.use(PUBLIC):
        AccountEvent.objects.create(
            at=now,
            kind=kind,
            user=user,
            actor_name=str(user)[:120] if user else "",
            ip=client.ip[:45],
            user_agent=client.user_agent[:300],
            data=data or {},
        )
    log.info("%s: user %s from %s", kind.value, user.pk if user else "-", client.ip or "-")


def record_failed_sign_in(email: str, *, client: ClientInfo, now: datetime) -> None:
    """Add a wrong password to the log: of the account, or only of the process when there is no such account."""
    user = queries.find_user(email)
    if user is None:
        log.info("sign_in_failed: no such account, from %s", client.ip or "-")
        return
    record_event(AccountEventKind.SIGN_IN_FAILED, user=user, client=client, now=now)


def delete_old_account_events(*, now: datetime) -> int:
    """Delete what the log says of users for more than 180 days. What it says of workspaces stays."""
    with schemas.use(PUBLIC):
        old = AccountEvent.objects.filter(at__lt=now - timedelta(days=EVENT_DAYS))
        return old.exclude(kind__in=WORKSPACE_EVENTS).delete()[0]


# Devices


def start_session(*, user: User, session_key: str, client: ClientInfo, now: datetime) -> None:
    """Add the device on which a user has signed in."""
    with schemas.use(PUBLIC):
        UserSession.objects.update_or_create(
            session_key=session_key,
            defaults={
                "user": user,
                "created_at": now,
                "last_seen_at": now,
                "ip": client.ip[:45],
                "user_agent": client.user_agent[:300],
            },
        )


def touch_session(*, user: User, session_key: str, client: ClientInfo, now: datetime) -> None:
    """Save when and from where a device was last used."""
    with schemas.use(PUBLIC):
        seen = {"last_seen_at": now, "ip": client.ip[:45], "user_agent": client.user_agent[:300]}
        if not UserSession.objects.filter(session_key=session_key, user=user).update(**seen):
            start_session(user=user, session_key=session_key, client=client, now=now)


def forget_session(*, user_id: int, session_key: str) -> None:
    """Delete a device whose session has ended; its open pages stop receiving news."""
    with schemas.use(PUBLIC):
        # Django deletes the session after the signal; the open pages are told now and must find it gone.
        Session.objects.filter(session_key=session_key).delete()
        UserSession.objects.filter(session_key=session_key).delete()
        live.recheck(user_id)


def end_other_sessions(*, user: User, session_key: str, client: ClientInfo, now: datetime) -> int:
    """Sign a user out on all other devices. Return how many there were."""
    with schemas.use(PUBLIC), transaction.atomic():
        others = UserSession.objects.filter(user=user).exclude(session_key=session_key)
        keys = list(others.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        others.delete()
        record_event(
            AccountEventKind.SESSIONS_ENDED, user=user, client=client, now=now, data={"count": len(keys)}
        )
        live.recheck(user.pk)
    return len(keys)


def replace_sessions(*, user: User, session_key: str, client: ClientInfo, now: datetime) -> None:
    """Keep only this device of a user whose new password has ended all other sessions."""
    with schemas.use(PUBLIC), transaction.atomic():
        UserSession.objects.filter(user=user).delete()
        if session_key:
            start_session(user=user, session_key=session_key, client=client, now=now)
        live.recheck(user.pk)


def delete_expired_sessions(*, now: datetime) -> int:
    """Delete expired sessions and their devices."""
    with schemas.use(PUBLIC):
        idle_since = now - timedelta(seconds=max(settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE))
        UserSession.objects.filter(last_seen_at__lt=idle_since).delete()
        return Session.objects.filter(expire_date__lt=now).delete()[0]


# Passwords and addresses


def request_password_reset(*, email: str) -> None:
    """Queue a job that emails a link for a new password; the same for addresses with and without an account."""
    email = email.strip().lower()
    if RESET_BY_ACCOUNT.allows(_digest(email)):
        with schemas.use(PUBLIC):
            jobs.enqueue("accounts.send_password_reset", email=email)


def send_password_reset(*, email: str) -> None:
    """Email a link for a new password to the account with this address, if there is one."""
    user = queries.find_user(email)
    if user is None or not user.is_active:
        log.info("password_reset: asked for an address without an account")
        return
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    path = get_resolver(settings.ROOT_URLCONF).reverse("account_reset_password_from_key", *key.split("-", 1))
    with translation.override(user.language):
        values = {"user": user, "password_reset_url": f"{settings.BASE_URL}/{path}"}
        subject = render_to_string("account/email/password_reset_key_subject.txt", values).strip()
        text = render_to_string("account/email/password_reset_key_message.txt", values).strip()
        send_mail(subject, text, None, [user.email])


def tell_password_changed(user: User) -> None:
    """Email a user that their password has changed, in case somebody else did it."""
    with translation.override(user.language):
        text = _(
            "The password of your Quen account was changed just now. All other devices were signed out.\n\n"
            "If it wasn't you, choose a new password at once:\n%(url)s"
        )
        path = get_resolver(settings.ROOT_URLCONF).reverse("account_reset_password")
        send_mail(
            _("Your Quen password has changed"),
            text % {"url": f"{settings.BASE_URL}/{path}"},
            None,
            [user.email],
        )


def request_email_change(*, user: User, email: str, client: ClientInfo, now: datetime) -> None:
    """Email a link to the new address, and a notice to the present one. The address changes when the link is followed.

    An address that has an account gets an email saying so instead of the link; the caller cannot tell the difference.
    Raises TooManyTries. ``confirm_password`` comes first.
    """
    if not EMAIL_CHANGES.allows(str(user.pk)):
        raise TooManyTries()
    email, token = email.strip().lower(), secrets.token_urlsafe(24)
    with schemas.use(PUBLIC), transaction.atomic(), translation.override(user.language):
        EmailChange.objects.update_or_create(
            user=user,
            defaults={
                "email": email,
                "token_hash": _digest(token),
                "expires_at": now + timedelta(hours=EMAIL_CHANGE_HOURS),
            },
        )
        record_event(
            AccountEventKind.EMAIL_CHANGE_REQUESTED, user=user, client=client, now=now, data={"email": email}
        )
        if queries.find_user(email) is not None:
            text = _(
                "Someone tried to use this address for another Quen account. It already has an account, so nothing"
                " was changed. If it was you, sign in with this address, or reset its password."
            )
        else:
            url = f"{settings.BASE_URL}/{get_resolver(settings.ROOT_URLCONF).reverse('confirm_email', token)}"
            text = _(
                "Open this link to sign in to Quen with this address from now on:\n%(url)s\n\n"
                "The link works once and expires in 24 hours. If you didn't request this, ignore this email."
            ) % {"url": url}
        send_mail(_("Your email address for Quen"), text, None, [email])
        notice = _(
            "Someone signed in to your Quen account asked to change its email address to %(email)s. The change takes"
            " effect when the link sent to that address is opened.\n\n"
            "If it wasn't you, change your password now: the link stops working then."
        )
        send_mail(
            _("Your email address for Quen is about to change"), notice % {"email": email}, None, [user.email]
        )


def find_email_change(token: str, *, now: datetime) -> EmailChange:
    """Return the change that a link stands for. Raises EmailLinkGone."""
    with schemas.use(PUBLIC):
        change = EmailChange.objects.select_related("user").filter(
            token_hash=_digest(token), expires_at__gt=now
        )
        found = change.first()
    if found is None:
        raise EmailLinkGone()
    return found


def confirm_email_change(token: str, *, client: ClientInfo, now: datetime) -> User:
    """Change a user's address to the one whose link was followed, tell the former one, and return the user.

    Raises EmailLinkGone, and EmailTaken when another account has the address by now; nothing is changed then.
    """
    with schemas.use(PUBLIC), transaction.atomic():
        change = find_email_change(token, now=now)
        user = User.objects.select_for_update().get(pk=change.user_id)
        if not EmailChange.objects.filter(pk=change.pk, token_hash=_digest(token)).delete()[0]:
            raise EmailLinkGone()
        former, user.email = user.email, change.email
        try:
            with transaction.atomic():
                user.save(update_fields=["email"])
        except IntegrityError as error:
            raise EmailTaken(email=change.email) from error
        EmailAddress.objects.filter(user=user).delete()
        data = {"email": user.email, "former": former}
        record_event(AccountEventKind.EMAIL_CHANGED, user=user, client=client, now=now, data=data)
        signals.profile_changed.send(sender=User, user_id=user.pk)
        with translation.override(user.language):
            text = _(
                "The email address of your Quen account is now %(email)s. This address no longer signs in.\n\n"
                "If it wasn't you, tell the owner of your workspace or the operator of your installation at once."
            )
            send_mail(
                _("Your email address for Quen has changed"), text % {"email": user.email}, None, [former]
            )
    return user


def forget_email_change(user: User) -> None:
    """Delete a change of address that waits for its link."""
    with schemas.use(PUBLIC):
        EmailChange.objects.filter(user=user).delete()


def delete_expired_email_changes(*, now: datetime) -> int:
    """Delete changes of address whose link has expired."""
    with schemas.use(PUBLIC):
        return EmailChange.objects.filter(expires_at__lt=now).delete()[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

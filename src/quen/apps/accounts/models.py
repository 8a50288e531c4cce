"""Tables of the shared schema: users, workspaces, memberships, invitations, system mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from quen.apps.accounts.types import AccountEventKind, PauseReason
from quen.core.privacy import PersonalData

if TYPE_CHECKING:
    from datetime import datetime


def default_required_fields() -> list[str]:
    """Return the required fields of a new workspace: merchants in Việt Nam identify customers by phone (R-01)."""
    return ["full_name", "phone"]


class UserManager(BaseUserManager["User"]):
    """Creates users by email address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password they can only sign in with a link."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, to any number of workspaces.

    Personal data: email, name, phone. Erased by services.delete_user.
    """

    personal_data = PersonalData(
        staff="email name phone password",
    )

    email = models.EmailField(_("email"), max_length=254, unique=True)
    name = models.CharField(_("full name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    language = models.CharField(max_length=5, default="vi", choices=settings.LANGUAGES)
    theme = models.CharField(
        max_length=12,
        default="auto",
        choices=[("auto", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    is_active = models.BooleanField(default=True)
    #: runs this installation; may read the system mailbox
    is_operator = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class Workspace(models.Model):
    """One brand or line of business, with a database schema of its own.

    Personal data: the shop's own contact details, which may be a person's. Deleted with the workspace.
    """

    personal_data = PersonalData(
        staff="sender_phone sender_email sender_address paused_by",
        impersonal="slug schema_name name time_zone currency brand logo advertiser sender_website required_fields",
    )

    slug = models.CharField(max_length=40, unique=True)
    schema_name = models.CharField(max_length=63, unique=True)
    name = models.CharField(_("name"), max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    #: counts towards this user's quota; None for workspaces of the command line and restored ones
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    #: nothing is sent and nothing can be changed; its members may still read
    archived_at = models.DateTimeField(null=True, blank=True)
    #: an owner asked to delete it: everything is deleted then, unless an owner withdraws that first
    delete_after = models.DateTimeField(null=True, blank=True)
    #: set by operators while a workspace is moved between servers: nothing is written then (services.pauses)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=20, choices=PauseReason.choices, blank=True)
    #: the name of who paused it
    paused_by = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Ho_Chi_Minh")
    currency = models.CharField(_("currency"), max_length=3, default="VND")
    language = models.CharField(
        _("language of customers"), max_length=5, default="vi", choices=settings.LANGUAGES
    )
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    logo = models.TextField(blank=True, help_text="A data: address of a small picture.")
    #: the legal entity that advertises; workspaces of one advertiser share opt-outs (R-58)
    advertiser = models.CharField(_("advertiser (legal entity)"), max_length=200, blank=True)
    sender_address = models.CharField(_("postal address"), max_length=300, blank=True)
    sender_phone = models.CharField(_("hotline"), max_length=30, blank=True)
    sender_email = models.EmailField(_("contact email"), blank=True)
    sender_website = models.URLField(_("website"), blank=True)
    #: fields that staff forms require and that an import may require (R-01)
    required_fields = models.JSONField(default=default_required_fields)

    #: when the user of a request visited it last; set by queries.workspace_for
    seen_at: datetime | None = None

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which its days begin and end."""
        return ZoneInfo(self.time_zone)


class Membership(models.Model):
    """A user may enter a workspace. What they may do there is the workspace's own team.Member.

    Personal data: none.
    """

    personal_data = PersonalData(
        staff="user",
    )

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="accounts_membership_unique")
        ]


class Invitation(models.Model):
    """An email address invited to a workspace with a role. Only the token's hash is stored.

    Personal data: email. Erased 30 days after it ends by services.delete_old_invitations.
    """

    personal_data = PersonalData(
        staff="email invited_by",
        impersonal="role token_hash",
    )

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=20)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "workspace",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="accounts_invitation_unique_open",
            )
        ]
        ordering = ["-created_at", "-id"]


class SignInLink(models.Model):
    """A one-time sign-in link for the owner of a new installation, valid for an hour.

    Personal data: none.
    """

    personal_data = PersonalData(
        staff="user",
        impersonal="token_hash",
    )

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class SystemMail(models.Model):
    """An email of the product itself: until it is sent, or, without a mail server, for the mailbox page.

    Personal data: to, subject, text. Deleted when it is sent, otherwise 30 days after creation by
    services.delete_old_system_mail.
    """

    personal_data = PersonalData(
        staff="to subject text",
        impersonal="error",
    )

    to = models.CharField(max_length=500)
    subject = models.CharField(max_length=500)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    #: when to try next; None for what is only stored
    next_try_at = models.DateTimeField(null=True, blank=True, db_index=True)
    tries = models.IntegerField(default=0)
    #: why the last try failed
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]


class EmailChange(models.Model):
    """A user's wish for another email address, until its link is followed. Only the token's hash is stored.

    Personal data: email. Deleted when confirmed, when a newer one is asked for, or after a day by
    services.delete_expired_email_changes.
    """

    personal_data = PersonalData(
        staff="user email",
        impersonal="token_hash",
    )

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()


class UserSession(models.Model):
    """A device on which a user is signed in.

    Personal data: ip, user_agent. Deleted with the session, when it ends or expires.
    """

    personal_data = PersonalData(
        staff="user ip user_agent",
        impersonal="session_key",
    )

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()
    #: written at most every few minutes
    last_seen_at = models.DateTimeField()
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-last_seen_at", "-id"]


class AccountEvent(models.Model):
    """An entry in the log of accounts: signing in and out, passwords, addresses, and workspaces created or deleted.

    Personal data: ip, user_agent. Deleted after 180 days by services.delete_old_account_events; entries about
    workspaces stay, with the name of who did it.
    """

    personal_data = PersonalData(
        staff="user actor_name ip user_agent data",
    )

    at = models.DateTimeField()
    kind = models.CharField(max_length=40, choices=AccountEventKind.choices)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=120, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-at"], name="accounts_event_of_user"),
            models.Index(fields=["kind", "-at"], name="accounts_event_by_kind"),
        ]


class SchemaTemplate(models.Model):
    """The SQL that creates an empty workspace schema, cached by the migration runner.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="fingerprint script",
    )

    fingerprint = models.CharField(max_length=64, unique=True)
    script = models.TextField()
    created_at = models.DateTimeField()


class RateLimitCounter(models.Model):
    """A counter of core.ratelimit, shared by all processes.

    Personal data: key, which may contain an IP address. Deleted after its window by tasks.delete_expired.
    """

    personal_data = PersonalData(
        expires={
            "key": "an IP address, deleted after its window by tasks.delete_expired",
        },
    )

    key = models.TextField(primary_key=True)
    count = models.IntegerField()
    expires_at = models.DateTimeField(db_index=True)

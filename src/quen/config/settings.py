"""Settings. Everything an operator may change comes from the environment; see docs/operators.md."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from quen.config import proxies
from quen.config.apps import APPS
from quen.core.crypto import load_or_create_secret
from quen.core.postgres import default_home

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("QUEN_HOME") or default_home())
DEBUG = os.environ.get("QUEN_DEBUG") == "1"
SECRET_KEY = os.environ.get("QUEN_SECRET_KEY") or load_or_create_secret(HOME / "secret.key")
BASE_URL = os.environ.get("QUEN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
#: the public address, this machine, and what the operator adds ("quen.example.vn, .example.vn")
ALLOWED_HOSTS = [
    urlsplit(BASE_URL).hostname or "localhost",
    *("localhost", "127.0.0.1", "[::1]"),
    *(host.strip() for host in os.environ.get("QUEN_ALLOWED_HOSTS", "").split(",") if host.strip()),
]
#: with an https address browsers never go back to http
HSTS_SECONDS = 365 * 24 * 3600 if BASE_URL.startswith("https://") else 0
CSRF_TRUSTED_ORIGINS = [BASE_URL]
#: reverse proxies whose header names the client's address ("127.0.0.1, 10.0.0.0/8"), and that header
TRUSTED_PROXIES = proxies.networks(os.environ.get("QUEN_TRUSTED_PROXIES", ""))
PROXY_HEADER = os.environ.get("QUEN_PROXY_HEADER", proxies.X_FORWARDED_FOR).strip().lower()

# The tables of these are in public, those of WORKSPACE_APPS in every workspace's schema.
PUBLIC_APPS = [
    # Before allauth, so that our templates of the same names are used.
    *(app.module for app in APPS if app.tables == "public"),
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "procrastinate.contrib.django",
]
WORKSPACE_APPS = [app.name for app in APPS if app.tables == "workspace"]
INSTALLED_APPS = [
    *PUBLIC_APPS,
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_vite",
    "template_partials.apps.SimpleAppConfig",
    "quen.ui",
    *(app.module for app in APPS if app.tables == "workspace"),
    # Last: registers what the manifests of all others declare.
    "quen.config",
]
DATABASE_ROUTERS = ["quen.core.schemas.Router"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "quen.config.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the first that reads the body: CSRF.
    "quen.config.middleware.RequestBodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "quen.apps.accounts.middleware.SessionActivityMiddleware",
    "quen.config.middleware.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "quen.apps.team.middleware.WorkspaceMiddleware",
    "quen.config.middleware.RejectNulMiddleware",
    "quen.apps.content.middleware.CompilersMiddleware",
    "quen.ui.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "quen.config.urls"
WORKSPACE_URLCONF = "quen.config.workspace_urls"
WSGI_APPLICATION = "quen.config.wsgi.application"

#: each channel and adapter brings its templates in its own folder
_CHANNEL_TEMPLATES = sorted(
    folder
    for pattern in ("*/templates", "adapters/*/templates")
    for folder in (Path(__file__).parent.parent / "apps" / "channels").glob(pattern)
)
_loaders = [
    (
        "template_partials.loader.Loader",
        [
            (
                "django.template.loaders.cached.Loader",
                [
                    "django.template.loaders.filesystem.Loader",
                    "django.template.loaders.app_directories.Loader",
                ],
            )
        ],
    )
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": _CHANNEL_TEMPLATES,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "quen.ui.context.layout",
                "quen.apps.team.context.live_notifications",
            ],
            "loaders": _loaders,
            "builtins": [
                "django.templatetags.i18n",
                "template_partials.templatetags.partials",
                "quen.ui.templatetags.ui",
            ],
        },
    }
]


def is_local_url(url: str) -> bool:
    """Return whether an address leads to this machine only."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def database_from_url(url: str) -> dict[str, Any]:
    """Return Django's database setting for ``postgresql://user:password@host:port/name?host=/socket``."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {key: value for key, value in query.items() if key not in ("host", "port")}
    options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 10, "max_lifetime": 600}
    return {
        "ENGINE": "quen.core.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": query.get("port") or (str(parts.port) if parts.port else ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }


DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL", "postgresql:///quen"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "quen.apps.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
#: who may create workspaces: "operators" or "everyone", and how many each; 0 for any number
WORKSPACE_CREATORS = os.environ.get("QUEN_WORKSPACE_CREATORS", "operators")
WORKSPACES_PER_USER = int(os.environ.get("QUEN_WORKSPACES_PER_USER", "20"))
#: how long a deleted workspace can still be restored
WORKSPACE_DELETION_DAYS = float(os.environ.get("QUEN_WORKSPACE_DELETION_DAYS", "7"))
ACCOUNT_FORMS = {
    "login": "quen.apps.accounts.forms.SignInForm",
    "change_password": "quen.apps.accounts.forms.ChangePasswordForm",
    "reset_password": "quen.apps.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "quen.apps.accounts.forms.NewPasswordForm",
}
CSRF_FAILURE_VIEW = "quen.ui.errors.csrf_failed"
#: ours are shared by all processes (accounts.security)
ACCOUNT_RATE_LIMITS = False
SESSION_COOKIE_AGE = 30 * 24 * 3600
#: a session that nobody used for so long has ended
SESSION_IDLE_SECONDS = float(os.environ.get("QUEN_SESSION_IDLE_HOURS", "168")) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["quen.config.formats"]
USE_I18N = USE_TZ = True
USE_THOUSAND_SEPARATOR = False
TIME_ZONE = "Asia/Ho_Chi_Minh"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "ui" / "dist"] if (PACKAGE / "ui" / "dist").exists() else []
DJANGO_VITE = {
    "default": {"manifest_path": PACKAGE / "ui" / "dist" / "manifest.json", "static_url_prefix": ""},
}
SILENCED_SYSTEM_CHECKS = ["django_vite.W001", "account.W001"]

SMTP_URL = os.environ.get("QUEN_SMTP_URL", "")
DEFAULT_FROM_EMAIL = os.environ.get("QUEN_MAIL_FROM", "Quen <quen@localhost>")
#: stores every email of the product; a job sends them by SYSTEM_MAIL_BACKEND
EMAIL_BACKEND = "quen.apps.accounts.mailbox.MailboxBackend"
SYSTEM_MAIL_BACKEND = ""
if SMTP_URL:
    _smtp = urlsplit(SMTP_URL)
    SYSTEM_MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = (
        _smtp.hostname or "localhost",
        _smtp.port or (465 if _smtp.scheme == "smtps" else 587),
    )
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_smtp.username or ""), unquote(_smtp.password or "")
    EMAIL_USE_SSL, EMAIL_USE_TLS = _smtp.scheme == "smtps", _smtp.scheme == "smtp+tls"
    EMAIL_TIMEOUT = 20

#: mail servers of workspaces may be in the private network: on a machine that nobody else reaches, or where the
#: operator says so
PRIVATE_MAIL_SERVERS = (
    os.environ.get("QUEN_PRIVATE_MAIL_SERVERS") or ("1" if is_local_url(BASE_URL) else "0")
) == "1"

#: addresses ("127.0.0.1:9025", comma-separated) that outgoing requests may reach although they are not public
HTTP_ALLOWED_ADDRESSES = frozenset(filter(None, os.environ.get("QUEN_HTTP_ALLOWED", "").split(",")))

#: the largest file that can be imported, in bytes (R-20)
IMPORT_MAX_BYTES = int(os.environ.get("QUEN_IMPORT_MAX_MB", "500")) * 1024 * 1024
#: the largest file that can be kept with a contact, in bytes, and how many files a contact may have
CONTACT_FILE_MAX_BYTES = int(os.environ.get("QUEN_CONTACT_FILE_MAX_MB", "20")) * 1024 * 1024
CONTACT_FILES_MAX = 100
#: calls that a key of the public interface may make, and how long the log of calls is kept
API_RATE = os.environ.get("QUEN_API_RATE", "1200/minute")
API_LOG_DAYS = int(os.environ.get("QUEN_API_LOG_DAYS", "14"))
#: how long a web process keeps what it knows of a shop's website, and requests of the script a minute
WEBSITE_SETTINGS_SECONDS = float(os.environ.get("QUEN_WEBSITE_SETTINGS_SECONDS", "10"))
WEBSITE_REQUESTS_PER_CLIENT = int(os.environ.get("QUEN_WEBSITE_REQUESTS_PER_CLIENT", "600"))
WEBSITE_REQUESTS_PER_SITE = int(os.environ.get("QUEN_WEBSITE_REQUESTS_PER_SITE", "60000"))
#: contacts that a bulk action changes within the request; more are changed by a job
BULK_INLINE_LIMIT = 5_000
#: contacts of one statement of such a job, and of an undo
BULK_BATCH_CONTACTS = 25_000
#: how long the page that pauses a workspace waits for what runs in it, before it says what still does
PAUSE_WAIT_SECONDS = 3.0
#: rows read, parsed and committed together
IMPORT_BATCH_ROWS = 8_000
#: connections that write a batch at once: 1 or 2; 0: two where a processor is to spare
IMPORT_LOADERS = int(os.environ.get("QUEN_IMPORT_LOADERS", "0"))
#: a batch is written in two parts if each has so many rows
IMPORT_PART_ROWS = 1_000
#: of a longer text file only this much is read to show its first rows
IMPORT_HEAD_BYTES = 8 * 1024 * 1024
#: how long a request body may take to arrive, in seconds; an upload gets a second more for every 32 KB
BODY_SECONDS = float(os.environ.get("QUEN_BODY_SECONDS", "60"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
#: views that accept files get handlers that store them, from RequestBodyMiddleware
FILE_UPLOAD_HANDLERS = ["quen.core.uploads.IgnoreFiles"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("QUEN_LOG", "WARNING")},
    "loggers": {"quen": {"level": os.environ.get("QUEN_LOG", "INFO")}},
}

#: mails that ask to confirm a registration, of one form in an hour; further ones wait
SIGNUP_CONFIRMATIONS_PER_HOUR = int(os.environ.get("QUEN_SIGNUP_CONFIRMATIONS_PER_HOUR", "200"))

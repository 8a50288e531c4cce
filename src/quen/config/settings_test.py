"""Settings of the test run: fast password hashes, a fixed secret, emails in memory."""

import os

os.environ.setdefault("QUEN_SECRET_KEY", "only-for-tests-" * 4)

from quen.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WEBSITE_SETTINGS_SECONDS = 0
LOGGING = {"version": 1, "disable_existing_loggers": False}

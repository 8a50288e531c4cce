"""Settings of the site that Chromium visits: the usual ones, with the fast password hashes of the tests."""

from quen.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# All sign-ins of the tests come from one address.
ACCOUNT_RATE_LIMITS = {"login": "1000/m/ip"}
# What a test changes in the settings of the website holds at once.
WEBSITE_SETTINGS_SECONDS = 0

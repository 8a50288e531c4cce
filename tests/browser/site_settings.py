"""Settings of the site that Chromium visits: those of every day, with the quick hashes of the test template."""

from quen.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# All tests of a minute come from one address.
ACCOUNT_RATE_LIMITS = {"login": "1000/m/ip"}

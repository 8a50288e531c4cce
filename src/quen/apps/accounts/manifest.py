"""What the accounts app declares."""

from __future__ import annotations

from quen.apps.manifest import Manifest

MANIFEST = Manifest(
    public_pages={"": "quen.apps.accounts.urls", "accounts/": "quen.apps.accounts.auth_urls"},
)

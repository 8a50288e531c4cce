"""What the advertisers app declares."""

from __future__ import annotations

from quen.apps.manifest import Manifest

MANIFEST = Manifest()

"""What the ingest app declares."""

from __future__ import annotations

from quen.apps.ingest.services import storage
from quen.apps.manifest import Manifest

MANIFEST = Manifest(delete_workspace=storage.delete_events_of)

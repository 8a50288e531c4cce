"""Services of the website app."""

from quen.apps.website.rules.keys import public_key, workspace_of
from quen.apps.website.services.door import load_site, mark_link, script_of, site_event
from quen.apps.website.services.identifying import identify, join_signed_claims
from quen.apps.website.services.people import (
    MERGE_COLUMNS,
    erase_people,
    merge_people,
    unmerge_people,
)
from quen.apps.website.services.processing import process_visits
from quen.apps.website.services.retention import delete_expired
from quen.apps.website.services.server_events import cleaned, store_events
from quen.apps.website.services.settings import make_secret, update_settings

__all__ = [
    "MERGE_COLUMNS",
    "cleaned",
    "delete_expired",
    "erase_people",
    "identify",
    "join_signed_claims",
    "load_site",
    "make_secret",
    "mark_link",
    "merge_people",
    "process_visits",
    "public_key",
    "script_of",
    "site_event",
    "store_events",
    "unmerge_people",
    "update_settings",
    "workspace_of",
]

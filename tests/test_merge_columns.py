"""Every column that holds ids of contacts says what a merge does to it, with or without a foreign key, in JSON too."""

from __future__ import annotations

import pytest
from django.db import connection

from quen.apps.accounts import queries
from quen.apps.contacts import registry
from tests.cast import TRA_SEN

pytestmark = pytest.mark.usefixtures("database")

#: numbers of other things; every other numeric column called …contact… holds a contact
NO_CONTACTS = frozenset[str]()
#: JSON without ids of contacts, by table. What is new belongs here, or into registry.on_merge. Notifications and the
#: log hold addresses of pages, which lead from an old id to the contact that was kept.
JSON_WITHOUT_CONTACTS = {
    "api_apikey": "scopes",
    "campaigns_campaign": "estimate failure link_check link_tags permission_reminders",
    "channels_connection": "settings",
    "channels_sandboxmessage": "headers simulated",
    "compliance_sendingsettings": "permission_reminders",
    "compliance_topic": "channels descriptions names",
    "compliance_unsubscribe": "snapshot",
    "contacts_bulkchange": "data",
    "contacts_bulkchangerow": "before tags",
    "contacts_consentproof": "data",
    "contacts_contact": "attrs",
    "contacts_editsheet": "columns found",
    "contacts_editsheetcell": "params values",
    "contacts_editsheetrow": "held",
    "contacts_field": "choices default",
    "contacts_merge": "after before choices",
    "data_requests_datarequest": "certificate",
    "delivery_dispatch": "allocated_tags error link_tags permission_reminders prepared_content",
    "delivery_message": "allocated_values",
    "events_consumerqueue": "data",
    "events_event": "data",
    "import_export_export": "columns",
    "import_export_exportpreset": "columns",
    "import_export_import": "dry_run_report headers matching read_options remembered settings written_ahead",
    "import_export_importissue": "cells params",
    "import_export_savedmatching": "matching",
    "segments_segment": "dependencies failure tree",
    "team_auditentry": "data",
    "team_member": "preferences",
    "team_notification": "data",
    "team_progress": "data",
    "signup_formversion": "content",
    "signup_proposal": "value",
    "signup_signupform": "draft mapping",
    "signup_submission": "answers field_notes refused signs ticked utm",
    "webhooks_endpoint": "kinds",
    "webhooks_webhookmessage": "occurrences",
    "website_websiteaction": "data",
    "website_websitesession": "campaign",
    "website_websitesettings": "origins texts",
}
COLUMNS = """
    SELECT c.relname || '.' || a.attname, a.atttypid::regtype::text,
           EXISTS (SELECT 1 FROM pg_constraint k
                    WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)
                      AND k.confrelid = (%(schema)s || '.contacts_contact')::regclass)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


def columns() -> list[tuple[str, str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, {"schema": queries.get_workspace(TRA_SEN).schema_name})
        return cursor.fetchall()


class TestEveryColumnOfContactsIsDeclared:
    def test_keys_and_numbers(self) -> None:
        declared = registry.merge_columns()
        found = {
            name
            for name, kind, is_key in columns()
            if is_key or ("contact" in name.split(".")[1] and kind in ("bigint", "integer", "bigint[]"))
        }
        assert found - set(declared) - NO_CONTACTS == set()

    def test_json(self) -> None:
        found = {name for name, kind, _is_key in columns() if kind == "jsonb"}
        without = {
            f"{table}.{name}" for table, names in JSON_WITHOUT_CONTACTS.items() for name in names.split()
        }
        assert found - set(registry.merge_columns()) - without == set()

    def test_nothing_is_declared_that_is_not_there(self) -> None:
        assert set(registry.merge_columns()) - {name for name, _kind, _is_key in columns()} == set()

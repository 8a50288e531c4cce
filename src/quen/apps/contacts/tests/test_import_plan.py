"""Matching existing contacts is one index probe per row, however many there are."""

from __future__ import annotations

import pytest
from django.db import connection

from quen.core import sql

PEOPLE = """
INSERT INTO contacts_contact (phone, email, full_name, family_name, middle_name, given_name, call_name, salutation,
    sort_key, gender, birth_is_lunar, company, language, country, province, province_before, city, district, ward,
    address_line, note, status, consent_email, consent_sms, consent_zalo, consent_chat, consent_push, consent_call,
    spent, orders_count, incomplete, attrs, member_since, last_activity_at, created_at, updated_at)
SELECT '+84905' || lpad(n::text, 6, '0'), 'a' || n || '@shop.vn', '', '', '', '', '', '', '~', '', false, '', '', '',
    '', '', '', '', '', '', '', 3, 0, 0, 0, 0, 0, 0, 0, 0, false, '{}', now(), now(), now(), now()
  FROM generate_series(1, 20000) n
"""
IDENTITIES = """
INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)
SELECT id, 'code', 'K' || row_number() OVER (ORDER BY id), now() FROM contacts_contact
"""
STAGE = (
    "CREATE TEMP TABLE upsert_stage AS SELECT n::bigint AS row, 1::smallint AS pass, phone, email FROM (%s) s"
)
STAGED = (
    "SELECT row_number() OVER (ORDER BY id) AS n, phone::text, email::text FROM contacts_contact LIMIT 2000"
)


@pytest.mark.usefixtures("workspace")
class TestMatch:
    def test_uses_the_unique_indexes(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE)
            cursor.execute(IDENTITIES)
            cursor.execute("ANALYZE contacts_contact, contacts_contactidentity")
            cursor.execute(STAGE % STAGED)
            cursor.execute("ANALYZE upsert_stage (row, pass)")
            cursor.execute(
                "CREATE TEMP TABLE upsert_row_identity AS"
                " SELECT n::int8 AS row, 'code' AS system, 'K' || n AS external_id"
                " FROM generate_series(1, 2000) n"
            )
            cursor.execute("ANALYZE upsert_row_identity")
            cursor.execute(
                "CREATE TEMP TABLE upsert_matched (row int8, pass int2, contact_id int8, ambiguous bool, by_phone bool)"
            )
            match = sql.text("contacts/upsert_match")
            cursor.execute(f"EXPLAIN {match}", {"pass": 1})
            plan = "\n".join(line for (line,) in cursor.fetchall())
        for index in ("contact_phone_unique", "contact_email_unique", "identity_unique"):
            assert f"using {index}" in plan
        assert "Seq Scan on contacts_contact" not in plan

"""Age from a number field (R-04), and opening values of another system (R-07)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.cast import AN, NOW, TRA_SEN

from quen.apps.audience import queries as audience
from quen.apps.audience.registry import condition_catalog
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import exported, make_contact, make_field
from quen.apps.segments import services as segments
from quen.apps.team.models import AuditEntry
from quen.core import sql
from quen.core.clock import VIETNAM

PATH = f"/w/{TRA_SEN}/contacts/fields/settings/"


def matching(**condition: Any) -> list[str]:
    tree = audience.parse(condition)
    found = [row[0] for row in sql.rows(audience.relation(tree, now=NOW, zone=VIETNAM))]
    return sorted(Contact.objects.filter(pk__in=found).values_list("full_name", flat=True))


class TestAge:
    def test_falls_back_to_the_field_when_no_date_of_birth_is_known(
        self, workspace: Any, an: Any, client_of: Any
    ) -> None:
        years = make_field(name="Tuổi")
        for name, born, stated in (
            ("Lan", None, 30),
            ("Mai", date(1990, 1, 1), 30),
            ("Hoa", None, 29.5),
            ("Cúc", None, None),
        ):
            day = {"birth_on": born, "birth_day": 101} if born else {}
            make_contact(full_name=name, attrs={str(years.pk): stated} if stated else {}, **day)
        assert matching(field="age", op="is", value=30) == []
        answer = client_of(AN).post(PATH, {"age_field": years.pk})
        assert answer.status_code == 302
        assert matching(field="age", op="is", value=30) == ["Lan"]
        assert matching(field="age", op="is", value=29) == ["Hoa"]
        assert matching(field="age", op="is", value=36) == ["Mai"]
        assert matching(field="age", op="empty") == ["Cúc"]
        services.archive_field(field=years, actor=an.actor, now=NOW)
        assert matching(field="age", op="filled") == ["Mai"]

    def test_segments_follow_the_setting(self, workspace: Any, an: Any) -> None:
        years = make_field(name="Tuổi")
        make_contact(full_name="Lan", attrs={str(years.pk): 30})
        segment = segments.create_segment(
            name="30", tree={"field": "age", "op": "is", "value": 30}, actor=an.actor, now=NOW
        )
        segments.compute_segment(segment.pk, now=NOW)
        services.update_contact_settings(age_field=years, opening_values=False, actor=an.actor, now=NOW)
        segments.flush(now=NOW)
        segment.refresh_from_db()
        assert segment.size == 1
        assert AuditEntry.objects.filter(kind="contacts.settings_changed").count() == 1

    def test_only_a_number_field_can_stand_in(self, workspace: Any, client_of: Any) -> None:
        text = make_field(name="Ghi", format="text")
        assert client_of(AN).post(PATH, {"age_field": text.pk}).status_code == 422
        assert queries.age_field_id() is None


class TestOpeningValues:
    def test_are_off_until_the_workspace_keeps_them(self, workspace: Any, client_of: Any) -> None:
        client = client_of(AN)
        lan = make_contact(full_name="Lan")
        assert not {"opening_spent", "opening_orders"} & {each.key for each in condition_catalog().all()}
        edit = f"/w/{TRA_SEN}/contacts/{lan.pk}/edit/"
        assert "opening_spent" not in client.get(edit).content.decode()
        assert client.post(PATH, {"opening_values": "on"}).status_code == 302
        assert {"opening_spent", "opening_orders"} <= {each.key for each in condition_catalog().all()}
        assert "opening_spent" in client.get(edit).content.decode()

    def test_are_edited_and_found_and_never_counted(self, workspace: Any, client_of: Any, an: Any) -> None:
        services.update_contact_settings(age_field=None, opening_values=True, actor=an.actor, now=NOW)
        lan, client = make_contact(full_name="Lan"), client_of(AN)
        form = {"full_name": "Lan", "phone": lan.phone, "opening_spent": "1.250.000", "opening_orders": "7"}
        assert client.post(f"/w/{TRA_SEN}/contacts/{lan.pk}/edit/", form).status_code == 302
        lan.refresh_from_db()
        assert (lan.opening_spent, lan.opening_orders) == (Decimal(1_250_000), 7)
        assert (lan.spent, lan.orders_count) == (Decimal(0), 0)
        assert matching(field="opening_spent", op="at_least", value=1_000_000) == ["Lan"]
        assert matching(field="opening_orders", op="more", value=7) == []
        assert matching(field="spent", op="at_least", value=1) == []
        page = client.get(f"/w/{TRA_SEN}/contacts/{lan.pk}/").content.decode()
        assert "1.250.000" in page

    def test_are_exported_under_words_an_import_knows(self, workspace: Any) -> None:
        make_contact(opening_spent=Decimal(1_250_000), opening_orders=7)
        [values] = exported()
        assert (values["Chi tiêu ban đầu"], values["Số đơn ban đầu"]) == ("1250000", "7")

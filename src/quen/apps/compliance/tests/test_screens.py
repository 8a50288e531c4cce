"""The room's screens: rules of sending, the policy, the suppression list, the ledger, a customer's refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Refusal, Suppression
from quen.apps.compliance.tests.factories import make_reader, reasons, refuse
from quen.apps.compliance.types import Reason, SuppressionCause
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.tests.factories import GROUND, make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.team.models import Action

HERE = f"/w/{TRA_SEN}/sending/"
RULES = {
    "reminder_vi": "Bạn nhận thư này vì đã đăng ký tại quầy.",
    "reminder_en": "You signed up at our counter.",
    "email_label": "[AD]",
    "email_cap": "2",
    "machine_open_seconds": "10",
}


@pytest.fixture
def an_client(workspace: Any, client_of: Callable[[str], Client]) -> Client:
    """An's browser."""
    return client_of(AN)


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


@pytest.mark.django_db
class TestRules:
    def test_proposes_a_reminder_with_the_shops_name_that_holds_only_once_saved(
        self, workspace: Any, an_client: Client
    ) -> None:
        assert "Bạn nhận thư này vì đã đăng ký nhận tin của Trà Sen." in body(an_client.get(HERE))
        assert queries.reminder("vi", override={}, workspace=workspace) == ""
        answer = an_client.post(HERE, RULES)
        assert answer.status_code == 302
        held = queries.rules()
        assert (held.email_label, held.email_cap, held.machine_open_seconds) == ("[AD]", 2, 10)
        assert queries.reminder("vi", override={}, workspace=workspace) == RULES["reminder_vi"]
        assert Action.objects.filter(kind="compliance.rules_changed").count() == 1

    @pytest.mark.parametrize(
        ("field", "value"), [("email_cap", "4"), ("email_cap", "0"), ("reminder_vi", " ")]
    )
    def test_refuses_what_the_law_does_not_permit(self, an_client: Client, field: str, value: str) -> None:
        answer = an_client.post(HERE, RULES | {field: value})
        assert answer.status_code == 422
        assert not queries.rules().pk

    def test_shows_what_is_missing_of_who_sends(self, workspace: Any, an_client: Client) -> None:
        assert set(queries.sender_block(workspace).missing) == {"phone", "email", "address"}
        assert "Còn thiếu" in body(an_client.get(HERE))

    def test_a_reminder_falls_back_from_campaign_to_shop_to_another_language(
        self, workspace: Any, an: Any
    ) -> None:
        services.change_rules(
            reminders={"vi": "Thư của {shop}."},
            email_label="[QC]",
            email_cap=3,
            machine_open_seconds=30,
            actor=an,
            now=NOW,
        )
        assert queries.reminder("vi", override={}, workspace=workspace) == "Thư của Trà Sen."
        assert queries.reminder("en", override={}, workspace=workspace) == "Thư của Trà Sen."
        assert queries.reminder("vi", override={"vi": "Riêng."}, workspace=workspace) == "Riêng."


@pytest.mark.django_db
class TestTerms:
    def test_acceptance_says_who_when_and_which_version(self, an_client: Client, an: Any) -> None:
        assert not queries.terms_accepted()
        page = body(an_client.get(f"{HERE}terms/"))
        for named in ("91/2020/NĐ-CP", "91/2025/QH15", "16/2012/QH13"):
            assert named in page
        for _twice in range(2):
            an_client.post(f"{HERE}terms/")
        (held,) = queries.acceptances()
        assert (held.member_name, held.member_id) == (an.name, an.pk)
        assert queries.terms_accepted()
        assert held.version in body(an_client.get(f"{HERE}terms/"))

    def test_of_an_older_version_does_not_count(self, workspace: Any, an: Any) -> None:
        held = services.accept_terms(actor=an, now=NOW)
        type(held).objects.update(version="2020-01")
        assert not queries.terms_accepted()


@pytest.mark.django_db
class TestSuppressionList:
    def test_addresses_come_in_one_a_line(self, an_client: Client) -> None:
        lan = make_reader(email="lan@thu.vn")
        given = {"channel": "email", "addresses": "Lan@thu.vn\n\n minh@thu.vn \n", "note": "Gọi hotline"}
        assert an_client.post(f"{HERE}suppressed/new/", given).status_code == 302
        assert sorted(Suppression.objects.values_list("address", "note")) == [
            ("lan@thu.vn", "Gọi hotline"),
            ("minh@thu.vn", "Gọi hotline"),
        ]
        assert reasons(lan) == [Reason.SUPPRESSED_MANUAL]

    def test_wrong_lines_are_named_and_nothing_is_written(self, an_client: Client) -> None:
        given = {"channel": "sms", "addresses": "0905123456\nkhông phải số\n"}
        answer = an_client.post(f"{HERE}suppressed/new/", given)
        assert answer.status_code == 422
        assert "Dòng 2" in body(answer)
        assert not Suppression.objects.exists()

    def test_is_searched_and_filtered(self, an_client: Client) -> None:
        for cause, address in (("bounce", "lan@thu.vn"), ("manual", "minh@thu.vn")):
            services.suppress(channel="email", addresses=[address], cause=cause, now=NOW)
        found = body(an_client.get(f"{HERE}suppressed/?q=LAN"))
        assert "lan@thu.vn" in found
        assert "minh@thu.vn" not in found
        assert "minh@thu.vn" not in body(an_client.get(f"{HERE}suppressed/?cause=bounce"))

    def test_pages_by_keyset_without_gap(self, an_client: Client) -> None:
        addresses = [f"n{number}@thu.vn" for number in range(120)]
        services.suppress(channel="email", addresses=addresses, cause="manual", now=NOW)
        seen, path = [], f"{HERE}suppressed/"
        from quen.apps.compliance.views.paging import keyset_page

        query: dict[str, str] = {}
        while True:
            shown = keyset_page(queries.suppressions(), query)
            seen += [each.address for each in shown.rows]
            if not shown.older:
                break
            query = dict([shown.older.removeprefix("?").split("=")])
        assert sorted(seen) == sorted(addresses)
        back = keyset_page(queries.suppressions(), dict([shown.newer.removeprefix("?").split("=")]))
        assert [each.address for each in back.rows] == [f"n{number}@thu.vn" for number in range(69, 19, -1)]
        assert an_client.get(path).status_code == 200

    def test_lifting_what_the_person_said_is_refused(self, an_client: Client) -> None:
        services.suppress(channel="email", addresses=["a@thu.vn"], cause="complaint", now=NOW)
        services.suppress(channel="email", addresses=["b@thu.vn"], cause="bounce", now=NOW)
        for held in Suppression.objects.all():
            an_client.post(f"{HERE}suppressed/{held.pk}/lifting/")
        assert [each.address for each in Suppression.objects.all()] == ["a@thu.vn"]

    def test_the_file_runs_no_formula(self, an_client: Client) -> None:
        services.suppress(
            channel="email", addresses=["a@thu.vn"], cause="manual", note="=HYPERLINK(1)", now=NOW
        )
        answer = an_client.post(f"{HERE}suppressed/file/")
        assert "'=HYPERLINK(1)" in body(answer)
        assert Action.objects.filter(kind="compliance.suppression_exported").exists()


@pytest.mark.django_db
class TestLedger:
    def test_lists_answers_of_all_people_and_filters(self, an: Any, an_client: Client) -> None:
        lan, minh = make_reader(full_name="Trần Lan"), make_contact(full_name="Lê Minh", email="minh@thu.vn")
        refuse(lan)
        contacts_services.set_status(contact=minh, status=Status.SUBSCRIBED, proof=GROUND, actor=an, now=NOW)
        whole = body(an_client.get(f"{HERE}ledger/"))
        assert "Trần Lan" in whole
        assert "Phiếu thành viên tại quầy" in whole
        for query, shown, hidden in (
            ("q=lan", "Trần Lan", "Lê Minh"),
            ("way=paper", "Lê Minh", "Trần Lan"),
            (f"consent={Consent.WITHDRAWN.value}", "Trần Lan", "Lê Minh"),
        ):
            found = body(an_client.get(f"{HERE}ledger/?{query}"))
            assert shown in found
            assert hidden not in found
        assert "Trần Lan" not in body(an_client.get(f"{HERE}ledger/?channel=sms"))
        assert "Trần Lan" not in body(an_client.get(f"{HERE}ledger/?since=15/10/2026"))
        assert "Trần Lan" in body(an_client.get(f"{HERE}ledger/?since=14/10/2026&until=14/10/2026"))

    def test_the_file_holds_the_lines_found(self, an_client: Client) -> None:
        refuse(make_reader(full_name="Trần Lan"))
        refuse(make_reader(full_name="=cmd"), now=NOW + timedelta(days=2))
        lines = body(an_client.post(f"{HERE}ledger/file/", {"until": "14/10/2026"})).splitlines()
        assert len(lines) == 2
        assert "Trần Lan" in lines[1]
        assert "'=cmd" in body(an_client.post(f"{HERE}ledger/file/"))

    def test_nonsense_in_the_address_is_answered_beside_its_field(self, an_client: Client) -> None:
        answer = an_client.get(f"{HERE}ledger/?consent=x&since=31/02/2026&after=-1&channel=pigeon")
        assert answer.status_code == 422

    def test_bình_may_look_and_not_take_it_away(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        assert client_of(BINH).get(f"{HERE}ledger/").status_code == 200
        assert client_of(BINH).post(f"{HERE}ledger/file/").status_code == 403

    def test_asks_the_database_the_same_for_one_line_and_for_many(
        self, an_client: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _each in range(12):
            refuse(make_reader(), everything=True)
        with django_assert_max_num_queries(20):
            an_client.get(f"{HERE}ledger/")


@pytest.mark.django_db
class TestPersonPanel:
    def test_shows_refusals_and_suppressed_addresses(self, an_client: Client) -> None:
        lan = make_reader(email="lan@thu.vn")
        refuse(lan, everything=True)
        services.suppress(channel="email", addresses=[str(lan.email)], cause=SuppressionCause.BOUNCE, now=NOW)
        shown = body(an_client.get(f"{HERE}people/{lan.pk}/", headers={"HX-Request": "true"}))
        assert "Mọi quảng cáo của cửa hàng" in shown
        assert str(SuppressionCause.BOUNCE.label) in shown
        assert "<html" not in shown

    def test_a_call_is_noted_with_who_took_it(self, an: Any, an_client: Client) -> None:
        lan = make_reader(consent_sms=Consent.GRANTED)
        answer = an_client.post(f"{HERE}people/{lan.pk}/refusal/", {"scope": "everything", "way": "call"})
        assert answer.status_code == 302
        made = Refusal.objects.get()
        assert (made.way, made.member_name, made.everything) == ("call", an.name, True)
        assert reasons(lan) == [Reason.SUPPRESSED_REFUSAL]
        assert Action.objects.filter(kind="compliance.refusal_noted", target_id=lan.pk).exists()

    def test_of_one_channel_leaves_the_others(self, an_client: Client) -> None:
        lan = make_reader(consent_sms=Consent.GRANTED)
        an_client.post(f"{HERE}people/{lan.pk}/refusal/", {"scope": "sms", "way": "staff"})
        assert reasons(lan) == [None]
        assert reasons(lan, channel="sms") == [Reason.UNSUBSCRIBED]

    def test_bình_sees_no_button(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        lan = make_reader()
        assert "refusal/" not in body(client_of(BINH).get(f"{HERE}people/{lan.pk}/"))


@pytest.mark.django_db
class TestFirstSteps:
    def test_are_ticked_by_what_is_there(self, an: Any, an_client: Client) -> None:
        overview = body(an_client.get(f"/w/{TRA_SEN}/"))
        for title in (
            "Viết lời nhắc cấp quyền",
            "Đọc và đồng ý quy định chống thư rác",
        ):
            assert title in overview

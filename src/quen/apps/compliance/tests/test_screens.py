"""The app's pages: sending settings, policy, suppression list, consent log, panel of a contact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Suppression, Unsubscribe
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber, make_unsubscribe
from quen.apps.compliance.types import ExclusionReason, SuppressionCause
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.tests.factories import GROUND, make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.team.models import AuditEntry

HERE = f"/w/{TRA_SEN}/sending/"
SETTINGS = {
    "permission_reminder_vi": "Bạn nhận thư này vì đã đăng ký tại quầy.",
    "permission_reminder_en": "You signed up at our counter.",
    "label_email": "[AD]",
    "daily_cap_email": "2",
    "bot_open_seconds": "10",
}


@pytest.fixture
def an_client(workspace: Any, client_of: Callable[[str], Client]) -> Client:
    """An's browser."""
    return client_of(AN)


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())


@pytest.mark.django_db
class TestSendingSettings:
    def test_proposes_a_reminder_that_applies_only_once_saved(
        self, workspace: Any, an_client: Client
    ) -> None:
        assert "Bạn nhận thư này vì đã đăng ký nhận tin của Trà Sen." in body(an_client.get(HERE))
        assert queries.permission_reminder("vi", override={}, workspace=workspace) == ""
        response = an_client.post(HERE, SETTINGS)
        assert response.status_code == 302
        rules = queries.channel_rules("email")
        assert (rules.label, rules.daily_cap) == ("[AD]", 2)
        assert queries.sending_settings().bot_open_seconds == 10
        assert (
            queries.permission_reminder("vi", override={}, workspace=workspace)
            == SETTINGS["permission_reminder_vi"]
        )
        assert AuditEntry.objects.filter(kind="compliance.settings_changed").count() == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [("daily_cap_email", "4"), ("daily_cap_email", "0"), ("permission_reminder_vi", " ")],
    )
    def test_refuses_what_the_law_does_not_permit(self, an_client: Client, field: str, value: str) -> None:
        response = an_client.post(HERE, SETTINGS | {field: value})
        assert response.status_code == 422
        assert not queries.sending_settings().pk

    def test_shows_missing_sender_details(self, workspace: Any, an_client: Client) -> None:
        assert set(queries.sender_block(workspace).missing) == {"phone", "email", "address"}
        assert "Còn thiếu" in body(an_client.get(HERE))

    def test_a_reminder_falls_back_from_campaign_to_shop_to_another_language(
        self, workspace: Any, an: Any
    ) -> None:
        services.update_sending_settings(
            permission_reminders={"vi": "Thư của {shop}."},
            bot_open_seconds=30,
            actor=an.actor,
            now=NOW,
        )
        assert queries.permission_reminder("vi", override={}, workspace=workspace) == "Thư của Trà Sen."
        assert queries.permission_reminder("en", override={}, workspace=workspace) == "Thư của Trà Sen."
        assert queries.permission_reminder("vi", override={"vi": "Riêng."}, workspace=workspace) == "Riêng."


@pytest.mark.django_db
class TestTerms:
    def test_acceptance_records_member_time_and_version(self, an_client: Client, an: Any) -> None:
        assert not queries.terms_accepted()
        page = body(an_client.get(f"{HERE}terms/"))
        for named in ("91/2020/NĐ-CP", "91/2025/QH15", "16/2012/QH13"):
            assert named in page
        for _twice in range(2):
            an_client.post(f"{HERE}terms/")
        (saved,) = queries.acceptances()
        assert (saved.member_name, saved.member_id) == (an.name, an.pk)
        assert queries.terms_accepted()
        assert saved.version in body(an_client.get(f"{HERE}terms/"))

    def test_an_older_version_does_not_count(self, workspace: Any, an: Any) -> None:
        saved = services.accept_terms(actor=an.actor, now=NOW)
        type(saved).objects.update(version="2020-01")
        assert not queries.terms_accepted()


@pytest.mark.django_db
class TestSuppressionList:
    def test_adds_one_address_per_line(self, an_client: Client) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        given = {"channel": "email", "addresses": "Lan@thu.vn\n\n minh@thu.vn \n", "note": "Gọi hotline"}
        assert an_client.post(f"{HERE}suppressions/new/", given).status_code == 302
        assert sorted(Suppression.objects.values_list("address", "note")) == [
            ("lan@thu.vn", "Gọi hotline"),
            ("minh@thu.vn", "Gọi hotline"),
        ]
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_MANUAL]

    def test_names_invalid_lines_and_writes_nothing(self, an_client: Client) -> None:
        given = {"channel": "sms", "addresses": "0905123456\nkhông phải số\n"}
        response = an_client.post(f"{HERE}suppressions/new/", given)
        assert response.status_code == 422
        assert "Dòng 2" in body(response)
        assert not Suppression.objects.exists()

    def test_searches_and_filters(self, an_client: Client) -> None:
        for cause, address in (("bounce", "lan@thu.vn"), ("manual", "minh@thu.vn")):
            services.suppress(channel="email", addresses=[address], cause=cause, now=NOW)
        found = body(an_client.get(f"{HERE}suppressions/?q=LAN"))
        assert "lan@thu.vn" in found
        assert "minh@thu.vn" not in found
        assert "minh@thu.vn" not in body(an_client.get(f"{HERE}suppressions/?cause=bounce"))

    def test_pages_without_gaps_and_keeps_the_filter(self, an_client: Client) -> None:
        addresses = [f"n{number}@thu.vn" for number in range(120)]
        services.suppress(channel="email", addresses=addresses, cause="manual", now=NOW)
        services.suppress(channel="email", addresses=["x@thu.vn"], cause="bounce", now=NOW)
        listed, url = [], "?cause=manual"
        while url:
            context = an_client.get(f"{HERE}suppressions/{url}").context
            listed += [row.cells[0].text for row in context["table"].rows]
            url = context["table"].pager["next"]
        assert listed == addresses[::-1]

    def test_staff_cannot_remove_what_the_contact_decided(self, an_client: Client) -> None:
        services.suppress(channel="email", addresses=["a@thu.vn"], cause="complaint", now=NOW)
        services.suppress(channel="email", addresses=["b@thu.vn"], cause="bounce", now=NOW)
        for suppression in Suppression.objects.all():
            an_client.post(f"{HERE}suppressions/{suppression.pk}/remove/")
        assert [each.address for each in Suppression.objects.all()] == ["a@thu.vn"]

    def test_the_file_contains_no_formula(self, an_client: Client) -> None:
        services.suppress(
            channel="email", addresses=["a@thu.vn"], cause="manual", note="=HYPERLINK(1)", now=NOW
        )
        response = an_client.post(f"{HERE}suppressions/file/")
        assert "'=HYPERLINK(1)" in body(response)
        assert AuditEntry.objects.filter(kind="compliance.suppressions_exported").exists()


@pytest.mark.django_db
class TestConsentLog:
    def test_lists_and_filters_the_entries_of_all_contacts(self, an: Any, an_client: Client) -> None:
        lan, minh = (
            make_subscriber(full_name="Trần Lan"),
            make_contact(full_name="Lê Minh", email="minh@thu.vn"),
        )
        make_unsubscribe(lan)
        contacts_services.set_status(
            contact=minh, status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW
        )
        page = body(an_client.get(f"{HERE}consent-log/"))
        assert "Trần Lan" in page
        assert "Phiếu thành viên tại quầy" in page
        for query, visible, hidden in (
            ("q=lan", "Trần Lan", "Lê Minh"),
            ("method=paper", "Lê Minh", "Trần Lan"),
            (f"consent={Consent.WITHDRAWN.value}", "Trần Lan", "Lê Minh"),
        ):
            found = body(an_client.get(f"{HERE}consent-log/?{query}"))
            assert visible in found
            assert hidden not in found
        assert "Trần Lan" not in body(an_client.get(f"{HERE}consent-log/?channel=sms"))
        assert "Trần Lan" not in body(an_client.get(f"{HERE}consent-log/?since=15/10/2026"))
        assert "Trần Lan" in body(an_client.get(f"{HERE}consent-log/?since=14/10/2026&until=14/10/2026"))

    def test_the_file_contains_the_filtered_entries(self, an_client: Client) -> None:
        make_unsubscribe(make_subscriber(full_name="Trần Lan"))
        make_unsubscribe(make_subscriber(full_name="=cmd"), now=NOW + timedelta(days=2))
        lines = body(an_client.post(f"{HERE}consent-log/file/", {"until": "14/10/2026"})).splitlines()
        assert len(lines) == 2
        assert "Trần Lan" in lines[1]
        assert "'=cmd" in body(an_client.post(f"{HERE}consent-log/file/"))
        for address in ("consent-log/file/", "suppressions/file/"):
            answer: Any = an_client.post(f"{HERE}{address}", {"format": "xlsx"})
            assert ".xlsx" in answer["Content-Disposition"]
            assert b"".join(answer.streaming_content).startswith(b"PK")

    def test_invalid_parameters_are_field_errors(self, an_client: Client) -> None:
        response = an_client.get(f"{HERE}consent-log/?consent=x&since=31/02/2026&after=-1&channel=pigeon")
        assert response.status_code == 422

    def test_bình_may_read_but_not_export(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        assert client_of(BINH).get(f"{HERE}consent-log/").status_code == 200
        assert client_of(BINH).post(f"{HERE}consent-log/file/").status_code == 403

    def test_query_count_does_not_grow_with_entries(
        self, an_client: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _each in range(12):
            make_unsubscribe(make_subscriber(), all_channels=True)
        with django_assert_max_num_queries(20):
            an_client.get(f"{HERE}consent-log/")


@pytest.mark.django_db
class TestContactPanel:
    def test_shows_unsubscribes_and_suppressions(self, an_client: Client) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        make_unsubscribe(lan, all_channels=True)
        services.suppress(channel="email", addresses=[str(lan.email)], cause=SuppressionCause.BOUNCE, now=NOW)
        page = body(an_client.get(f"{HERE}contacts/{lan.pk}/", headers={"HX-Request": "true"}))
        assert "Mọi quảng cáo của cửa hàng" in page
        assert str(SuppressionCause.BOUNCE.label) in page
        assert "<html" not in page

    def test_unsubscribing_by_phone_records_the_member(self, an: Any, an_client: Client) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED)
        response = an_client.post(f"{HERE}contacts/{lan.pk}/unsubscribe/", {"scope": "all", "method": "call"})
        assert response.status_code == 302
        unsubscribe = Unsubscribe.objects.get()
        assert (unsubscribe.method, unsubscribe.member_name, unsubscribe.all_channels) == (
            "call",
            an.name,
            True,
        )
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_OPT_OUT]
        assert AuditEntry.objects.filter(kind="compliance.contact_unsubscribed", target_id=lan.pk).exists()

    def test_one_channel_leaves_the_others(self, an_client: Client) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED)
        an_client.post(f"{HERE}contacts/{lan.pk}/unsubscribe/", {"scope": "sms", "method": "staff"})
        assert exclusion_reasons(lan) == [None]
        assert exclusion_reasons(lan, channel="sms") == [ExclusionReason.UNSUBSCRIBED]

    def test_bình_sees_no_button(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        lan = make_subscriber()
        assert "unsubscribe/" not in body(client_of(BINH).get(f"{HERE}contacts/{lan.pk}/"))


@pytest.mark.django_db
class TestOnboarding:
    def test_shows_the_steps(self, an: Any, an_client: Client) -> None:
        overview = body(an_client.get(f"/w/{TRA_SEN}/"))
        for title in (
            "Viết câu “Vì sao bạn nhận thư này”",
            "Đọc và đồng ý quy định chống thư rác",
        ):
            assert title in overview


@pytest.mark.django_db
class TestBeforeTheFirstMessage:
    GIVEN = {
        "sender_phone": "0236 388 8999",
        "sender_email": "chao@tra-sen.example",
        "sender_address": "12 Lê Lợi, Đà Nẵng",
        "permission_reminder": "Bạn nhận thư này vì đã đăng ký tại quầy.",
    }

    def test_one_page_settles_all_of_it_and_leads_back(self, workspace: Any, an_client: Client) -> None:
        back = f"/w/{TRA_SEN}/campaigns/"
        shown = body(an_client.get(f"{HERE}first/?to={back}"))
        assert "Bạn nhận thư này vì đã đăng ký nhận tin của Trà Sen." in shown
        assert "91/2020" in shown
        answer = an_client.post(f"{HERE}first/", {**self.GIVEN, "to": back})
        assert (answer.status_code, answer.headers["Location"]) == (302, back)
        workspace.refresh_from_db()
        assert queries.terms_accepted()
        assert queries.sender_block(workspace).missing == ()
        assert (
            queries.permission_reminder("vi", override={}, workspace=workspace)
            == self.GIVEN["permission_reminder"]
        )
        # The other language has its suggestion.
        assert "Trà Sen" in queries.permission_reminder("en", override={}, workspace=workspace)

    def test_nothing_is_accepted_while_something_is_missing(self, workspace: Any, an_client: Client) -> None:
        answer = an_client.post(f"{HERE}first/", {**self.GIVEN, "sender_address": " "})
        assert answer.status_code == 422
        assert not queries.terms_accepted()
        workspace.refresh_from_db()
        assert not workspace.sender_phone

    def test_leads_to_no_other_site_and_is_not_for_everybody(
        self, workspace: Any, an_client: Client, client_of: Callable[[str], Client]
    ) -> None:
        answer = an_client.post(f"{HERE}first/", {**self.GIVEN, "to": "//evil.example/"})
        assert "evil" not in answer.headers["Location"]
        assert client_of(BINH).get(f"{HERE}first/").status_code == 403

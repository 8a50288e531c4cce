"""The channels page, the SMTP form, senders: what users see and what they do not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.channels import queries, services
from quen.apps.channels.models import Connection
from quen.apps.channels.tests.sink import FEATURES, Script, Sink
from quen.apps.channels.types import ConnectionState, NoConnection, SlowdownKind, Unreachable
from quen.apps.team import queries as team
from quen.core.actors import SYSTEM

PAGE = f"/w/{TRA_SEN}/channels/"
SECRET = "mat-khau-rat-bi-mat"
ClientOf = Callable[[str], Client]


def fields(sink: Sink, **changes: Any) -> dict[str, Any]:
    plain = {
        "host": "127.0.0.1",
        "port": sink.port,
        "security": "plain",
        "user": "",
        "secret": "",
        "action": "save",
    }
    return {**plain, **changes}


class TestNewWorkspace:
    def test_has_a_sandbox_and_a_sender_named_after_it(self, workspace: Any) -> None:
        active = queries.active_connection("email")
        assert (active.adapter, active.active) == ("sandbox", True)
        sender = queries.preferred_sender("email")
        assert sender is not None
        assert (sender.name, sender.preferred) == ("Trà Sen", True)
        assert sender.address.endswith("@example.invalid")

    def test_without_a_connection_raises_no_connection(self, workspace: Any) -> None:
        Connection.objects.all().delete()
        with pytest.raises(NoConnection):
            queries.active_connection("email")


class TestChannelsPage:
    def test_shows_that_the_sandbox_is_on(self, workspace: Any, client_of: ClientOf) -> None:
        html = client_of(AN).get(PAGE).content.decode()
        assert "Không gửi tới khách hàng" in html
        assert "Trà Sen" in html

    def test_a_test_in_the_sandbox_is_stored_in_its_inbox(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        answer = an.post(f"{PAGE}email/test/", {"email-to": "lan@khach.vn"})
        assert answer["Location"] == f"{PAGE}sandbox/"
        stored = queries.sandbox_messages().get()
        assert (stored.recipient, stored.message_id) == ("lan@khach.vn", None)
        assert "lan@khach.vn" in an.get(f"{PAGE}sandbox/").content.decode()

    def test_an_invalid_address_is_a_field_error(self, workspace: Any, client_of: ClientOf) -> None:
        answer = client_of(AN).post(f"{PAGE}email/test/", {"email-to": "lan"})
        assert answer.status_code == 422
        assert queries.sandbox_messages().count() == 0

    def test_a_failed_test_is_reported_and_recorded(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        with Sink() as sink:
            assert an.post(f"{PAGE}email/adapters/smtp/", fields(sink)).status_code == 302
        answer = an.post(f"{PAGE}email/test/", {"email-to": "lan@khach.vn"})
        assert answer.status_code == 422
        assert "Máy chủ không trả lời" in answer.content.decode()
        row = queries.active_connection("email")
        assert (row.state, row.last_error_code) == (ConnectionState.FAILING, "no_answer")

    def test_a_test_by_smtp_shows_the_server_reply(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        with Sink() as sink:
            an.post(f"{PAGE}email/adapters/smtp/", fields(sink))
            html = an.post(f"{PAGE}email/test/", {"email-to": "lan@khach.vn"}, follow=True).content.decode()
        assert "queued as Q1" in html
        assert sink.recipients == ["lan@khach.vn"]


class TestSmtpForm:
    def test_testing_sends_and_saves_nothing(self, workspace: Any, client_of: ClientOf) -> None:
        with Sink() as sink:
            answer = client_of(AN).post(f"{PAGE}email/adapters/smtp/", fields(sink, action="check"))
        assert "Kết nối tốt" in answer.content.decode()
        assert sink.mails == []
        assert queries.find_connection("email", "smtp") is None

    def test_a_wrong_password_is_explained_and_nothing_is_saved(
        self, workspace: Any, client_of: ClientOf
    ) -> None:
        script = Script(features=(*FEATURES, "AUTH PLAIN"), users={"an": "right"})
        with Sink(script) as sink:
            answer = client_of(AN).post(f"{PAGE}email/adapters/smtp/", fields(sink, user="an", secret=SECRET))
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "từ chối tên đăng nhập hoặc mật khẩu" in html
        assert "535 5.7.8" in html
        assert SECRET not in html
        assert queries.active_connection("email").adapter == "sandbox"

    def test_saving_activates_and_can_be_switched_back(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        sandbox = queries.active_connection("email")
        with Sink() as sink:
            an.post(f"{PAGE}email/adapters/smtp/", fields(sink, rate_per_second="5"))
        smtp = queries.active_connection("email")
        assert (smtp.adapter, smtp.rate_per_second, smtp.state) == ("smtp", 5.0, ConnectionState.WORKING)
        an.post(f"{PAGE}{sandbox.pk}/activate/")
        assert queries.active_connection("email") == sandbox
        assert queries.get_connection(smtp.pk).active is False

    def test_an_unreachable_server_can_be_saved_anyway(self, workspace: Any, client_of: ClientOf) -> None:
        with Sink() as sink:
            pass
        client_of(AN).post(f"{PAGE}email/adapters/smtp/", fields(sink, action="save_anyway"))
        assert queries.active_connection("email").state == ConnectionState.UNTESTED

    def test_a_preset_fills_in_the_server(self, workspace: Any, client_of: ClientOf) -> None:
        html = client_of(AN).get(f"{PAGE}email/adapters/smtp/?preset=google").content.decode()
        assert 'value="smtp.gmail.com"' in html


class TestSecret:
    def _set(self, host: str = "127.0.0.1", secret: str | None = SECRET) -> Connection:
        return services.set_connection(
            channel="email",
            adapter="smtp",
            settings={"host": host, "port": 25, "security": "plain", "user": "an"},
            secret=secret,
            rate_per_second=None,
            actor=SYSTEM,
            now=NOW,
        )

    def test_is_encrypted_in_the_database(self, workspace: Any) -> None:
        row = self._set()
        assert SECRET not in row.secret
        assert queries.decrypted_secret(row) == SECRET

    def test_is_on_no_page_and_in_no_dump(
        self, workspace: Any, client_of: ClientOf, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._set()
        an = client_of(AN)
        for path in ("", "email/adapters/smtp/", "sandbox/"):
            assert SECRET not in an.get(PAGE + path).content.decode()
        assert SECRET not in an.get(f"/w/{TRA_SEN}/log/").content.decode()
        call_command("dumpdata", "channels", "team.auditentry")
        assert SECRET not in capsys.readouterr().out

    def test_is_not_in_logs_or_errors_when_the_server_rejects_it(
        self, workspace: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        script = Script(features=(*FEATURES, "AUTH PLAIN"), users={"an": "right"})
        with Sink(script) as sink, caplog.at_level(0), pytest.raises(Unreachable) as refusal:
            row = self._set()
            row.settings = {**row.settings, "port": sink.port}
            services.open_session(row)
        services.record_failure(row.pk, refusal.value.text, NOW, refusal.value.code)
        row.refresh_from_db()
        assert SECRET not in caplog.text + str(refusal.value) + json.dumps(row.last_error)

    def test_is_kept_for_the_same_account_only(self, workspace: Any) -> None:
        self._set()
        assert queries.decrypted_secret(self._set(secret=None)) == SECRET
        elsewhere = {"host": "evil.example", "user": "an"}
        assert services.secret_for(channel="email", adapter="smtp", settings=elsewhere, typed="") == ""
        assert queries.decrypted_secret(self._set(host="evil.example", secret=None)) == ""


class TestState:
    def test_failing_notifies_once_those_who_can_fix_it(self, workspace: Any, an: Any, binh: Any) -> None:
        row = queries.active_connection("email")
        for _ in range(3):
            services.record_failure(row.pk, "535 5.7.8 Bad", NOW, "wrong_password")
        assert [notice.kind for notice in team.notifications(an)] == ["channels.failing"]
        assert list(team.notifications(binh)) == []
        services.record_success(row.pk, NOW)
        row.refresh_from_db()
        assert (row.state, row.last_error, row.last_error_at) == (
            ConnectionState.WORKING,
            "535 5.7.8 Bad",
            NOW,
        )
        services.record_failure(row.pk, "x", NOW)
        assert len(team.notifications(an)) == 2

    def test_success_is_written_at_most_once_a_minute(
        self, workspace: Any, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        row = queries.active_connection("email")
        services.record_success(row.pk, NOW)
        with django_assert_num_queries(1):
            services.record_success(row.pk, NOW)


class TestSenders:
    def test_can_be_added_preferred_and_removed(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        first = queries.preferred_sender("email")
        assert first is not None
        an.post(
            f"{PAGE}email/senders/new/",
            {"name": "Lan ở Trà Sen", "address": "Lan@Tra-Sen.vn", "reply_to": ""},
        )
        added = queries.senders("email").get(name="Lan ở Trà Sen")
        assert (added.address, added.preferred) == ("lan@tra-sen.vn", False)
        an.post(f"{PAGE}senders/{added.pk}/prefer/")
        assert queries.preferred_sender("email") == added
        an.post(f"{PAGE}senders/{added.pk}/remove/")
        assert queries.preferred_sender("email") == first

    def test_the_last_one_cannot_be_removed(self, workspace: Any, client_of: ClientOf) -> None:
        only = queries.preferred_sender("email")
        assert only is not None
        assert client_of(AN).post(f"{PAGE}senders/{only.pk}/remove/").status_code == 422
        assert queries.preferred_sender("email") == only

    @pytest.mark.parametrize("address", ["noreply@a.vn", "no-reply@a.vn", "donotreply@a.vn", "lan"])
    def test_no_reply_and_invalid_addresses_are_refused(
        self, workspace: Any, client_of: ClientOf, address: str
    ) -> None:
        answer = client_of(AN).post(
            f"{PAGE}email/senders/new/", {"name": "Lan", "address": address, "reply_to": ""}
        )
        assert answer.status_code == 422
        assert queries.senders("email").count() == 1

    def test_duplicates_are_refused(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        for status in (302, 422):
            values = {"name": "Lan", "address": "lan@a.vn", "reply_to": ""}
            assert an.post(f"{PAGE}email/senders/new/", values).status_code == status


class TestSlowdown:
    def limited(self, sink: Sink) -> Connection:
        """A connection whose server took five messages in the second before it complained."""
        row = services.set_connection(
            channel="email",
            adapter="smtp",
            settings={"host": "127.0.0.1", "port": sink.port, "security": "plain"},
            secret="",
            rate_per_second=None,
            actor=SYSTEM,
            now=NOW,
        )
        pacer = services.ConnectionPacer(row, parallel=5, deadline=math.inf, clock=lambda: NOW)
        for key in range(5):
            assert pacer.acquire(key) == 0
            pacer.release(key, accepted=True)
        pacer.slow_down(SlowdownKind.RATE, "454 Throttling failure: Maximum sending rate exceeded.")
        row.refresh_from_db()
        return row

    def test_is_told_and_the_rate_found_is_set_with_one_press(
        self, workspace: Any, client_of: ClientOf
    ) -> None:
        an = client_of(AN)
        with Sink() as sink:
            row = self.limited(sink)
            html = an.get(PAGE).content.decode()
            assert "giới hạn tốc độ nhận: khoảng 5" in html
            assert "Maximum sending rate exceeded" in html
            assert "Đặt 5 tin mỗi giây" in html
            assert an.post(f"{PAGE}{row.pk}/rate/").status_code == 302
        row.refresh_from_db()
        assert (row.rate_per_second, row.found_rate, row.slowed_at) == (5.0, None, None)
        html = an.get(PAGE).content.decode()
        assert "giới hạn tốc độ nhận" not in html
        assert "5 tin mỗi giây" in an.get(f"/w/{TRA_SEN}/log/").content.decode()

    def test_a_rate_nobody_found_cannot_be_set(self, workspace: Any, client_of: ClientOf) -> None:
        row = queries.active_connection("email")
        assert client_of(AN).post(f"{PAGE}{row.pk}/rate/").status_code == 422
        row.refresh_from_db()
        assert row.rate_per_second is None

    def test_who_may_not_configure_sending_may_not_set_it(self, workspace: Any, client_of: ClientOf) -> None:
        with Sink() as sink:
            row = self.limited(sink)
        assert client_of(BINH).post(f"{PAGE}{row.pk}/rate/").status_code == 403
        assert client_of(CHI).post(f"{PAGE}{row.pk}/rate/").status_code == 404
        row.refresh_from_db()
        assert row.rate_per_second is None


class TestPrivateServers:
    def test_are_refused_where_the_operator_does_not_allow_them(
        self, workspace: Any, client_of: ClientOf, settings: Any
    ) -> None:
        settings.PRIVATE_MAIL_SERVERS = False
        with Sink() as sink:
            answer = client_of(AN).post(f"{PAGE}email/adapters/smtp/", fields(sink, action="check"))
            assert sink.connections == 0
        assert answer.status_code == 422
        assert "nằm trong mạng nội bộ" in answer.content.decode()

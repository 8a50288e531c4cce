"""``quen channel``: set, show, test; the password is never printed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import TRA_SEN

from quen.apps.channels import queries
from quen.apps.channels.tests.sink import FEATURES, Script, Sink

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "mat-khau-rat-bi-mat"


@pytest.fixture
def channel(quen: Any) -> Any:
    """Run ``quen channel`` in Trà Sen. Returns exit code, result and everything printed."""

    def run(
        verb: str, *arguments: str, key: str = "email", stdin: str = "", **variables: str
    ) -> tuple[int, Any, str]:
        return quen("channel", verb, key, "-w", TRA_SEN, *arguments, stdin=stdin, **variables)  # type: ignore[no-any-return]

    return run


class TestChannel:
    def test_sets_smtp_with_a_sender_shows_it_and_tests_it(self, channel: Any) -> None:
        script = Script(features=(*FEATURES, "AUTH PLAIN"), users={"an@tra-sen.vn": SECRET})
        with Sink(script) as sink:
            url = f"smtp://an%40tra-sen.vn@127.0.0.1:{sink.port}"
            arguments = ("--smtp", url, "--from", "chao@tra-sen.vn", "--name", "Trà Sen", "--rate", "20")
            code, answer, printed = channel("set", *arguments, QUEN_CHANNEL_PASSWORD=SECRET)
            assert code == 0
            assert answer["server"] == f"127.0.0.1:{sink.port}"
            assert (answer["sender"], answer["rate_per_second"]) == ("Trà Sen <chao@tra-sen.vn>", 20.0)
            assert SECRET not in printed
            code, answer, printed = channel("test", "--to", "lan@khach.vn")
            assert (code, answer["text"]) == (0, "Ok: queued as Q1")
            assert [(mail.sender, mail.recipient) for mail in sink.mails] == [
                ("chao@tra-sen.vn", "lan@khach.vn")
            ]
        code, answer, printed = channel("test", "--to", "lan@khach.vn")
        assert (code, answer["code"]) == (1, "test_failed")
        code, answer, printed = channel("show")
        assert (answer["adapter"], answer["state"]) == ("smtp", "failing")
        assert SECRET not in printed
        assert queries.senders("email").count() == 1

    def test_the_password_may_come_from_standard_input_and_stays_on_a_second_set(self, channel: Any) -> None:
        channel(
            "set", "--smtp", "smtp+starttls://an@mail.tra-sen.vn", "--password-stdin", stdin=f"{SECRET}\n"
        )
        row = queries.active_connection("email")
        assert (row.settings["security"], row.settings["port"]) == ("starttls", 587)
        assert queries.decrypted_secret(row) == SECRET
        channel("set", "--smtp", "smtps://an@mail.tra-sen.vn")
        row.refresh_from_db()
        assert (row.settings["security"], row.settings["port"]) == ("tls", 465)
        assert queries.decrypted_secret(row) == SECRET

    def test_back_to_the_sandbox(self, channel: Any) -> None:
        channel("set", "--smtp", "smtp://mail.tra-sen.vn")
        code, answer, _printed = channel("set", "--sandbox")
        assert (code, answer["adapter"]) == (0, "sandbox")
        code, answer, _printed = channel("test", "--to", "lan@khach.vn")
        assert (code, queries.sandbox_messages().get().recipient) == (0, "lan@khach.vn")

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("--smtp", "http://mail.tra-sen.vn"), "bad_url"),
            (("--smtp", "smtp://"), "bad_url"),
            (("--smtp", "smtp://a:x"), "bad_url"),
            (("--sandbox", "--rate", "0"), "bad_rate"),
            (("--sandbox", "--from", "lan"), "bad_address"),
            (("--sandbox", "--from", "no-reply@a.vn"), "no_reply_address"),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_changes_nothing(
        self, channel: Any, arguments: tuple[str, ...], code: str
    ) -> None:
        exit_code, answer, _printed = channel("set", *arguments)
        assert (exit_code, answer["code"]) == (1, code)
        assert queries.senders("email").count() == 1

    def test_sets_up_sms_in_the_sandbox_and_tests_it(self, channel: Any) -> None:
        code, answer, printed = channel("set", "--sandbox", "--name", "TRASEN", key="sms")
        assert (code, answer["adapter"], answer["sender"]) == (0, "sandbox", "TRASEN"), printed
        code, answer, _printed = channel("test", "--to", "0905 318 274", key="sms")
        assert (code, answer["to"]) == (0, "+84905318274")
        assert queries.sandbox_messages().get().channel == "sms"

    def test_refuses_unknown_channels_and_senders(self, channel: Any) -> None:
        assert channel("show", key="fax")[1]["code"] == "unknown_channel"
        assert channel("set", "--sandbox", "--name", "Trà Sen", key="sms")[1]["code"] == "invalid_brand_name"
        assert channel("set", "--smtp", "smtp://a.vn", key="sms")[1]["code"] == "bad_adapter"

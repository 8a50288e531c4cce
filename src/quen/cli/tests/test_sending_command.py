"""What the law requires of a shop can be set on the command line, with a member as the actor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from quen.cli.tests.test_command_line import quen
from quen.core.tests.temporary_home import temporary_home


@pytest.fixture(scope="module")
def shop() -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch, temporary_home() as home:
        for name in ("DATABASE_URL", "QUEN_SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
            patch.delenv(name, raising=False)
        made = quen(
            "workspace", "create", "Trà Sen", "--slug", "tra-sen", "--owner-email", "an@example.com",
            "--owner-name", "Nguyễn Hoài An", QUEN_HOME=str(home),
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        yield home


class TestSending:
    def test_everything_the_law_asks_is_set_and_shown(self, shop: Path) -> None:
        done = quen(
            "sending", "set", "-w", "tra-sen", "--reminder-vi", "Bạn nhận thư vì đã đăng ký ở cửa hàng.",
            "--advertiser", "Hộ kinh doanh Trà Sen", "--phone", "0905 123 456", "--email", "Chao@TraSen.example",
            "--address", "12 Bạch Đằng, Đà Nẵng", "--accept-terms", "--json", QUEN_HOME=str(shop),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["missing"] == []
        assert told["email"] == "chao@trasen.example"
        assert told["reminders"] == {"vi": "Bạn nhận thư vì đã đăng ký ở cửa hàng."}
        assert (told["terms_accepted"], told["accepted_by"]) == (True, "Nguyễn Hoài An")

    def test_what_is_not_named_stays(self, shop: Path) -> None:
        before = json.loads(quen("sending", "show", "-w", "tra-sen", "--json", QUEN_HOME=str(shop)).stdout)
        done = quen(
            "sending",
            "set",
            "-w",
            "tra-sen",
            "--website",
            "https://trasen.example",
            "--json",
            QUEN_HOME=str(shop),
        )
        assert json.loads(done.stdout) == before | {"website": "https://trasen.example"}

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["--email", "không phải thư"], "bad_email"),
            (["--website", "trasen"], "bad_website"),
            (["--accept-terms", "--as", "ai-do@example.com"], "no_such_member"),
        ],
    )
    def test_what_cannot_be_is_refused_and_changes_nothing(
        self, shop: Path, arguments: list[str], code: str
    ) -> None:
        before = quen("sending", "show", "-w", "tra-sen", "--json", QUEN_HOME=str(shop)).stdout
        refused = quen("sending", "set", "-w", "tra-sen", *arguments, "--json", QUEN_HOME=str(shop))
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["code"] == code
        assert quen("sending", "show", "-w", "tra-sen", "--json", QUEN_HOME=str(shop)).stdout == before

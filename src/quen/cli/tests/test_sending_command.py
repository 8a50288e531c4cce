"""What the law requires of a shop can be set on the command line, with a member as the actor."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import TRA_SEN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sending(quen: Any) -> Any:
    """Run ``quen sending`` in Trà Sen. Returns exit code and result."""

    def run(verb: str, *arguments: str) -> tuple[int, Any]:
        return quen("sending", verb, "-w", TRA_SEN, *arguments)[:2]  # type: ignore[no-any-return]

    return run


class TestSending:
    def test_everything_the_law_asks_is_set_and_shown(self, sending: Any) -> None:
        code, told = sending(
            "set", "--reminder-vi", "Bạn nhận thư vì đã đăng ký ở cửa hàng.", "--advertiser", "Hộ kinh doanh Trà Sen",
            "--phone", "0905 123 456", "--email", "Chao@TraSen.example", "--address", "12 Bạch Đằng, Đà Nẵng",
            "--accept-terms",
        )  # fmt: skip
        assert (code, told["missing"]) == (0, [])
        assert told["email"] == "chao@trasen.example"
        assert told["reminders"] == {"vi": "Bạn nhận thư vì đã đăng ký ở cửa hàng."}
        assert (told["terms_accepted"], told["accepted_by"]) == (True, "Nguyễn Hoài An")

    def test_what_is_not_named_stays(self, sending: Any) -> None:
        before = sending("show")[1]
        assert sending("set", "--website", "https://trasen.example") == (
            0,
            before | {"website": "https://trasen.example"},
        )

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["--email", "không phải thư"], "bad_email"),
            (["--website", "trasen"], "bad_website"),
            (["--accept-terms", "--as", "ai-do@example.com"], "no_such_member"),
        ],
    )
    def test_what_cannot_be_is_refused_and_changes_nothing(
        self, sending: Any, arguments: list[str], code: str
    ) -> None:
        before = sending("show")
        done, answer = sending("set", *arguments)
        assert (done, answer["code"]) == (1, code)
        assert sending("show") == before

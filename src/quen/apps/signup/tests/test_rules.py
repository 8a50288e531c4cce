"""Words of consent, colours and tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.signup.rules.colours import READABLE, contrast, light_ground, readable
from quen.apps.signup.rules.tokens import Purpose, SignupToken, decode, encode
from quen.apps.signup.rules.wording import check_wording
from quen.apps.signup.tests.factories import SMS_WORDS, WORDS

KEY = b"k" * 32
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


class TestWording:
    @pytest.mark.parametrize(
        ("text", "channel", "says"),
        [
            (WORDS, "email", (True, True, True, True)),
            (SMS_WORDS, "sms", (True, True, True, True)),
            ("Nhắn tôi qua Zalo khi có quà sinh nhật và điểm thưởng, nhiều nhất 2 tin mỗi tháng.", "zalo",
             (True, True, True, False)),
            ("Tôi đồng ý nhận tin", "email", (False, False, False, False)),
            ("Gửi tôi email về ưu đãi. Tôi có thể từ chối.", "email", (True, True, False, True)),
            ("Email me about offers, at most 4 times a month. I can unsubscribe at any time.", "email",
             (True, True, True, True)),
            ("Gửi bản tin hàng tuần qua email", "email", (True, True, True, False)),
            (WORDS, "sms", (False, True, True, True)),
        ],
    )  # fmt: skip
    def test_says_what_is_clear(self, text: str, channel: str, says: tuple[bool, ...]) -> None:
        check = check_wording(text, channel=channel)
        assert (check.channel, check.content, check.frequency, check.stop) == says


class TestColours:
    @given(COLOURS, COLOURS)
    def test_can_always_be_read(self, accent: str, ground: str) -> None:
        shown = light_ground(ground)
        assert contrast(readable(accent, on=shown), shown) >= READABLE
        assert contrast(readable(accent, on=shown), "#ffffff") >= READABLE

    def test_a_dark_colour_stays(self) -> None:
        assert readable("#24513f") == "#24513f"


class TestTokens:
    @given(st.sampled_from(list(Purpose)), st.integers(0, 2**32 - 1), st.integers(0, 2**63 - 1))
    def test_come_back(self, purpose: Purpose, workspace: int, row: int) -> None:
        token = SignupToken(purpose, workspace, row, "00ff00ff00ff00ff")
        text = encode(token, key=KEY)
        assert decode(text, purpose=purpose, key=KEY) == token
        assert decode(text, purpose=purpose, key=b"x" * 32) is None
        others = set(Purpose) - {purpose}
        assert [decode(text, purpose=other, key=KEY) for other in others] == [None, None]

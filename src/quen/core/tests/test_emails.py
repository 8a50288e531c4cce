import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.core import emails
from quen.core.emails import BadEmail


class TestRead:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (" An.Nguyen@Gmail.com ", "an.nguyen@gmail.com"),
            ("mailto:lan@x.vn", "lan@x.vn"),
            ("Chị Lan <Lan@X.com.vn>", "lan@x.com.vn"),
            ("lan+sale@x.vn.", "lan+sale@x.vn"),
            ("\ufefflan@x.vn\u200b", "lan@x.vn"),
            ("lan@cửahàng.vn", "lan@cửahàng.vn"),
            ("lan@a--b.vn", "lan@a--b.vn"),
        ],
    )
    def test_returns_the_address_in_lower_case(self, raw: str, expected: str) -> None:
        assert emails.read(raw) == expected

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("", "empty"),
            (None, "empty"),
            ("Không có", "empty"),
            ("lan", "syntax"),
            ("lan@x", "syntax"),
            ("lan@@x.vn", "syntax"),
            ("lan..anh@x.vn", "syntax"),
            (".lan@x.vn", "syntax"),
            ("lan@gmail,com", "syntax"),
            ("hồng@gmail.com", "syntax"),
            ("lan@-x.vn", "syntax"),
            ("lan@x-.vn", "syntax"),
            ("lan anh@x.vn", "syntax"),
            ("a@x.vn, b@x.vn", "syntax"),
            ("a" * 65 + "@x.vn", "syntax"),
            ("0901234567@84.phone", "placeholder"),
            ("0901234567@email.com", "placeholder"),
            ("khongco@gmail.com", "placeholder"),
            ("NoEmail@gmail.com", "placeholder"),
            ("l***n@gmail.com", "placeholder"),
        ],
    )
    def test_refuses_with_a_code(self, raw: object, code: str) -> None:
        with pytest.raises(BadEmail) as refusal:
            emails.read(raw)
        assert refusal.value.code == code

    @given(st.emails() | st.text(alphabet="aB1.@-_+ <>ễ", max_size=20))
    def test_twice_equals_once(self, raw: str) -> None:
        try:
            once = emails.read(raw)
        except BadEmail:
            return
        assert emails.read(once) == once

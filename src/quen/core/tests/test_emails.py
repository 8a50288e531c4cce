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

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("lan@xn--tnmin-hsa0954c.vn", "lan@tênmiền.vn"),
            ("LAN@TÊNMIỀN.VN", "lan@tênmiền.vn"),
            ("lan@te\u0302nmie\u0302\u0300n.vn", "lan@tênmiền.vn"),
            ("mail@XN--KLN-SNA.de", "mail@köln.de"),
            ("mail@mail.xn--kln-sna.de", "mail@mail.köln.de"),
            ("a@xn--80ak6aa92e.com", "a@аррӏе.com"),  # letters of another script
            ("a@xn--zz-.vn", None),
        ],
    )
    def test_a_domain_in_two_spellings_is_one(self, raw: str, expected: str | None) -> None:
        if expected is None:
            with pytest.raises(BadEmail):
                emails.read(raw)
        else:
            assert emails.read(raw) == expected

    @given(st.emails() | st.text(alphabet="aB1.@-_+ <>ễ", max_size=20))
    def test_twice_equals_once(self, raw: str) -> None:
        try:
            once = emails.read(raw)
        except BadEmail:
            return
        assert emails.read(once) == once


class TestReadAll:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("lan@x.vn", ["lan@x.vn"]),
            ("lan@x.vn; hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn,hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn/hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn | hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn ::: hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn\nhoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn hoặc hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn & hoa@x.vn", ["lan@x.vn", "hoa@x.vn"]),
            ("Lan <lan@x.vn>, Hoa <hoa@x.vn>", ["lan@x.vn", "hoa@x.vn"]),
            ("lan@x.vn; LAN@x.vn", ["lan@x.vn"]),
            ("khongco@gmail.com; lan@x.vn", ["lan@x.vn"]),
            ("lan@x.vn (kế toán)", ["lan@x.vn"]),
            ("lan@x.vn - chị Lan", ["lan@x.vn"]),
            ("lan@x.vn Lan", ["lan@x.vn"]),
            ("Chị Lan lan@x.vn", ["lan@x.vn"]),
            ("Email: lan@x.vn", ["lan@x.vn"]),
            ("mail:lan@x.vn", ["lan@x.vn"]),
            ("* Work: lan@x.vn", ["lan@x.vn"]),
            ("[lan@x.vn]", ["lan@x.vn"]),
            ("lan@x.vn, 0901234567", ["lan@x.vn"]),
        ],
    )
    def test_returns_every_address_of_a_cell(self, raw: str, expected: list[str]) -> None:
        assert list(emails.read_all(raw)) == expected

    @pytest.mark.parametrize(
        "raw",
        [
            *(
                "lan anh@x.vn",
                "c d@example.vn",
                "lan@gmail .com",
                "lan@gmail. com",
                "lan @x.vn",
                "hoa@x.vn vn",
            ),
            *(
                '"quoted local"@example.vn',
                "e@@example.vn",
                "b@gmail,com",
                "hương@example.vn",
                "a@gmail..com",
                "@x.vn",
            ),
        ],
    )
    def test_never_guesses_at_a_broken_address(self, raw: str) -> None:
        with pytest.raises(BadEmail):
            emails.read_all(raw)

"""A form of address and a name next to each other read well whatever is known about the recipient."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.content.merge_tags.contact import ContactTags
from quen.apps.content.tests.factories import OPT_OUT, make_mail, make_version

PAIRS = [
    "{{ xung_ho }} {{ call_name }}",
    "{{ salutation }}&nbsp;{{ call_name }}",
    '{{ xung_ho | default: "Quý khách" }} {{ call_name | default: "bạn" }}',
]


def greeting(body: str, language: str = "vi", **columns: Any) -> str:
    """Return the greeting to a contact with these values."""
    contact = make_contact(**{"full_name": "", "phone": "+84905318274"} | columns)
    mail = make_mail(make_version(language=language, body=f"<p>Chào {body},</p>", subject=f"{body} ơi"))
    values = ContactTags().values(mail.keys, [contact.pk], now=NOW)[contact.pk]
    rendered = mail.render(language, values, OPT_OUT)
    return rendered.text.splitlines()[0]


class TestAddressing:
    @pytest.mark.parametrize("pair", PAIRS)
    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({}, "Chào Quý khách,"),
            ({"salutation": "chị", "call_name": "Lan"}, "Chào chị Lan,"),
            ({"salutation": "chị"}, "Chào chị,"),
            ({"call_name": "Lan"}, "Chào bạn Lan,"),
        ],
    )
    def test_in_vietnamese(self, workspace: Any, pair: str, columns: dict[str, str], words: str) -> None:
        assert greeting(pair, **columns) == words

    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({}, "Chào anh/chị,"),
            ({"call_name": "Lan"}, "Chào anh/chị Lan,"),
            ({"salutation": "cô"}, "Chào cô,"),
        ],
    )
    def test_the_author_s_own_fallback_stays(
        self, workspace: Any, columns: dict[str, str], words: str
    ) -> None:
        pair = '{{ xung_ho | default: "anh/chị" }} {{ call_name | default: "bạn" }}'
        assert greeting(pair, **columns) == words

    def test_in_english(self, workspace: Any) -> None:
        assert greeting(PAIRS[0], "en") == "Chào valued customer,"
        assert greeting(PAIRS[0], "en", call_name="Lan", phone="+84905318275") == "Chào Lan,"

    def test_apart_each_has_its_own_fallback(self, workspace: Any) -> None:
        assert greeting("{{ xung_ho }}: {{ call_name }}") == "Chào Quý khách: bạn,"

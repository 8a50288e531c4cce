"""How a text is counted as SMS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.channels.sms.length import sms_length

GSM_CHARS = "abcXYZ 0129@£$_!?à"


@pytest.mark.parametrize(
    ("text", "chars", "parts", "limit", "example"),
    [
        ("", 0, 0, 160, ""),
        ("a" * 160, 160, 1, 160, ""),
        ("a" * 161, 161, 2, 306, ""),
        ("a" * 306, 306, 2, 306, ""),
        ("a" * 307, 307, 3, 459, ""),
        ("€" * 80, 160, 1, 160, ""),
        ("€" * 81, 162, 2, 306, ""),
        ("ấ" * 70, 70, 1, 70, "ấ"),
        ("ấ" * 71, 71, 2, 134, "ấ"),
        ("ấ" * 135, 135, 3, 201, "ấ"),
        ("🎁" * 35, 70, 1, 70, "🎁"),
        ("🎁" * 36, 72, 2, 134, "🎁"),
        ("Tra sen giam 20%, tang 1 hop", 28, 1, 160, ""),
        ("Trà sen giảm 20%", 16, 1, 70, "ả"),
    ],
)
def test_counts_characters_and_parts(text: str, chars: int, parts: int, limit: int, example: str) -> None:
    length = sms_length(text)
    assert (length.chars, length.parts, length.limit, length.example) == (chars, parts, limit, example)
    assert length.unicode is bool(example)


def test_a_character_of_two_is_not_split_between_parts() -> None:
    # 152 + 2 do not fit into a part of 153, so the euro sign starts the second part.
    text = "a" * 152 + "€" + "a" * 152
    assert (sms_length(text).chars, sms_length(text).parts) == (306, 3)
    assert sms_length("ấ" * 66 + "🎁" + "ấ" * 66).parts == 3


@given(st.text(st.sampled_from(GSM_CHARS), max_size=1000))
def test_gsm_text_needs_as_many_parts_as_fit(text: str) -> None:
    length = sms_length(text)
    assert not length.unicode
    assert length.chars == len(text)
    assert length.parts == (0 if not text else 1 if len(text) <= 160 else -(-len(text) // 153))
    assert length.chars <= length.limit


@given(st.text(max_size=500), st.text(max_size=20))
def test_a_longer_text_never_needs_fewer_parts(text: str, more: str) -> None:
    assert sms_length(text + more).parts >= sms_length(text).parts

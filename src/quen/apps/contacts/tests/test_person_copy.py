"""The copy of a person's data says in words what is stored as a code (CON-67)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from quen.apps.contacts.queries.person_copy import profile_copy
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Gender

pytestmark = pytest.mark.django_db


def test_codes_are_words(workspace: Any) -> None:
    lan = make_contact(
        gender=Gender.FEMALE, birth_on=date(1990, 10, 3), birth_day=815, birth_is_lunar=True,
        language="vi", country="VN", province="48",
    )  # fmt: skip
    with override("vi"):
        [record] = profile_copy(lan.pk)
    read = {
        name: record[name] for name in ("Giới tính", "Ngày sinh", "Ngôn ngữ", "Quốc gia", "Tỉnh/thành phố")
    }
    assert read == {
        "Giới tính": "Nữ",
        "Ngày sinh": "15/08/1990 (âm lịch)",
        "Ngôn ngữ": "Tiếng Việt",
        "Quốc gia": "Việt Nam",
        "Tỉnh/thành phố": "Đà Nẵng",
    }
    assert not any(isinstance(value, bool) for value in record.values())

"""The check of logged texts, which runs after every test, finds what a reader would stumble over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.utils.translation import gettext

from quen.apps.team import registry, services
from quen.apps.team.models import Member
from tests import log_texts
from tests.cast import NOW


def sentence(text: str) -> Any:
    """Return a reader of entries with one text."""
    return lambda _kind, data: gettext(text) % data


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "data", "expected"),
        [
            ("Deleted the tag “%(name)s”", {"name": "Sỉ"}, None),
            ("Deleted the tag “%(name)s”", {}, "KeyError"),
            ("Deleted the tag “%(name)s”", {"name": ""}, "empty"),
            ("Deleted the tag “%(name)s”", {"name": None}, "value of Python"),
            ("Deleted the tag “%(name)s”", {"name": ["Sỉ"]}, "value of Python"),
            ("Removed %(name)s from the team", {"name": ""}, "empty"),
            ("Deleted the tag “%%(name)s”", {"name": "Sỉ"}, "not filled in"),
            ("Deleted the tag “…”", {"name": "Sỉ"}, "missing"),
            ("A sentence that nobody translated: “%(name)s”", {"name": "Sỉ"}, "not translated"),
        ],
    )
    def test_are_found(self, text: str, data: Mapping[str, Any], expected: str | None) -> None:
        found = log_texts.faults(sentence(text), "some.kind", data)
        assert [fault for fault in found if expected is None or expected not in fault] == [] or expected
        assert bool(found) == bool(expected)
        assert expected is None or any(expected in fault for fault in found)

    def test_a_kind_without_a_text_is_one(self) -> None:
        assert log_texts.faults(registry.audit_text, "nobody.declared", {})


@pytest.mark.usefixtures("workspace")
def test_what_a_test_writes_is_noted(an: Member) -> None:
    services.audit(an.actor, "contacts.tag_deleted", now=NOW, data={"label": "Sỉ"})
    services.notify(an, "team.joined", now=NOW, data={"name": "Đỗ Dung"})
    (fault, english) = log_texts.faults_of_noted()
    assert "contacts.tag_deleted" in fault
    assert "KeyError" in english

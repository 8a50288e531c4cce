"""The mark of incomplete contacts follows the fields that the workspace requires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, TRA_SEN

from quen.apps.contacts.models import Contact
from quen.apps.contacts.services.completeness import recheck_completeness
from quen.apps.contacts.tests.factories import make_contact
from quen.core import jobs

pytestmark = pytest.mark.django_db


def incomplete() -> set[int]:
    return set(Contact.objects.filter(incomplete=True).values_list("pk", flat=True))


class TestRecheck:
    def test_marks_who_lacks_a_field_and_clears_the_others(self, workspace: Any) -> None:
        with_mail = make_contact(email="vy@x.vn", incomplete=True)
        without, empty = make_contact(), make_contact(email="")
        assert recheck_completeness(["email"]) == 3
        assert incomplete() == {without.pk, empty.pk}
        assert recheck_completeness(["email"]) == 0
        assert recheck_completeness([]) == 2
        assert with_mail.pk not in incomplete() and incomplete() == set()

    def test_a_birthday_without_a_year_counts(self, workspace: Any) -> None:
        known, unknown = make_contact(birth_day=717), make_contact()
        recheck_completeness(["birth_on"])
        assert incomplete() == {unknown.pk}
        assert known.pk not in incomplete()

    def test_leaves_the_deleted_alone(self, workspace: Any) -> None:
        from tests.cast import NOW

        gone = make_contact(deleted_at=NOW)
        recheck_completeness(["email"])
        gone.refresh_from_db()
        assert not gone.incomplete

    def test_is_queued_by_a_change_of_the_required_fields_only(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        given = {"name": "Trà Sen", "time_zone": "Asia/Ho_Chi_Minh", "currency": "VND", "language": "vi"}
        before = jobs.unfinished_count()
        client_of(AN).post(f"/w/{TRA_SEN}/settings/", given | {"profile": "name_phone", "brand": "Sen"})
        assert jobs.unfinished_count() == before
        client_of(AN).post(f"/w/{TRA_SEN}/settings/", given | {"profile": "email", "brand": "Sen"})
        assert jobs.unfinished_count() == before + 1

"""The demo shop's forms: opened, sent, and with something that waits."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.signup import queries
from quen.apps.signup.models import Proposal, Submission
from quen.apps.signup.types import Outcome, SubmissionState
from quen.cli.demo import add_forms
from quen.core.actors import SYSTEM


@pytest.mark.django_db
def test_forms_have_views_submissions_and_something_that_waits(workspace: Any) -> None:
    for number in range(3):
        make_contact(email=f"khach{number}@thu.vn")
    add_forms(workspace, seed=1, actor=SYSTEM, now=NOW)
    assert [form.name for form in queries.forms()] == [
        "Bản tin trà mỗi tháng",
        "LadiPage: trà Trung thu",
        "Nhận quà khi ghé tiệm",
    ]
    states = set(Submission.objects.values_list("state", flat=True))
    assert states == set(SubmissionState.values)
    assert Submission.objects.filter(outcome=Outcome.MIXED).exists()
    assert Submission.objects.exclude(confirmed_at=None).exists()
    assert Proposal.objects.exists()

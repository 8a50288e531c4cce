"""The rule of statuses: an import follows it for every pair, as bulk changes do (test_bulk)."""

from __future__ import annotations

from itertools import product

import pytest

from quen.apps.accounts.models import Workspace
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.statuses import imported_status
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.import_export.tests.import_helpers import import_rows

_WORDS = {
    Status.SUBSCRIBED: "Đã đăng ký",
    Status.UNSUBSCRIBED: "Đã hủy đăng ký",
    Status.NON_SUBSCRIBED: "Chưa đăng ký",
    Status.SAVED: "Lưu trữ",
}


@pytest.mark.parametrize("policy", ["overwrite", "fill", "skip"])
def test_an_import_follows_the_rule_for_every_pair(workspace: Workspace, policy: str) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(required_fields=[])
    cases = list(product(Status, Status, Consent))
    contacts = {
        n: make_contact(status=current, consent_email=consent, email=f"c{n}@shop.vn")
        for n, (current, _given, consent) in enumerate(cases)
    }
    lines = [f"c{n}@shop.vn | {_WORDS[given]}" for n, (_current, given, _consent) in enumerate(cases)]
    import_rows(
        "\n".join(["Email | Trạng thái", *lines]),
        targets={"Email": "email", "Trạng thái": "status"},
        conflict_policy=policy,
    )
    stored = dict(Contact.objects.values_list("pk", "status"))
    for n, (current, given, consent) in enumerate(cases):
        after = imported_status(current, given, consent, only_empty=False)
        if policy != "overwrite" and after != Status.UNSUBSCRIBED:  # a refusal holds under every policy
            after = current if policy == "skip" else imported_status(current, given, consent, only_empty=True)
        assert stored[contacts[n].pk] == after, (current, given, consent)

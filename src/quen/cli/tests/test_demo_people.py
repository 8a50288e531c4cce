"""Customers of the demo shop have codes, and some have several addresses."""

from __future__ import annotations

from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries
from quen.apps.contacts.models import ContactAddress, ContactSettings
from quen.apps.contacts.tests.factories import make_contacts
from quen.cli.demo.people import add_codes_and_addresses
from quen.core.actors import SYSTEM


def test_everybody_has_a_code_and_some_have_further_addresses(workspace: Workspace) -> None:
    make_contacts(160)
    ContactSettings.objects.update_or_create(pk=1, defaults={"codes_given": True})
    add_codes_and_addresses(workspace, actor=SYSTEM, now=NOW)
    assert queries.count_contacts(queries.without_code()) == 0
    assert ContactAddress.objects.values("contact").distinct().count() == 2

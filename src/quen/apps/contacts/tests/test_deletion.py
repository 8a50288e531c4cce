"""Deleting, restoring and erasing contacts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import BulkChangeRow, Contact, ContactTag
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import PhoneInUse
from quen.apps.events.models import Event


class TestRestoreContact:
    def test_brings_a_contact_back(self, workspace: Any, an: Any) -> None:
        lan = make_contact()
        services.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
        assert [contact.pk for contact in queries.deleted_contacts()] == [lan.pk]
        services.restore_contact(contact=queries.get_deleted_contact(lan.pk), actor=an.actor, now=NOW)
        assert Contact.objects.get() == lan

    def test_names_who_has_the_phone_now(self, workspace: Any, an: Any) -> None:
        lan = make_contact()
        services.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
        make_contact(full_name="Lê Hoa", phone=lan.phone)
        with pytest.raises(PhoneInUse) as refusal:
            services.restore_contact(contact=lan, actor=an.actor, now=NOW)
        assert refusal.value.params["name"] == "Lê Hoa"


class TestPurgeDeleted:
    def test_erases_after_30_days_and_leaves_nothing(self, workspace: Any, an: Any) -> None:
        lan, hoa = make_contact(tags=["VIP"]), make_contact(tags=["VIP"])
        services.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
        assert services.purge_deleted(now=NOW + timedelta(days=30)) == 0
        assert services.purge_deleted(now=NOW + timedelta(days=30, seconds=1)) == 1
        assert list(Contact.all_objects.all()) == [hoa]
        assert ContactTag.objects.get().contact_id == hoa.pk
        assert {event.contact_id for event in Event.objects.all()} == {hoa.pk}
        assert not BulkChangeRow.objects.exists()

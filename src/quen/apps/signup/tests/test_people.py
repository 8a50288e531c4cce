"""What forms keep about a person follows a merge, is copied for them, and goes when they are erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import registry as compliance_registry
from quen.apps.compliance import services as compliance
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import registry as contacts_registry
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import ErasureReason
from quen.apps.groups import registry as groups_registry
from quen.apps.groups import services as groups_services
from quen.apps.signup import services
from quen.apps.signup.models import Agreement, Proposal, Submission
from quen.apps.signup.tests.factories import EMAIL_BOX, FIELDS, make_form, submit
from quen.apps.signup.types import Item, ItemKind, SpamSign, SubmissionState

pytestmark = pytest.mark.django_db


class TestErasing:
    def test_blanks_what_was_sent_also_where_it_was_held_back(self, workspace: Any, an: Any) -> None:
        form = make_form()
        lan = make_contact(full_name="Trần Lan", phone="+84905777123")
        submit(form, full_name="Khác", phone="0905777123", ticked=("consent_2",))
        held = submit(
            form, full_name="Lan", phone="0905777123", signs=(SpamSign.HONEYPOT.value, SpamSign.NO_TIME.value)
        )
        assert (held.state, held.contact_id) == (SubmissionState.HELD, None)
        contacts_services.erase_contact(
            contact=lan, reason=ErasureReason.REQUEST.value, actor=an.actor, now=NOW
        )
        assert list(Submission.objects.values_list("answers", "phone", "contact_id")) == [({}, "", None)] * 2
        assert not Agreement.objects.exists()
        assert not Proposal.objects.exists()


class TestMerging:
    def test_takes_submissions_and_agreements_along_and_back(self, workspace: Any, an: Any) -> None:
        kept = make_contact(full_name="Trần Lan", email="lan@thu.vn")
        sent = submit(make_form(), full_name="Lan", phone="0905777123", ticked=("consent_2",))
        gone = contacts.find_by_phone("+84905777123")
        assert gone is not None
        merge = contacts_services.merge_contacts(kept=kept, merged=gone, actor=an.actor, now=NOW)
        sent.refresh_from_db()
        assert sent.contact_id == kept.pk
        assert Agreement.objects.get().contact_id == kept.pk
        contacts_services.undo_merge(merge=merge, actor=an.actor, now=NOW)
        sent.refresh_from_db()
        assert sent.contact_id == gone.pk
        assert Agreement.objects.get().contact_id == gone.pk


class TestCopy:
    def test_names_form_and_answers(self, workspace: Any) -> None:
        sent = submit(make_form(), full_name="Lan", phone="0905777123")
        assert sent.contact_id is not None
        [row] = services.copy_of(sent.contact_id)
        assert "0905777123" in "".join(map(str, row.values()))


class TestCleaning:
    def test_deletes_what_belongs_to_nobody_after_its_time(self, workspace: Any) -> None:
        form = make_form()
        submit(
            form, full_name="Bot", phone="0905777123", signs=(SpamSign.HONEYPOT.value, SpamSign.NO_TIME.value)
        )
        submit(form, full_name="Lan", phone="0905777124")
        services.delete_old(now=NOW + services.KEPT + timedelta(days=1))
        assert [each.phone for each in Submission.objects.all()] == ["+84905777124"]


class TestUses:
    def test_field_group_and_topic_say_which_form_needs_them(self, workspace: Any, an: Any) -> None:
        field = make_field(name="Món quà", format="single", choices=["Trà", "Bánh"])
        group = groups_services.create_group(name="Ghé tiệm", actor=an.actor, now=NOW)
        topic = compliance.create_topic(
            names={"vi": "Ưu đãi riêng"}, descriptions={}, channels=["email"], actor=an.actor, now=NOW
        )
        asked = Item(
            key=f"field_{field.pk}", kind=ItemKind.FIELD, target=f"field_{field.pk}", label={"vi": "Chọn quà"}
        )
        form = make_form(items=(*FIELDS, asked, replace(EMAIL_BOX, topic=topic.pk)), groups=(group.pk,))
        assert [use.name for use in contacts_registry.uses_of_field(f"field_{field.pk}")] == [form.name]
        assert [use.name for use in groups_registry.uses_of(group.pk)] == [form.name]
        assert compliance_registry.topic_uses()[topic.pk] == [form.name]

    def test_a_choice_is_stored_in_its_field(self, workspace: Any) -> None:
        field = make_field(name="Món quà", format="single", choices=["Trà", "Bánh"])
        key = f"field_{field.pk}"
        asked = Item(key=key, kind=ItemKind.FIELD, target=key, label={"vi": "Chọn quà"})
        answers: dict[str, Any] = {"full_name": "Lan", "phone": "0905777123", key: "Bánh"}
        submit(make_form(items=(*FIELDS, asked)), **answers)
        lan = contacts.find_by_phone("+84905777123")
        assert lan is not None
        assert lan.attrs[str(field.pk)] == "Bánh"

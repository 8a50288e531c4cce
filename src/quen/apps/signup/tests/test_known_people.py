"""A submission of somebody who may be a customer: nothing known changes before they prove who they are (R-35)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries as compliance_queries
from quen.apps.compliance import services as compliance
from quen.apps.compliance.tests.factories import make_subscriber, make_unsubscribe
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import ConsentEntry, Contact
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.groups import queries as groups
from quen.apps.groups import services as groups_services
from quen.apps.signup import queries, services
from quen.apps.signup.models import Agreement, Proposal, Submission
from quen.apps.signup.services.consents import record_ticks
from quen.apps.signup.tests.factories import EMAIL_BOX, FIELDS, WORDS, make_form, submit, version_of
from quen.apps.signup.types import Outcome, ProposalDecided, Received, SubmissionState
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
LAN_PHONE = "0905777123"


def make_lan(**changes: Any) -> Contact:
    """Lan, whose name and birthday are known."""
    given = {
        "full_name": "Trần Lan",
        "phone": "+84905777123",
        "email": "lan@thu.vn",
        "birth_on": "1990-05-02",
        "birth_day": 502,
    }
    return make_contact(**given | changes)


def stored(contact: Contact) -> Contact:
    """Return the contact as it is stored now."""
    return contacts.get_contact(contact.pk)


class TestSomebodyNew:
    def test_becomes_a_customer_with_tags_group_source_and_an_event(self, workspace: Any) -> None:
        group = groups_services.create_group(name="Ghé tiệm", actor=SYSTEM, now=NOW)
        form = make_form(tags=("Nhận quà",), groups=(group.pk,))
        sent = submit(form, full_name="Lê Thị Hoài An", phone="0905 774 211", birth_on="15/08/1991")
        made = contacts.find_by_phone("+84905774211")
        assert made is not None
        assert (sent.contact_id, sent.outcome, made.full_name) == (made.pk, Outcome.CREATED, "Lê Thị Hoài An")
        assert [tag.name for tag in contacts.tags_of(made)] == ["Nhận quà"]
        assert [joined.group.pk for joined in groups.groups_of(made.pk)] == [group.pk]
        assert made.first_source is not None
        assert made.first_source.name == form.name
        assert "form_submitted" in kinds_on_timeline(made)

    def test_is_not_made_twice_by_the_same_stored_submission(self, workspace: Any) -> None:
        form = make_form()
        version = version_of(form)
        received = Received(form.pk, version.pk, "once", {"full_name": "An", "phone": "0905774211"}, [], "vi")
        first = services.take(form=form, version=version, received=received, at=NOW, now=NOW)
        again = services.take(form=form, version=version, received=received, at=NOW, now=NOW)
        assert first.pk == again.pk
        assert Submission.objects.count() == 1


class TestAStrangerWithTheNumberOfLan:
    def test_changes_neither_name_nor_birthday_and_leaves_proposals(self, workspace: Any) -> None:
        lan, form = make_lan(), make_form(tags=("Nhận quà",))
        sent = submit(form, full_name="Kẻ Lạ", phone=LAN_PHONE, birth_on="01/01/1980")
        lan.refresh_from_db()
        assert (lan.full_name, lan.birth_day) == ("Trần Lan", 502)
        assert {(each.target, each.value) for each in queries.proposals_of(lan.pk)} == {
            ("full_name", "Kẻ Lạ"),
            ("birth_on", "01/01/1980"),
        }
        assert sent.outcome == Outcome.KNOWN
        assert [tag.name for tag in contacts.tags_of(lan)] == ["Nhận quà"]

    def test_fills_only_what_is_empty(self, workspace: Any) -> None:
        lan = make_lan(birth_on=None, birth_day=None)
        submit(make_form(), full_name="tran lan", phone=LAN_PHONE, birth_on="02/05/1990")
        lan.refresh_from_db()
        assert (lan.full_name, str(lan.birth_on)) == ("Trần Lan", "1990-05-02")
        assert not Proposal.objects.exists()

    def test_the_phone_of_one_and_the_mail_of_another_change_neither(self, workspace: Any) -> None:
        lan = make_lan(email=None, birth_on=None, birth_day=None)
        minh = make_contact(full_name="Lý Minh", email="minh@thu.vn", phone="+84905000111")
        form = make_form(tags=("Nhận quà",))
        sent = submit(form, full_name="Ai Đó", phone=LAN_PHONE, email="minh@thu.vn", birth_on="02/05/1990")
        lan.refresh_from_db()
        minh.refresh_from_db()
        assert (lan.full_name, lan.birth_on, lan.email) == ("Trần Lan", None, None)
        assert (minh.full_name, minh.birth_on, minh.phone) == ("Lý Minh", None, "+84905000111")
        assert (sent.outcome, sent.contact_id) == (Outcome.MIXED, None)
        assert [each.pk for each in queries.owners_of(sent) if each] == [lan.pk, minh.pk]
        assert list(queries.mixed_of(lan)) == [sent]
        assert list(queries.mixed_of(minh)) == [sent]


class TestProposals:
    def test_are_taken_or_refused_once(self, workspace: Any, an: Any) -> None:
        lan = make_lan()
        submit(make_form(), full_name="Trần Thị Lan", phone=LAN_PHONE, birth_on="03/05/1990")
        by_target = {each.target: each for each in queries.proposals_of(lan.pk)}
        services.take_proposal(proposal=by_target["full_name"], actor=an.actor, now=NOW)
        services.refuse_proposal(proposal=by_target["birth_on"], actor=an.actor, now=NOW)
        lan.refresh_from_db()
        assert (lan.full_name, lan.birth_day) == ("Trần Thị Lan", 502)
        assert not queries.proposals_of(lan.pk)
        with pytest.raises(ProposalDecided):
            services.take_proposal(proposal=by_target["birth_on"], actor=an.actor, now=NOW)


class TestConsent:
    def test_has_the_words_that_were_read_as_its_proof(self, workspace: Any) -> None:
        form = make_form()
        sent = submit(form, full_name="An", phone=LAN_PHONE, email="an@thu.vn", ticked=("consent_1",))
        contact = contacts.find_by_email("an@thu.vn")
        assert contact is not None
        assert (contact.consent_email, contact.status) == (Consent.GRANTED, Status.SUBSCRIBED)
        assert contact.consent_sms == Consent.NEVER_ASKED
        proof = ConsentEntry.objects.filter(contact=contact, channel="email").latest("id").proof
        agreement = Agreement.objects.get(submission=sent)
        assert proof.wording == WORDS
        assert proof.data["wording"] == agreement.wording_id
        assert proof.data["submission"] == sent.pk

    def test_is_recorded_for_somebody_known(self, workspace: Any) -> None:
        lan = make_lan()
        submit(make_form(), full_name="Kẻ Lạ", phone=LAN_PHONE, ticked=("consent_2",))
        lan.refresh_from_db()
        assert lan.consent_sms == Consent.GRANTED

    def test_a_tick_of_anybody_does_not_end_a_refusal(self, workspace: Any) -> None:
        lan = make_subscriber(phone="+84905777123", email="lan@thu.vn")
        make_unsubscribe(lan)
        sent = submit(make_form(), full_name="Lan", email="lan@thu.vn", ticked=("consent_1",))
        lan.refresh_from_db()
        assert (lan.consent_email, lan.status) == (Consent.WITHDRAWN, Status.UNSUBSCRIBED)
        assert (sent.waits, sent.refused) == (True, ["email"])

    def test_a_refusal_while_it_is_processed_is_seen(self, workspace: Any) -> None:
        read_before = make_lan()
        contacts_services.set_consent(
            contact=stored(read_before), channel="sms", consent=Consent.WITHDRAWN, actor=SYSTEM, now=NOW
        )
        form = make_form()
        sent = submit(form, full_name="Khác", phone="0905777999")
        sent.ticked = ["consent_2"]
        content = version_of(form).parsed
        record_ticks(sent, content, phone_owner=read_before, email_owner=read_before, now=NOW)
        assert sent.refused == ["sms"]
        assert stored(read_before).consent_sms == Consent.WITHDRAWN

    def test_old_words_stay_with_the_people_who_read_them(self, workspace: Any, an: Any) -> None:
        form = make_form()
        old = version_of(form)
        later = NOW + timedelta(days=1)
        box = form.content.item("consent_1")
        assert box is not None
        changed = replace(box, label={"vi": WORDS.replace("4 thư", "2 thư")})
        services.change_item(form=form, item=changed, now=later)
        services.publish(form=form, actor=an.actor, now=later)
        rows = queries.wordings_of(form, "consent_1", "vi")
        assert [row.wording.number for row in rows] == [2, 1]
        # A page that was saved before the change.
        received = Received(
            form.pk, old.pk, "k", {"full_name": "An", "email": "an@thu.vn"}, ["consent_1"], "vi"
        )
        at = later + timedelta(hours=1)
        sent = services.take(form=form, version=old, received=received, at=at, now=at)
        assert Agreement.objects.get(submission=sent).wording.number == 1
        assert [row.people for row in queries.wordings_of(form, "consent_1", "vi")] == [0, 1]

    def test_agreeing_to_one_topic_is_no_consent_to_the_others(self, workspace: Any, an: Any) -> None:
        offers, recipes = (
            compliance.create_topic(
                names={"vi": name}, descriptions={}, channels=["email"], actor=an.actor, now=NOW
            )
            for name in ("Ưu đãi riêng", "Công thức pha trà")
        )
        form = make_form(items=(*FIELDS, replace(EMAIL_BOX, topic=offers.pk)))
        submit(form, full_name="An", email="an@thu.vn", ticked=("consent_1",))
        contact = contacts.find_by_email("an@thu.vn")
        assert contact is not None
        choices = compliance_queries.topic_choices(contact.pk)
        assert choices.get((recipes.pk, "email")) == Consent.WITHDRAWN
        assert choices.get((offers.pk, "email"), Consent.GRANTED) == Consent.GRANTED


class TestSigningUpAgain:
    def test_counts_again_where_it_is_allowed(self, workspace: Any) -> None:
        form = make_form()
        submit(form, full_name="An", phone=LAN_PHONE)
        submit(form, full_name="An", phone=LAN_PHONE, now=NOW + timedelta(days=1))
        assert Contact.objects.filter(phone="+84905777123").count() == 1
        assert Submission.objects.filter(state=SubmissionState.RECEIVED).count() == 2

    def test_changes_no_field_where_it_is_not_but_records_consent(self, workspace: Any) -> None:
        form = make_form(repeat=False)
        submit(form, full_name="An", phone=LAN_PHONE)
        contact = contacts.find_by_phone("+84905777123")
        assert contact is not None
        again = submit(
            form,
            full_name="An",
            phone=LAN_PHONE,
            birth_on="02/05/1990",
            ticked=("consent_2",),
            now=NOW + timedelta(days=1),
        )
        contact.refresh_from_db()
        assert (again.outcome, contact.birth_on, contact.consent_sms) == (
            Outcome.REFUSED,
            None,
            Consent.GRANTED,
        )

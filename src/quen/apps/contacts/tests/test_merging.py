"""Merging two contacts: everything follows, the stricter consent holds, an old id leads to who was kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.models import ConsentEntry, Contact, ContactIdentity, ContactMerge
from quen.apps.contacts.rules import merging
from quen.apps.contacts.tests.factories import GROUND, kinds_on_timeline, make_contact, make_field
from quen.apps.contacts.types import (
    AlreadyMerged,
    Channel,
    Consent,
    ContactInput,
    EmailInUse,
    KeptIsDeleted,
    MergedOn,
    PhoneInUse,
    SameContact,
    Status,
    TooLateToUndo,
)
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.apps.import_export.types import ConflictPolicy
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")

LATER = NOW + timedelta(hours=1)
AFTERWARDS = NOW + timedelta(hours=2)


def merge(kept: Contact, merged: Contact, **choices: str) -> ContactMerge:
    return services.merge_contacts(kept=kept, merged=merged, choices=choices, actor=SYSTEM, now=NOW)


def undo(made: ContactMerge, **given: Any) -> None:
    services.undo_merge(merge=made, actor=SYSTEM, now=given.pop("now", LATER), **given)


def reload(contact: Contact) -> Contact:
    return Contact.all_objects.get(pk=contact.pk)


def further(contact: Contact, system: str) -> list[str]:
    return queries.identifiers_of_many([contact.pk]).get(contact.pk, {}).get(system, [])


def lan(**changes: Any) -> Contact:
    values: dict[str, Any] = {"full_name": "Võ Thị Mỹ Duyên", "phone": "+84966152348", "email": None}
    return make_contact(**values | changes)


def duyen(**changes: Any) -> Contact:
    values: dict[str, Any] = {
        "full_name": "Duyên Võ",
        "phone": "+84901000002",
        "email": "duyen@khach.vn",
        "updated_at": NOW + timedelta(minutes=1),
        "created_at": NOW + timedelta(minutes=1),
    }
    return make_contact(**values | changes)


class TestValues:
    def test_the_fuller_name_and_the_newer_address_are_proposed(self) -> None:
        kept = lan(province="48", ward="Hải Châu")
        merge(kept, duyen(province="48", ward="An Khê"))
        after = reload(kept)
        assert (after.full_name, after.ward) == ("Võ Thị Mỹ Duyên", "An Khê")

    def test_a_choice_beats_the_proposal(self) -> None:
        kept = lan(ward="Hải Châu")
        merge(kept, duyen(ward="An Khê"), address="kept", full_name="merged")
        after = reload(kept)
        assert (after.full_name, after.ward) == ("Duyên Võ", "Hải Châu")

    def test_a_birthday_with_its_year_is_fuller(self) -> None:
        kept = lan(birth_on="1988-05-02", birth_day=502)
        merge(kept, duyen(birth_day=502))
        assert str(reload(kept).birth_on) == "1988-05-02"

    def test_both_notes_stay(self) -> None:
        kept = lan(note="Thích màu hồng")
        merge(kept, duyen(note="Gọi sau 18 giờ"))
        assert reload(kept).note == "Thích màu hồng\nGọi sau 18 giờ"

    def test_custom_values_of_both_stay(self) -> None:
        skin, size = make_field(name="Loại da", format="text"), make_field(name="Cỡ", format="text")
        kept = lan(attrs={str(skin.pk): "Khô"})
        merge(kept, duyen(attrs={str(skin.pk): "Nhạy cảm", str(size.pk): "M"}))
        assert reload(kept).attrs == {str(skin.pk): "Nhạy cảm", str(size.pk): "M"}

    def test_both_phones_emails_codes_and_tags_stay(self) -> None:
        kept, other = lan(tags=["VIP", "sỉ"]), duyen(tags=["VIP", "livestream"])
        for contact, code in ((kept, "KH1"), (other, "KH2")):
            ContactIdentity.objects.create(contact=contact, system="code", external_id=code, created_at=NOW)
        merge(kept, other)
        after = reload(kept)
        assert (after.phone, after.email) == ("+84966152348", "duyen@khach.vn")
        assert further(kept, "phone") == ["+84901000002"]
        assert further(kept, "code") == ["KH1", "KH2"]
        assert sorted(queries.tags_of_many([kept.pk])[kept.pk]) == ["VIP", "livestream", "sỉ"]

    def test_a_number_left_out_does_not_follow(self) -> None:
        kept = lan()
        merge(kept, duyen(), phone="kept")
        assert further(kept, "phone") == []

    def test_totals_are_summed_and_the_earliest_beginning_stays(self) -> None:
        first = NOW - timedelta(days=700)
        kept = lan(spent=Decimal(100), orders_count=2, member_since=NOW, last_order_at=NOW)
        other = duyen(spent=Decimal(50), orders_count=1, member_since=first, first_order_at=first)
        merge(kept, other)
        after = reload(kept)
        assert (after.spent, after.orders_count) == (Decimal(150), 3)
        assert (after.member_since, after.first_order_at, after.last_order_at) == (first, first, NOW)

    def test_every_column_of_a_contact_is_decided(self) -> None:
        columns = {field.attname for field in Contact._meta.concrete_fields}
        totals = {total.column: total.folded for total in registry.totals()}
        assert columns - merging.handled_columns(totals) == set()


class TestConsent:
    def test_a_refusal_wins_over_a_later_agreement(self) -> None:
        kept = lan(consent_sms=Consent.GRANTED, consent_zalo=Consent.NEVER_ASKED)
        merge(kept, duyen(consent_sms=Consent.WITHDRAWN, consent_zalo=Consent.GRANTED))
        after = reload(kept)
        assert after.consent("sms") == Consent.WITHDRAWN
        assert after.consent("zalo") == Consent.GRANTED

    def test_nobody_chooses_it(self) -> None:
        kept = lan(consent_sms=Consent.GRANTED)
        merge(kept, duyen(consent_sms=Consent.BLOCKED), consent_sms="kept")
        assert reload(kept).consent("sms") == Consent.BLOCKED

    @pytest.mark.parametrize(
        ("mine", "other", "expected"),
        [
            (Status.SUBSCRIBED, Status.UNSUBSCRIBED, (Status.UNSUBSCRIBED, None)),
            (Status.SUBSCRIBED, Status.NON_SUBSCRIBED, (Status.SUBSCRIBED, None)),
            (Status.SAVED, Status.SUBSCRIBED, (Status.SAVED, Status.SUBSCRIBED)),
            (Status.SAVED, Status.UNSUBSCRIBED, (Status.SAVED, Status.UNSUBSCRIBED)),
        ],
    )
    def test_the_stricter_status_holds(self, mine: Status, other: Status, expected: tuple[Any, Any]) -> None:
        consent = {Status.SUBSCRIBED: Consent.GRANTED, Status.UNSUBSCRIBED: Consent.WITHDRAWN}
        kept = lan(status=mine, consent_email=consent.get(mine, 0))
        merge(kept, duyen(status=other, consent_email=consent.get(other, 0)))
        after = reload(kept)
        assert (after.status, after.status_before_saved) == expected

    def test_the_log_of_both_stays_with_a_line_for_the_merge(self) -> None:
        kept, other = lan(), duyen()
        for contact, answer in ((kept, Consent.GRANTED), (other, Consent.WITHDRAWN)):
            services.set_consent(
                contact=contact, channel=Channel.SMS, consent=answer, proof=GROUND, actor=SYSTEM, now=NOW
            )
        merge(reload(kept), reload(other))
        entries = ConsentEntry.objects.filter(contact=kept, channel="sms")
        assert sorted(entry.consent for entry in entries) == [1, 2, 2]
        assert entries.filter(proof__method="merge").count() == 1


class TestOldIds:
    def test_an_old_id_leads_along_the_whole_chain(self) -> None:
        a, b, c = lan(), duyen(), make_contact()
        merge(b, a)
        merge(c, reload(b))
        assert queries.survivors([a.pk, b.pk, c.pk]) == {a.pk: c.pk, b.pk: c.pk}
        assert queries.get_contact(a.pk).pk == c.pk

    def test_code_phone_and_email_of_the_merged_find_the_kept(self) -> None:
        kept, other = lan(), duyen()
        ContactIdentity.objects.create(contact=other, system="code", external_id="KH2", created_at=NOW)
        merge(kept, other)
        for typed in ("KH2", "0901 000 002", "duyen@khach.vn"):
            found = queries.find_by_identifier(typed)
            assert found is not None
            assert found.pk == kept.pk

    def test_another_system_that_sends_the_merged_again_updates_the_kept(self, workspace: Workspace) -> None:
        kept, other = lan(), duyen()
        ContactIdentity.objects.create(contact=other, system="kiotviet", external_id="77", created_at=NOW)
        merge(kept, other)
        given = ContactInput(phone="0901000002", identities=[("kiotviet", "77")], company="Trà Sen")
        outcome = services.upsert(
            workspace=workspace, rows=[given], policy=ConflictPolicy.OVERWRITE, actor=SYSTEM, now=LATER
        )
        assert (outcome.created, outcome.updated) == (0, 1)
        assert reload(kept).company == "Trà Sen"

    def test_a_file_with_the_code_of_the_merged_updates_the_kept(self, an: Any) -> None:
        kept, other = lan(), duyen()
        ContactIdentity.objects.create(contact=other, system="code", external_id="KH2", created_at=NOW)
        merge(kept, other)
        rows = "Mã khách hàng | Điện thoại | Công ty\nKH2 |  | Trà Sen"
        draft = draft_import(rows, actor=an.actor, now=LATER, conflict_policy="overwrite")
        run_draft(draft, actor=an.actor, now=LATER)
        assert (reload(kept).company, Contact.objects.count()) == ("Trà Sen", 1)

    def test_the_merged_is_neither_listed_as_deleted_nor_restored(self) -> None:
        kept, other = lan(), duyen()
        merge(kept, other)
        assert list(queries.deleted_contacts()) == []
        assert services.restore_contacts(ids=[other.pk], actor=SYSTEM, now=LATER) == 0

    def test_the_timeline_of_the_kept_says_it(self) -> None:
        kept, other = lan(), duyen()
        services.add_note(contact=other, body="Hẹn chiều thứ ba", actor=SYSTEM, now=NOW)
        merge(kept, other)
        assert kinds_on_timeline(kept) == ["contacts_merged", "note_added"]


class TestRefused:
    def test_one_contact_with_itself(self) -> None:
        kept = lan()
        with pytest.raises(SameContact):
            merge(kept, kept)
        assert reload(kept).deleted_at is None

    def test_one_that_is_gone(self) -> None:
        kept, other = lan(), duyen()
        merge(kept, other)
        with pytest.raises(AlreadyMerged):
            merge(other, kept)


class TestUndo:
    def test_both_are_as_they_were(self) -> None:
        kept = lan(tags=["VIP"], note="Thích màu hồng", spent=Decimal(10), status=Status.SAVED)
        other = duyen(tags=["VIP", "sỉ"], note="Gọi sau 18 giờ", spent=Decimal(5), orders_count=3)
        ContactIdentity.objects.create(contact=other, system="code", external_id="KH2", created_at=NOW)
        services.add_note(contact=other, body="Hẹn chiều thứ ba", actor=SYSTEM, now=NOW)
        before = [picture(each) for each in (kept, other)]
        undo(merge(kept, other))
        assert [picture(each) for each in (kept, other)] == before

    def test_a_moved_number_is_taken_off_even_when_it_became_the_main_one(self, workspace: Workspace) -> None:
        kept, other = lan(), duyen()
        made = merge(kept, other)
        values = {"phone": "0901000002", "other_phones": ""}
        services.update_contact(
            workspace=workspace, contact=reload(kept), values=values, actor=SYSTEM, now=LATER
        )
        undo(made, now=AFTERWARDS)
        assert reload(other).phone == "+84901000002"
        assert reload(kept).phone == "+84966152348"

    def test_a_field_edited_since_is_asked_about(self, workspace: Workspace) -> None:
        kept, other = lan(company="Sen Hồng"), duyen(company="Trà Sen")
        made = merge(kept, other)
        services.update_contact(
            workspace=workspace,
            contact=reload(kept),
            values={"company": "Sen Vàng"},
            actor=SYSTEM,
            now=LATER,
        )
        assert queries.preview_undo(made).edited == {"company": {"company": "Sen Hồng"}}
        undo(made, now=AFTERWARDS)
        assert (reload(kept).company, reload(other).company) == ("Sen Vàng", "Trà Sen")

    def test_a_field_edited_since_returns_when_asked_for(self, workspace: Workspace) -> None:
        kept, other = lan(company="Sen Hồng"), duyen(company="Trà Sen")
        made = merge(kept, other)
        services.update_contact(
            workspace=workspace, contact=reload(kept), values={"company": "X"}, actor=SYSTEM, now=LATER
        )
        undo(made, now=AFTERWARDS, restore=["company"])
        assert reload(kept).company == "Sen Hồng"

    def test_who_left_since_has_left_on_both(self) -> None:
        kept = lan(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED)
        other = duyen(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED)
        made = merge(kept, other)
        services.set_consent(
            contact=reload(kept), channel=Channel.EMAIL, consent=Consent.WITHDRAWN, actor=SYSTEM, now=LATER
        )
        assert queries.preview_undo(made).refusals == {"email": 2}
        undo(made, now=AFTERWARDS)
        for each in (kept, other):
            assert reload(each).consent("email") == Consent.WITHDRAWN
            assert reload(each).status == Status.UNSUBSCRIBED

    @pytest.mark.parametrize("mine", list(Consent))
    @pytest.mark.parametrize("other", list(Consent))
    def test_consent_never_rises(self, mine: Consent, other: Consent) -> None:
        kept, gone = lan(consent_sms=mine), duyen(consent_sms=other)
        made = merge(kept, gone)
        merged = reload(kept).consent("sms")
        undo(made)
        rank = [Consent.BLOCKED, Consent.WITHDRAWN, Consent.NEVER_ASKED, Consent.GRANTED].index
        assert rank(reload(kept).consent("sms")) <= min(rank(merged), rank(mine))
        assert rank(reload(gone).consent("sms")) <= rank(other)

    def test_a_merge_within_a_chain_says_what_blocks_it(self) -> None:
        a, b, c = lan(), duyen(), make_contact(full_name="Lê Cúc")
        first = merge(b, a)
        second = merge(c, reload(b), full_name="kept")
        with pytest.raises(MergedOn, match="Lê Cúc"):
            undo(first)
        undo(second)
        undo(first)
        assert all(reload(each).deleted_at is None for each in (a, b, c))

    def test_a_deleted_contact_is_restored_first(self) -> None:
        kept, other = lan(), duyen()
        made = merge(kept, other)
        services.delete_contacts(ids=[kept.pk], actor=SYSTEM, now=LATER)
        with pytest.raises(KeptIsDeleted):
            undo(made)

    @pytest.mark.parametrize(
        ("column", "value", "refusal"),
        [("phone", "+84901000002", PhoneInUse), ("email", "duyen@khach.vn", EmailInUse)],
    )
    def test_a_number_that_somebody_else_has_by_now_blocks_it(
        self, column: str, value: str, refusal: type[Exception]
    ) -> None:
        kept, other = lan(), duyen()
        made = merge(kept, other, phone="kept", email="kept")
        make_contact(**{column: value})
        with pytest.raises(refusal):
            undo(made)

    def test_only_once_and_for_thirty_days(self) -> None:
        kept, other = lan(), duyen()
        made = merge(kept, other)
        with pytest.raises(TooLateToUndo):
            undo(made, now=NOW + timedelta(days=30))
        undo(made)
        with pytest.raises(TooLateToUndo):
            undo(made)

    def test_after_undo_they_can_be_merged_the_other_way(self) -> None:
        kept, other = lan(), duyen()
        undo(merge(kept, other))
        merge(reload(other), reload(kept))
        assert queries.survivor_of(kept.pk) == other.pk


class TestEnd:
    def test_after_thirty_days_the_merged_is_gone_and_nobody_erased(self, workspace: Workspace) -> None:
        kept, other = lan(), duyen()
        merge(kept, other)
        services.purge_deleted(now=NOW + timedelta(days=31))
        assert not Contact.all_objects.filter(pk=other.pk).exists()
        assert queries.erased_identifiers([("phone", "+84901000002"), ("email", "duyen@khach.vn")]) == []
        assert queries.survivor_of(other.pk) == kept.pk
        assert ContactMerge.objects.get().before == {}

    def test_erasing_the_kept_erases_the_merged_and_its_undo(self) -> None:
        kept, other = lan(), duyen()
        made = merge(kept, other)
        services.erase_contact(contact=reload(kept), reason="request", actor=SYSTEM, now=LATER)
        assert not Contact.all_objects.filter(pk__in=[kept.pk, other.pk]).exists()
        with pytest.raises(TooLateToUndo):
            undo(made)


def picture(contact: Contact) -> dict[str, Any]:
    """Return everything there is about a contact, except when it changed."""
    values = merging.json_columns(reload(contact))
    values.pop("updated_at")
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, at FROM events_event WHERE contact_id = %s ORDER BY id", [contact.pk])
        events = [row for row in cursor.fetchall() if row[0] not in (210, 211)]
    return {
        "columns": values,
        "tags": queries.tags_of_many([contact.pk]).get(contact.pk, []),
        "identities": [(each.system, each.external_id) for each in queries.identities_of(reload(contact))],
        "events": events,
    }

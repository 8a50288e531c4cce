"""What people refused when two contacts are merged, and when that is undone: consent never rises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, ContactMerge, ContactTag
from quen.apps.contacts.tests.factories import GROUND, make_contact, make_tag
from quen.apps.contacts.types import Channel, Consent, Status
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")

LATER = NOW + timedelta(hours=1)


def merge(kept: Contact, merged: Contact) -> ContactMerge:
    return services.merge_contacts(kept=kept, merged=merged, choices={}, actor=SYSTEM, now=NOW)


def undo(made: ContactMerge) -> None:
    services.undo_merge(merge=made, actor=SYSTEM, now=LATER + timedelta(hours=1))


def reload(contact: Contact) -> Contact:
    return Contact.all_objects.get(pk=contact.pk)


def two(mine: dict[str, Any], other: dict[str, Any]) -> tuple[Contact, Contact]:
    return (
        make_contact(full_name="Võ Mỹ Duyên", phone="+84966152348", **mine),
        make_contact(full_name="Duyên Võ", phone="+84901000002", **other),
    )


def answer(contact: Contact, consent: Consent, *, days: int) -> None:
    services.set_consent(
        contact=reload(contact),
        channel=Channel.SMS,
        consent=consent,
        proof=GROUND,
        actor=SYSTEM,
        now=NOW - timedelta(days=days),
    )


class TestMergedMeanwhile:
    def test_an_answer_that_was_on_its_way_is_about_the_contact_kept(self) -> None:
        kept, merged = two({}, {"consent_sms": Consent.GRANTED})
        merge(kept, merged)
        services.set_consent(
            contact=merged, channel=Channel.SMS, consent=Consent.WITHDRAWN, actor=SYSTEM, now=LATER
        )
        assert reload(kept).consent("sms") == Consent.WITHDRAWN


class TestUnderABlock:
    @pytest.mark.parametrize("keeps_blocked", [True, False])
    def test_the_stricter_answer_holds_once_it_is_removed(self, *, keeps_blocked: bool) -> None:
        blocked, agreed = two({}, {})
        answer(blocked, Consent.WITHDRAWN, days=3)
        answer(blocked, Consent.BLOCKED, days=2)
        answer(agreed, Consent.GRANTED, days=1)
        kept, merged = (blocked, agreed) if keeps_blocked else (agreed, blocked)
        merge(reload(kept), reload(merged))
        assert reload(kept).consent("sms") == Consent.BLOCKED
        assert queries.consent_entries(kept)[0].consent == Consent.BLOCKED
        services.unblock(contact=reload(kept), channel=Channel.SMS, actor=SYSTEM, now=LATER)
        assert reload(kept).consent("sms") == Consent.WITHDRAWN


class TestRestriction:
    @pytest.mark.parametrize("restricted", [0, 1])
    def test_stands_on_both_after_undo(self, restricted: int) -> None:
        pair = two({}, {})
        services.restrict_contact(contact=pair[restricted], actor=SYSTEM, now=NOW)
        made = merge(*map(reload, pair))
        assert reload(pair[0]).restricted_at == NOW
        undo(made)
        assert all(reload(each).restricted_at == NOW for each in pair)

    def test_asked_for_in_between_stands_on_both(self) -> None:
        pair = two({}, {})
        made = merge(*pair)
        services.restrict_contact(contact=reload(pair[0]), actor=SYSTEM, now=LATER)
        undo(made)
        assert all(reload(each).restricted_at == LATER for each in pair)

    def test_ended_in_between_stays_ended_on_the_kept(self) -> None:
        kept, merged = two({"restricted_at": NOW}, {})
        made = merge(kept, merged)
        services.lift_restriction(contact=reload(kept), actor=SYSTEM, now=LATER)
        undo(made)
        assert reload(kept).restricted_at is None


class TestArchived:
    saved = {"status": Status.SAVED, "status_before_saved": Status.SUBSCRIBED}

    def test_who_left_in_between_has_left_on_both(self) -> None:
        pair = two(self.saved, {})
        made = merge(*pair)
        services.set_consent(
            contact=reload(pair[0]),
            channel=Channel.EMAIL,
            consent=Consent.WITHDRAWN,
            actor=SYSTEM,
            now=LATER,
        )
        undo(made)
        assert reload(pair[0]).status_before_saved == Status.UNSUBSCRIBED
        assert reload(pair[1]).status == Status.UNSUBSCRIBED

    def test_a_refusal_that_the_merge_brought_stays(self) -> None:
        kept, merged = two(self.saved, {"status": Status.UNSUBSCRIBED, "consent_email": Consent.WITHDRAWN})
        undo(merge(kept, merged))
        assert reload(kept).status_before_saved == Status.UNSUBSCRIBED


class TestBlockedWhileOne:
    def block(self, contact: Contact) -> None:
        services.set_consent(
            contact=reload(contact), channel=Channel.SMS, consent=Consent.BLOCKED, actor=SYSTEM, now=LATER
        )

    def unblock(self, contact: Contact) -> Consent:
        found = services.unblock(
            contact=reload(contact), channel=Channel.SMS, actor=SYSTEM, now=LATER + timedelta(hours=2)
        )
        return found.consent("sms")

    def test_ending_the_block_gives_nobody_what_the_other_had_agreed_to(self) -> None:
        kept, merged = two({}, {})
        answer(merged, Consent.GRANTED, days=3)
        made = merge(kept, merged)
        assert reload(kept).consent("sms") == Consent.GRANTED
        self.block(kept)
        undo(made)
        assert (self.unblock(kept), self.unblock(merged)) == (Consent.NEVER_ASKED, Consent.GRANTED)

    def test_who_had_blocked_before_gets_back_what_held_then(self) -> None:
        kept, merged = two({}, {})
        answer(kept, Consent.BLOCKED, days=5)
        answer(merged, Consent.GRANTED, days=3)
        undo(merge(kept, merged))
        assert self.unblock(kept) == Consent.NEVER_ASKED

    def test_a_refusal_under_the_block_stands_on_both(self) -> None:
        kept, merged = two({}, {})
        answer(kept, Consent.GRANTED, days=4)
        answer(merged, Consent.GRANTED, days=3)
        made = merge(kept, merged)
        services.set_consent(
            contact=reload(kept), channel=Channel.SMS, consent=Consent.WITHDRAWN, actor=SYSTEM, now=LATER
        )
        self.block(kept)
        undo(made)
        assert (self.unblock(kept), self.unblock(merged)) == (Consent.WITHDRAWN, Consent.WITHDRAWN)


class TestTagsGoneSince:
    def names(self, contact: Contact) -> list[str]:
        return [tag.name for tag in queries.tags_of(reload(contact))]

    def test_a_shared_tag_that_was_deleted_does_not_come_back(self) -> None:
        kept, merged = two({"tags": ["VIP"]}, {"tags": ["VIP", "sỉ"]})
        made = merge(kept, merged)
        for tag in (make_tag("VIP"), make_tag("sỉ")):
            services.delete_tag(tag=tag, actor=SYSTEM, now=LATER)
        undo(made)
        assert not ContactTag.objects.filter(contact_id__in=(kept.pk, merged.pk)).exists()

    @pytest.mark.parametrize(
        ("mine", "after"), [([], []), (["VIP"], ["Thân thiết"]), (["Thân thiết"], ["Thân thiết"])]
    )
    def test_a_tag_that_was_merged_comes_back_as_the_other(self, mine: list[str], after: list[str]) -> None:
        kept, merged = two({"tags": mine}, {"tags": ["VIP"]})
        into = make_tag("Thân thiết")
        made = merge(kept, merged)
        services.merge_tags(tag=make_tag("VIP"), into=into, actor=SYSTEM, now=LATER)
        undo(made)
        assert (self.names(kept), self.names(merged)) == (after, ["Thân thiết"])

"""Notes of staff: colleagues named with an @ hear of it, the author corrects and takes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from tests.cast import AN, BINH, NOW

from quen.apps.contacts import services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.mentions import find_mentions, split_at_mentions
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import ContactRight
from quen.apps.events import queries as event_queries
from quen.apps.events.models import Event
from quen.apps.team.models import Member, Notification
from quen.core.actors import SYSTEM
from quen.core.errors import NotFound

SignIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
NAMES = {1: "Trần Mỹ Hạnh", 2: "Nguyễn Văn An", 3: "Hạnh", 4: "Lê Bình", 5: "Phạm Bình"}


def url(contact: Contact, rest: str = "") -> str:
    return f"/w/tra-sen/contacts/{contact.pk}/{rest}"


def note_of(contact: Contact) -> Event:
    return event_queries.timeline(contact.pk)[0]


class TestNames:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("@Trần Mỹ Hạnh xem giúp", {1: "Trần Mỹ Hạnh"}),
            ("nhờ @tran my hanh, nhé", {1: "tran my hanh"}),
            ("@Hạnh: gọi lại", {3: "Hạnh"}),
            ("(@an) và @Văn", {2: "an"}),
            ("@Bình gọi lại", {}),
            ("@Lê Bình @Phạm Bình", {4: "Lê Bình", 5: "Phạm Bình"}),
            ("thư tới an@tra-sen.vn, @@an, @ an", {}),
            ("@Trần\nMỹ Hạnh", {}),
            ("@Nguyễn Văn Ang", {}),
        ],
    )
    def test_whole_names_and_given_names_that_are_clear(self, text: str, found: dict[int, str]) -> None:
        assert find_mentions(text, NAMES) == found

    def test_only_the_names_stand_out(self) -> None:
        text = "@An <b> và @Anh, an@An"
        assert split_at_mentions(text, ["An"]) == [("@An", True), (" <b> và @Anh, an@An", False)]


@pytest.mark.usefixtures("workspace")
class TestMentions:
    @pytest.fixture
    def binh(self) -> Member:
        return Member.objects.get(email=BINH)

    def test_whoever_is_named_is_told_once(self, an: Member, binh: Member) -> None:
        lan = make_contact(full_name="Trần Lan")
        services.add_note(
            contact=lan, body=f"@{binh.name} gọi lại nhé @{binh.name} @{an.name}", actor=an.actor, now=NOW
        )
        (told,) = Notification.objects.all()
        assert (told.member, told.kind, told.path) == (binh, "contacts.mentioned", f"/contacts/{lan.pk}/")
        (sent,) = mail.outbox
        assert sent.to == [BINH]
        assert f"/contacts/{lan.pk}/" in sent.body
        assert "Lan" not in f"{sent.subject} {sent.body}"

    def test_a_correction_tells_only_those_it_adds(self, an: Member, binh: Member) -> None:
        lan = make_contact()
        services.add_note(contact=lan, body=f"@{binh.name} gọi", actor=an.actor, now=NOW)
        note = note_of(lan)
        services.edit_note(
            contact=lan,
            event_id=note.id,
            at=note.at,
            body=f"@{binh.name} gọi lại",
            actor=an.actor,
            now=NOW,
        )
        assert Notification.objects.count() == 1
        after = note_of(lan)
        assert after.data is not None
        assert after.data["text"] == f"@{binh.name} gọi lại"
        assert after.data["mentions"] == {str(binh.pk): binh.name}

    def test_who_wants_no_mail_gets_none(self, an: Member, binh: Member, client_of: SignIn) -> None:
        client = client_of(BINH)
        page = client.get("/w/tra-sen/notifications/").content.decode()
        assert 'value="contacts.mention_mails" checked' in page
        client.post("/w/tra-sen/notifications/emails/", {"emails": []})
        services.add_note(contact=make_contact(), body=f"@{binh.name}", actor=an.actor, now=NOW)
        assert not mail.outbox
        assert Notification.objects.filter(member=binh).count() == 1
        client.post("/w/tra-sen/notifications/emails/", {"emails": ["contacts.mention_mails"]})
        services.add_note(contact=make_contact(), body=f"@{binh.name}", actor=an.actor, now=NOW)
        assert len(mail.outbox) == 1

    def test_nobody_without_the_right_or_who_left_is_told(self, an: Member, binh: Member) -> None:
        assert binh.can(ContactRight.VIEW)
        binh.deactivated_at = NOW
        binh.save()
        services.add_note(contact=make_contact(), body=f"@{binh.name}", actor=an.actor, now=NOW)
        assert not Notification.objects.exists()

    def test_a_notice_is_gone_with_the_person(self, an: Member, binh: Member) -> None:
        lan = make_contact()
        services.add_note(contact=lan, body=f"@{binh.name}", actor=an.actor, now=NOW)
        services.erase_contact(contact=lan, reason="request", actor=SYSTEM, now=NOW)
        assert not Notification.objects.exists()


@pytest.mark.usefixtures("workspace")
class TestEditing:
    def test_the_author_corrects_a_note_in_place(self, an: Member, client_of: SignIn) -> None:
        lan, client = make_contact(), client_of(AN)
        services.add_note(contact=lan, body="Thích hộp giấy", actor=an.actor, now=NOW)
        note = note_of(lan)
        place = {"at": note.at.isoformat()}
        form = client.get(url(lan, f"notes/{note.id}/"), place, headers=HTMX).content.decode()
        assert "Thích hộp giấy</textarea>" in form
        answer = client.post(
            url(lan, f"notes/{note.id}/"), place | {"body": "Thích <i>hộp</i> kraft"}, headers=HTMX
        )
        assert "contact:timeline_changed" in answer["HX-Trigger"]
        text = client.get(url(lan, "timeline/"), headers=HTMX).content.decode()
        assert "Thích &lt;i&gt;hộp&lt;/i&gt; kraft" in text
        assert "đã sửa" in text
        empty = client.post(url(lan, f"notes/{note.id}/"), place | {"body": " "}, headers=HTMX)
        assert empty.status_code == 422

    def test_nobody_else_does(self, an: Member, client_of: SignIn) -> None:
        lan = make_contact()
        services.add_note(contact=lan, body="của An", actor=an.actor, now=NOW)
        services.add_note(contact=lan, body="không của ai", actor=SYSTEM, now=NOW)
        client = client_of(AN)
        for note in event_queries.timeline(lan.pk):
            place = {"at": note.at.isoformat(), "body": "khác"}
            assert client_of(BINH).post(url(lan, f"notes/{note.id}/"), place).status_code == 403
            if (note.data or {})["member"] is None:
                assert client.post(url(lan, f"notes/{note.id}/"), place).status_code == 404
            for wrong in ("", "2026-13-45T00:00", "x"):
                assert client.get(url(lan, f"notes/{note.id}/"), {"at": wrong}).status_code == 404
        with pytest.raises(NotFound):
            services.edit_note(
                contact=make_contact(), event_id=note.id, at=note.at, body="x", actor=an.actor, now=NOW
            )

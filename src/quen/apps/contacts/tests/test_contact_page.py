"""The contact page: shown, edited in place, with its timeline."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import AN, BINH, CHI, NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact, make_field, make_source
from quen.apps.contacts.types import Consent, FieldFormat, Status
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.core import clock
from quen.core.actors import SYSTEM

SignIn = Callable[[str], Client]
VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
HTMX = {"HX-Request": "true"}
BASE = "/w/tra-sen/contacts/"


def url(contact: Contact, rest: str = "") -> str:
    return f"{BASE}{contact.pk}/{rest}"


class TestPage:
    def test_shows_who_they_are_and_what_holds(self, workspace: Any, client_of: SignIn) -> None:
        field = make_field(name="Loại da", format=FieldFormat.TEXT)
        lan = make_contact(
            full_name="Trần Ngọc Lan",
            phone="+84905318274",
            birth_day=717,
            attrs={str(field.pk): "Nhạy cảm"},
            tags=["thân thiết"],
            spent=1250000,
            orders_count=2,
        )
        text = client_of(AN).get(url(lan)).content.decode()
        for words in ("Trần Ngọc Lan", "0905 318 274", "17/07", "Loại da", "Nhạy cảm", "thân thiết"):
            assert words in text
        assert "1.250.000" in text
        assert "625.000" in text

    def test_asks_the_database_a_fixed_number_of_times(
        self, workspace: Any, an: Any, client_of: SignIn
    ) -> None:
        lan = make_contact(tags=["a", "b"])
        for number in range(5):
            services.add_note(contact=lan, body=f"ghi {number}", actor=an.actor, now=NOW)
        client = client_of(AN)
        client.get(url(lan))
        with CaptureQueriesContext(connection) as few:
            client.get(url(lan))
        for number in range(20):
            services.add_note(contact=lan, body=f"ghi {number}", actor=an.actor, now=NOW)
        services.add_tags(contact=lan, names=["c", "d"], actor=an.actor, now=NOW)
        with CaptureQueriesContext(connection) as many:
            client.get(url(lan))
        assert len(few) == len(many) <= 24

    def test_is_not_there_for_strangers_nor_when_deleted(self, workspace: Any, client_of: SignIn) -> None:
        lan, gone = make_contact(), make_contact(deleted_at=NOW)
        assert client_of(CHI).get(url(lan)).status_code == 404
        assert client_of(AN).get(url(gone)).status_code == 404

    def test_lets_a_viewer_look_but_not_touch(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        binh = client_of(BINH)
        page = binh.get(url(lan))
        assert page.status_code == 200
        assert url(lan, "edit/") not in page.content.decode()
        for rest in ("edit/", "status/", "tags/", "values/phone/", "consent/sms/"):
            assert binh.get(url(lan, rest)).status_code == 403
            assert binh.post(url(lan, rest), {}).status_code == 403
        assert binh.post(url(lan, "delete/")).status_code == 403
        assert binh.post(url(lan, "notes/"), {"body": "x"}).status_code == 403

    def test_offers_to_write_and_to_call(self, workspace: Any, client_of: SignIn) -> None:
        reachable = make_contact(email="lan@tra-sen.vn", phone="+84905318274")
        text = client_of(AN).get(url(reachable)).content.decode()
        assert 'href="mailto:lan@tra-sen.vn"' in text
        assert 'href="tel:+84905318274"' in text
        assert "mailto:" not in client_of(AN).get(url(make_contact(email=None, phone=None))).content.decode()

    def test_breaks_an_address_before_the_at(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact(email="mot-dia-chi-rat-dai@tra-sen-tay-ho.example")
        for rest in ("", "drawer/"):
            text = client_of(AN).get(url(lan, rest), headers=HTMX if rest else {}).content.decode()
            assert "<span>mot-dia-chi-rat-dai</span><wbr><span>@tra-sen-tay-ho.example</span>" in text

    def test_folds_away_what_is_not_known(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact(full_name="Trần Lan", phone="+84905318274", email=None)
        context = client_of(AN).get(url(lan)).context
        assert "phone" in [line.key for line in context["profile_lines"]]
        assert "email" in [line.key for line in context["empty_lines"]]
        assert client_of(BINH).get(url(lan)).context["empty_lines"] == []

    def test_shows_a_dash_instead_of_a_zero_nobody_counted(self, workspace: Any, client_of: SignIn) -> None:
        client, stranger = client_of(AN), make_contact()
        assert [metric.value for metric in client.get(url(stranger)).context["metrics"]["totals"]] == [
            "–"
        ] * 3
        drawer = client.get(url(stranger, "drawer/"), headers=HTMX).content.decode()
        assert "0 ₫" not in drawer
        for label in ("Chi tiêu", "Đơn", "Ngày sinh"):
            assert re.search(rf">{label}</dt>\s*<dd[^>]*>\s*–\s*</dd>", drawer), label

    def test_says_what_was_answered_in_words(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact(consent_email=Consent.WITHDRAWN, consent_sms=Consent.GRANTED)
        text = " ".join(client_of(AN).get(url(lan, "drawer/"), headers=HTMX).content.decode().split())
        for channel, answer in (("Email", "từ chối"), ("SMS", "đồng ý"), ("Zalo", "chưa hỏi")):
            assert re.search(f"{channel}</span> <span>[^<]*{answer}", text), (channel, answer)


class TestInPlace:
    def test_changes_a_value_and_notifies_the_page(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        answer = client_of(AN).post(url(lan, "values/email/"), {"email": "LAN@tra-sen.vn"}, headers=HTMX)
        assert answer.status_code == 200
        assert "lan@tra-sen.vn" in answer.content.decode()
        assert "contact:changed" in answer["HX-Trigger"]
        lan.refresh_from_db()
        assert lan.email == "lan@tra-sen.vn"

    def test_keeps_what_was_typed_beside_the_mistake(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        answer = client_of(AN).post(url(lan, "values/phone/"), {"phone": "090531"}, headers=HTMX)
        assert answer.status_code == 422
        assert 'value="090531"' in answer.content.decode()
        assert "<html" not in answer.content.decode()

    def test_changes_a_custom_value(self, workspace: Any, client_of: SignIn) -> None:
        field = make_field()
        lan = make_contact()
        key = f"field_{field.pk}"
        client_of(AN).post(url(lan, f"values/{key}/"), {key: "41,5"}, headers=HTMX)
        lan.refresh_from_db()
        assert lan.attrs == {str(field.pk): 41.5}

    def test_works_as_a_page_of_its_own(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        client = client_of(AN)
        assert "<html" in client.get(url(lan, "values/address/")).content.decode()
        answer = client.post(url(lan, "values/address/"), {"province": "other", "city": "Quảng Nam"})
        assert (answer.status_code, answer["Location"]) == (302, url(lan))
        lan.refresh_from_db()
        assert (lan.city, lan.country) == ("Quảng Nam", "VN")
        assert lan.province_before

    def test_knows_no_other_columns(self, workspace: Any, client_of: SignIn) -> None:
        assert client_of(AN).get(url(make_contact(), "values/spent/")).status_code == 404

    def test_sets_tags(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact(tags=["cũ"])
        answer = client_of(AN).post(url(lan, "tags/"), {"tags": ["VIP", "mới"]}, headers=HTMX)
        assert answer.status_code == 200
        assert [tag.name for tag in queries.tags_of(lan)] == ["mới", "VIP"]


class TestStatusAndConsent:
    def test_subscribing_asks_for_the_ground(self, workspace: Any, client_of: SignIn) -> None:
        lan, client = make_contact(), client_of(AN)
        assert client.post(url(lan, "status/"), {"status": 1}, headers=HTMX).status_code == 422
        given = {"status": 1, "method": "paper", "ground": "Phiếu tại quầy", "obtained_on": "13/10/2026"}
        client.post(url(lan, "status/"), given, headers=HTMX)
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
        assert "Phiếu tại quầy, 13/10/2026" in client.get(url(lan)).content.decode()

    def test_says_that_only_the_contact_subscribes_again(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact(full_name="Lan", status=Status.UNSUBSCRIBED)
        answer = client_of(AN).post(url(lan, "status/"), {"status": 3}, headers=HTMX)
        assert answer.status_code == 422
        lan.refresh_from_db()
        assert lan.status == Status.UNSUBSCRIBED

    def test_records_a_refusal_of_a_channel(self, workspace: Any, client_of: SignIn) -> None:
        lan, client = make_contact(), client_of(AN)
        client.post(url(lan, "consent/zalo/"), {"consent": 2}, headers=HTMX)
        lan.refresh_from_db()
        assert lan.consent_zalo == Consent.WITHDRAWN
        assert client.post(url(lan, "consent/zalo/"), {"consent": 1}, headers=HTMX).status_code == 422
        assert client.get(url(lan, "consent/pigeon/")).status_code == 404


class TestTimeline:
    def test_pages_by_place_without_loss_or_repeat(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        for number in range(65):
            at = NOW - timedelta(hours=number // 2)
            events.record("product_viewed", contact_id=lan.pk, at=at, data={"product": f"món {number:02}."})
        client, seen = client_of(AN), ""
        address = url(lan, "timeline/?group=web")
        for _page in range(3):
            text = client.get(address, headers=HTMX).content.decode()
            seen += text
            found = re.search(r'href="([^"]+before=[^"]+)"', text)
            address = found[1].replace("&amp;", "&") if found else ""
        assert address == ""
        assert all(seen.count(f"món {number:02}.") == 1 for number in range(65))

    def test_what_others_typed_is_text_and_never_markup(self, workspace: Any, client_of: SignIn) -> None:
        lan, evil = make_contact(), "<img src=x onerror=alert(1)>"
        data = {"product": evil, "number": evil, "by": evil}
        for kind in ("product_viewed", "ordered"):
            events.record(kind, contact_id=lan.pk, at=NOW, value=250_000, data=data)
        text = client_of(AN).get(url(lan, "timeline/"), headers=HTMX).content.decode()
        assert "<img" not in text
        assert text.count("&lt;img src=x onerror=alert(1)&gt;") == 4
        assert "250.000\u00a0₫" in text

    def test_puts_days_where_they_are_in_viet_nam(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        late = NOW.replace(day=13, hour=17, minute=30)
        events.record("product_viewed", contact_id=lan.pk, at=late, data={"product": "x"})
        events.record("followed", contact_id=lan.pk, at=late - timedelta(hours=1))
        groups = client_of(AN).get(url(lan, "timeline/")).context["timeline"]["days"]
        times = [line.time for group in groups for line in group.lines]
        assert [re.findall(r">(.*?)<", each) for each in times] == [["14/10"], ["13/10"]]

    def test_groups_what_is_older_by_month(self, workspace: Any, client_of: SignIn) -> None:
        lan, now = make_contact(), clock.now()
        last_year = clock.local_day(now - timedelta(days=400), VIET_NAM)
        for at in (now, now - timedelta(days=400)):
            events.record("followed", contact_id=lan.pk, at=at)
        today, earlier = client_of(AN).get(url(lan, "timeline/")).context["timeline"]["days"]
        assert "Hôm nay" in today.title
        assert earlier.title == f"Tháng {last_year.month}/{last_year.year}"
        assert [re.findall(r">(.*?)<", line.time) for line in earlier.lines] == [[f"{last_year:%d/%m}"]]

    def test_folds_changes_of_segments(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        for name in ("Khách quen", "Mua nhiều"):
            events.record("segment_entered", contact_id=lan.pk, at=NOW, data={"segment": name})
        events.record("followed", contact_id=lan.pk, at=NOW - timedelta(minutes=5))
        (group,) = client_of(AN).get(url(lan, "timeline/")).context["timeline"]["days"]
        assert [str(line.text) for line in group.lines] == ["Theo dõi cửa hàng"]
        assert [(fold.summary, len(fold.lines)) for fold in group.folded] == [("2 thay đổi phân khúc", 2)]
        drawer = client_of(AN).get(url(lan, "drawer/"), headers=HTMX).content.decode()
        assert "Theo dõi cửa hàng" in drawer
        assert "Khách quen" not in drawer

    def test_sets_off_values_without_trusting_them(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact()
        events.record("product_viewed", contact_id=lan.pk, at=NOW, data={"product": "<i>Trà</i> 5% %(x)s"})
        text = client_of(AN).get(url(lan, "timeline/")).content.decode()
        assert "Xem <b" in text
        assert "&lt;i&gt;Trà&lt;/i&gt; 5% %(x)s</b>" in text

    def test_shows_a_group_of_a_period(self, workspace: Any, client_of: SignIn, settings: Any) -> None:
        now = clock.now()
        years_ago = now.replace(year=now.year - 2, month=7, day=1)
        lan = make_contact(created_at=years_ago, member_since=years_ago)
        for number, at in enumerate((now, now - timedelta(days=40), years_ago)):
            events.record("ordered", contact_id=lan.pk, at=at, data={"number": f"D{number}"})
            events.record("product_viewed", contact_id=lan.pk, at=at, data={"product": f"T{number}"})

        def shown(**given: str) -> list[str]:
            text = client_of(AN).get(url(lan, "timeline/"), given, headers=HTMX).content.decode()
            return re.findall(r">([DT]\d)</b>", text)

        assert shown(period="30") == ["T0", "D0"]
        assert shown(period="90", group="shopping") == ["D0", "D1"]
        assert shown(period=f"y{now.year - 2}", group="web") == ["T2"]
        assert shown(period="rubbish") == ["T0", "D0", "T1", "D1", "T2", "D2"]
        page = client_of(AN).get(url(lan, "timeline/"), {"period": "7", "group": "notes"}).content.decode()
        assert "Không có gì thuộc loại này trong khoảng thời gian này." in page
        assert f'value="y{now.year - 2}"' in page

    def test_goes_back_through_a_period_page_by_page(self, workspace: Any, client_of: SignIn) -> None:
        lan, now = make_contact(), clock.now()
        at = now - timedelta(days=10)
        for number in range(70):
            events.record("ordered", contact_id=lan.pk, at=at, data={"number": f"D{number}"})
        client, address, seen = client_of(AN), url(lan, "timeline/?period=30&group=shopping"), list[str]()
        while address:
            text = client.get(address, headers=HTMX).content.decode()
            seen += re.findall(r">(D\d+)</b>", text)
            older = re.search(r'href="([^"]*before=[^"]*)"', text)
            address = older[1].replace("&amp;", "&") if older else ""
        assert seen == [f"D{number}" for number in reversed(range(70))]

    def test_keeps_notes_that_only_their_author_deletes(
        self, workspace: Any, an: Any, client_of: SignIn
    ) -> None:
        lan, client = make_contact(), client_of(AN)
        answer = client.post(url(lan, "notes/"), {"body": "Thích hộp giấy\nkraft"}, headers=HTMX)
        assert "contact:timeline_changed" in answer["HX-Trigger"]
        event = event_queries.timeline(lan.pk)[0]
        assert event.data == {"text": "Thích hộp giấy\nkraft", "by": an.name, "member": an.pk}
        place = {"at": event.at.isoformat()}
        assert client_of(BINH).post(url(lan, f"notes/{event.id}/delete/"), place).status_code == 403
        client.post(url(lan, f"notes/{event.id}/delete/"), place, headers=HTMX)
        assert not event_queries.timeline(lan.pk)

    def test_names_the_author_of_a_note_once(self, workspace: Any, an: Any, client_of: SignIn) -> None:
        lan, client = make_contact(), client_of(AN)
        client.post(url(lan, "notes/"), {"body": "Thích hộp giấy kraft"}, headers=HTMX)
        note = client.get(url(lan, "timeline/"), headers=HTMX).content.decode().split("kraft</p>")[1]
        assert note.split("<form")[0].count(an.name) == 1

    def test_refuses_an_empty_note(self, workspace: Any, client_of: SignIn) -> None:
        assert (
            client_of(AN).post(url(make_contact(), "notes/"), {"body": " "}, headers=HTMX).status_code == 422
        )


class TestSourceAndList:
    def test_the_language_and_the_first_source_are_corrected(self, workspace: Any, client_of: SignIn) -> None:
        page_source = make_source(code="page", name="Trang Facebook")
        walk_in = make_source(code="walk-in", name="Khách vãng lai")
        gone = make_source(code="gone", name="Sàn cũ")
        lan, client = make_contact(first_source=walk_in), client_of(AN)
        client.post(url(lan, "values/language/"), {"language": "en"}, headers=HTMX)
        assert "English" in client.get(url(lan)).content.decode()
        services.update_source(
            source=gone, name=gone.name, kind=gone.kind, external_id="", active=False, actor=SYSTEM, now=NOW
        )
        form = client.get(url(lan, "source/"), headers=HTMX).content.decode()
        assert "Trang Facebook" in form
        assert "Sàn cũ" not in form
        answer = client.post(url(lan, "source/"), {"source": page_source.pk}, headers=HTMX)
        assert "Trang Facebook" in answer.content.decode()
        lan.refresh_from_db()
        assert lan.first_source == page_source
        assert client.post(url(lan, "source/"), {"source": gone.pk}, headers=HTMX).status_code == 422
        events_text = client.get(url(lan, "timeline/"), headers=HTMX).content.decode()
        assert "nguồn đầu tiên" in events_text
        assert client_of(BINH).post(url(lan, "source/"), {"source": gone.pk}).status_code == 403

    def test_a_pencil_in_the_list_leads_to_the_form(self, workspace: Any, client_of: SignIn) -> None:
        lan = make_contact(full_name="Trần Lan")
        assert (
            f'href="{url(lan, "edit/")}" aria-label="Chỉnh sửa Trần Lan"'
            in client_of(AN).get(BASE).content.decode()
        )
        assert url(lan, "edit/") not in client_of(BINH).get(BASE).content.decode()


class TestDeletion:
    def test_can_be_undone(self, workspace: Any, client_of: SignIn) -> None:
        lan, client = make_contact(full_name="Trần Lan"), client_of(AN)
        assert client.post(url(lan, "delete/"))["Location"] == BASE
        assert "Trần Lan" in client.get(f"{BASE}deleted/").content.decode()
        assert client.post(url(lan, "restore/"))["Location"] == url(lan)
        assert client.get(url(lan)).status_code == 200

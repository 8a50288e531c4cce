"""The pages of segments over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import AN, BINH, CHI, NOW
from tests.registries import Registrations

from quen.apps.audience import queries as audience
from quen.apps.contacts.services import archive_field
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import Consent, Gender, Status
from quen.apps.delivery.types import DeliveryRight
from quen.apps.segments import listing, queries, registry, services
from quen.apps.segments.models import Segment, SegmentDay
from quen.apps.segments.types import SegmentUse
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
PAGES = "/w/tra-sen/segments/"
PART = {"HX-Request": "true"}
Clients = Callable[[str], Any]
BUYERS = {"field": "orders_count", "op": "at_least", "value": 1}


def make_segment(
    name: str = "Khách đã mua", tree: Any = None, computed: bool = True, **changes: Any
) -> Segment:
    segment = services.create_segment(name=name, tree=tree or BUYERS, actor=SYSTEM, now=NOW, **changes)
    if computed:
        services.compute_segment(segment.pk, now=NOW)
        segment.refresh_from_db()
    return segment


def tree_query(tree: Any) -> str:
    return audience.tree_to_query(audience.parse(tree))


class TestGoneConditions:
    def test_an_archived_field_stays_in_the_editor_and_is_not_saved_away(
        self, workspace: Any, client_of: Clients
    ) -> None:
        field = make_field(name="Cỡ", format="number")
        segment = make_segment("Cỡ nhỏ", {"not": {"field": "custom.co", "op": "at_least", "value": 40}})
        archive_field(field=field, actor=SYSTEM, now=NOW)
        client = client_of(AN)
        page = client.get(f"{PAGES}{segment.pk}/").text
        assert "điều kiện không còn dùng được: Cỡ" in page
        assert "Cho đến lúc đó, điều kiện này không khớp với ai." in page
        rules = audience.tree_to_query(queries.tree_of(segment))
        assert f'name="rules" value="{rules}"' in client.get(f"{PAGES}{segment.pk}/edit/").text
        editor = client.get(f"/w/tra-sen/audience/editor/?tree={rules}&to={PAGES}&param=rules&embedded=1")
        assert "điều kiện không còn dùng được: Cỡ" in editor.text
        posted = {"name": "Cỡ nhỏ", "tree": editor.context["editor"].as_text}
        assert client.post(f"{PAGES}{segment.pk}/edit/", posted).status_code == 422
        segment.refresh_from_db()
        assert "custom.co" in json.dumps(segment.tree)


class TestSaveFromAFilter:
    def test_a_list_filter_becomes_a_segment_of_the_same_contacts(
        self, workspace: Any, client_of: Clients
    ) -> None:
        make_contact(orders_count=2)
        make_contact(orders_count=1, status=Status.SAVED)
        make_contact()
        an = client_of(AN)
        shown = an.get(f"/w/tra-sen/contacts/?rules={tree_query(BUYERS)}").text
        link = re.search(r'href="(/w/tra-sen/segments/new/\?rules=[^"]+)"', shown)
        assert link is not None
        assert "Lưu thành phân khúc" in shown
        rules = parse_qs(urlsplit(link[1]).query)["rules"][0]
        form = an.get(link[1]).text
        assert f'name="rules" value="{rules}"' in form
        answer = an.post(f"{PAGES}new/", {"name": "Đã mua", "rules": rules})
        segment = Segment.objects.get(name="Đã mua")
        assert answer["Location"] == f"{PAGES}{segment.pk}/"
        services.compute_segment(segment.pk, now=NOW)
        segment.refresh_from_db()
        assert segment.size == 1  # lists leave out archived contacts, and so do segments created from them

    def test_is_offered_only_with_a_filter_and_the_right(self, workspace: Any, client_of: Clients) -> None:
        make_contact()
        assert "segments/new/" not in client_of(AN).get("/w/tra-sen/contacts/").text
        found = client_of(BINH).get(f"/w/tra-sen/contacts/?rules={tree_query(BUYERS)}").text
        assert "segments/new/" not in found

    def test_search_words_are_not_dropped_silently(self, workspace: Any, client_of: Clients) -> None:
        make_contact(orders_count=1)
        found = client_of(AN).get(f"/w/tra-sen/contacts/?rules={tree_query(BUYERS)}&q=lan").text
        assert "segments/new/" not in found


class TestSave:
    def test_the_conditions_in_the_editor_are_saved(self, workspace: Any, client_of: Clients) -> None:
        posted = {
            "name": "Mua nhiều",
            "description": "Quý này",
            "rules": tree_query(BUYERS),
            "tree": json.dumps({"all": [BUYERS]}),
            "op:0": "at_least",
            "value:0": "5",
        }
        answer = client_of(AN).post(f"{PAGES}new/", posted, headers=PART)
        segment = Segment.objects.get(name="Mua nhiều")
        assert answer["HX-Redirect"] == f"{PAGES}{segment.pk}/"
        assert queries.tree_of(segment) == audience.parse({**BUYERS, "value": 5})
        assert segment.description == "Quý này"

    def test_a_name_in_use_is_refused_and_the_input_is_kept(self, workspace: Any, client_of: Clients) -> None:
        make_segment("Khách quen")
        posted = {"name": "khách quen", "description": "Của tôi", "rules": tree_query(BUYERS)}
        answer = client_of(AN).post(f"{PAGES}new/", posted, headers=PART)
        assert answer.status_code == 422
        assert "đã có phân khúc" in answer.text.lower()
        assert "Của tôi" in answer.text
        assert posted["rules"] in answer.text
        assert Segment.objects.count() == 1 + _ready_made()

    def test_an_incomplete_condition_is_refused(self, workspace: Any, client_of: Clients) -> None:
        tree = json.dumps({"all": [{"field": "spent", "op": "at_least"}]})
        answer = client_of(AN).post(f"{PAGES}new/", {"name": "Dở dang", "tree": tree}, headers=PART)
        assert answer.status_code == 422
        assert not Segment.objects.filter(name="Dở dang").exists()

    def test_a_segment_needs_a_condition(self, workspace: Any, client_of: Clients) -> None:
        answer = client_of(AN).post(f"{PAGES}new/", {"name": "Tất cả"})
        assert answer.status_code == 422
        assert not Segment.objects.filter(name="Tất cả").exists()

    def test_new_conditions_are_recomputed(self, workspace: Any, client_of: Clients) -> None:
        segment = make_segment()
        tree = {"field": "orders_count", "op": "at_least", "value": 3}
        answer = client_of(AN).post(
            f"{PAGES}{segment.pk}/edit/", {"name": segment.name, "rules": tree_query(tree)}
        )
        segment.refresh_from_db()
        assert answer["Location"] == f"{PAGES}{segment.pk}/"
        assert (segment.computing, queries.tree_of(segment)) == (True, audience.parse(tree))

    def test_a_viewer_may_read_but_not_edit(self, workspace: Any, client_of: Clients) -> None:
        segment = make_segment()
        binh = client_of(BINH)
        assert binh.get(f"{PAGES}{segment.pk}/").status_code == 200
        for action in ("edit/", "duplicate/", "archive/", "restore/"):
            assert binh.post(f"{PAGES}{segment.pk}/{action}", {"name": "x"}).status_code == 403
        shown = binh.get(f"{PAGES}{segment.pk}/").text
        assert "edit/" not in shown
        assert "archive/" not in shown

    def test_chi_gets_404(self, workspace: Any, client_of: Clients) -> None:
        segment = make_segment()
        for place in ("", "members/", "demographics/", "edit/"):
            assert client_of(CHI).get(f"{PAGES}{segment.pk}/{place}").status_code == 404


class TestReach:
    def test_counts_consent_of_the_draft_and_hints_below_three_conditions(
        self, workspace: Any, client_of: Clients
    ) -> None:
        make_contact(orders_count=1, consent_email=Consent.GRANTED)
        make_contact(orders_count=1, consent_email=Consent.WITHDRAWN)
        make_contact(orders_count=1, consent_email=Consent.GRANTED, status=Status.SAVED)
        make_contact(consent_email=Consent.GRANTED)
        an = client_of(AN)
        posted = {"tree": json.dumps({"all": [BUYERS]}), "op:0": "at_least", "value:0": "1"}
        shown = an.post(f"{PAGES}reach/", posted, headers=PART).text
        assert 'value="33.3"' in shown
        assert "Ba điều kiện" in shown
        posted["tree"] = json.dumps({"all": [BUYERS, *({**BUYERS, "value": n} for n in (2, 3))]})
        assert "Ba điều kiện" not in an.post(f"{PAGES}reach/", {"tree": posted["tree"]}, headers=PART).text


class TestList:
    def test_shows_conditions_size_and_trend(self, workspace: Any, client_of: Clients) -> None:
        for _number in range(3):
            make_contact(orders_count=1)
        segment = make_segment()
        shown = client_of(AN).get(PAGES).text
        assert "Khách đã mua" in shown
        assert re.search(r'<span class="num font-medium">3</span>', shown)
        course = listing.trends_of([segment], today=NOW.date(), zone=workspace.zone)[segment.pk]
        assert (course.week, course.sizes) == (None, ())

    def test_finds_without_accents_and_sorts_by_size(self, workspace: Any, client_of: Clients) -> None:
        make_contact(orders_count=1)
        make_segment("Đã mua ở Đà Nẵng")
        make_segment("An", tree={"field": "orders_count", "op": "at_least", "value": 9})
        an = client_of(AN)
        found = an.get(f"{PAGES}?q=da+nang").text
        assert "Đã mua ở Đà Nẵng" in found
        assert ">An</a>" not in found
        by_size = an.get(f"{PAGES}?sort=-size").text
        assert by_size.index("Đã mua ở Đà Nẵng") < by_size.index(">An</a>")

    def test_needs_no_more_queries_for_many_segments(self, workspace: Any, client_of: Clients) -> None:
        an = client_of(AN)
        make_segment("Một")
        an.get(PAGES)
        with CaptureQueriesContext(
            connection,
        ) as one:
            an.get(PAGES)
        for number in range(5):
            make_segment(f"Phân khúc {number}")
        with CaptureQueriesContext(connection) as many:
            an.get(PAGES)
        assert len(many) == len(one)

    def test_the_trend_spans_days_without_changes(self, workspace: Any) -> None:
        segment = make_segment()
        Segment.objects.filter(pk=segment.pk).update(created_at=NOW.replace(month=8), size=10)
        SegmentDay.objects.filter(segment=segment).delete()
        SegmentDay.objects.create(segment=segment, day=NOW.replace(day=10).date(), size=10, entered=5, left=1)
        segment.refresh_from_db()
        course = listing.trends_of([segment], today=NOW.date(), zone=workspace.zone)[segment.pk]
        assert (course.week, course.month) == (4, 4)
        assert (course.sizes[0], course.sizes[-1], len(course.sizes)) == (6, 10, 31)


class TestPage:
    def test_shows_size_trend_and_uses(self, workspace: Any, client_of: Clients) -> None:
        make_contact(orders_count=1)
        segment = make_segment(description="Để cảm ơn")
        make_segment("Trong đó", tree={"field": "segment", "op": "in", "value": [segment.pk]})
        shown = client_of(AN).get(f"{PAGES}{segment.pk}/").text
        assert "Để cảm ơn" in shown
        assert "Trong đó" in shown

    def test_members_are_paged_with_few_queries(self, workspace: Any, client_of: Clients) -> None:
        people = [make_contact(orders_count=1, full_name=f"Người số {n:03}") for n in range(60)]
        segment = make_segment()
        an = client_of(AN)
        an.get(f"{PAGES}{segment.pk}/members/")
        with CaptureQueriesContext(connection) as asked:
            first = an.get(f"{PAGES}{segment.pk}/members/").text
        with CaptureQueriesContext(connection) as again:
            link = re.search(r'href="(\?after=[\w-]+)"', first)
            assert link is not None
            second = an.get(f"{PAGES}{segment.pk}/members/{link[1]}").text
        assert len(asked) == len(again)
        names = re.findall(r"Người số \d{3}", first), re.findall(r"Người số \d{3}", second)
        assert [len(set(each)) for each in names] == [50, 10]
        assert not set(names[0]) & set(names[1])
        back = re.search(r'href="(\?before=[\w-]+)"', second)
        assert back is not None
        assert set(
            re.findall(r"Người số \d{3}", an.get(f"{PAGES}{segment.pk}/members/{back[1]}").text)
        ) == set(names[0])
        assert str(people[-1]) in first

    def test_shows_demographics(self, workspace: Any, client_of: Clients) -> None:
        make_contact(
            orders_count=2, spent=300_000, gender=Gender.FEMALE, birth_on="2000-01-01", province="48"
        )
        make_contact(orders_count=1, spent=300_000, gender=Gender.MALE, birth_on="2010-01-01")
        make_contact(spent=999, gender=Gender.MALE)
        segment = make_segment()
        shown = client_of(AN).get(f"{PAGES}{segment.pk}/demographics/", headers=PART).text
        for words in ("200.000", "600.000", "Đà Nẵng", "25–34", "Dưới 18", "Chưa rõ"):
            assert words in shown, words

    def test_shows_the_overlap_of_two_segments(self, workspace: Any, client_of: Clients) -> None:
        make_contact(orders_count=1)
        make_contact(orders_count=5)
        few, many = make_segment(), make_segment("Mua nhiều", tree={**BUYERS, "value": 3})
        shown = client_of(AN).get(f"{PAGES}{few.pk}/overlap/?with={many.pk}", headers=PART).text
        assert "50%" in shown
        assert "100%" in shown

    def test_shows_registered_actions(
        self, workspace: Any, client_of: Clients, registrations: Registrations
    ) -> None:
        segment = make_segment()
        registrations(registry)
        registry.register_action("Gửi thư", "send", lambda pk: f"/gui/{pk}/", DeliveryRight.SEND)
        assert f"/gui/{segment.pk}/" in client_of(AN).get(f"{PAGES}{segment.pk}/").text
        assert f"/gui/{segment.pk}/" not in client_of(BINH).get(f"{PAGES}{segment.pk}/").text


class TestArchive:
    def test_is_refused_with_the_names_of_its_uses(
        self, workspace: Any, client_of: Clients, registrations: Registrations
    ) -> None:
        segment = make_segment()
        registrations(registry)
        registry.register_uses(lambda _pk: [SegmentUse("Chiến dịch", "Tết 2027", "/campaigns/1/")])
        answer = client_of(AN).post(f"{PAGES}{segment.pk}/archive/", follow=True)
        segment.refresh_from_db()
        assert segment.archived_at is None
        assert "Tết 2027" in answer.text

    def test_leaves_the_list_and_is_restored(self, workspace: Any, client_of: Clients) -> None:
        segment = make_segment()
        an = client_of(AN)
        gone = an.post(f"{PAGES}{segment.pk}/archive/", follow=True).text
        assert f"{PAGES}{segment.pk}/restore/" in gone  # undo in the toast
        assert f'data-row="{segment.pk}"' not in gone
        assert f'data-row="{segment.pk}"' in an.get(f"{PAGES}?archived=1").text
        an.post(f"{PAGES}{segment.pk}/restore/")
        segment.refresh_from_db()
        assert segment.archived_at is None

    def test_the_copy_opens_in_the_editor(self, workspace: Any, client_of: Clients) -> None:
        segment = make_segment()
        answer = client_of(AN).post(f"{PAGES}{segment.pk}/duplicate/")
        copy = Segment.objects.latest("pk")
        assert answer["Location"] == f"{PAGES}{copy.pk}/edit/"
        assert copy.name != segment.name


class TestOtherPages:
    def test_a_contact_page_shows_segments_with_since_when(self, workspace: Any, client_of: Clients) -> None:
        person = make_contact(orders_count=1)
        make_segment()
        an = client_of(AN)
        assert f"{PAGES}contact/{person.pk}/" in an.get(f"/w/tra-sen/contacts/{person.pk}/").text
        shown = an.get(f"{PAGES}contact/{person.pk}/", headers=PART).text
        assert "Khách đã mua" in shown
        assert "từ 14/10/2026" in shown
        assert an.get(f"{PAGES}contact/999999/").status_code == 404

    def test_the_command_palette_finds_a_segment_without_accents(
        self, workspace: Any, client_of: Clients
    ) -> None:
        segment = make_segment("Khách Đà Nẵng")
        found = client_of(AN).get("/w/tra-sen/command-palette/?q=da+na").text
        assert f"{PAGES}{segment.pk}/" in found


def _ready_made() -> int:
    return Segment.objects.exclude(name="Khách quen").count()

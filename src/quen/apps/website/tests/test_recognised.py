"""Who a visitor is: by a form, a sign-in or a link; the second person on a browser; what becomes of what was done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.delivery.tests.engagement_factories import make_active_dispatch, make_sent_message
from quen.apps.website import queries, services
from quen.apps.website.models import Visitor, VisitorClaim, WebsiteAction, WebsiteSession
from quen.apps.website.rules import marks
from quen.apps.website.tests.factories import (
    LAN,
    MINH,
    events_of,
    hit,
    make_settings,
    minutes,
    process,
    sent,
    signed,
    visitors,
)
from quen.apps.website.types import UnknownVisitor
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")


@pytest.fixture
def secret() -> str:
    """The secret of the shop's server."""
    make_settings()
    return services.make_secret(actor=SYSTEM, now=NOW)


@pytest.fixture
def lan() -> Contact:
    """Lan, with an address."""
    return make_contact(full_name="Lan", email="lan@khach.vn", phone="+84901000001")


@pytest.fixture
def minh() -> Contact:
    """Minh, with an address."""
    return make_contact(full_name="Minh", email="minh@khach.vn", phone="+84902000002")


class TestByForm:
    def test_what_was_done_before_joins_with_its_own_time(self, lan: Contact) -> None:
        long_ago = NOW - timedelta(days=40)
        process(
            sent(hit(path="/tra", title="Trà sen"), at=long_ago),
            sent(hit("product", code="TS-100", name="Trà sen Tây Hồ"), at=long_ago + timedelta(minutes=1)),
        )
        services.identify(LAN, lan.pk, NOW)
        viewed, product = events_of(lan.pk, "page_viewed", "product_viewed")
        assert (viewed.at, viewed.data) == (long_ago, {"page": "www.trasen.vn/tra", "title": "Trà sen"})
        assert product.data == {
            "page": "www.trasen.vn/",
            "product": "Trà sen Tây Hồ",
            "code": "TS-100",
        }
        process(sent(hit(path="/sau"), at=minutes(5)))
        assert [each.at for each in events_of(lan.pk)] == [long_ago, minutes(5)]
        lan.refresh_from_db()
        assert lan.last_activity_at == minutes(5)

    def test_never_twice(self, lan: Contact) -> None:
        process(sent(hit(), hit()))
        for _again in range(3):
            services.identify(LAN, lan.pk, NOW)
            process(sent(hit("start")))
        assert len(events_of(lan.pk)) == 2

    def test_also_before_anything_arrived(self, lan: Contact) -> None:
        services.identify(LAN, lan.pk, NOW)
        process(sent(hit(), at=minutes(1)))
        assert len(events_of(lan.pk)) == 1 and len(visitors()) == 1

    def test_a_contact_who_is_gone_is_nobody(self, lan: Contact) -> None:
        contacts.delete_contacts(ids=[lan.pk], actor=SYSTEM, now=NOW)
        assert services.identify(LAN, lan.pk, NOW) is None
        with pytest.raises(UnknownVisitor):
            services.identify("x", lan.pk, NOW)


class TestSecondPersonOnABrowser:
    def test_begins_a_new_visitor_and_moves_nothing(self, secret: str, lan: Contact, minh: Contact) -> None:
        process(*(sent(hit(), at=minutes(each)) for each in range(5)))
        process(sent(hit("identify", token=signed(secret, email=lan.email)), at=minutes(5)))
        # Lan signs out; Minh signs in.
        token = signed(secret, email=minh.email)
        process(sent(hit("identify", token=token), hit(), at=minutes(10)))
        process(sent(hit(), hit(), at=minutes(11)))
        assert len(events_of(lan.pk)) == 5
        assert len(events_of(minh.pk)) == 3
        assert [visitor.contact_id for visitor in visitors()] == [lan.pk, minh.pk]
        assert WebsiteSession.objects.count() == 2

    def test_the_first_comes_back(self, secret: str, lan: Contact, minh: Contact) -> None:
        for number, contact in enumerate((lan, minh, lan)):
            token = signed(secret, email=contact.email)
            process(sent(hit("identify", token=token), hit(), at=minutes(number)))
        assert (len(events_of(lan.pk)), len(events_of(minh.pk))) == (2, 1)

    def test_by_a_form_too(self, lan: Contact, minh: Contact) -> None:
        process(sent(hit()))
        services.identify(LAN, lan.pk, minutes(1))
        services.identify(LAN, minh.pk, minutes(2))
        process(sent(hit(), at=minutes(3)))
        assert (len(events_of(lan.pk)), len(events_of(minh.pk))) == (1, 1)

    def test_both_in_one_batch(self, secret: str, lan: Contact, minh: Contact) -> None:
        process(
            sent(
                hit(),
                hit("identify", token=signed(secret, email=lan.email)),
                hit(),
                hit("identify", token=signed(secret, email=minh.email)),
                hit(),
            )
        )
        assert (len(events_of(lan.pk)), len(events_of(minh.pk))) == (2, 1)


class TestSignIn:
    def test_a_bare_address_joins_nobody(self, lan: Contact) -> None:
        before = Contact.objects.values().get(pk=lan.pk)
        process(sent(hit(), hit("identify", email="LAN@khach.vn", phone="0901 000 001")))
        assert visitors()[0].contact_id is None
        assert Contact.objects.values().get(pk=lan.pk) == before and events_of(lan.pk) == []
        assert {(each.kind, each.value, each.is_signed) for each in VisitorClaim.objects.all()} == {
            ("email", "lan@khach.vn", False),
            ("phone", "+84901000001", False),
        }
        assert queries.count_unproven(["lan@khach.vn", "+84901000001"]) == 1
        services.join_signed_claims(now=minutes(1))
        assert visitors()[0].contact_id is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"visitor": MINH},
            {"exp": NOW.timestamp() - 1},
            {"exp": NOW.timestamp() + 8 * 24 * 3600},
            {"exp": None},
            {"algorithm": "none"},
            {"algorithm": "HS512"},
            {"secret": "qw_another"},
        ],
    )
    def test_only_with_a_token_made_for_this_visitor_by_the_shop(
        self, secret: str, lan: Contact, changes: dict[str, Any]
    ) -> None:
        given: dict[str, Any] = {"secret": secret, "email": lan.email} | changes
        process(sent(hit(), hit("identify", token=signed(**given))))
        assert visitors()[0].contact_id is None
        assert events_of(lan.pk) == []

    def test_a_replaced_secret_signs_nothing(self, secret: str, lan: Contact) -> None:
        services.make_secret(actor=SYSTEM, now=NOW)
        process(sent(hit("identify", token=signed(secret, email=lan.email))))
        assert visitors()[0].contact_id is None

    def test_by_phone_and_code(self, secret: str, lan: Contact) -> None:
        process(sent(hit("identify", token=signed(secret, phone="0901000001")), hit()))
        assert len(events_of(lan.pk)) == 1

    def test_phone_of_one_and_mail_of_another_is_nobody(
        self, secret: str, lan: Contact, minh: Contact
    ) -> None:
        process(sent(hit("identify", token=signed(secret, phone=lan.phone, email=minh.email)), hit()))
        assert visitors()[0].contact_id is None and VisitorClaim.objects.count() == 0

    def test_waits_for_a_contact_who_comes_later(self, secret: str) -> None:
        process(sent(hit(), hit("identify", token=signed(secret, email="moi@khach.vn"))))
        assert services.join_signed_claims(now=NOW) == 0
        new = make_contact(email="moi@khach.vn")
        assert services.join_signed_claims(now=minutes(9)) == 1
        assert services.join_signed_claims(now=minutes(19)) == 0
        assert [each.at for each in events_of(new.pk)] == [NOW]


class TestLinks:
    @pytest.fixture
    def mark(self, workspace: Any, lan: Contact) -> str:
        """The mark of a message to Lan, followed at NOW."""
        message = make_sent_message(make_active_dispatch(), contact_id=lan.pk)
        url = marks.with_mark("https://x", workspace_id=workspace.pk, message_id=message.pk, now=NOW)
        return url.partition("#quen=")[2]

    def test_name_the_first_browser_only(self, mark: str, lan: Contact) -> None:
        process(sent(hit("link", token=mark), hit()))
        process(sent(hit("link", token=mark), hit(), visitor=MINH, at=minutes(2)))
        process(sent(hit("link", token=mark), hit(), at=minutes(3)))
        assert len(events_of(lan.pk)) == 2
        assert visitors(MINH)[0].contact_id is None

    def test_do_not_relabel_a_browser_that_is_known(self, mark: str, lan: Contact, minh: Contact) -> None:
        services.identify(MINH, minh.pk, NOW)
        process(sent(hit("link", token=mark), hit(), visitor=MINH, at=minutes(1)))
        assert [visitor.contact_id for visitor in visitors(MINH)] == [minh.pk]
        assert events_of(lan.pk) == []

    def test_within_seven_days_of_the_sending(self, workspace: Any, lan: Contact) -> None:
        message = make_sent_message(make_active_dispatch(), contact_id=lan.pk)
        for days, browser in ((8, MINH), (6, LAN)):
            at = NOW + timedelta(days=days)
            url = marks.with_mark("https://x", workspace_id=workspace.pk, message_id=message.pk, now=at)
            process(sent(hit("link", token=url.partition("=")[2]), visitor=browser, at=at))
        assert visitors(MINH)[0].contact_id is None
        assert visitors(LAN)[0].contact_id == lan.pk

    def test_an_address_passed_on_is_worth_nothing_later(self, mark: str) -> None:
        process(sent(hit("link", token=mark), at=minutes(31)))
        assert visitors()[0].contact_id is None

    @pytest.mark.parametrize("broken", ["", "x", "1-2-aaaaaaaaaaaaaaaa"])
    def test_forged_marks_name_nobody(self, mark: str, broken: str) -> None:
        process(sent(hit("link", token=broken or mark[:-1]), hit()))
        assert visitors()[0].contact_id is None and WebsiteAction.objects.count() == 1

    def test_lead_to_the_contact_kept_by_a_merge(self, mark: str, lan: Contact, minh: Contact) -> None:
        contacts.merge_contacts(kept=minh, merged=lan, actor=SYSTEM, now=NOW)
        process(sent(hit("link", token=mark), hit()))
        assert len(events_of(minh.pk)) == 1

    def test_another_workspaces_mark_is_unknown(self, workspace: Any) -> None:
        url = marks.with_mark("https://x", workspace_id=workspace.pk + 1, message_id=1, now=NOW)
        mark = url.partition("=")[2]
        assert marks.message_of(mark, workspace_id=workspace.pk, now=NOW) is None
        assert marks.message_of(mark, workspace_id=workspace.pk + 1, now=NOW) == 1

    def test_a_link_with_a_fragment_of_its_own_is_left_alone(self) -> None:
        url = "https://www.trasen.vn/#/tra-sen"
        assert marks.with_mark(url, workspace_id=1, message_id=1, now=NOW) == url


class TestContactsThatGoOrMerge:
    def test_merge_and_undo(self, lan: Contact, minh: Contact) -> None:
        process(sent(hit()))
        services.identify(LAN, lan.pk, NOW)
        merge = contacts.merge_contacts(kept=minh, merged=lan, actor=SYSTEM, now=NOW)
        assert visitors()[0].contact_id == minh.pk
        assert queries.sessions_of(minh.pk).count() == 1
        contacts.undo_merge(merge=merge, actor=SYSTEM, now=minutes(5))
        assert visitors()[0].contact_id == lan.pk

    def test_erasing_leaves_nothing(self, secret: str, lan: Contact, minh: Contact) -> None:
        process(sent(hit(), hit("identify", token=signed(secret, email=lan.email))))
        # The same address in the browser of somebody else, typed and in what the shop tells.
        process(
            sent(
                hit("identify", email="lan@khach.vn"),
                hit("event", name="Gửi quà", data={"tới": "0901000001"}),
                hit(title="Xin chào LAN@khach.vn"),
                hit(path="/khac"),
                visitor=MINH,
            )
        )
        contacts.erase_contact(contact=lan, reason="request", actor=SYSTEM, now=NOW)
        assert visitors(LAN) == [] and VisitorClaim.objects.count() == 0
        assert [each.page for each in WebsiteAction.objects.all()] == ["www.trasen.vn/khac"]
        assert set(WebsiteSession.objects.values_list("visitor__token", flat=True)) == {MINH}
        assert Visitor.objects.count() == 1

    def test_the_copy_of_their_data_names_the_pages(self, lan: Contact) -> None:
        process(sent(hit(path="/tra", referrer="https://facebook.com/x")))
        services.identify(LAN, lan.pk, NOW)
        (visit,) = queries.kept_about(lan.pk)
        assert "facebook.com/x" in visit.values()
        assert any("www.trasen.vn/tra" in str(value) for value in visit.values())

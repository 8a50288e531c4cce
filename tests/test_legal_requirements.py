"""Legal requirements for marketing email, case by case, each with its article (Decree 91/2020/NĐ-CP, Advertising Law
16/2012/QH13, Personal Data Protection Law 91/2025/QH15)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Unsubscribe
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber, make_unsubscribe
from quen.apps.compliance.types import ExclusionReason, UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.tests.factories import GROUND, make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.content.tests.factories import OPT_OUT, SENDER, make_frame, make_mail
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.types import MessageState
from quen.core import sql
from tests.cast import NOW, TRA_SEN

DECREE, ADVERTISING, DATA = "Decree 91/2020", "Law 16/2012", "Law 91/2025"


def legal_case(article: str, source: str, *values: Any) -> Any:
    """Return a test case named by its article and source."""
    return pytest.param(*values, id=f"{source} {article}")


@pytest.mark.django_db
class TestPriorConsent:
    @pytest.mark.parametrize(
        "attributes",
        [
            legal_case("Art. 11.2: never asked", DECREE, {"status": Status.NON_SUBSCRIBED}),
            legal_case(
                "Art. 13.1: asked by nobody but in the list", DECREE, {"consent_email": Consent.NEVER_ASKED}
            ),
            legal_case(
                "Art. 24: advertising only with prior consent", ADVERTISING, {"status": Status.NON_SUBSCRIBED}
            ),
            legal_case("Art. 9: silence is no consent", DATA, {"consent_email": Consent.NEVER_ASKED}),
            legal_case(
                "Art. 3: a purchase is no consent",
                DECREE,
                {"status": Status.NON_SUBSCRIBED, "orders_count": 3},
            ),
            legal_case("Art. 9: for this purpose and channel only", DATA, {"consent_sms": Consent.GRANTED}),
        ],
    )
    def test_without_it_nothing_goes_out(self, workspace: Any, attributes: dict[str, Any]) -> None:
        defaults = {"status": Status.SUBSCRIBED, "consent_email": Consent.NEVER_ASKED, "email": "lan@thu.vn"}
        assert exclusion_reasons(make_contact(**defaults | attributes)) == [ExclusionReason.NO_CONSENT]

    @pytest.mark.parametrize("case", [legal_case("Art. 11.4: prior consent can be shown", DECREE, None)])
    def test_its_ground_is_kept(self, workspace: Any, an: Any, case: None) -> None:
        lan = make_contact(email="lan@thu.vn")
        contacts_services.set_status(
            contact=lan, status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW
        )
        assert exclusion_reasons(lan) == [None]
        (line,) = contacts.consent_entries(lan)
        assert (line.proof.method, line.proof.ground, line.proof.member_name) == (
            GROUND.method,
            GROUND.ground,
            an.name,
        )
        assert line.proof.obtained_at == GROUND.obtained_at

    @pytest.mark.parametrize(
        "text",
        [
            legal_case("Art. 28: content", DATA, "tin tức và ưu đãi"),
            legal_case("Art. 28: method", DATA, "qua email"),
            legal_case("Art. 28: frequency", DATA, "không quá 3 tin trong 24 giờ"),
            legal_case("Art. 24: refusing costs nothing", ADVERTISING, "không mất phí"),
        ],
    )
    def test_a_new_opt_in_rests_on_words_that_are_kept(self, workspace: Any, text: str) -> None:
        lan = make_contact(email="lan@thu.vn")
        path = unsubscribe_path(workspace, lan)
        assert text in Client().get(path).content.decode()
        Client().post(f"{path}resubscribe/")
        assert text in contacts.consent_entries(lan)[0].proof.wording


@pytest.mark.django_db
class TestRefusal:
    @pytest.mark.parametrize(
        ("method", "all_channels"),
        [
            legal_case("Art. 20.2: by the website", DECREE, UnsubscribeMethod.LINK, False),
            legal_case("Art. 20.2: by email", DECREE, UnsubscribeMethod.REPLY, True),
            legal_case("Art. 20.2: by phone", DECREE, UnsubscribeMethod.CALL, True),
            legal_case("Art. 20.3: in force at once", DECREE, UnsubscribeMethod.ONE_CLICK, False),
            legal_case("Art. 24: sending stops at once", ADVERTISING, UnsubscribeMethod.STAFF, True),
        ],
    )
    def test_holds_from_the_same_moment(
        self, workspace: Any, method: UnsubscribeMethod, all_channels: bool
    ) -> None:
        lan = make_subscriber()
        make_unsubscribe(lan, method=method, all_channels=all_channels)
        assert exclusion_reasons(lan, now=NOW) != [None]

    @pytest.mark.parametrize("case", [legal_case("Art. 20.1: all products may be refused", DECREE, None)])
    def test_of_everything_covers_every_channel(self, workspace: Any, case: None) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED, consent_zalo=Consent.GRANTED)
        make_unsubscribe(lan, all_channels=True)
        assert None not in [
            exclusion_reasons(lan, channel=channel)[0] for channel in ("email", "sms", "zalo", "call")
        ]

    @pytest.mark.parametrize(
        "case", [legal_case("Art. 20.4: confirmed successfully only once", DECREE, None)]
    )
    def test_is_confirmed_once_however_often_it_is_said(self, workspace: Any, case: None) -> None:
        lan = make_subscriber()
        unsubscribes = [
            make_unsubscribe(lan),
            make_unsubscribe(lan),
            make_unsubscribe(lan, method=UnsubscribeMethod.ONE_CLICK),
        ]
        assert [services.claim_confirmation(unsubscribe=each, now=NOW) for each in unsubscribes] == [
            True,
            False,
            False,
        ]

    @pytest.mark.parametrize("case", [legal_case("Art. 11.7: kept at least a year", DECREE, None)])
    def test_and_its_confirmation_are_kept(self, workspace: Any, case: None) -> None:
        made = make_unsubscribe(make_subscriber(email="lan@thu.vn"))
        services.claim_confirmation(unsubscribe=made, now=NOW)
        services.erase_old_unsubscribes(now=NOW + timedelta(days=366))
        held = Unsubscribe.objects.get()
        assert (held.address, held.at, held.confirmed_at) == ("lan@thu.vn", NOW, NOW)

    @pytest.mark.parametrize("case", [legal_case("Art. 9.15: free and without hindrance", DECREE, None)])
    def test_needs_no_sign_in(self, workspace: Any, case: None) -> None:
        lan = make_subscriber()
        assert Client(enforce_csrf_checks=True).post(unsubscribe_path(workspace, lan)).status_code == 302
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]

    @pytest.mark.parametrize("case", [legal_case("Art. 20.3: only advertising stops", DECREE, None)])
    def test_lets_messages_about_the_own_order_pass(self, workspace: Any, case: None) -> None:
        lan = make_subscriber()
        make_unsubscribe(lan, all_channels=True)
        assert exclusion_reasons(lan, message_class="transactional") == [None]


@pytest.mark.django_db
class TestFrequencyAndHours:
    @pytest.mark.parametrize(
        ("sent_hours_ago", "capped"),
        [
            legal_case("Art. 13.5: a third within 24 hours fills the cap", DECREE, [1, 12, 23.9], True),
            legal_case("Art. 13.5: two leave room", DECREE, [1, 12], False),
            legal_case("Art. 13.5: the window rolls", DECREE, [1, 12, 24.1], False),
            legal_case("Art. 13.5: a new day is no new window", DECREE, [0.5, 2.5, 9.5], True),
            legal_case("Art. 13.5: what waits counts", DECREE, [None, None, 1], True),
        ],
    )
    def test_three_in_24_hours(
        self, workspace: Any, sent_hours_ago: list[float | None], capped: bool
    ) -> None:
        lan = make_subscriber()
        for number, hours in enumerate(sent_hours_ago, start=1):
            dispatch = Dispatch.objects.create(
                channel="email",
                source="campaign",
                source_id=number,
                scheduled_for=NOW,
                message_class="marketing",
                name="Trà mới",
                connection_id=1,
                content_id=1,
                created_at=NOW,
            )
            Message.objects.create(
                dispatch_id=dispatch.pk,
                contact_id=lan.pk,
                scheduled_for=NOW + timedelta(seconds=number),
                address=str(lan.email),
                state=MessageState.ACCEPTED if hours else MessageState.QUEUED,
                sent_at=NOW - timedelta(hours=hours) if hours else None,
            )
        audience = contacts.relation_of_ids([lan.pk])
        over = delivery.over_frequency_cap(audience, channel="email", now=NOW)
        assert exclusion_reasons(lan, capped=over) == [ExclusionReason.FREQUENCY_CAP if capped else None]
        assert exclusion_reasons(lan, capped=over, message_class="transactional") == [None]

    @pytest.mark.parametrize("case", [legal_case("Art. 13.6: email has no hours", DECREE, None)])
    def test_mail_goes_at_night_too(self, workspace: Any, case: None) -> None:
        night = datetime(2026, 10, 14, 19, 30, tzinfo=UTC)
        assert exclusion_reasons(make_subscriber(), now=night) == [None]


class TestMailContent:
    @pytest.mark.parametrize(
        ("label", "marketing", "begins"),
        [
            legal_case("Art. 18: [QC] first in the subject", DECREE, "[QC]", True, "[QC] "),
            legal_case("Art. 18: or [AD]", DECREE, "[AD]", True, "[AD] "),
            legal_case("Art. 3: a transactional mail has none", DECREE, "", False, "Trà mới"),
        ],
    )
    def test_label(self, label: str, marketing: bool, begins: str) -> None:
        mail = make_mail(frame=make_frame(label=label, marketing=marketing))
        assert mail.render("vi", {}, OPT_OUT).subject.startswith(begins)

    @pytest.mark.parametrize("language", ["vi", "en"])
    @pytest.mark.parametrize(
        "case", [legal_case("Art. 19: who sends, directly before the opt-out", DECREE, None)]
    )
    def test_sender_block(self, language: str, case: None) -> None:
        for text in _texts(language):
            fields = [SENDER.name, SENDER.phone, SENDER.email, SENDER.address, SENDER.website]
            refusing = "refuse" if language == "en" else "từ chối"
            opt_out = text.rindex(SENDER.website) + len(SENDER.website)
            places = [text.rindex(each, 0, opt_out) for each in fields]
            # The opt-out sentence follows directly after the sender block.
            assert refusing in text[opt_out : opt_out + 80].lower()
            assert max(places) - min(places) < 250

    @pytest.mark.parametrize(
        ("vi", "en"),
        [
            legal_case("Art. 20.1: all products", DECREE, "mọi quảng cáo", "all advertising"),
            legal_case("Art. 20.2: by email", DECREE, SENDER.email, SENDER.email),
            legal_case("Art. 20.2: by phone", DECREE, SENDER.phone, SENDER.phone),
        ],
    )
    def test_opt_out_says(self, vi: str, en: str) -> None:
        for language, words in (("vi", vi), ("en", en)):
            for text in _texts(language):
                assert words in text[text.rindex(SENDER.website) + len(SENDER.website) :]

    @pytest.mark.parametrize("case", [legal_case("Art. 20.2: by the website, at the end", DECREE, None)])
    def test_link_stands_at_the_end(self, case: None) -> None:
        mail = make_mail().render("vi", {}, OPT_OUT)
        assert mail.html.count(OPT_OUT) >= 1
        assert mail.html.rindex(OPT_OUT) > mail.html.index(SENDER.address)
        assert mail.text.rindex(OPT_OUT) > mail.text.index(SENDER.address)

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "missing",
        [legal_case(f"Art. 19: {field}", DECREE, field) for field in ("phone", "email", "address")],
    )
    def test_what_is_missing_of_the_sender_is_named(self, workspace: Any, missing: str) -> None:
        sender = {
            "sender_phone": "1900 1234",
            "sender_email": "chao@tra-sen.example",
            "sender_address": "12 Hàng Trống, Hà Nội",
        }
        for field, value in sender.items():
            setattr(workspace, field, value)
        assert queries.sender_block(workspace).missing == ()
        setattr(workspace, f"sender_{missing}", " ")
        assert queries.sender_block(workspace).missing == (missing,)


@pytest.mark.django_db
class TestErasedContacts:
    @pytest.mark.parametrize("case", [legal_case("Art. 14: no later import brings them back", DATA, None)])
    def test_stay_out_by_their_hash_alone(self, workspace: Any, an: Any, case: None) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        contacts_services.erase_contacts(contacts=contacts.relation_of_ids([lan.pk]), actor=an.actor, now=NOW)
        kept = sql.rows(sql.compose("SELECT s::text FROM compliance_suppression s"))
        assert kept
        assert not any("lan@thu.vn" in row for (row,) in kept)
        assert exclusion_reasons(make_subscriber(email="lan@thu.vn")) == [ExclusionReason.SUPPRESSED_ERASED]


@pytest.mark.django_db
class TestPolicy:
    @pytest.mark.parametrize(
        "text",
        [
            legal_case("Art. 11.2 a: registration SMS", DECREE, "tin nhắn mời đăng ký duy nhất"),
            legal_case("Art. 11.2 b: form", DECREE, "biểu mẫu giấy"),
            legal_case("Art. 11.2 c: call centre", DECREE, "đường dây nóng"),
            legal_case("Art. 11.2 d: software", DECREE, "phần mềm dành cho việc đăng ký"),
            legal_case("Art. 7: no bought lists", DATA, "danh sách mua"),
            legal_case("Art. 9: no box ticked beforehand", DATA, "ô đã được đánh dấu sẵn"),
        ],
    )
    def test_explains_what_consent_is(
        self, workspace: Any, client_of: Callable[[str], Client], text: str
    ) -> None:
        page = client_of("an@tra-sen.example").get(f"/w/{TRA_SEN}/sending/terms/").content.decode()
        assert text in page


def unsubscribe_path(workspace: Any, contact: Any) -> str:
    """Return the path of the unsubscribe link in a contact's email."""
    url = queries.unsubscribe_url(
        workspace_id=workspace.pk, contact_id=contact.pk, message_id=None, channel="email"
    )
    return urlsplit(url).path


def _texts(language: str) -> list[str]:
    """Return an email's HTML without tags, and its plain text."""
    mail = make_mail(language=language).render(language, {}, OPT_OUT)
    bare = re.sub(r"\s+", " ", re.sub(r"<(style|title)\b.*?</\1>|<[^>]+>", " ", mail.html, flags=re.DOTALL))
    return [bare, mail.text]

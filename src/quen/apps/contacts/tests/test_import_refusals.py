"""A column that says no is a refusal: in every spelling, in the wizard and on the command line, and never a consent."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.compliance.models import Suppression
from quen.apps.contacts.importing.refusal_cells import read_value
from quen.apps.contacts.importing.refusals import Refusal, read_heading
from quen.apps.contacts.importing.targets import REFUSAL_TARGETS, system_targets
from quen.apps.contacts.importing.vocabulary import contact_vocabulary
from quen.apps.contacts.models import ConsentEntry, Contact
from quen.apps.contacts.tests.import_fixtures import existing_contact, lenient
from quen.apps.contacts.types import Consent, RefusalsLeftOut, Status
from quen.apps.import_export import services
from quen.apps.import_export.matching import ColumnGuess, match_columns
from quen.apps.import_export.tests.import_helpers import (
    draft_import,
    import_rows,
    run_draft,
    warnings,
)
from quen.core.actors import SYSTEM

__all__ = ["lenient"]

REFUSING = """
    Từ chối nhận email|email; Không đồng ý nhận tin|all; Ngừng nhận email|email; Hủy đăng ký|email
    Huỷ đăng ký|email; Unsubscribed|email; Unsubscribe|email; Opt-out|all; Opted Out|all
    HasOptedOutOfEmail|email; Email Opt Out|email; Do Not Email|email; Do Not Call|call; DoNotCall|call
    do_not_email|email; Don't Email|email; Dont Contact|all; DNC|all; Do Not Contact|all; Blacklist|all
    Blacklisted|all; Blocklist|all; Block List|all; Danh sách đen|all; Sổ đen|all; Tu choi nhan email|email
    khong dong y nhan tin|all; ngung nhan email|email; huy dang ky|email; TỪ CHỐI NHẬN EMAIL|email
    Không nhận email|email; Không nhận SMS|sms; Không nhận tin nhắn|sms; Không nhận quảng cáo|all
    Từ chối SMS|sms; Từ chối nhận tin|all; Chặn email|email; Chặn tin nhắn|sms; Dừng nhận email|email
    Dừng gửi tin|all; Đừng gửi email|email; dung nhan email|email; Không gửi email|email; Không liên hệ|all
    Đừng làm phiền|all; Không gọi điện|call; Từ chối cuộc gọi|call; Hủy nhận bản tin|email
    Ngày hủy đăng ký|email; Unsubscribed at|email; UNSUB_TIME|email; No Email|email; No Marketing|all
    No SMS|sms; Marketing refused|all; Consent withdrawn|all; Email blocked|email; Suppression list|all
    Stop SMS|sms; Từ chối Zalo|zalo; Không nhận Zalo|zalo; Tắt thông báo|all; Rút lại đồng ý|all
    Không muốn nhận email|email; Không cho phép liên hệ|all; Ko nhận email|email; Email: từ chối|email
    Email (không nhận)|email; Từ chối marketing qua email|email; sms_unsubscribed|sms
    Unsubscribed (Yes/No)|email; Never email|email; Removed from mailing list|email
    Subscription cancelled|email; Excluded from marketing|all; Hủy bỏ đăng ký|email; Ngưng nhận tin|all
    Từ chối email và SMS|all; Do Not Disturb|all; optout|all; Opposed to marketing|all
"""
HARMLESS = """
    Không gian; Nội dung; Note; Notes; Northern region; Nova; Normal; Noel; November; Nơi ở; Nổi bật; Hàng không
    Không khí; Đơn hủy; Lý do hủy đơn; Ngày hủy đơn; Hủy lịch; Từ chối nhận hàng; Không nhận hàng
    Lý do từ chối nhận hàng; Không liên lạc được; Số điện thoại không gọi được; Block; Block A; Số nhà, block
    Bus stop; Chặng; Chân; Chăn ga; Chan ga; Huy; Huy hiệu; Phone No; No.; No; Email No; Contact No
    No email address; Option; Dừng xe; Dung lượng email; Nội dung email; Noi dung email; Sử dụng email
    Áp dụng khuyến mãi; ap dung khuyen mai; Người dùng đăng ký; nguoi dung dang ky; Cancelled orders
    Declined payment; Cancel reason; Refund; Returned; Non-stop; Not applicable; Notification
    Hủy đăng ký thành viên; Không đăng ký kinh doanh; Ngừng hoạt động; Ngừng kinh doanh; Không có email
    Họ tên không dấu; Tín dụng; Gói dịch vụ; Loại tin nhắn; Nhóm thư; Bộ phận nhận email; Thời gian nhận email
    Không dung nạp lactose; Đồng ý nhận email; Nhận tin; Nhận email (Có/Không); Đồng ý nhận tin (không bắt buộc)
    Nhận SMS? Yes/No; Subscribed; Accepts Marketing; Email Opt In; Đăng ký nhận tin
"""
REFUSING_VALUES = """
    unsubscribed; Unsubscribed; Hủy đăng ký; Đã hủy đăng ký; Huỷ nhận tin; opted out; opt-out; từ chối
    Từ chối nhận tin; Không nhận email; Ngừng nhận tin; Không đồng ý; Không nhận quảng cáo; KH từ chối nhận tin
    Da huy dang ky; Do not contact; Đã từ chối nhận SMS; không muốn nhận email; DNC
"""
HARMLESS_VALUES = """
    subscribed; Đã hủy; Hủy; Không; No; active; Đang hoạt động; 0; 1; Chưa đăng ký; non-subscribed; Lưu trữ; VIP
    không có; ko có; không email; Từ chối nhận hàng; Lê Huy; Chân; Hà Nội; Chưa hủy đăng ký; Không gọi được
    Đã giao; Trả hàng; Nam; Huy; pending; Không nghe máy; Khách lẻ
"""


def listed(text: str) -> list[str]:
    return [entry.strip() for line in text.strip().splitlines() for entry in line.split(";")]


def guess(header: str, *values: str) -> ColumnGuess:
    rows = [(f"k{n}@shop.vn", value) for n, value in enumerate(values)]
    matching = match_columns(["Email", header], rows, system_targets(), contact_vocabulary(), new_fields=True)
    return matching.columns[1]


def is_consent(target: str | None) -> bool:
    return bool(target) and str(target).startswith("consent_")


class TestHeadings:
    @pytest.mark.parametrize("case", listed(REFUSING))
    def test_that_say_no_are_refusals(self, case: str, workspace: Workspace) -> None:
        header, channel = case.split("|")
        found = guess(header, "Có", "Không", "Có")
        assert (found.target, found.needs_review) == (f"refused_{channel}", False)
        assert found.reason_code == "refuses_when"

    @pytest.mark.parametrize("header", listed(HARMLESS))
    def test_that_only_look_alike_are_none(self, header: str, workspace: Workspace) -> None:
        assert read_heading(header) is None
        assert guess(header, "Có", "Không", "Có").target not in REFUSAL_TARGETS

    @pytest.mark.parametrize(
        "header",
        [
            "Có nhận email không",
            "Đồng ý nhận email không?",
            "Không từ chối nhận email",
            "Chưa hủy đăng ký nhận tin",
            "Chưa đồng ý nhận email",
            "Do not unsubscribe from Accepts Marketing",
            "Chưa đăng ký nhận tin",
        ],
    )
    def test_that_are_unclear_are_asked_about(self, header: str, workspace: Workspace) -> None:
        assert guess(header, "Có", "Không", "Có").needs_review

    @pytest.mark.parametrize("header", ["Từ chối", "Chặn", "Blocked", "Không nhận"])
    def test_of_one_word_are_asked_about_when_they_hold_yes_and_no(
        self, header: str, workspace: Workspace
    ) -> None:
        found = guess(header, "Có", "Không", "Có")
        assert (found.target, found.needs_review) == ("refused_all", True)
        assert guess(header, "đỏ", "xanh", "vàng").target is None

    def test_with_negation_are_never_consent_unseen(self, workspace: Workspace) -> None:
        for negation in (
            "Không",
            "Chưa",
            "Từ chối",
            "Ngừng",
            "Hủy",
            "Chặn",
            "Dừng",
            "Do not",
            "No",
            "Never",
            "Not",
        ):
            for consent in ("đồng ý nhận email", "nhận tin", "nhận SMS", "Accepts Marketing", "Email Opt In"):
                found = guess(f"{negation} {consent}", "Có", "Không", "Có")
                assert not is_consent(found.target) or found.needs_review, found


class TestValues:
    @pytest.mark.parametrize("value", listed(REFUSING_VALUES))
    def test_of_refusal_are_known(self, value: str) -> None:
        assert read_value(value) is Refusal.OPT_OUT

    @pytest.mark.parametrize(
        ("value", "refusal"),
        [
            ("cleaned", Refusal.BOUNCE),
            ("Bounced", Refusal.BOUNCE),
            ("hard bounce", Refusal.BOUNCE),
            ("complained", Refusal.COMPLAINT),
            ("Spam", Refusal.COMPLAINT),
            ("báo spam", Refusal.COMPLAINT),
            ("blocklisted", Refusal.BLOCK),
            ("Blacklisted", Refusal.BLOCK),
            ("danh sách đen", Refusal.BLOCK),
        ],
    )
    def test_about_addresses_are_known(self, value: str, refusal: Refusal) -> None:
        assert read_value(value) is refusal

    @pytest.mark.parametrize("value", listed(HARMLESS_VALUES))
    def test_of_other_things_are_none(self, value: str) -> None:
        assert read_value(value) is None

    def test_ask_about_an_unknown_column_that_contains_them(self, workspace: Workspace) -> None:
        found = guess("Ghi nhận", "đã gọi", "từ chối", "hẹn lại", "mua hàng")
        assert (found.target, found.needs_review, found.reason_code) == (None, True, "values_refuse")

    @pytest.mark.parametrize("header", ["Email Status", "Subscription Status", "Trạng thái", "Cột lạ"])
    def test_of_status_are_matched_under_any_heading(self, header: str, workspace: Workspace) -> None:
        found = guess(header, "subscribed", "unsubscribed", "cleaned", "subscribed")
        assert (found.target, found.needs_review) == ("status", False)

    def test_of_status_among_others_are_asked_about(self, workspace: Workspace) -> None:
        found = guess("Trạng thái", "đang bán", "unsubscribed", "mới", "cũ")
        assert (found.target, found.needs_review) == ("status", True)


class TestImport:
    def test_a_yes_is_a_refusal_and_a_no_says_nothing(self) -> None:
        import_rows(
            "Email | Từ chối nhận email\na@shop.vn | Có\nb@shop.vn | Không\nc@shop.vn |\nd@shop.vn | 05/03/2024",
            status=Status.SUBSCRIBED,
            proof={"ground": "Phiếu đăng ký", "obtained_at": NOW.isoformat()},
        )
        stored = Contact.objects.order_by("email").values_list("status", "consent_email")
        assert list(stored) == [
            (Status.UNSUBSCRIBED, Consent.WITHDRAWN),
            (Status.SUBSCRIBED, Consent.GRANTED),
            (Status.SUBSCRIBED, Consent.GRANTED),
            (Status.UNSUBSCRIBED, Consent.WITHDRAWN),
        ]
        entries = ConsentEntry.objects.filter(consent=Consent.WITHDRAWN).order_by("file_row")
        assert [(entry.file_row, entry.file_column) for entry in entries] == [(2, 1), (5, 1)]
        answered_at = entries[1].answered_at
        assert answered_at is not None and f"{answered_at:%Y-%m}" == "2024-03"

    def test_a_refusal_of_everything_holds_on_every_channel(self) -> None:
        import_rows("Email | Blacklist | Nhận tin\na@shop.vn | x | Có")
        contact = Contact.objects.get()
        assert {contact.consent(channel) for channel in ("email", "sms", "zalo", "call")} == {
            Consent.WITHDRAWN
        }
        assert contact.status == Status.UNSUBSCRIBED
        assert list(Suppression.objects.values_list("address", "cause")) == [("a@shop.vn", "manual")]

    def test_a_refusal_of_one_channel_leaves_the_others(self) -> None:
        import_rows("SĐT | Không nhận SMS\n0905000001 | Có")
        contact = Contact.objects.get()
        assert (contact.consent_sms, contact.consent_email, contact.status) == (
            Consent.WITHDRAWN,
            Consent.NEVER_ASKED,
            Status.NON_SUBSCRIBED,
        )

    @pytest.mark.parametrize("columns", ["Nhận tin | Hủy đăng ký", "Hủy đăng ký | Nhận tin"])
    def test_a_refusal_beats_a_yes_in_any_order(self, columns: str) -> None:
        import_rows(f"Email | {columns}\na@shop.vn | Có | Có")
        assert Contact.objects.get().status == Status.UNSUBSCRIBED

    @pytest.mark.parametrize("answers", [("Có", "Không"), ("Không", "Có")])
    def test_a_refusal_in_any_row_of_a_person_holds(
        self, lenient: Workspace, answers: tuple[str, str]
    ) -> None:
        existing_contact(lenient, email="a@shop.vn")
        lines = "\n".join(f"a@shop.vn | {answer} | Có" for answer in answers)
        import_rows(f"Email | Từ chối email | Nhận tin\n{lines}", conflict_policy="overwrite")
        assert Contact.objects.get().status == Status.UNSUBSCRIBED

    @pytest.mark.parametrize("conflict_policy", ["skip", "fill"])
    def test_a_later_row_of_the_same_new_person_is_no_repeat_to_be_kept_unchanged(
        self, conflict_policy: str
    ) -> None:
        import_ = import_rows(
            "Email | SĐT | Nhận tin | Không nhận SMS | Nhận SMS\n"
            "a@shop.vn | 0905000001 | Có | | Có\n"
            "a@shop.vn | 0905000002 | Hủy đăng ký | Có |",
            conflict_policy=conflict_policy,
        )
        contact = Contact.objects.get()
        assert (contact.phone, contact.status) == ("+84905000001", Status.UNSUBSCRIBED)
        assert {contact.consent_email, contact.consent_sms} == {Consent.WITHDRAWN}
        assert (import_.created, import_.repeated, warnings(import_)) == (1, 1, [])
        services.undo(import_=import_, actor=SYSTEM, now=NOW)
        assert not Contact.objects.exists()
        assert Suppression.objects.filter(address="a@shop.vn", cause="opt_out").exists()

    def test_an_answer_that_cannot_be_read_subscribes_nobody(self) -> None:
        import_ = import_rows(
            "Email | Hủy đăng ký\na@shop.vn | ???\nb@shop.vn | Không\nc@shop.vn | Không",
            status=Status.SUBSCRIBED,
            proof={"ground": "Phiếu"},
        )
        assert Contact.objects.get(email="a@shop.vn").status == Status.NON_SUBSCRIBED
        assert warnings(import_) == [(2, "refused_email", "unknown")]

    def test_words_about_addresses_suppress_them(self) -> None:
        words = ["subscribed", "cleaned", "bounced", "complained", "blocklisted", "unsubscribed"]
        lines = "\n".join(f"k{n}@shop.vn | {word}" for n, word in enumerate(words))
        import_rows(f"Email | Trạng thái\n{lines}")
        suppressed = dict(Suppression.objects.values_list("address", "cause"))
        assert suppressed == {
            "k1@shop.vn": "bounce",
            "k2@shop.vn": "bounce",
            "k3@shop.vn": "complaint",
            "k4@shop.vn": "manual",
        }
        owners = Suppression.objects.values_list("contact_id", flat=True)
        assert set(owners) == set(Contact.objects.filter(email__in=suppressed).values_list("pk", flat=True))
        statuses = list(Contact.objects.order_by("email").values_list("status", flat=True))
        assert statuses == [1, 3, 3, 2, 2, 2]


class TestSubscribedForAll:
    SETTINGS: ClassVar[dict[str, Any]] = {
        "status": Status.SUBSCRIBED,
        "proof": {"ground": "Phiếu đăng ký", "obtained_at": NOW.isoformat()},
    }

    @pytest.mark.parametrize(
        "column",
        [
            "Ghi nhận\na@shop.vn | từ chối\nb@shop.vn | hẹn lại\nc@shop.vn | đã mua",
            "Chặn\na@shop.vn | Có\nb@shop.vn | Không",
        ],
    )
    def test_is_refused_while_a_column_of_refusals_is_skipped(self, column: str) -> None:
        header = column.splitlines()[0]
        import_ = draft_import(f"Email | {column}", targets={header: None}, **self.SETTINGS)
        with pytest.raises(RefusalsLeftOut) as refusal:
            run_draft(import_)
        assert header in str(refusal.value)
        assert Contact.objects.count() == 0

    def test_is_taken_once_the_column_is_matched(self) -> None:
        import_rows(
            "Email | Chặn\na@shop.vn | Có\nb@shop.vn | Không",
            targets={"Chặn": "refused_email"},
            **self.SETTINGS,
        )
        statuses = list(Contact.objects.order_by("email").values_list("status", flat=True))
        assert statuses == [Status.UNSUBSCRIBED, Status.SUBSCRIBED]

    def test_leaves_out_who_refuses_in_a_tag_or_a_note(self) -> None:
        import_ = import_rows(
            "Email | Thẻ\na@shop.vn | VIP; hủy đăng ký\nb@shop.vn | VIP",
            targets={"Thẻ": "tags"},
            **self.SETTINGS,
        )
        statuses = list(Contact.objects.order_by("email").values_list("status", flat=True))
        assert statuses == [Status.NON_SUBSCRIBED, Status.SUBSCRIBED]
        assert warnings(import_) == [(2, "", "refusal_elsewhere")]

"""What merchants' files hold: names, places, days, several values in a cell, damage. The trial run says the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts.models import Contact, ContactIdentity, ContactTag
from quen.apps.contacts.tests.import_fixtures import existing_contact, lenient
from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.tests.files import xlsx_rows
from quen.apps.import_export.tests.import_helpers import counts, refused_rows, warnings
from quen.apps.import_export.types import IssueKind
from quen.core.actors import SYSTEM

__all__ = ["lenient"]


def csv_of(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def import_file(content: bytes, name: str = "khach.csv", **settings: str) -> Import:
    """Return the import of a file after its run, which did what the trial run before it said."""
    import_ = services.create_from_upload(
        content=io.BytesIO(content), filename=name, actor=SYSTEM, now=NOW, kind="contacts"
    )
    services.auto_match(import_=import_)
    services.set_settings(import_=import_, settings=settings)
    trial = services.run_dry_run(import_id=import_.pk, clock=lambda: NOW)
    services.validate_for_run(import_=queries.get_import(import_.pk), actor=SYSTEM, now=NOW)
    services.run_import(import_id=import_.pk, clock=lambda: NOW)
    import_ = queries.get_import(import_.pk)
    for count in ("rows", "created", "updated", "unchanged", "repeated", "refused", "warned"):
        assert trial[count] == getattr(import_, count), count
    said = {(each["code"], each["field"]): each["count"] for each in trial["warnings"] + trial["refusals"]}
    done = {
        (code, field): times
        for kind in IssueKind
        for code, field, times in queries.issue_counts(import_, kind)
    }
    assert said == done
    return import_


def import_names(names: Sequence[str], *more: tuple[str, Sequence[str]]) -> list[Contact]:
    """Return the contacts of a file of names, with the other columns by their headings."""
    head = ["Tên khách hàng", "Điện thoại", *(heading for heading, _values in more)]
    rows = [
        [name, f"09050000{at:02}", *(values[at] for _heading, values in more)]
        for at, name in enumerate(names)
    ]
    import_file(csv_of([head, *rows]))
    return list(Contact.objects.order_by("phone"))


class TestNames:
    def test_greet_by_the_given_name(self) -> None:
        people = import_names(
            [
                "Nguyễn Thị Mỹ-Linh",
                "ĐẶNG thị ngọc hân",
                "Trần Thị B.",
                "NGUYỄN THỊ ÁNH TUYẾT",
                "HÙNG",
                "Lê Tuấn III",
            ]
        )
        assert [person.call_name for person in people] == ["Mỹ-Linh", "Hân", "", "Tuyết", "Hùng", "Tuấn"]

    def test_lose_what_was_noted_behind_them_in_their_parts_only(self) -> None:
        (person,) = import_names(["Nguyễn Thị Hồng Nhung_0909"])
        assert person.full_name == "Nguyễn Thị Hồng Nhung_0909"
        assert (person.family_name, person.middle_name, person.given_name) == ("Nguyễn", "Thị Hồng", "Nhung")

    def test_of_organisations_go_to_the_company(self) -> None:
        names = ["Công ty TNHH Hoa Sen", "CTY CP ABC", "Shop Hoa Xinh", "Blue Sky Co., Ltd"]
        contacts = import_names(names)
        assert [contact.company for contact in contacts] == names
        assert [contact.full_name for contact in contacts] == names
        assert {(c.family_name, c.middle_name, c.given_name, c.call_name) for c in contacts} == {
            ("", "", "", "")
        }

    def test_of_organisations_leave_a_company_of_its_own_alone(self) -> None:
        first, second, third = import_names(
            ["Công ty TNHH Hoa Sen", "Công ty TNHH Hoa Sen", "Lê Văn An"],
            ("Công ty", ["Hoa Sen HCM", "", ""]),
        )
        assert (first.company, second.company, third.company) == ("Hoa Sen HCM", "Công ty TNHH Hoa Sen", "")

    def test_of_organisations_in_parts_go_to_the_company_too(self) -> None:
        import_file(csv_of([["First Name", "Last Name", "Phone"], ["Công ty Hoa Sen", "", "0905000001"]]))
        company = Contact.objects.get()
        assert (company.company, company.family_name, company.call_name) == ("Công ty Hoa Sen", "", "")

    def test_of_walk_in_customers_are_none(self) -> None:
        names = [
            "KH vãng lai",
            "KH lẻ",
            "Khách mua lẻ",
            "Khách FB",
            "K/h lẻ",
            "Chưa có tên",
            "Khách hàng 0901234567",
        ]
        assert {person.full_name for person in import_names(names)} == {""}

    def test_in_western_parts_keep_their_given_name(self) -> None:
        import_file(csv_of([["First Name", "Last Name", "Phone"], ["John", "Smith", "0905000001"]]))
        assert Contact.objects.get().call_name == "John"


class TestPlaces:
    @pytest.mark.parametrize("heading", ["Tỉnh/Thành phố", "Khu vực"])
    def test_are_read_alike_in_a_column_of_cities_and_of_areas(self, heading: str) -> None:
        cells = [
            "Q1, TP.HCM",
            "TP. Thủ Đức, TP. HCM",
            "Đ.Nẵng",
            "Quận 1 - HCM",
            "Đà Nẵng (cũ)",
            "Biên Hòa Đồng Nai",
        ]
        people = import_names([f"Lê Thu {at}" for at in range(6)], (heading, cells))
        assert [person.province for person in people] == ["79", "79", "48", "79", "48", "75"]

    def test_that_may_be_two_are_told(self) -> None:
        head = ["Tên khách hàng", "Điện thoại", "Tỉnh/Thành phố"]
        cells = ["Hà Nội", "Hà Nội, HCM", "H.Giang", "ĐN", "ĐN, Hải Châu"]
        rows = [[f"Lê Thu {at}", f"090500000{at}", cell] for at, cell in enumerate(cells)]
        import_ = import_file(csv_of([head, *rows]))
        assert warnings(import_) == [(row, "city", "ambiguous") for row in (3, 4, 5)]
        assert [c.province for c in Contact.objects.order_by("phone")] == ["01", "", "", "", "48"]
        assert [c.city for c in Contact.objects.order_by("phone")] == cells


class TestDaysOfBirth:
    def rows(self, *days: str) -> Import:
        rows = [[f"Lê Thu {at}", f"09050000{at:02}", day] for at, day in enumerate(days)]
        return import_file(csv_of([["Họ tên", "Điện thoại", "Ngày sinh"], *rows]))

    def test_to_come_are_refused(self) -> None:
        import_ = self.rows("05/03/1990", "02/02/2090", "2091-01-01", "31/12/2099")
        assert warnings(import_) == [(row, "birth_on", "future") for row in (3, 4, 5)]

    def test_of_two_digits_are_past(self) -> None:
        self.rows("05/03/90", "17/05/88", "01/02/05", "10/10/50", "01/12/49", "09/09/68")
        years = [c.birth_on.year for c in Contact.objects.order_by("phone") if c.birth_on]
        assert years == [1990, 1988, 2005, 1950, 1949, 1968]

    def test_without_years_follow_the_order_of_the_column(self) -> None:
        self.rows("05/03", "12/25", "01/31", "07/04")
        assert [c.birth_day for c in Contact.objects.order_by("phone")] == [503, 1225, 131, 704]

    def test_follow_an_order_that_a_row_far_down_decides(self) -> None:
        rows = [[f"Lê Thu {at}", f"0905{at:06}", "05/03"] for at in range(700)]
        rows.append(["Lê Thu", "0906000000", "12/25"])
        import_ = import_file(csv_of([["Họ tên", "Điện thoại", "Ngày sinh"], *rows]))
        assert warnings(import_) == []
        assert set(Contact.objects.values_list("birth_day", flat=True)) == {503, 1225}

    def test_that_no_calendar_has_are_told(self) -> None:
        import_ = self.rows("31/02/1990", "45/13/1990", "05/03/1890", "17/07/1990")
        assert warnings(import_) == [(row, "birth_on", "impossible") for row in (2, 3, 4)]


class TestSeveralValues:
    def test_mails_are_kept_apart(self) -> None:
        rows = [
            ["Lan", "0905000001", "two1@example.vn; two2@example.vn"],
            ["Hoa", "0905000002", "hoa@example.vn (kế toán)"],
            ["Mai", "0905000003", "c d@example.vn"],
        ]
        import_ = import_file(csv_of([["Họ tên", "Điện thoại", "Email"], *rows]))
        assert warnings(import_) == [(2, "email", "second_email_kept_apart"), (4, "email", "syntax")]
        emails = list(Contact.objects.order_by("phone").values_list("email", flat=True))
        assert emails == ["two1@example.vn", "hoa@example.vn", None]
        identity = ContactIdentity.objects.get()
        assert (identity.system, identity.external_id) == ("email", "two2@example.vn")

    def test_google_contacts(self) -> None:
        head = ["First Name", "Middle Name", "Last Name", "Labels", "E-mail 1 - Value", "Phone 1 - Value"]
        labels = "Khách VIP ::: * myContacts ::: * starred"
        rows = [
            ["Lan", "Thị", "Nguyễn", labels, "a@x.vn ::: b@x.vn", "0901 000 067 ::: 0911 000 067"],
            ["Mẹ", "", "", "* myContacts", "", "0901000068"],
        ]
        import_file(csv_of([head, *rows]))
        lan, mother = Contact.objects.order_by("phone")
        assert (lan.full_name, lan.phone, lan.email) == ("Nguyễn Thị Lan", "+84901000067", "a@x.vn")
        assert set(ContactIdentity.objects.values_list("external_id", flat=True)) == {
            "+84911000067",
            "b@x.vn",
        }
        assert list(ContactTag.objects.values_list("tag__name", flat=True)) == ["Khách VIP"]
        assert not mother.call_name

    @pytest.mark.parametrize(
        ("cell", "tags"),
        [
            ('"VIP","Khách sỉ"', {"VIP", "Khách sỉ"}),
            ('"Newsletter"', {"Newsletter"}),
            ('"Hà Nội, sỉ","VIP"', {"Hà Nội sỉ", "VIP"}),
            ('["VIP", "Khách sỉ"]', {"VIP", "Khách sỉ"}),
            ("VIP ::: sỉ", {"VIP", "sỉ"}),
            ("VIP\nsỉ", {"VIP", "sỉ"}),
            ("VIP; sỉ | quen", {"VIP", "sỉ", "quen"}),
            ("* myContacts", set()),
        ],
    )
    def test_tags_in_quotation_marks(self, cell: str, tags: set[str]) -> None:
        import_file(csv_of([["Email Address", "Họ tên", "Tags"], ["a@x.vn", "Lan", cell]]))
        assert set(ContactTag.objects.values_list("tag__name", flat=True)) == tags

    def test_a_mailbox_in_two_spellings_is_one_person(self) -> None:
        mails = ["lan@tênmiền.vn", "lan@xn--tnmin-hsa0954c.vn", "LAN@TÊNMIỀN.VN"]
        import_file(csv_of([["Họ tên", "Email"], *(["Lê Ai", mail] for mail in mails)]))
        assert Contact.objects.get().email == "lan@tênmiền.vn"


class TestDamagedLetters:
    def test_are_told_by_row(self) -> None:
        rows = [[f"Nguyễn Thị Hương {at}", f"09050000{at:02}"] for at in range(20)]
        content = csv_of([["Họ tên", "Điện thoại"], *rows]).replace("ươ".encode(), "ư".encode() + b"\xe1", 1)
        import_ = import_file(content)
        assert warnings(import_) == [(2, "full_name", "damaged")]
        first = Contact.objects.order_by("phone")[0]
        assert (first.full_name, first.call_name) == ("Nguyễn Thị Hư\ufffdng 0", "")

    def test_of_a_workbook_are_told_too(self) -> None:
        import_ = import_file(xlsx_rows([["Họ tên", "SĐT"], ["Tr\ufffdn An", "0905000001"]]), "khach.xlsx")
        assert warnings(import_) == [(2, "full_name", "damaged")]


class TestGhosts:
    def test_a_code_of_words_alone_is_nobody(self) -> None:
        rows = [
            ["KH1", "Lan", ""],
            ["Phòng kinh doanh", "", ""],
            ["ANHTUAN", "", ""],
            ["Khách sỉ", "Mai", ""],
        ]
        import_ = import_file(csv_of([["Mã khách hàng", "Tên khách hàng", "Điện thoại"], *rows]))
        assert refused_rows(import_) == [(3, "no_identifier")]
        assert Contact.objects.count() == 3

    def test_whoever_signs_the_list_is_nobody(self) -> None:
        rows = [
            ["CÔNG TY VÍ DỤ"],
            ["DANH SÁCH KHÁCH HÀNG"],
            [],
            [
                "Mã khách hàng",
                "Tên khách hàng",
                "Địa chỉ",
                "Nhóm KH, NCC",
                "Mã số thuế",
                "Điện thoại",
                "Ngừng theo dõi",
            ],
            ["KH00001", "Công ty CP Sen Vàng", "12 Lê Lợi", "KH sỉ", "0301234567", "028 3825 1260", "Không"],
            ["KH00002", "Nguyễn Thị Mi Sa", "45 Hàng Bài", "", "", "0901300006", "Có"],
            ["Số dòng = 2"],
            [],
            ["", "", "", "", "", "Ngày 28 tháng 11 năm 2026"],
            ["Người lập biểu", "", "", "", "", "Giám đốc"],
            ["(Ký, họ tên)", "", "", "", "", "(Ký, họ tên, đóng dấu)"],
            ["Trần Thị Kế", "", "", "", "", "Lê Văn Đốc"],
        ]
        import_ = import_file(xlsx_rows(rows), "misa.xlsx")
        assert counts(import_) == {"created": 2, "warned": 1}  # a group that did not exist


class TestExistingContacts:
    def test_an_organisation_in_the_file_fills_the_company_alone(self, lenient: Workspace) -> None:
        contact = existing_contact(lenient, phone="0905000001", full_name="Lan")
        import_file(
            csv_of([["Tên khách hàng", "Điện thoại"], ["Công ty Hoa Sen", "0905000001"]]),
            conflict_policy="fill",
        )
        contact.refresh_from_db()
        assert (contact.full_name, contact.call_name, contact.company) == ("Lan", "Lan", "Công ty Hoa Sen")


class TestCellsThatSayNone:
    """A known heading wins: most cells say that there is no email, and those that are one come in."""

    WORDS = (
        *("không có", "chưa có", "ko có", "không", "0", "x", "Không email", "none", "null", "kco", "(trống)"),
        *(
            "chưa cung cấp",
            "hem có",
            "đang cập nhật",
            "cập nhật sau",
            "không có dữ liệu",
            "ko có đt",
            "---",
            "?",
            "tba",
        ),
    )

    @pytest.mark.parametrize("heading", ["Email", "Email 1", "Địa chỉ email"])
    def test_of_mails(self, heading: str) -> None:
        rows = [[f"Trần Thư {at}", f"09060000{at:02}", word] for at, word in enumerate(self.WORDS)]
        rows += [[f"Lê Lan {at}", f"090700000{at}", f"lan{at}@example.vn"] for at in range(3)]
        import_ = import_file(csv_of([["Họ tên", "Điện thoại", heading], *rows]))
        assert warnings(import_) == []
        assert sorted(filter(None, Contact.objects.values_list("email", flat=True))) == [
            "lan0@example.vn",
            "lan1@example.vn",
            "lan2@example.vn",
        ]

    def test_of_phones(self) -> None:
        rows = [[f"Trần Thư {at}", f"a{at}@x.vn", word] for at, word in enumerate(self.WORDS)]
        import_ = import_file(csv_of([["Họ tên", "Email", "SĐT"], *rows, ["Lan", "b@x.vn", "0901234567"]]))
        assert warnings(import_) == []
        assert Contact.objects.get(email="b@x.vn").phone == "+84901234567"

    def test_a_refusal_or_a_slip_is_told(self) -> None:
        rows = [
            ["Lan", "0905000001", "từ chối"],
            ["Mai", "0905000002", "mai@gmail,com"],
            ["Hoa", "0905000003", "h@x.vn"],
        ]
        import_ = import_file(csv_of([["Họ tên", "Điện thoại", "Email"], *rows]))
        assert warnings(import_) == [(2, "email", "syntax"), (3, "email", "syntax")]

"""Results of the wizard: the result page, corrected rows, the list of imports."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook
from tests.cast import AN, BINH, NOW

from quen.apps.contacts.models import Contact
from quen.apps.import_export.columns import column_letter
from quen.apps.import_export.models import Export, Import
from quen.apps.import_export.tests.wizard_helpers import (
    IMPORTS_URL,
    SHEET,
    ClientFactory,
    create_import,
    import_file,
    submit_matching,
)
from quen.apps.import_export.types import ImportStep
from quen.apps.team.types import Role


@pytest.fixture
def client(workspace: Any, client_of: ClientFactory) -> Any:
    """Return An's client."""
    return client_of(AN)


class TestResult:
    def test_lists_refused_rows_and_downloads_them_without_formulas(self, client: Any) -> None:
        import_ = import_file(client)
        page = client.get(f"{IMPORTS_URL}{import_.pk}/run/")
        assert [row for row, _why, _cells in page.context["issue_rows"]] == [4]
        answer = client.get(f"{IMPORTS_URL}{import_.pk}/refused.csv")
        text = b"".join(answer.streaming_content).decode()
        assert "'=Không ai cả" in text
        assert text.splitlines()[1].split(",")[5] == "4"
        assert ".csv" in answer["Content-Disposition"]

    def test_gives_refused_rows_as_a_workbook_that_comes_back(self, client: Any) -> None:
        import_ = import_file(client)
        page = f"{IMPORTS_URL}{import_.pk}/"
        assert "../refused.xlsx" in client.get(f"{page}run/").content.decode()
        answer = client.get(f"{page}refused.xlsx")
        assert "khach-bi-tu-choi.xlsx" in answer["Content-Disposition"]
        content = b"".join(answer.streaming_content)
        heading, row = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        assert heading[-2:] == ["Dòng trong tệp", "Vì sao không nhập được"]
        assert (row[0], row[5]) == ("=Không ai cả", 4)
        sent = {"file": SimpleUploadedFile("sua.xlsx", content)}
        assert client.post(f"{page}retry/", sent).status_code == 302
        assert Import.objects.latest("pk").dry_run_report is None

    def test_is_the_end_of_the_last_step_and_says_what_is_deleted(self, client: Any) -> None:
        shown = client.get(f"{IMPORTS_URL}{import_file(client).pk}/run/").content.decode()
        steps = shown.partition('class="steps-q"')[2].partition("</ol>")[0]
        assert steps.count("is-done") == 5
        assert "Xóa tệp và báo cáo" in shown

    def test_imports_corrected_rows_with_the_same_settings(self, client: Any) -> None:
        import_ = import_file(client, tags="Hội chợ")
        mended = "Tên khách hàng,Điện thoại,Email,Ngày sinh,Loại da\nVõ Mai,0987654321,,07/07/1996,Khô\n"
        page = f"{IMPORTS_URL}{import_.pk}/retry/"
        assert client.post(page, {}).status_code == 422
        answer = client.post(page, {"file": SimpleUploadedFile("sua.csv", mended.encode())})
        again = Import.objects.latest("pk")
        assert answer.url == f"{IMPORTS_URL}{again.pk}/dry-run/"
        assert again.retry_of_id == import_.pk
        assert again.settings["tags"] == ["Hội chợ"]

    def test_undoes_an_import_after_confirmation(self, client: Any) -> None:
        import_ = import_file(client)
        page = f"{IMPORTS_URL}{import_.pk}/undo/"
        effects = [text for _icon, text in client.get(page).context["effects"]]
        assert effects[0] == "3 khách hàng do lần nhập này thêm vào sẽ bị gỡ"
        assert client.post(page).url == f"{IMPORTS_URL}{import_.pk}/run/"
        assert not Contact.objects.exists()
        assert "đã được hoàn tác" in client.get(f"{IMPORTS_URL}{import_.pk}/run/").content.decode()
        assert client.get(page).status_code == 302

    def test_pages_long_lists_of_rows(self, client: Any) -> None:
        rows = "".join(f"Khách {n},\n" for n in range(60))
        import_ = import_file(client, f"Tên,Điện thoại\nVy,0905318274\n{rows}")
        first = client.get(f"{IMPORTS_URL}{import_.pk}/run/").context
        second = client.get(f"{IMPORTS_URL}{import_.pk}/run/?show=refused&page=2").context
        assert (first["last"], second["first"], second["last"], second["next"]) == (50, 51, 60, "")
        assert first["reasons"][0][1] == 60

    def test_takes_as_many_queries_for_one_row_as_for_many(self, client: Any) -> None:
        def asked(import_: Import) -> int:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(f"{IMPORTS_URL}{import_.pk}/run/?show=warned").status_code == 200
            return len(seen)

        wed = "".join(f"Vợ {n},09053182{n:02},{n + 13}/03/2020\n" for n in range(12))
        sheet = f"Tên,Điện thoại,Ngày cưới\n{wed}"
        one = import_file(client, sheet + "Lan,0914027666,khi nào\n")
        many = import_file(client, sheet + "".join(f"Khách {n},09140277{n:02},khi nào\n" for n in range(12)))
        assert (one.warned, many.warned) == (1, 12)
        asked(one)
        assert asked(one) == asked(many)


class TestList:
    def test_takes_as_many_queries_for_one_import_as_for_many(self, client: Any) -> None:
        create_import(client)
        import_file(client)

        def asked() -> int:
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert client.get(IMPORTS_URL).status_code == 200
            return len(seen)

        client.get(IMPORTS_URL)
        few = asked()
        for _again in range(3):
            create_import(client)
        import_file(client, SHEET.replace("@", "2@"))
        assert asked() == few

    def test_offers_templates_that_are_fully_matched_when_uploaded(self, client: Any) -> None:
        for key in ("quen", "sapo", "upgo", "tanigo"):
            sheet = client.get(f"{IMPORTS_URL}templates/contacts/{key}/")
            import_ = create_import(client, sheet.content, f"{key}.csv")
            assert all(entry["target"] for entry in import_.matching), (key, import_.headers)
            assert submit_matching(client, import_).step == ImportStep.SETTINGS
        assert client.get(f"{IMPORTS_URL}templates/contacts/none/").status_code == 404

    def test_names_columns_as_spreadsheets_do(self) -> None:
        assert [column_letter(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
            "A",
            "Z",
            "AA",
            "AZ",
            "BA",
            "ZZ",
            "AAA",
        ]


class TestExports:
    def test_are_offered_beside_imports_with_the_latest_ones(self, client: Any) -> None:
        shown = client.get(IMPORTS_URL).content.decode()
        for address in ("contacts/exports/", "sending/suppressions/", "sending/consent-log/"):
            assert f'href="/w/tra-sen/{address}"' in shown
        assert "Tệp đã xuất" not in shown
        Contact.objects.create(
            phone="+84905318274", member_since=NOW, last_activity_at=NOW, created_at=NOW, updated_at=NOW
        )
        client.post("/w/tra-sen/contacts/exports/", {"scope": "all"})
        export = Export.objects.get()
        shown = client.get(IMPORTS_URL).content.decode()
        assert "Tệp đã xuất" in shown
        assert f'href="/w/tra-sen/imports/exports/{export.pk}/"' in shown

    def test_are_shown_to_those_who_may_export(self, binh: Any, client_of: ClientFactory) -> None:
        binh.role = Role.SALES
        binh.save()
        shown = client_of(BINH).get(IMPORTS_URL).content.decode()
        assert 'id="exports"' not in shown

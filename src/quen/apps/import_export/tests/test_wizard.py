"""The import wizard through its pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import AN, BINH, CHI, NOW

from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.types import Status
from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.tests.wizard_helpers import (
    DEFAULT_SETTINGS,
    HX,
    IMPORTS_URL,
    SAMPLES,
    ClientFactory,
    create_import,
    import_file,
    matching_data,
    run_dry_run,
    submit_matching,
    upload,
)
from quen.core import clock


@pytest.fixture
def client(workspace: Any, client_of: ClientFactory) -> Any:
    """Return An's client."""
    return client_of(AN)


class TestAllSteps:
    def test_imports_the_contacts_of_a_file(self, client: Any) -> None:
        import_ = create_import(client)
        data = client.get(f"{IMPORTS_URL}{import_.pk}/data/").content.decode()
        assert "Nguyễn Thị Thảo Vy" in data
        assert "khach.csv" in data
        columns = client.get(f"{IMPORTS_URL}{import_.pk}/columns/").content.decode()
        assert "Dòng 2 sẽ thành" in columns
        assert "0905 318 274" in columns
        import_ = submit_matching(client, import_)
        assert Field.objects.get().name == "Loại da"
        import_ = run_dry_run(client, import_, tags="Hội chợ")
        trial = client.get(f"{IMPORTS_URL}{import_.pk}/dry-run/").content.decode()
        assert "Nhập 3 khách hàng" in trial
        assert not Contact.objects.exists()
        answer = client.post(f"{IMPORTS_URL}{import_.pk}/run/")
        assert answer.url == f"{IMPORTS_URL}{import_.pk}/run/"
        waits = client.get(answer.url).content.decode()
        assert 'hx-trigger="live:progress-' in waits
        services.run_import(import_id=import_.pk, clock=clock.now)
        result = client.get(answer.url).content.decode()
        assert "khách hàng mới" in result
        assert "Tải các dòng bị từ chối" in result
        vy = Contact.objects.get(email="vy@example.com")
        assert (vy.phone, vy.birth_day, vy.attrs) == (
            "+84905318274",
            305,
            {str(Field.objects.get().pk): "Nhạy cảm"},
        )
        assert list(vy.taggings.values_list("tag__name", flat=True)) == ["Hội chợ"]
        assert vy.status == Status.NON_SUBSCRIBED
        assert Contact.objects.count() == 3
        page = client.get(f"{IMPORTS_URL}{import_.pk}/run/")
        people = client.get(page.context["result_url"])
        assert people.status_code == 200
        assert "Trần Văn Nam" in people.content.decode()

    def test_imports_pasted_rows(self, client: Any) -> None:
        text = "Tên\tSố điện thoại\nVy\t0905318274"
        answer = client.post(f"{IMPORTS_URL}pastes/", {"text": text})
        import_ = Import.objects.get()
        assert answer.url == f"{IMPORTS_URL}{import_.pk}/data/"
        assert import_.pasted
        assert "Dữ liệu đã dán" in client.get(answer.url).content.decode()

    def test_shows_the_whole_matching_of_a_known_platform(self, client: Any) -> None:
        sample = SAMPLES / "kiotviet-khach-hang.xlsx"
        import_ = create_import(client, sample.read_bytes(), sample.name)
        assert import_.platform == "kiotviet_customers"
        page = client.get(f"{IMPORTS_URL}{import_.pk}/columns/")
        shown = page.content.decode()
        assert "<details" not in shown.partition('id="matching"')[2].partition("</form>")[0]
        assert '<option value="">Bỏ qua</option>' in shown
        lost = [column.header for column in page.context["columns"] if column.is_lost]
        assert len(lost) > 8
        assert f"{len(lost)} cột sẽ bị bỏ qua: “{lost[0]}”" in shown
        assert all(f"“{name}”" in shown for name in lost)
        assert not any(column.is_hidden for column in page.context["columns"])
        listed = client.get(f"{IMPORTS_URL}{import_.pk}/columns/", {"show": "skipped"}).context["columns"]
        assert [column.header for column in listed if not column.is_hidden] == lost

    def test_keeps_a_skipped_column_with_one_click(self, client: Any) -> None:
        import_ = create_import(client, "Email,Điểm,Nợ\na@example.com,5,9\nb@example.com,7,8\n")
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        client.post(page, matching_data(import_, column_1="", column_2=""))
        shown = client.post(page, {"column_1": "", "column_2": "", "keep": "2"}, headers=HX)
        assert "1 cột sẽ bị bỏ qua: “Điểm”" in shown.content.decode()
        assert queries.get_import(import_.pk).matching[2]["new_field"]["name"] == "Nợ"

    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("sapo-khach-hang.xlsx", {"opening_spent", "opening_orders"}),
            ("kiotviet-khach-hang.xlsx", {"opening_spent", "opening_points"}),
        ],
    )
    def test_keeps_totals_of_other_programs_apart_only_on_request(
        self, client: Any, name: str, wanted: set[str]
    ) -> None:
        import_ = create_import(client, (SAMPLES / name).read_bytes(), name)
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        reason = "Số liệu trước khi dùng Quen. Cần thì giữ lại, để riêng"
        offered = [each.index for each in client.get(page).context["columns"] if each.reason == reason]
        assert not {entry["target"] for entry in import_.matching} & wanted
        for index in offered:
            client.post(page, {"keep": index}, headers=HX)
        matching = queries.get_import(import_.pk).matching
        assert {matching[index]["target"] for index in offered} == wanted

    def test_leaves_totals_to_a_column_that_is_about_them(self, client: Any) -> None:
        header = "Email,Tổng chi tiêu,Chi tiêu ban đầu,Số đơn hàng"
        import_ = create_import(client, f"{header}\na@example.com,500000,20000,3\n")
        targets = [entry["target"] for entry in import_.matching]
        assert targets == ["email", None, "opening_spent", None]

    def test_keeps_the_reasons_after_continuing(self, client: Any) -> None:
        sample = SAMPLES / "sapo-khach-hang.xlsx"
        import_ = create_import(client, sample.read_bytes(), sample.name)
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        before = [column.reason for column in client.get(page).context["columns"]]
        submit_matching(client, import_)
        assert [column.reason for column in client.get(page).context["columns"]] == before
        again = create_import(client, sample.read_bytes(), sample.name)
        page = f"{IMPORTS_URL}{again.pk}/columns/"
        assert [column.reason for column in client.get(page).context["columns"]] == before

    def test_tells_repeats_inside_the_file_once_and_as_such(self, client: Any) -> None:
        sample = SAMPLES / "sapo-khach-hang.xlsx"
        import_ = run_dry_run(
            client,
            submit_matching(client, create_import(client, sample.read_bytes(), sample.name)),
            confirmed="on",
        )
        report = import_.dry_run_report
        assert report is not None
        assert (report["updated"], report["unchanged"], report["repeated"]) == (0, 0, 6)
        shown = client.get(f"{IMPORTS_URL}{import_.pk}/dry-run/").content.decode()
        assert "Lặp trong tệp" in shown
        assert "đã có trong Quen" not in shown

    def test_tells_refusals_of_people_who_are_here(self, client: Any) -> None:
        import_file(client, "Email,Nhận tin\na@example.com,Có\nb@example.com,Có\n", confirmed="on")
        again = create_import(client, "Email,Từ chối email\na@example.com,Có\nb@example.com,Không\n")
        import_ = run_dry_run(client, submit_matching(client, again))
        shown = client.get(f"{IMPORTS_URL}{import_.pk}/dry-run/").content.decode()
        assert "1 khách đã có sẽ được ghi nhận từ chối" in shown
        assert "1 khách đã có trong Quen và được giữ nguyên" in shown

    def test_redirects_htmx_requests_to_the_next_page(self, client: Any) -> None:
        answer = upload(client, headers=HX)
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == f"{IMPORTS_URL}{Import.objects.get().pk}/data/"


class TestErrors:
    def test_shows_what_is_wrong_with_a_file_and_stores_nothing(self, client: Any, settings: Any) -> None:
        broken = b"PK\x03\x04" + b"no workbook at all" * 20
        for content, name, said in (
            (broken, "khach.xlsx", "Tệp này bị hỏng"),
            (b"\n\n", "khach.csv", "không có dòng nào"),
            (b"", "khach.csv", "không có dòng nào"),
        ):
            answer = upload(client, content, name)
            assert answer.status_code == 422, name
            assert said in answer.content.decode()
        settings.IMPORT_MAX_BYTES = 1 << 20
        answer = upload(client, b"a" * ((1 << 20) + 1))
        assert answer.status_code == 422
        assert "lớn hơn 1 MB" in answer.content.decode()
        assert client.post(f"{IMPORTS_URL}files/", {}).status_code == 422
        assert client.post(f"{IMPORTS_URL}pastes/", {"text": " "}).status_code == 422
        assert not Import.objects.exists()

    def test_asks_for_proof_next_to_its_field(self, client: Any) -> None:
        import_ = submit_matching(client, create_import(client))
        page = f"{IMPORTS_URL}{import_.pk}/settings/"
        answer = client.post(page, DEFAULT_SETTINGS | {"status": "1", "tags": "VIP", "next": "1"})
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"proof", "obtained_on"}
        assert 'value="VIP"' in answer.content.decode()
        tomorrow = f"{NOW + timedelta(days=9000):%d/%m/%Y}"
        ground = {"status": "1", "proof": "Phiếu ở quầy", "obtained_on": tomorrow, "proof_method": "paper"}
        assert client.post(page, DEFAULT_SETTINGS | ground).context["form"].errors.keys() == {"obtained_on"}
        answer = client.post(page, DEFAULT_SETTINGS | ground | {"obtained_on": "01/09/2026", "next": "1"})
        assert answer.url == f"{IMPORTS_URL}{import_.pk}/dry-run/"
        proof = queries.get_import(import_.pk).settings["proof"]
        assert proof["ground"] == "Phiếu ở quầy"
        assert proof["obtained_at"].startswith("2026-09-01T00:00:00")

    def test_asks_to_confirm_a_column_of_consent_instead_of_a_status(self, client: Any) -> None:
        import_ = submit_matching(
            client, create_import(client, "Tên,Email,Nhận email QC\nVy,vy@example.com,Có\n")
        )
        page = f"{IMPORTS_URL}{import_.pk}/settings/"
        shown = client.get(page).content.decode()
        assert "“Nhận email QC”" in shown
        assert 'name="status"' not in shown
        unconfirmed = {"conflict_policy": "skip", "tags": ""}
        assert client.post(page, unconfirmed).context["form"].errors.keys() == {"confirmed"}
        assert client.post(page, unconfirmed | {"confirmed": "on"}).status_code == 302

    @pytest.mark.parametrize("yes", ["Yes", "x", "Đồng ý"])
    def test_quotes_the_files_own_word_for_yes(self, client: Any, yes: str) -> None:
        rows = f"a@example.com,{yes}\nb@example.com,No\nc@example.com,{yes}\n"
        import_ = submit_matching(client, create_import(client, f"Email,Nhận email QC\n{rows}"))
        shown = client.get(f"{IMPORTS_URL}{import_.pk}/settings/").content.decode()
        assert f"những người ghi “{yes}” ở cột “Nhận email QC”" in shown

    def test_shows_a_column_that_says_no_as_a_refusal(self, client: Any) -> None:
        rows = "a@example.com,Có\nb@example.com,Không\nc@example.com,\n"
        import_ = create_import(client, f"Email,Ngừng nhận email\n{rows}")
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        shown = client.get(page).content.decode()
        assert "Tiêu đề nói không: “Có” nghĩa là khách từ chối" in shown
        preview = client.get(page).context["preview"]
        assert ("Email", "Từ chối") in preview.lines
        assert preview.state[0] == "Đã hủy đăng ký"
        assert "Từ chối" not in dict(client.get(page, {"row": 1}).context["preview"].lines).values()
        settings = client.get(
            f"{IMPORTS_URL}{submit_matching(client, import_).pk}/settings/"
        ).content.decode()
        assert "Cột “Ngừng nhận email” ghi ai từ chối" in settings
        assert 'name="confirmed"' not in settings

    def test_remembers_only_what_somebody_chose(self, client: Any) -> None:
        import_ = create_import(client)
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        client.post(page, matching_data(import_, column_4="note"))
        submit_matching(client, queries.get_import(import_.pk))
        reasons = [column.reason for column in client.get(page).context["columns"]]
        assert reasons[4] == "Theo bạn chọn"
        again = create_import(client)
        page = f"{IMPORTS_URL}{again.pk}/columns/"
        reasons = [column.reason for column in client.get(page).context["columns"]]
        assert reasons[4] == "Như bạn đã khớp lần trước"
        assert "Như bạn đã khớp lần trước" not in reasons[:4]

    def test_names_the_columns_that_are_skipped_though_they_have_values(self, client: Any) -> None:
        import_ = create_import(client, "Email,Điểm,Trống\na@example.com,5,\nb@example.com,7,\n")
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        shown = client.post(page, matching_data(import_, column_1="")).content.decode()
        assert "1 cột sẽ bị bỏ qua: “Điểm”." in shown
        import_ = queries.get_import(import_.pk)
        import_ = run_dry_run(client, submit_matching(client, import_))
        trial = client.get(f"{IMPORTS_URL}{import_.pk}/dry-run/").content.decode()
        assert "1 cột sẽ bị bỏ qua: “Điểm”." in trial

    def test_refuses_subscribed_while_a_column_of_refusals_is_skipped(self, client: Any) -> None:
        rows = "a@example.com,mới\nb@example.com,unsubscribed\nc@example.com,cũ\n"
        import_ = create_import(client, f"Email,Tình trạng\n{rows}")
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        assert client.get(page).context["match_count"].needs_review == 1
        client.post(page, matching_data(import_, column_1="") | {"next": "1"})
        proof = {"proof": "Phiếu ở quầy", "proof_method": "paper", "obtained_on": "01/09/2026"}
        subscribed = DEFAULT_SETTINGS | proof | {"status": "1"}
        answer = client.post(f"{IMPORTS_URL}{import_.pk}/settings/", subscribed)
        assert answer.status_code == 422
        assert "Cột “Tình trạng” đang bị bỏ qua mà có ghi “unsubscribed”" in answer.content.decode()
        assert client.post(f"{IMPORTS_URL}{import_.pk}/settings/", DEFAULT_SETTINGS).status_code == 302

    def test_rejects_a_matching_without_identifier_or_with_duplicates(self, client: Any) -> None:
        import_ = create_import(client)
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        nobody = matching_data(import_, column_1="", column_2="") | {"next": "1"}
        assert client.post(page, nobody).status_code == 422
        answer = client.post(page, matching_data(import_, column_2="phone") | {"next": "1"})
        assert answer.status_code == 422
        assert "“Điện thoại”" in answer.content.decode()
        assert not Field.objects.exists()

    def test_allows_only_members_with_the_right(self, client: Any, client_of: ClientFactory) -> None:
        import_ = create_import(client)
        binh, chi = client_of(BINH), client_of(CHI)
        for path in (
            "",
            "templates/contacts/quen/",
            *(f"{import_.pk}/{step}/" for step in ("data", "columns", "run")),
        ):
            assert binh.get(IMPORTS_URL + path).status_code == 403, path
            assert chi.get(IMPORTS_URL + path).status_code == 404, path
        assert binh.post(f"{IMPORTS_URL}{import_.pk}/delete/").status_code == 403
        assert Import.objects.filter(pk=import_.pk).exists()

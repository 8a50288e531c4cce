"""The import wizard: correcting what was read and matched, leaving and coming back."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import AN

from quen.apps.contacts.models import Contact, Field
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
)
from quen.apps.import_export.types import ImportState, ImportStep
from quen.core import clock


@pytest.fixture
def client(workspace: Any, client_of: ClientFactory) -> Any:
    """Return An's client."""
    return client_of(AN)


class TestCorrect:
    def test_reads_again_with_other_options_and_returns_only_the_partial(self, client: Any) -> None:
        import_ = create_import(client, "Tên;Điện thoại\nVy;0905318274\nNam;0914027665\n")
        assert import_.headers == ["Tên", "Điện thoại"]
        page = f"{IMPORTS_URL}{import_.pk}/data/"
        answer = client.post(page, {"delimiter": ",", "encoding": "utf-8", "quotes": "on"}, headers=HX)
        shown = answer.content.decode()
        assert shown.lstrip().startswith('<form id="reading"')
        assert "Nam;0914027665" in shown
        answer = client.post(page, {"delimiter": ";", "quotes": "on", "next": "1"})
        assert answer.url == f"{IMPORTS_URL}{import_.pk}/columns/"
        assert queries.get_import(import_.pk).headers == ["Tên", "Điện thoại"]
        client.post(page, {"quotes": "on", "header_row": "0", "next": "1"})
        assert queries.get_import(import_.pk).read_options["header_row"] == 0

    def test_offers_the_encoding_of_each_column_of_a_legacy_file(self, client: Any) -> None:
        sample = SAMPLES / "cu-tcvn3.csv"
        import_ = create_import(client, sample.read_bytes(), sample.name)
        page = f"{IMPORTS_URL}{import_.pk}/data/"
        form = client.get(page).context["form"]
        assert form.initial["encoding"] == "tcvn3"
        assert form.column_fields
        sent = {field.name: field.initial for field in form.column_fields} | {"encoding": "tcvn3"}
        answer = client.post(page, sent | {"quotes": "on", "encoding_of_0": "vni"}, headers=HX)
        assert answer.content.decode().count('<option value="vni" selected>') == 1
        assert queries.get_import(import_.pk).read_options["column_encodings"][0] == "vni"

    def test_shows_why_reading_fails_and_keeps_the_previous_options(self, client: Any) -> None:
        import_ = create_import(client, "Tên,Điện thoại\nĐặng Vỹ,0905318274\n")
        answer = client.post(
            f"{IMPORTS_URL}{import_.pk}/data/", {"encoding": "utf-16", "quotes": "on"}, headers=HX
        )
        assert answer.status_code == 422
        assert "Đặng Vỹ" in answer.content.decode()
        assert queries.get_import(import_.pk).headers == ["Tên", "Điện thoại"]

    def test_reads_only_the_beginning_of_a_long_file(self, client: Any, settings: Any) -> None:
        settings.IMPORT_HEAD_BYTES = 1 << 20
        rows = "".join(f"Đỗ Vỹ {n},0905{n:06},{'x' * 90}\n" for n in range(16_000))
        import_ = create_import(client, f"Tên,Điện thoại,Ghi chú\n{rows}")
        assert import_.total_rows == 16_000
        with queries.open_head(import_) as table:
            assert 0 < table.rows_estimate < 12_000
            assert table.headers == ("Tên", "Điện thoại", "Ghi chú")
        assert "Đỗ Vỹ 19" in client.get(f"{IMPORTS_URL}{import_.pk}/data/").content.decode()
        page = client.get(f"{IMPORTS_URL}{import_.pk}/columns/?row=499").context
        assert (page["preview"].title, page["accepted"]) == ("Đỗ Vỹ 499", 500)

    def test_stores_each_choice_and_shows_its_effect(self, client: Any) -> None:
        import_ = create_import(client)
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        first = client.get(page).context["columns"]
        assert [column.state for column in first] == ["matched", "matched", "matched", "review", "new"]
        assert [words for _order, words in first[3].date_orders] == ["5 thg 3", "3 thg 5"]
        answer = client.post(page, matching_data(import_, order_3="mdy", column_4=""), headers=HX)
        shown = answer.content.decode()
        assert 'id="match"' in shown
        assert "<html" not in shown
        assert "03/05/1991" in shown
        assert [column.state for column in answer.context["columns"]] == ["matched"] * 4 + ["skipped"]
        assert not Field.objects.exists()
        again = client.get(page).context["columns"]
        assert again[3].date_order == "mdy"
        assert again[4].reason == "Theo bạn chọn"

    def test_previews_one_row_after_another(self, client: Any) -> None:
        import_ = create_import(client)
        page = f"{IMPORTS_URL}{import_.pk}/columns/"
        answer = client.get(f"{page}?row=1", headers=HX)
        shown = answer.content.decode()
        assert shown.lstrip().startswith('<div id="row-preview"')
        assert "Trần Văn Nam" in shown
        assert client.get(f"{page}?row=2").context["preview"].refused
        assert client.get(f"{page}?row=999").context["row_number"] == 5
        assert client.get(page).context["accepted"] == 3

    def test_shows_contacts_that_exist_already(self, client: Any) -> None:
        import_file(client)
        import_ = create_import(client)
        notes = client.get(f"{IMPORTS_URL}{import_.pk}/columns/").context["preview"].notes
        assert any("Đã có trong Quen" in words for _icon, _tone, words in notes)


class TestReturn:
    def test_continues_at_the_step_reached(self, client: Any, client_of: ClientFactory) -> None:
        import_ = create_import(client)
        front = f"{IMPORTS_URL}{import_.pk}/"
        assert client.get(front).url == f"{front}columns/"
        assert client.get(f"{front}settings/").url == f"{front}columns/"
        answer = client.post(f"{front}columns/", matching_data(import_, column_4="") | {"leave": "1"})
        assert answer.url == f"{IMPORTS_URL}?kind=contacts"
        again = client_of(AN)
        listed = again.get(IMPORTS_URL).content.decode()
        assert "khach.csv" in listed
        assert "Khớp cột" in listed
        assert not again.get(again.get(front).url).context["columns"][4].chosen
        submit_matching(client, queries.get_import(import_.pk))
        assert again.get(front).url == f"{front}settings/"
        assert again.get(f"{front}run/").url == f"{front}settings/"
        client.post(f"{front}settings/", DEFAULT_SETTINGS | {"tags": "VIP", "leave": "1"})
        assert again.get(front).url == f"{front}dry-run/"
        assert again.get(f"{front}settings/").context["form"].initial["tags"] == ["VIP"]
        assert again.post(f"{front}dry-run/").url == f"{front}dry-run/"
        assert again.get(f"{front}dry-run/").context["running"]
        assert queries.get_import(import_.pk).step == ImportStep.DRY_RUN

    def test_a_finished_import_has_only_its_result(self, client: Any) -> None:
        import_ = import_file(client)
        front = f"{IMPORTS_URL}{import_.pk}/"
        for step in ("", "data/", "columns/", "settings/", "dry-run/"):
            assert client.get(front + step).url == f"{front}run/", step

    def test_a_waiting_page_is_redirected_to_the_result(self, client: Any) -> None:
        import_ = run_dry_run(client, submit_matching(client, create_import(client)))
        front = f"{IMPORTS_URL}{import_.pk}/"
        assert client.get(f"{front}dry-run/", headers=HX)["HX-Redirect"] == f"{front}dry-run/"
        client.post(f"{front}run/")
        waits = client.get(f"{front}run/", headers=HX)
        assert waits.status_code == 200
        assert "<html" not in waits.content.decode()
        services.run_import(import_id=import_.pk, clock=clock.now)
        assert client.get(f"{front}run/", headers=HX)["HX-Redirect"] == f"{front}run/"

    def test_stops_and_resumes(self, client: Any) -> None:
        import_ = run_dry_run(client, submit_matching(client, create_import(client)))
        front = f"{IMPORTS_URL}{import_.pk}/"
        client.post(f"{front}run/")
        client.post(f"{front}run/stop/")
        assert queries.get_import(import_.pk).state == ImportState.STOPPED
        page = client.get(f"{front}run/").content.decode()
        assert "Tiếp tục nhập" in page
        assert client.post(f"{front}run/resume/").url == f"{front}run/"
        services.run_import(import_id=import_.pk, clock=clock.now)
        assert Contact.objects.count() == 3

    def test_deletes_an_unfinished_import(self, client: Any) -> None:
        import_ = create_import(client)
        assert client.post(f"{IMPORTS_URL}{import_.pk}/delete/").url == f"{IMPORTS_URL}?kind=contacts"
        assert not Import.objects.exists()
        assert client.get(f"{IMPORTS_URL}{import_.pk}/").status_code == 404

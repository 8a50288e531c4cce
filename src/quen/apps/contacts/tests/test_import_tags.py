"""A list of tags goes through the same wizard and command as a list of customers."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest
from tests.cast import AN, BINH, NOW

from quen.apps.contacts.models import Contact, Tag
from quen.apps.contacts.tests.factories import make_tag
from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.tests.import_helpers import counts, refused_rows, run_draft, warnings
from quen.apps.import_export.types import UnknownSetting
from quen.cli.base import Output
from quen.cli.commands.import_ import COMMAND
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")
SHEET = "Tên thẻ,Mô tả\nVIP,Chi trên 10 triệu\nSỉ,Mua để bán lại\nvip,Khách quý\n,Không tên\n"
IMPORTS_URL = "/w/tra-sen/imports/"


def import_tags(text: str = SHEET, **settings: Any) -> Import:
    import_ = services.create_from_paste(text=text.replace(",", "\t"), actor=SYSTEM, now=NOW, kind="tags")
    services.auto_match(import_=import_)
    services.set_settings(import_=import_, settings=settings)
    return import_


def descriptions() -> dict[str, str]:
    return dict(Tag.objects.values_list("name", "description"))


class TestRows:
    def test_become_tags(self) -> None:
        import_ = run_draft(import_tags())
        assert descriptions() == {"VIP": "Chi trên 10 triệu", "Sỉ": "Mua để bán lại"}
        assert counts(import_) == {"created": 2, "repeated": 1, "refused": 1}
        assert refused_rows(import_) == [(5, "no_name")]

    def test_keep_or_overwrite_tags_that_exist(self) -> None:
        tag = make_tag("VIP")
        Tag.objects.filter(pk=tag.pk).update(description="Cũ")
        assert counts(run_draft(import_tags("Thẻ,Mô tả\nvip,Mới"))) == {"unchanged": 1}
        assert descriptions() == {"VIP": "Cũ"}
        rows = "Thẻ,Mô tả\nvip,Mới\nVIP,"
        import_ = run_draft(import_tags(rows, conflict_policy="overwrite"))
        assert counts(import_) == {"updated": 1, "repeated": 1}
        assert descriptions() == {"VIP": "Mới"}

    def test_with_a_comma_or_a_long_text_are_named(self) -> None:
        import_ = run_draft(import_tags(f"Thẻ\tMô tả\na;b\t{'x' * 301}\n{'y' * 61}\t"))
        assert warnings(import_) == [(2, "description", "too_long")]
        assert refused_rows(import_) == [(3, "bad_tag")]
        assert len(descriptions()["a;b"]) == 300

    def test_know_no_settings_of_customers(self) -> None:
        with pytest.raises(UnknownSetting):
            import_tags(tags=["VIP"])
        with pytest.raises(UnknownSetting):
            import_tags(conflict_policy="fill")


class TestDryRun:
    def test_counts_like_the_run_and_writes_nothing(self) -> None:
        import_ = import_tags(conflict_policy="overwrite")
        report = services.run_dry_run(import_id=import_.pk, clock=lambda: NOW)
        assert not Tag.objects.exists()
        finished = run_draft(queries.get_import(import_.pk))
        names = ("created", "updated", "unchanged", "refused", "repeated")
        assert (
            [report[name] for name in names] == [getattr(finished, name) for name in names] == [2, 0, 0, 1, 1]
        )


class TestWizard:
    def test_goes_from_the_file_to_the_list_of_tags(self, client_of: Any) -> None:
        client = client_of(AN)
        start = client.get(f"{IMPORTS_URL}?kind=tags").content.decode()
        assert f"{IMPORTS_URL}templates/tags/quen/" in start
        client.post(f"{IMPORTS_URL}pastes/", {"text": SHEET.replace(",", "\t"), "kind": "tags"})
        import_ = Import.objects.get()
        assert import_.kind == "tags"
        url = f"{IMPORTS_URL}{import_.pk}/"
        assert client.get(f"{url}data/").status_code == 200
        assert "Thẻ mới" in client.get(f"{url}columns/").content.decode()
        matched = {"column_0": "name", "column_1": "description", "next": "1"}
        assert client.post(f"{url}columns/", matched).status_code == 302
        assert "Giữ mô tả hiện có" in client.get(f"{url}settings/").content.decode()
        answer = client.post(f"{url}settings/", {"conflict_policy": "skip", "next": "1"})
        assert answer.status_code == 302, answer.content.decode()
        services.run_dry_run(import_id=import_.pk, clock=lambda: NOW)
        assert "Nhập 2 thẻ" in client.get(f"{url}dry-run/").content.decode()
        assert client.post(f"{url}run/").status_code == 302
        services.run_import(import_id=import_.pk, clock=lambda: NOW)
        result = client.get(f"{url}run/")
        assert "Không thể hoàn tác" in result.content.decode()
        tags = client.get(result.context["result_url"]).content.decode()
        assert "Mua để bán lại" in tags
        assert not Contact.objects.exists()

    def test_asks_for_the_right_to_manage_tags(self, client_of: Any) -> None:
        assert client_of(BINH).get(f"{IMPORTS_URL}?kind=tags").status_code == 403


class TestCommand:
    def test_imports_tags(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        path = tmp_path / "the.csv"
        path.write_text(SHEET, encoding="utf-8-sig")
        parser = ArgumentParser()
        assert COMMAND.arguments is not None
        COMMAND.arguments(parser)
        COMMAND.run(parser.parse_args([str(path), "--kind", "tags", "-w", "tra-sen"]), Output(json=True))
        answer = json.loads(capsys.readouterr().out)
        assert (answer["created"], answer["refused"]) == (2, 1)
        assert set(descriptions()) == {"VIP", "Sỉ"}

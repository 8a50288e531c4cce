"""``quen import`` reports what the engine did, and refuses in one sentence."""

from __future__ import annotations

import getpass
import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from quen.apps.compliance.models import Suppression
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import ConsentEntry, Contact, ContactTag, Field
from quen.apps.contacts.types import Consent, ProofMissing, RefusalsLeftOut, Status
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import NoIdentifyingColumn
from quen.cli.base import CommandError, Output
from quen.cli.commands.import_ import COMMAND

ROWS = "Họ tên;Điện thoại;Size\nLan;0905 000 001;M\nMai;0905 000 002;L\nAi;;M\n"


@pytest.fixture
def file(workspace: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A merchant's file, in the folder the command runs in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "khach.csv"
    path.write_text(ROWS, encoding="utf-8-sig")
    return path


def command(*arguments: str, json_output: bool = False) -> None:
    """Run the command in Trà Sen."""
    parser = ArgumentParser()
    assert COMMAND.arguments is not None
    COMMAND.arguments(parser)
    COMMAND.run(parser.parse_args([*arguments, "-w", "tra-sen"]), Output(json=json_output))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run the command in Trà Sen. Return its JSON result."""
    command(*arguments, json_output=True)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


class TestImport:
    def test_brings_people_in_and_writes_the_refused_rows_beside(
        self, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answer = run(capsys, str(file), "--tag", "Tết", "--tag", "sỉ")
        assert {
            name: answer[name] for name in ("rows", "created", "updated", "unchanged", "refused", "warned")
        } == {
            "rows": 3,
            "created": 2,
            "updated": 0,
            "unchanged": 0,
            "refused": 1,
            "warned": 0,
        }
        assert answer["seconds"] > 0
        refused = Path(answer["refused_file"])
        assert refused.parent == file.parent
        assert refused.read_text(encoding="utf-8-sig").splitlines()[1].startswith("Ai,,M,4,")
        assert ContactTag.objects.count() == 4

    def test_makes_a_field_and_skips_a_column_as_the_map_says(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        where = tmp_path / "map.json"
        entry = {"new_field": {"name": "Cỡ áo", "format": "text"}}
        where.write_text(json.dumps({"Size": entry, "Họ tên": None}), encoding="utf-8")
        run(capsys, str(file), "--map", str(where))
        key = str(Field.objects.get(name="Cỡ áo").pk)
        held = Contact.objects.order_by("phone").values_list("full_name", "attrs")
        assert list(held) == [("", {key: "M"}), ("", {key: "L"})]

    def test_a_dry_run_writes_nothing(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        answer = run(capsys, str(file), "--dry-run")
        assert (answer["created"], answer["refused"], answer["refused_file"]) == (2, 1, None)
        assert (Contact.objects.count(), Import.objects.count()) == (0, 0)

    def test_subscribed_takes_its_proof(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(ProofMissing):
            run(capsys, str(file), "--status", "subscribed")
        assert Import.objects.count() == 0
        run(capsys, str(file), "--status", "subscribed", "--consent-proof", "Phiếu tại quầy, 2025")
        assert set(Contact.objects.values_list("status", flat=True)) == {Status.SUBSCRIBED}

    def test_refuses_a_map_for_columns_that_are_not_there(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        where = tmp_path / "map.json"
        where.write_text('{"Sai": "phone"}')
        with pytest.raises(CommandError) as refusal:
            run(capsys, str(file), "--map", str(where))
        assert refusal.value.code == "no_such_column"
        assert Import.objects.count() == 0

    def test_refuses_a_file_without_anything_that_identifies(
        self, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file.write_text("Ghi chú,Màu\nx,y\n", encoding="utf-8")
        with pytest.raises(NoIdentifyingColumn):
            run(capsys, str(file))
        assert Import.objects.count() == 0

    def test_notes_every_column_that_is_skipped(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file.write_text(
            "Điện thoại,Điểm,Trống,Ghi nhận\n0905000001,5,,từ chối\n0905000002,7,,hẹn lại\n", encoding="utf-8"
        )
        where = tmp_path / "map.json"
        where.write_text('{"Điểm": null}', encoding="utf-8")
        run_with = [str(file), "--map", str(where), "--dry-run"]
        answer = run(capsys, *run_with)
        assert [each["column"] for each in answer["skipped_columns"]] == ["Điểm", "Ghi nhận"]
        assert "từ chối" in answer["skipped_columns"][1]["reason"]
        command(*run_with)
        notes = capsys.readouterr().err
        assert "Điểm" in notes and "Ghi nhận" in notes and "Trống" not in notes

    def test_remembers_no_skip_that_nobody_chose(
        self, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        heading = "Họ tên,Điện thoại,Email"
        file.write_text(
            f"{heading}\nLê Một,9.01E+08,ma1@example.vn\nLê Hai,9.02E+08,ma2@example.vn\n", encoding="utf-8"
        )
        assert [each["column"] for each in run(capsys, str(file))["skipped_columns"]] == ["Điện thoại"]
        file.write_text(f"{heading}\nTrần Một,0901000101,mb1@example.vn\n", encoding="utf-8")
        assert run(capsys, str(file))["skipped_columns"] == []
        assert Contact.objects.get(email="mb1@example.vn").phone == "+84901000101"

    def test_remembers_what_the_map_chose(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        where = tmp_path / "map.json"
        where.write_text('{"Họ tên": null, "Size": "note"}', encoding="utf-8")
        run(capsys, str(file), "--map", str(where))
        file.write_text(ROWS.replace("0905 000", "0905 111"), encoding="utf-8-sig")
        assert [each["column"] for each in run(capsys, str(file))["skipped_columns"]] == ["Họ tên"]
        assert set(Contact.objects.values_list("full_name", "note")) == {("", "M"), ("", "L")}

    def test_takes_the_good_cells_of_a_known_heading(
        self, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        junk = [
            "lan1@example.vn",
            "không có",
            "chưa có",
            "ko có",
            "không",
            "0",
            "x",
            "lan2@example.vn",
            "Không email",
        ]
        junk += ["none", "null", "kco", "lan3@example.vn", "(trống)", "chưa cung cấp", "lan@", "hỏi lại sau"]
        rows = "".join(f"Trần Thư {n},09060000{n:02},{cell}\n" for n, cell in enumerate(junk))
        file.write_text(f"Họ tên,Điện thoại,Email\n{rows}", encoding="utf-8")
        answer = run(capsys, str(file))
        assert (answer["created"], answer["warned"], answer["skipped_columns"]) == (17, 2, [])
        assert Contact.objects.exclude(email=None).count() == 3

    def test_takes_the_map_that_the_documentation_shows(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        docs = Path(__file__).parents[4] / "docs"
        shown = [docs / "en/command-line.md", docs / "vi/dong-lenh.md"]
        examples = [page.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0] for page in shown]
        assert examples[0] == examples[1]
        where = tmp_path / "map.json"
        where.write_text(examples[0], encoding="utf-8")
        headings = list(json.loads(examples[0]))
        rows = "0905000001,03/15/1990,Da dầu,M,x\n0905000002,04/16/1991,Da khô,L,y\n"
        file.write_text(f"{','.join(headings)}\n{rows}", encoding="utf-8")
        assert run(capsys, str(file), "--map", str(where))["created"] == 2
        assert Field.objects.get(name="Cỡ áo").choices == ["M", "L"]

    def test_keeps_the_rejected_rows_to_its_user(
        self, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        readable = os.umask(0o022)
        try:
            answer = run(capsys, str(file))
            assert Path(answer["refused_file"]).stat().st_mode & 0o777 == 0o600
        finally:
            os.umask(readable)


class TestRefusals:
    """Files of refusals as trials found them: every one was read as consent, or lost."""

    @pytest.mark.parametrize(
        ("heading", "channels"),
        [
            ("Từ chối nhận email", {"email"}),
            ("Ngừng nhận email", {"email"}),
            ("Do Not Email", {"email"}),
            ("Blacklist", {"email", "sms", "zalo", "call", "chat", "push"}),
            ("Không nhận SMS", {"sms"}),
        ],
    )
    def test_of_a_heading_that_says_no_are_kept(
        self, file: Path, capsys: pytest.CaptureFixture[str], heading: str, channels: set[str]
    ) -> None:
        rows = "".join(
            f"Lê {n},x{n}@example.vn,091712000{n},{answer}\n"
            for n, answer in enumerate(["Có", "Không", "Có", ""])
        )
        file.write_text(f"Họ tên,Email,Điện thoại,{heading}\n{rows}", encoding="utf-8")
        answer = run(capsys, str(file))
        assert (answer["created"], answer["skipped_columns"]) == (4, [])
        for contact in Contact.objects.all():
            refused = contact.full_name in {"Lê 0", "Lê 2"}
            held = {channel for channel in channels if contact.consent(channel) == Consent.WITHDRAWN}
            assert held == (channels if refused else set())
            unsubscribed = refused and "email" in channels
            assert contact.status == (Status.UNSUBSCRIBED if unsubscribed else Status.NON_SUBSCRIBED)
        assert not ConsentEntry.objects.filter(consent=Consent.GRANTED).exists()

    STATUSES = (
        *(
            "subscribed",
            "unsubscribed",
            "cleaned",
            "non-subscribed",
            "active",
            "bounced",
            "blocklisted",
            "Đã đăng ký",
        ),
        *(
            "Hủy đăng ký",
            "Đã hủy đăng ký",
            "Chưa đăng ký",
            "Lưu trữ",
            "Saved",
            "Đang hoạt động",
            "0",
            "1",
            "",
        ),
    )

    @pytest.mark.parametrize("heading", ["Trạng thái", "Email Status", "Subscription Status"])
    def test_in_a_column_of_statuses_hold_over_subscribed_for_all(
        self, file: Path, capsys: pytest.CaptureFixture[str], heading: str
    ) -> None:
        rows = "".join(f"Lê Trạng {n},st{n:02}@example.vn,{word}\n" for n, word in enumerate(self.STATUSES))
        file.write_text(f"Họ tên,Email,{heading}\n{rows}", encoding="utf-8")
        run(capsys, str(file), "--status", "subscribed", "--consent-proof", "Phiếu tại quầy")
        statuses = dict(Contact.objects.values_list("email", "status"))
        subscribed = [email for email, status in sorted(statuses.items()) if status == Status.SUBSCRIBED]
        assert subscribed == ["st00@example.vn", "st07@example.vn"]
        unsubscribed = [email for email, status in sorted(statuses.items()) if status == Status.UNSUBSCRIBED]
        assert unsubscribed == [f"st{n:02}@example.vn" for n in (1, 6, 8, 9)]
        assert dict(Suppression.objects.values_list("address", "cause")) == {
            "st02@example.vn": "bounce",
            "st05@example.vn": "bounce",
            "st06@example.vn": "manual",
        }

    def test_that_nobody_matched_stop_subscribed_for_all(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file.write_text(
            "Email,Trạng thái\na@example.vn,mới\nb@example.vn,unsubscribed\nc@example.vn,cũ\n",
            encoding="utf-8",
        )
        proof = ["--status", "subscribed", "--consent-proof", "Phiếu"]
        for dry_run in ([], ["--dry-run"]):
            with pytest.raises(RefusalsLeftOut) as refusal:
                run(capsys, str(file), *proof, *dry_run)
            assert "Trạng thái" in str(refusal.value) and "unsubscribed" in str(refusal.value)
        assert (Contact.objects.count(), Import.objects.count()) == (0, 0)
        run(capsys, str(file))
        assert set(Contact.objects.values_list("status", flat=True)) == {Status.NON_SUBSCRIBED}


class TestLedger:
    def test_shows_file_column_row_and_author(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file.write_text("Email,Nhận tin\na@example.vn,Có\nb@example.vn,\nc@example.vn,Có\n", encoding="utf-8")
        run(capsys, str(file))
        entries = ConsentEntry.objects.order_by("file_row")
        origins = [contacts.file_origin(entry) for entry in entries]
        assert [(each.file, each.column, each.row) for each in origins if each] == [
            ("khach.csv", "Nhận tin", 2),
            ("khach.csv", "Nhận tin", 4),
        ]
        assert {entry.proof.member_name for entry in entries} == {f"{getpass.getuser()} (quen import)"}

    def test_names_the_member_the_command_is_run_as(
        self, file: Path, an: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file.write_text("Email,Nhận tin\na@example.vn,Có\nb@example.vn,Không\n", encoding="utf-8")
        run(capsys, str(file), "--as", an.email)
        proof = ConsentEntry.objects.get().proof
        assert (proof.member_id, proof.member_name) == (an.pk, an.name)
        with pytest.raises(CommandError):
            run(capsys, str(file), "--as", "khong-ai@example.vn")

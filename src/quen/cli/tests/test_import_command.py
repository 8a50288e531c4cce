"""``quen import`` reports what the engine did, and refuses in one sentence."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from quen.apps.contacts.models import Contact, ContactTag, Field
from quen.apps.contacts.types import ProofMissing, Status
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


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run the command in Trà Sen. Return its JSON result."""
    parser = ArgumentParser()
    assert COMMAND.arguments is not None
    COMMAND.arguments(parser)
    COMMAND.run(parser.parse_args([*arguments, "-w", "tra-sen"]), Output(json=True))
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

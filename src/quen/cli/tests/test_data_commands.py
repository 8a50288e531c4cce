"""Commands on a workspace's data, run against committed rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from tests.cast import AN, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact, make_field

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = Path(__file__).resolve().parents[2] / "apps/import_export/tests/samples/sapo-khach-hang.xlsx"


class TestWorkspace:
    def test_creates_one_for_a_new_owner_and_lists_it(
        self, quen: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QUEN_OWNER_PASSWORD", "sen-hong-26")
        code, answer, _ = quen("workspace", "create", "Mộc Sen", "--owner-email", "moc@sen.example")
        assert (code, answer["slug"], answer["owner_is_new"]) == (0, "moc-sen", True)
        assert "moc-sen" in [each["slug"] for each in quen("workspace", "list")[1]]
        owner = accounts.find_user("moc@sen.example")
        assert owner is not None
        assert owner.has_usable_password()

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["", "--owner-email", "moc@sen.example"], "no_name"),
            (["Sen", "--owner-email", "moc"], "bad_email"),
            (["Sen", "--owner-email", "weak@sen.example"], "weak_password"),
            (["Sen", "--owner-email", "moc@sen.example", "--owner-password", "sen-26"], "visible_password"),
            (["Sen", "--owner-email", "moc@sen.example", "--owner-password"], "visible_password"),
            (["Sen", "--owner-email", AN, "--slug", TRA_SEN], "slug_taken"),
        ],
    )
    def test_refuses_and_leaves_nothing(
        self, quen: Any, arguments: list[str], code: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QUEN_OWNER_PASSWORD", "1")
        before = [each["slug"] for each in quen("workspace", "list")[1]]
        done, answer, stderr = quen("workspace", "create", *arguments)
        assert (done, answer["code"]) == (1, code)
        assert "Traceback" not in stderr
        assert [each["slug"] for each in quen("workspace", "list")[1]] == before
        assert accounts.find_user("moc@sen.example") is None
        assert accounts.find_user("weak@sen.example") is None


class TestDemo:
    def test_fills_once_and_says_so_the_second_time(self, quen: Any) -> None:
        code, answer, _ = quen("demo", "-w", TRA_SEN, "--contacts", "60", "--events", "600")
        assert (code, answer["contacts"]) == (0, 60)
        segments = {each["id"]: each["size"] for each in quen("segment", "list", "-w", TRA_SEN)[1]}
        assert max(segments.values()) > 0
        assert Contact.objects.filter(orders_count__gt=0).exists()
        code, answer, stderr = quen("demo", "-w", TRA_SEN, "--contacts", "60", "--events", "600")
        assert (code, answer["code"]) == (1, "contacts_exist")
        assert "Traceback" not in stderr
        assert Contact.objects.count() == 60

    def test_the_same_seed_gives_the_same_people(self, quen: Any, tmp_path: Path) -> None:
        quen("demo", "-w", TRA_SEN, "--contacts", "40", "--events", "0", "--seed", "3")
        quen("workspace", "create", "Sen", "--owner-email", AN)
        quen("demo", "-w", "sen", "--contacts", "40", "--events", "0", "--seed", "3")
        people = []
        for ws in (TRA_SEN, "sen"):
            quen("export", "contacts", "-w", ws, "-o", f"{ws}.csv")
            written = (tmp_path / f"{ws}.csv").read_text(encoding="utf-8-sig").splitlines()
            people.append([row[:3] for row in csv.reader(written)])
        assert people[0] == people[1]
        assert len(people[0]) == 41


class TestImportAndExport:
    def test_what_was_imported_is_exported_with_its_own_fields(self, quen: Any, tmp_path: Path) -> None:
        age = make_field(name="Tuổi")
        make_contact(full_name="=HYPERLINK(1)", attrs={str(age.pk): 41})
        code, answer, _ = quen("import", str(SAMPLE), "-w", TRA_SEN, "--tag", "hội chợ")
        assert (code, answer["rows"], answer["created"], answer["refused"]) == (0, 314, 305, 3)
        assert answer["refused_file"]
        code, answer, _ = quen("export", "contacts", "-w", TRA_SEN, "-o", "people.csv")
        assert (code, answer["contacts"]) == (0, 306)
        out = tmp_path / "people.csv"
        assert out.stat().st_mode & 0o077 == 0
        rows = list(csv.reader(out.open(encoding="utf-8-sig")))
        assert rows[0][-1] == "Tuổi"
        assert rows[1][0] == "'=HYPERLINK(1)"
        assert rows[1][-1] == "41"

    def test_a_dry_run_writes_neither_people_nor_fields(self, quen: Any, tmp_path: Path) -> None:
        (tmp_path / "people.csv").write_text("Điện thoại,Cỡ áo\n0905318274,M\n")
        (tmp_path / "map.json").write_text('{"Cỡ áo": {"new_field": {"name": "Cỡ áo", "format": "text"}}}')
        code, answer, _ = quen("import", "people.csv", "-w", TRA_SEN, "--map", "map.json", "--dry-run")
        assert (code, answer["created"]) == (0, 1)
        assert not Contact.objects.exists()
        assert not make_field(name="Cỡ áo").archived_at

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            ('{"Size": {"new_field": {"name": "Size", "format": "colour"}}}', "unknown_field_format"),
            ('{"Size": {"new_field": {"name": "Size"}}}', "bad_map"),
            ('{"Size": {"new_field": "Size"}}', "bad_map"),
            ('{"Width": "phone"}', "no_such_column"),
            ("[", "not_json"),
        ],
    )
    def test_a_wrong_map_is_refused_in_a_sentence(
        self, quen: Any, tmp_path: Path, wanted: str, code: str
    ) -> None:
        (tmp_path / "people.csv").write_text("Điện thoại,Size\n0905318274,M\n")
        (tmp_path / "map.json").write_text(wanted)
        done, answer, stderr = quen("import", "people.csv", "-w", TRA_SEN, "--map", "map.json")
        assert (done, answer["code"]) == (1, code)
        assert "Traceback" not in stderr
        assert not Contact.objects.exists()

    def test_a_tag_with_a_comma_is_refused_before_the_work_begins(self, quen: Any) -> None:
        done, answer, _ = quen("import", str(SAMPLE), "-w", TRA_SEN, "--tag", "a,b")
        assert (done, answer["code"]) == (1, "bad_tag")
        assert not Contact.objects.exists()


class TestAudience:
    def test_counts_who_a_tree_means(self, quen: Any, tmp_path: Path) -> None:
        make_contact(gender="female")
        make_contact(gender="male")
        (tmp_path / "rules.json").write_text('{"field": "gender", "op": "is", "value": ["female"]}')
        code, answer, _ = quen("audience", "count", "-w", TRA_SEN, "--rules", "rules.json")
        assert (code, answer["count"]) == (0, 1)

    def test_refuses_a_wrong_tree_with_its_path(self, quen: Any, tmp_path: Path) -> None:
        (tmp_path / "rules.json").write_text('{"all": [{"field": "no", "op": "is"}]}')
        code, answer, _ = quen("audience", "count", "-w", TRA_SEN, "--rules", "rules.json")
        assert code == 1
        assert answer["params"]["path"].startswith("/all/0")


class TestSegment:
    def test_creates_counts_lists_and_says_who(self, quen: Any, tmp_path: Path) -> None:
        woman = make_contact(gender="female")
        make_contact(gender="male")
        (tmp_path / "rules.json").write_text('{"field": "gender", "op": "is", "value": ["female"]}')
        made = quen("segment", "create", "-w", TRA_SEN, "--name", "Khách nữ", "--rules", "rules.json")
        assert (made[0], made[1]["size"], made[1]["computing"]) == (0, 1, False)
        make_contact(gender="female")
        code, answer, _ = quen("segment", "members", "-w", TRA_SEN, "khách nữ")
        assert code == 0
        assert [each["id"] for each in answer["members"]] == [woman.pk]  # the other one announced no change
        assert quen("segment", "count", "-w", TRA_SEN, "Khách nữ")[1]["size"] == 1
        assert "Khách nữ" in [each["name"] for each in quen("segment", "list", "-w", TRA_SEN)[1]]

    def test_refuses_a_name_in_use_and_one_that_is_not_there(self, quen: Any, tmp_path: Path) -> None:
        (tmp_path / "rules.json").write_text('{"field": "orders_count", "op": "at_least", "value": 1}')
        arguments = ("segment", "create", "-w", TRA_SEN, "--name", "Đã mua", "--rules", "rules.json")
        assert quen(*arguments)[0] == 0
        code, answer, stderr = quen(*arguments)
        assert (code, answer["code"]) == (1, "segment_name_taken")
        assert "Traceback" not in stderr
        code, answer, _ = quen("segment", "count", "-w", TRA_SEN, "Không có")
        assert (code, answer["code"]) == (1, "not_found")


class TestContact:
    def test_erases_after_a_confirmation_and_names_nobody(self, quen: Any) -> None:
        lan = make_contact(full_name="Trần Thị Lan", email="lan@khach.vn")
        erase = ("contact", "erase", "-w", TRA_SEN, "Lan@Khach.vn", "--reason", "request")
        code, answer, stderr = quen(*erase)
        assert (code, answer["code"]) == (1, "not_confirmed")
        assert Contact.objects.filter(pk=lan.pk).exists()
        code, answer, stderr = quen(*erase, "--yes")
        assert (code, answer) == (0, {"id": lan.pk, "reason": "request"})
        assert "Lan" not in stderr
        assert not Contact.all_objects.filter(pk=lan.pk).exists()
        code, answer, stderr = quen(*erase, "--yes")
        assert (code, answer["code"]) == (1, "not_found")
        assert "khach.vn" not in stderr

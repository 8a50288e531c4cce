"""What is exported comes back by an import as the same data, over every format of a field (R-25)."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.values import parse_custom_value
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import FieldFormat, Gender
from quen.apps.import_export import queries as import_export
from quen.apps.import_export import services
from quen.apps.import_export.registry import export_kind
from quen.apps.import_export.types import ImportState
from quen.core import sql, text
from quen.core.actors import SYSTEM
from quen.core.clock import VIETNAM
from quen.core.table_files import TableFormat

pytestmark = pytest.mark.django_db
CHOICES = ["Trà sữa", "Cà phê, ít đường", "=Nước ép", "Không"]
STARTS = ("", "=", "+", "-", "@", "'", "'=", "''-")
# Words of the language: a column of letters that no word has could be one in a font of before Unicode.
_SPOKEN = (
    "trà sữa ít đường, không đá;",
    'cỡ "lớn" | khách quen',
    "100% ngõ 12/3 Đặng Văn Ngữ",
    "hẻm 'nhỏ'",
    "a\\b",
)
WORDS = st.lists(st.sampled_from(_SPOKEN), min_size=1, max_size=4).map(" ".join)
TEXTS = st.builds("{}{}".format, st.sampled_from(STARTS), WORDS).map(text.clean).filter(lambda t: len(t) > 2)
LINES = st.lists(TEXTS, min_size=1, max_size=3).map("\n".join)
DAYS = st.one_of(st.dates(date(1900, 1, 2), date(1960, 1, 1)), st.dates(date(1971, 1, 1), date(2026, 10, 13)))
# Not the first days of 1970, which files have for an unknown day.
SECONDS = st.integers(10**8, 1_790_000_000)
MOMENTS = SECONDS.map(lambda at: datetime.fromtimestamp(at, UTC))
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**12),
    st.decimals(-(10**6), 10**6, places=3).map(float),
    st.sampled_from([0, 1.5, 0.125, 1.125, 1234.125, 165000.5]),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    FieldFormat.TEXT: TEXTS,
    FieldFormat.LONG_TEXT: LINES,
    FieldFormat.NUMBER: NUMBERS,
    FieldFormat.DATE: DAYS.map(date.isoformat),
    FieldFormat.DATE_TIME: MOMENTS.map(datetime.isoformat),
    FieldFormat.YES_NO: st.booleans(),
    FieldFormat.SINGLE: st.sampled_from(CHOICES),
    FieldFormat.MULTIPLE: st.lists(st.sampled_from(CHOICES), min_size=1, unique=True),
    FieldFormat.EMAIL: st.sampled_from(["lan@khach.vn", "tran.vy+shop@gmail.com"]),
    FieldFormat.PHONE: st.sampled_from(["+84905318274", "+842838234567", "+842363823456", "+14155552671"]),
    FieldFormat.LINK: st.sampled_from(["https://khach.vn/a?b=1&c=2", "http://shop.vn"]),
    FieldFormat.SPECIAL_DAY: st.one_of(
        DAYS.map(date.isoformat),
        DAYS.map(lambda day: f"--{day:%m-%d}"),
        st.builds("lunar --{:02d}-{:02d}".format, st.integers(1, 12), st.integers(1, 30)),
        st.sampled_from(["lunar 1990-08-15", "--02-29"]),
    ),
}
PEOPLE = st.lists(
    st.fixed_dictionaries({"note": LINES}, optional=dict(VALUES)),
    min_size=1,
    max_size=4,
)


def stored(format_: str, raw: Any) -> Any:
    """Return a value as a field stores it."""
    return parse_custom_value(format_, raw, choices=CHOICES, zone=VIETNAM)


def same(format_: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if format_ == FieldFormat.DATE_TIME and value else value


def exported(format: TableFormat) -> bytes:
    everyone = queries.relation_of(queries.contacts())
    rows = sql.compose("SELECT contact_id AS row_id FROM {everyone} p", everyone=everyone)
    return b"".join(services.export_at_once(export_kind("contacts"), rows, format)[1])


def imported(content: bytes, format: TableFormat) -> None:
    """Import a file with the matching that it gets by itself."""
    import_ = services.create_from_upload(
        content=io.BytesIO(content), filename=f"ra.{format.value}", actor=SYSTEM, now=NOW, kind="contacts"
    )
    services.auto_match(import_=import_)
    services.set_matching(import_=import_, entries=import_.matching, actor=SYSTEM, now=NOW)
    services.set_settings(import_=import_, settings={"conflict_policy": "overwrite"})
    services.validate_for_run(import_=import_, actor=SYSTEM, now=NOW)
    services.run_import(import_id=import_.pk, clock=lambda: NOW)
    ended = import_export.get_import(import_.pk)
    assert ended.state == ImportState.DONE
    assert ended.refused == 0, list(import_export.issues(ended).values_list("code", "params"))


class TestComesBack:
    @pytest.mark.parametrize("format", list(TableFormat))
    @settings(
        max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(people=PEOPLE)
    def test_over_every_format_of_a_field(
        self, workspace: Workspace, format: TableFormat, people: list[dict[str, Any]]
    ) -> None:
        with transaction.atomic():
            fields = {
                each.value: make_field(
                    name=f"Trường {each.label}",
                    format=each,
                    choices=CHOICES if each in {FieldFormat.SINGLE, FieldFormat.MULTIPLE} else [],
                )
                for each in FieldFormat
            }
            before = []
            for number, person in enumerate(people):
                attrs = {
                    str(fields[key].pk): stored(key, raw) for key, raw in person.items() if key in VALUES
                }
                make_contact(phone=f"+84905{number:06d}", note=person["note"], attrs=attrs)
                before.append((person["note"], attrs))
            content = exported(format)
            Contact.all_objects.all().delete()
            imported(content, format)
            after = [(each.note, each.attrs) for each in Contact.objects.order_by("phone")]
            formats = {str(field.pk): key for key, field in fields.items()}
            for (note, attrs), (note_after, attrs_after) in zip(before, after, strict=True):
                assert note_after == note
                assert {key: same(formats[key], value) for key, value in attrs_after.items()} == {
                    key: same(formats[key], value) for key, value in attrs.items()
                }
            transaction.set_rollback(True)

    @pytest.mark.parametrize("format", list(TableFormat))
    def test_with_the_person_s_own_columns(self, workspace: Workspace, format: TableFormat) -> None:
        make_contact(
            full_name="Nguyễn Thị Thảo Vy",
            phone="+84905318274",
            email="vy@khach.vn",
            gender=Gender.FEMALE,
            birth_on=date(1990, 3, 1),
            birth_day=301,
            company="=Trà Sen",
            province="48",
            city="Đà Nẵng",
            ward="Hải Châu",
            address_line="9",
            country="VN",
            member_since=datetime(2024, 2, 29, 16, 30, 5, tzinfo=UTC),
            tags=["VIP", "da nhạy cảm"],
        )
        make_contact(phone="+84905318275", birth_on=date(1900, 2, 1), birth_day=201)
        make_contact(phone="+84905318276", birth_day=229)
        make_contact(phone="+84905318277", birth_on=date(1991, 1, 1), birth_day=1116, birth_is_lunar=True)
        columns = [
            "full_name",
            "phone",
            "email",
            "gender",
            "birth_on",
            "birth_day",
            "birth_is_lunar",
            "company",
            "province",
            "city",
            "ward",
            "address_line",
            "country",
            "member_since",
        ]
        before = list(Contact.objects.order_by("phone").values(*columns))
        content = exported(format)
        Contact.all_objects.all().delete()
        imported(content, format)
        assert list(Contact.objects.order_by("phone").values(*columns)) == before
        vy = queries.find_by_phone("+84905318274")
        assert vy is not None
        assert {tag.name for tag in queries.tags_of(vy)} == {"VIP", "da nhạy cảm"}

"""Custom fields."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from tests.cast import NOW

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries, services
from quen.apps.contacts import registry as contact_registry
from quen.apps.contacts.models import Field, SavedView
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import (
    FieldFormat,
    FieldInUse,
    FieldNameTaken,
    FieldUsed,
    FormatWouldLose,
    ValueNotUnique,
)
from quen.apps.team import registry


def change(field: Field, an: Any, **changes: Any) -> Field:
    given = {"name": field.name, "format": field.format, "choices": field.choices}
    return services.update_field(field=field, actor=an.actor, now=NOW, **given | changes)


def custom_indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexdef LIKE '%attrs ->>%'"
        )
        return [name for (name,) in cursor.fetchall()]


class TestCreateField:
    def test_makes_a_key_from_the_name(self, workspace: Any) -> None:
        assert make_field(name="Chiều cao (cm)").key == "chieu_cao_cm"

    def test_refuses_a_name_in_use_whatever_the_case(self, workspace: Any) -> None:
        make_field(name="Tuổi")
        with pytest.raises(FieldNameTaken):
            make_field(name="TUỔI")


class TestUpdateField:
    def test_converts_every_stored_value(self, workspace: Any, an: Any) -> None:
        field = make_field(name="Tuổi", format=FieldFormat.TEXT)
        key = str(field.pk)
        contacts = [make_contact(attrs={key: "41"}), make_contact(attrs={key: "41,5"}), make_contact()]
        change(field, an, format=FieldFormat.NUMBER)
        for contact in contacts:
            contact.refresh_from_db()
        assert [contact.attrs for contact in contacts] == [{key: 41}, {key: 41.5}, {}]

    def test_refuses_a_format_that_would_lose_values(self, workspace: Any, an: Any) -> None:
        field = make_field(name="Tuổi", format=FieldFormat.TEXT)
        contacts = [make_contact(attrs={str(field.pk): value}) for value in ("già", "già", "41")]
        with pytest.raises(FormatWouldLose) as refusal:
            change(field, an, format=FieldFormat.NUMBER)
        assert refusal.value.params == {"count": 2, "example": "già"}
        contacts[2].refresh_from_db()
        assert contacts[2].attrs == {str(field.pk): "41"}

    def test_refuses_to_drop_a_choice_in_use(self, workspace: Any, an: Any) -> None:
        field = make_field(format=FieldFormat.SINGLE, choices=["Đỏ", "Xanh"])
        make_contact(attrs={str(field.pk): "Đỏ"})
        with pytest.raises(FormatWouldLose):
            change(field, an, choices=["Xanh"])

    def test_becomes_unique_only_without_repeats(self, workspace: Any, an: Any) -> None:
        field = make_field(format=FieldFormat.TEXT)
        for _twice in range(2):
            make_contact(attrs={str(field.pk): "A1"})
        with pytest.raises(ValueNotUnique):
            change(field, an, unique=True)

    def test_indexes_and_drops_the_index(self, workspace: Any, an: Any) -> None:
        field = make_field(indexed=True)
        make_contact(attrs={str(field.pk): 41.5})
        services.index_field(field.pk)
        services.index_field(field.pk)
        change(field, an, indexed=False)
        services.index_field(field.pk)

    def test_gets_its_index_again_after_a_restore(self, workspace: Any) -> None:
        field = make_field(indexed=True)
        make_field(name="Không chỉ mục")
        services.index_field(field.pk)
        before = custom_indexes()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {before[0]}")
        registry.run_restore_hooks(now=NOW)
        assert custom_indexes() == before


class TestDeleteField:
    def test_archives_instead_when_in_use(self, workspace: Any, an: Any) -> None:
        field = make_field()
        make_contact(attrs={str(field.pk): 41})
        with pytest.raises(FieldInUse):
            services.delete_field(field=field, actor=an.actor, now=NOW)
        services.archive_field(field=field, actor=an.actor, now=NOW)
        assert queries.active_fields() == []
        services.restore_field(field=field, actor=an.actor, now=NOW)
        assert queries.active_fields() == [field]

    def test_a_saved_view_that_asks_for_it_stands_in_the_way(self, workspace: Any, an: Any) -> None:
        field, other = make_field(name="Cỡ", format=FieldFormat.NUMBER), make_field(name="Màu")
        rules = audience.tree_to_query(
            audience.parse({"not": {"field": "custom.co", "op": "less", "value": 40}})
        )
        query = urlencode({"rules": rules})
        SavedView.objects.create(name="Cỡ lớn", member_id=an.pk, query=query, created_at=NOW)
        assert [use.path for use in contact_registry.uses_of_field(field.key)] == [f"/contacts/?{query}"]
        assert contact_registry.uses_of_field(other.key) == []
        with pytest.raises(FieldUsed, match="Cỡ lớn"):
            services.delete_field(field=field, actor=an.actor, now=NOW)
        services.archive_field(field=field, actor=an.actor, now=NOW)
        assert contact_registry.uses_of_field(field.key)

    def test_deletes_an_empty_field(self, workspace: Any, an: Any) -> None:
        services.delete_field(field=make_field(), actor=an.actor, now=NOW)
        assert not Field.objects.exists()


class TestMoveField:
    def test_changes_places_with_its_neighbour(self, workspace: Any) -> None:
        a, b, c = (make_field(name=name) for name in "abc")
        services.move_field(field=c, up=True)
        services.move_field(field=a, up=True)
        assert queries.active_fields() == [a, c, b]

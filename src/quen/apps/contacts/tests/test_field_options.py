"""Options of choice fields have an identity; the format of a field changes with a preview and can be changed back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.forms import ChoiceField
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.apps.audience import queries as audience
from quen.apps.contacts import export_columns, queries, services
from quen.apps.contacts.conditions.custom_fields import condition_type_of
from quen.apps.contacts.forms.contact import custom_form_field
from quen.apps.contacts.importing.targets import custom_targets
from quen.apps.contacts.models import BulkChange, Contact, Field
from quen.apps.contacts.rules.options import FieldOptions
from quen.apps.contacts.rules.values import parse_custom_value
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import (
    BulkOutcome,
    FieldChangedSince,
    FieldFormat,
    FormatWouldLose,
    OptionTaken,
)
from quen.core import sql

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def drink(workspace: Any) -> Field:
    return make_field(name="Món hay gọi", format=FieldFormat.SINGLE, choices=["Tra sua", "Cà phê", "Nước ép"])


@pytest.fixture
def likes(workspace: Any) -> Field:
    return make_field(name="Sở thích", format=FieldFormat.MULTIPLE, choices=["Tra sua", "Cà phê", "Nước ép"])


def who(field: Field, op: str, *values: str) -> set[int]:
    tree = audience.parse({"field": f"custom.{field.key}", "op": op, "value": list(values)})
    return found(tree)


def found(tree: Any) -> set[int]:
    return {pk for (pk,) in sql.rows(audience.relation(tree, now=NOW, zone=ZONE))}


def value_of(contact: Contact, field: Field) -> Any:
    contact.refresh_from_db()
    return contact.attrs.get(str(field.pk))


def rename(field: Field, option_id: str, label: str, an: Any) -> Field:
    return services.rename_option(field=field, option_id=option_id, label=label, actor=an.actor, now=NOW)


def remove(field: Field, option_id: str, into: str | None, an: Any) -> BulkOutcome:
    outcome = services.remove_option(field=field, option_id=option_id, into=into, actor=an.actor, now=NOW)
    assert isinstance(outcome, BulkOutcome)
    field.refresh_from_db()
    return outcome


def undo(outcome: BulkOutcome, an: Any) -> BulkOutcome:
    change = BulkChange.objects.get(pk=outcome.change_id)
    return services.undo_change(change=change, actor=an.actor, now=LATER)


class TestRenaming:
    def test_everybody_keeps_it_and_what_asks_for_it_goes_on(self, drink: Field, an: Any) -> None:
        people = {make_contact(attrs={str(drink.pk): "Tra sua"}).pk for _each in range(300)}
        make_contact(attrs={str(drink.pk): "Cà phê"})
        stored = audience.parse({"field": f"custom.{drink.key}", "op": "is", "value": ["Tra sua"]})
        field = rename(drink, "Tra sua", "Trà sữa trân châu", an)
        assert found(stored) == people
        assert "Trà sữa trân châu" in str(audience.describe(stored, now=NOW, zone=ZONE))
        assert who(field, "is", "Trà sữa trân châu") == people

    def test_forms_imports_exports_and_lists_say_the_new_words(self, drink: Field, an: Any) -> None:
        make_contact(attrs={str(drink.pk): "Tra sua"})
        field = rename(drink, "Tra sua", "Trà sữa", an)
        form_field = custom_form_field(field)
        assert isinstance(form_field, ChoiceField)
        assert ("Trà sữa", "Trà sữa") in list(form_field.widget.choices)
        assert custom_targets([field])[0].choices[:3] == ("Trà sữa", "Cà phê", "Nước ép")
        column = export_columns._custom_column(field)
        statement = sql.Relation(f"SELECT {column.value} FROM contacts_contact c", column.params())
        assert sql.rows(statement) == [("Trà sữa",)]
        assert field.in_words("Tra sua") == "Trà sữa"

    @pytest.mark.parametrize("said", ["Trà sữa", "tra sua", "Trà đá me", "TRÀ ĐÁ ME"])
    def test_files_that_say_the_former_words_are_understood(self, said: str) -> None:
        options = FieldOptions.of(["Trà đá me", "Cà phê"]).changed("Trà đá me", label="Trà sữa")
        assert parse_custom_value("single", said, choices=options, zone=ZONE) == "Trà đá me"

    def test_words_of_another_option_are_refused(self, drink: Field, an: Any) -> None:
        with pytest.raises(OptionTaken):
            rename(drink, "Tra sua", " cà phê", an)

    def test_a_new_option_may_read_like_a_former_one(self, drink: Field, an: Any) -> None:
        held = make_contact(attrs={str(drink.pk): "Tra sua"})
        rename(drink, "Tra sua", "Trà sữa nướng", an)
        field = services.add_options(field=drink, labels=["Tra sua"], actor=an.actor, now=NOW)
        new = field.options.find("Tra sua")
        assert new != "Tra sua"
        assert field.in_words(value_of(held, field)) == "Trà sữa nướng"
        assert field.in_words(new) == "Tra sua"

    def test_the_whole_list_given_again_keeps_who_has_what(self, drink: Field, an: Any) -> None:
        held = make_contact(attrs={str(drink.pk): "Tra sua"})
        services.update_field(
            field=drink,
            name=drink.name,
            format=drink.format,
            choices=["Cà phê", "Trà sữa", "Nước ép"],
            actor=an.actor,
            now=NOW,
        )
        drink.refresh_from_db()
        assert drink.options.labels == ["Cà phê", "Trà sữa", "Nước ép"]
        assert drink.in_words(value_of(held, drink)) == "Trà sữa"


class TestRemoving:
    def test_moves_people_and_conditions_to_another_and_back(self, drink: Field, an: Any) -> None:
        moved = make_contact(attrs={str(drink.pk): "Tra sua"})
        stays = make_contact(attrs={str(drink.pk): "Cà phê"})
        tree = audience.parse({"field": f"custom.{drink.key}", "op": "is", "value": ["Tra sua"]})
        outcome = remove(drink, "Tra sua", "Cà phê", an)
        assert (outcome.changed, value_of(moved, drink)) == (1, "Cà phê")
        assert drink.options.labels == ["Cà phê", "Nước ép"]
        assert found(tree) == {moved.pk, stays.pk}
        assert "Cà phê" in str(audience.describe(tree, now=NOW, zone=ZONE))
        assert undo(outcome, an).changed == 1
        drink.refresh_from_db()
        assert drink.options.labels == ["Tra sua", "Cà phê", "Nước ép"]
        assert value_of(moved, drink) == "Tra sua"
        assert found(tree) == {moved.pk}

    def test_to_nothing_leaves_the_condition_visible_and_matching_nobody(self, drink: Field, an: Any) -> None:
        held = make_contact(attrs={str(drink.pk): "Tra sua"})
        tree = audience.parse({"not": {"field": f"custom.{drink.key}", "op": "is", "value": ["Tra sua"]}})
        remove(drink, "Tra sua", None, an)
        assert value_of(held, drink) is None
        assert found(tree) == set()
        assert "Tra sua" in str(audience.describe(tree, now=NOW, zone=ZONE))

    def test_of_several_choices_only_that_one_goes(self, likes: Field, an: Any) -> None:
        both = make_contact(attrs={str(likes.pk): ["Tra sua", "Nước ép"]})
        folded = make_contact(attrs={str(likes.pk): ["Tra sua", "Cà phê"]})
        outcome = remove(likes, "Tra sua", "Cà phê", an)
        assert value_of(both, likes) == ["Cà phê", "Nước ép"]
        assert value_of(folded, likes) == ["Cà phê"]
        assert who(likes, "all", "Cà phê", "Nước ép") == {both.pk}
        services.update_contact(
            workspace=accounts.current_workspace(),
            contact=folded,
            values={f"field_{likes.pk}": ["Nước ép"]},
            actor=an.actor,
            now=NOW,
        )
        undone = undo(outcome, an)
        assert (undone.changed, undone.skipped) == (1, {"changed_since": 1})
        assert value_of(both, likes) == ["Tra sua", "Nước ép"]
        assert value_of(folded, likes) == ["Nước ép"]

    def test_values_that_came_back_with_the_old_id_count_as_the_other(self, likes: Field, an: Any) -> None:
        remove(likes, "Tra sua", "Cà phê", an)
        late = make_contact(attrs={str(likes.pk): ["Tra sua", "Nước ép"]})
        assert who(likes, "any", "Cà phê") == {late.pk}
        assert who(likes, "all", "Cà phê", "Nước ép") == {late.pk}
        assert likes.in_words(value_of(late, likes)) == ["Cà phê", "Nước ép"]

    def test_many_are_moved_by_a_job(self, drink: Field, an: Any, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT = 2
        people = [make_contact(attrs={str(drink.pk): "Tra sua"}) for _each in range(3)]
        progress = services.remove_option(
            field=drink, option_id="Tra sua", into="Cà phê", actor=an.actor, now=NOW
        )
        assert not isinstance(progress, BulkOutcome)
        services.run_bulk_job(
            change_id=progress.data["change_id"], progress_id=progress.pk, clock=lambda: LATER
        )
        assert {value_of(each, drink) for each in people} == {"Cà phê"}


class TestFormats:
    def test_from_several_to_one_is_blocked_while_anybody_has_two(self, likes: Field, an: Any) -> None:
        two = make_contact(full_name="Lan", attrs={str(likes.pk): ["Tra sua", "Cà phê"]})
        one = make_contact(attrs={str(likes.pk): ["Cà phê"]})
        check = queries.check_format(likes, "single", likes.options)
        assert (check.values, check.misfits, check.several) == (2, 1, True)
        rows, after = queries.misfits(likes, "single", likes.options, after=0, size=50)
        assert ([(row.contact.pk, row.value) for row in rows], after) == ([(two.pk, "Tra sua, Cà phê")], 0)
        with pytest.raises(FormatWouldLose):
            services.change_format(field=likes, format="single", actor=an.actor, now=NOW)
        assert value_of(one, likes) == ["Cà phê"]

    def test_conditions_forms_and_values_follow_at_once(self, likes: Field, an: Any) -> None:
        one = make_contact(attrs={str(likes.pk): ["Cà phê"]})
        services.change_format(field=likes, format="single", actor=an.actor, now=NOW)
        field = Field.objects.get(pk=likes.pk)
        assert value_of(one, field) == "Cà phê"
        assert condition_type_of(field).operator("is") is not None
        assert who(field, "is", "Cà phê") == {one.pk}
        assert custom_form_field(field).clean("Nước ép") == "Nước ép"

    def test_undo_gives_back_what_was_there_and_converts_what_came_since(
        self, workspace: Any, an: Any
    ) -> None:
        age = make_field(name="Tuổi", format=FieldFormat.TEXT)
        spelled = make_contact(attrs={str(age.pk): "41,0"})
        outcome = services.change_format(field=age, format="number", actor=an.actor, now=NOW)
        assert isinstance(outcome, BulkOutcome)
        new = make_contact(attrs={str(age.pk): 30})
        assert value_of(spelled, age) == 41
        undo(outcome, an)
        age.refresh_from_db()
        assert (age.format, value_of(spelled, age), value_of(new, age)) == ("text", "41,0", "30")

    def test_undo_is_refused_after_another_change_of_the_format(self, workspace: Any, an: Any) -> None:
        age = make_field(name="Tuổi", format=FieldFormat.TEXT)
        make_contact(attrs={str(age.pk): "41"})
        outcome = services.change_format(field=age, format="number", actor=an.actor, now=NOW)
        age.refresh_from_db()
        services.change_format(field=age, format="text", actor=an.actor, now=NOW)
        assert isinstance(outcome, BulkOutcome)
        with pytest.raises(FieldChangedSince):
            undo(outcome, an)

    def test_a_text_becomes_a_choice_of_what_people_have(self, workspace: Any, an: Any) -> None:
        size = make_field(name="Cỡ áo", format=FieldFormat.TEXT)
        people = [make_contact(attrs={str(size.pk): value}) for value in ("M", "m", "L")]
        labels = queries.suggested_options(size)
        assert set(labels) == {"M", "m", "L"}
        services.change_format(field=size, format="single", choices=["M", "L"], actor=an.actor, now=NOW)
        size.refresh_from_db()
        assert [value_of(each, size) for each in people] == ["M", "M", "L"]

    def test_the_preview_counts_what_does_not_convert(self, workspace: Any) -> None:
        age = make_field(name="Tuổi", format=FieldFormat.TEXT)
        for value in ("già", "già", "trẻ", "41", "1.5"):
            make_contact(attrs={str(age.pk): value})
        check = queries.check_format(age, "number", age.options)
        assert (check.values, check.misfits, check.examples) == (5, 3, [("già", 2), ("trẻ", 1)])

    def test_many_are_converted_by_a_job(self, workspace: Any, an: Any, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT, settings.BULK_BATCH_CONTACTS = 2, 2
        age = make_field(name="Tuổi", format=FieldFormat.TEXT)
        people = [make_contact(attrs={str(age.pk): str(n)}) for n in range(5)]
        progress = services.change_format(field=age, format="number", actor=an.actor, now=NOW)
        assert not isinstance(progress, BulkOutcome)
        for _twice in range(2):
            services.run_format_job(progress_id=progress.pk, clock=lambda: LATER)
        age.refresh_from_db()
        assert (age.format, [value_of(each, age) for each in people]) == ("number", [0, 1, 2, 3, 4])

"""Every model says which personal data it contains and what erases them: in its docstring, and field by field."""

from __future__ import annotations

import inspect
import re

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BinaryField,
    CharField,
    DateField,
    DateTimeField,
    Field,
    JSONField,
    Model,
    TextField,
)

MODELS = [model for model in apps.get_models() if model.__module__.startswith("quen.")]


class TestPersonalData:
    def test_there_are_models(self) -> None:
        assert len(MODELS) > 10

    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
    def test_the_docstring_ends_with_the_personal_data(self, model: type[Model]) -> None:
        docstring = inspect.cleandoc(model.__doc__ or "")
        assert re.search(r"^Personal data: .+\.$", docstring.split("\n\n")[-1], re.MULTILINE | re.DOTALL)
        assert docstring.rindex("Personal data:") > docstring.rfind("\n\n")

    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
    def test_each_field_that_may_hold_some_is_declared_once(self, model: type[Model]) -> None:
        declared = model.personal_data.fields()  # type: ignore[attr-defined]  # a model without it fails here
        assert [name for name in declared if declared.count(name) > 1] == []
        assert set(declared) - {field.name for field in model._meta.concrete_fields} == set()
        assert [field.name for field in model._meta.concrete_fields if may_be_personal(field)] == [
            field.name for field in model._meta.concrete_fields if field.name in declared
        ]


def may_be_personal(field: Field[object, object]) -> bool:
    """Return whether a field could say something of a person: text, JSON, bytes, a day, or a reference to one."""
    if field.name.removesuffix("_id") in {"contact", "member", "user", "actor", "invited_by"}:
        return True
    kinds = (CharField, TextField, JSONField, BinaryField, DateField, ArrayField)
    return isinstance(field, kinds) and not isinstance(field, DateTimeField) and not field.choices

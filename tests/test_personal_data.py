"""Every table says which personal data it holds and what erases them."""

from __future__ import annotations

import inspect
import re

import pytest
from django.apps import apps
from django.db.models import Model

OURS = [model for model in apps.get_models() if model.__module__.startswith("quen.")]


class TestPersonalData:
    def test_there_are_tables_to_look_at(self) -> None:
        assert len(OURS) > 10

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
    def test_the_docstring_ends_by_naming_them(self, model: type[Model]) -> None:
        words = inspect.cleandoc(model.__doc__ or "")
        assert re.search(r"^Personal data: .+\.$", words.split("\n\n")[-1], re.MULTILINE | re.DOTALL)
        assert words.rindex("Personal data:") > words.rfind("\n\n")

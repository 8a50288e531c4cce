"""Every model documents which personal data it contains and what erases them."""

from __future__ import annotations

import inspect
import re

import pytest
from django.apps import apps
from django.db.models import Model

MODELS = [model for model in apps.get_models() if model.__module__.startswith("quen.")]


class TestPersonalData:
    def test_there_are_models(self) -> None:
        assert len(MODELS) > 10

    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
    def test_the_docstring_ends_with_the_personal_data(self, model: type[Model]) -> None:
        docstring = inspect.cleandoc(model.__doc__ or "")
        assert re.search(r"^Personal data: .+\.$", docstring.split("\n\n")[-1], re.MULTILINE | re.DOTALL)
        assert docstring.rindex("Personal data:") > docstring.rfind("\n\n")

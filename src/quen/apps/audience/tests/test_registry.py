"""What apps register is checked at start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.registries import Registrations

from quen.apps.audience import registry
from quen.apps.audience.registry import YesNoConditionType


@pytest.fixture
def condition_type(registrations: Registrations) -> YesNoConditionType:
    """A condition type that is valid; registrations of the test are undone afterwards."""
    registrations(registry)
    return YesNoConditionType("test", "Test", "record", "true", frozenset({"tests.points"}))


class TestValidate:
    def test_what_the_apps_register_is_valid(self) -> None:
        registry.validate()

    def test_refuses_a_condition_of_an_unknown_group(self, condition_type: Any) -> None:
        registry.register_readable("tests.points")
        registry.register_condition_types([replace(condition_type, group="nowhere")])
        with pytest.raises(ValueError, match="'test' names the condition group 'nowhere'"):
            registry.validate()

    def test_refuses_a_name_that_no_app_announces(self, condition_type: Any) -> None:
        registry.register_condition_types([condition_type])
        with pytest.raises(ValueError, match=r"'test' reads 'tests\.points', but no app announces"):
            registry.validate()

    @pytest.mark.parametrize("name", ["tests.points", "tests.*"])
    def test_accepts_an_announced_name_or_namespace(self, condition_type: Any, name: str) -> None:
        registry.register_condition_types([condition_type])
        registry.register_readable(name)
        registry.validate()

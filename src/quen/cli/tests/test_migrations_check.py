"""Columns that a migration may add to a table that exists."""

from __future__ import annotations

import pytest
from django.db import models

from quen.cli.migrations_check import has_constraint


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        (models.IntegerField(default=0), False),
        (models.CharField(max_length=10, choices=[("a", "A")]), False),
        (models.ForeignKey("contacts.Tag", models.CASCADE, db_constraint=False), False),
        (models.ForeignKey("contacts.Tag", models.CASCADE), True),
        (models.PositiveSmallIntegerField(default=0), True),
        (models.CharField(max_length=10, unique=True), True),
    ],
)
def test_none_with_a_constraint(field: models.Field[object, object], refused: bool) -> None:
    assert has_constraint(field) is refused

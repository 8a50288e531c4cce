"""Conditions that depend on the workspace's settings of contacts: age, and opening values."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry
from quen.apps.audience.types import ConditionType
from quen.apps.contacts import queries
from quen.apps.contacts.conditions.age import AgeConditionType
from quen.apps.contacts.rules.labels import LABELS


class SettingsConditions:
    """Provides age, with the number field that stands in for a date of birth, and the opening values that are kept."""

    families = frozenset({"field"})
    groups = frozenset({"demographics", "purchases"})
    reads = frozenset(
        {
            "contact.birth_on",
            "contact.attrs.*",
            "contact.opening_spent",
            "contact.opening_orders",
            "contact.opening_points",
        }
    )

    def all(self) -> Sequence[ConditionType]:
        """Return age, and the opening values when the workspace keeps them."""
        found: list[ConditionType] = [_age()]
        return [*found, *_OPENING.values()] if queries.contact_settings().opening_values else found

    def find(self, family: str, key: str) -> ConditionType | None:
        """Return age, or the condition of an opening value, kept or not: it then matches who has one."""
        if family != "field":
            return None
        return _age() if key == "age" else _OPENING.get(key)


def _age() -> AgeConditionType:
    field_id = queries.age_field_id()
    reads = {"contact.birth_on"} | ({f"contact.attrs.{field_id}"} if field_id else set())
    return AgeConditionType("age", _("Age"), "demographics", reads=frozenset(reads), field_id=field_id)


_OPENING: dict[str, ConditionType] = {
    key: registry.NumberConditionType(
        key,
        LABELS[key],
        "purchases",
        f"contact.{key}",
        frozenset({f"contact.{key}"}),
        whole=key != "opening_spent",
        money=key == "opening_spent",
    )
    for key in ("opening_spent", "opening_orders", "opening_points")
}

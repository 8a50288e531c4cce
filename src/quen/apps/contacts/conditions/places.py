"""Conditions on the address: current provinces, provinces before July 2025, regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from django.utils.functional import lazy
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    Operator,
    SqlFragment,
)
from quen.apps.audience.types.condition_types import LazyText
from quen.core import provinces

_BEFORE = "before:"


@dataclass(frozen=True, eq=False)
class ProvinceConditionType(ConditionType):
    """The province: one of the 34 current units by code, or ``before:<code>`` for one of the 63 before July 2025.

    A current unit also matches contacts whose data name one of its former units.
    """

    key: str
    label: Any
    group: str
    reads: frozenset[str] = frozenset({"contact.province", "contact.province_before"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return in, not in, known or not."""
        values = Argument(
            "value",
            ArgumentKind.CHOICES,
            self.label,
            choices=self.places,
            find=_find_province,
            default=[],
        )
        return (
            Operator("is", _("is any of"), (values,)),
            Operator("is_not", _("is none of"), (values,)),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the clause: the current unit or the former one matches."""
        if condition.op in ("filled", "empty"):
            return Clause(SqlFragment("contact.province <> ''"), negated=condition.op == "empty")
        return Clause(_in_provinces(condition["value"]), negated=condition.op == "is_not")

    opposites: ClassVar[Mapping[str, str]] = registry.OPPOSITES

    def template(self, op: str) -> LazyText:
        """Return “in %(value)s”."""
        return _SENTENCES[op]

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return the names of the places."""
        if condition.get("value") is None:
            return {}
        labels = {choice.value: str(choice.label) for choice in self.places()}
        names = [labels.get(code, str(code)) for code in condition["value"]]
        return {"value": self.choices_text(condition.op, names)}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “Đà Nẵng or Huế”."""
        return registry.list_text(list(labels))

    def places(self) -> Sequence[Choice]:
        """Return the places to choose from."""
        return _province_choices()

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return both codes."""
        return SqlFragment("contact.province || '/' || contact.province_before")

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return the names of the units."""
        new, _slash, old = str(value or "").partition("/")
        names = [provinces.NEW[new].name] if new in provinces.NEW else []
        if old in provinces.OLD and provinces.OLD[old].name not in names:
            names.append(provinces.OLD[old].name)
        return ", ".join(names)


@dataclass(frozen=True, eq=False)
class RegionConditionType(ProvinceConditionType):
    """North, centre, south, or one of the six regions: all their provinces."""

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return in and not in."""
        values = Argument("value", ArgumentKind.CHOICES, self.label, choices=self.places, default=[])
        return (Operator("is", _("is any of"), (values,)), Operator("is_not", _("is none of"), (values,)))

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the clause: a province of the regions matches."""
        codes = [
            unit.code
            for unit in provinces.NEW.values()
            if unit.region in condition["value"] or unit.macro_region in condition["value"]
        ]
        return Clause(_in_provinces(codes), negated=condition.op == "is_not")

    def places(self) -> Sequence[Choice]:
        """Return the regions."""
        return _REGIONS


_SENTENCES = {
    "is": _("in **%(value)s**"),
    "is_not": _("not in **%(value)s**"),
    "filled": _("whose **province is known**"),
    "empty": _("whose **province is unknown**"),
}


def _in_provinces(codes: Sequence[str]) -> SqlFragment:
    new = [code for code in codes if not code.startswith(_BEFORE)]
    old = {code.removeprefix(_BEFORE) for code in codes if code.startswith(_BEFORE)}
    # A former unit that became a current one without a merger is the same area.
    new += [OLD_ALONE[code] for code in sorted(old) if code in OLD_ALONE]
    old |= {part for code in new for part in provinces.NEW[code].old_codes}
    return SqlFragment(
        "(contact.province = ANY(%(new)s) OR contact.province_before = ANY(%(old)s))",
        {"new": sorted(set(new)), "old": sorted(old)},
    )


def _former_name(*, name: str) -> str:
    return _gettext("%(name)s (before 2025)") % {"name": name}


_former = lazy(_former_name, str)
OLD_ALONE = {unit.old_codes[0]: unit.code for unit in provinces.NEW.values() if len(unit.old_codes) == 1}


@cache
def _province_choices() -> Sequence[Choice]:
    present = [Choice(unit.code, unit.name) for unit in provinces.NEW.values()]
    former = [
        Choice(f"{_BEFORE}{unit.code}", _former(name=unit.name))
        for unit in provinces.OLD.values()
        if unit.code not in OLD_ALONE
    ]
    return present + former


def _find_province(raw: str) -> str | None:
    if raw.startswith(_BEFORE):
        return OLD_ALONE.get(raw.removeprefix(_BEFORE))
    found = provinces.match(raw)
    if found is None or raw.isdigit():
        return None
    if found.kind in ("old", "town") and found.old_code and found.old_code not in OLD_ALONE:
        return f"{_BEFORE}{found.old_code}"
    return found.new_code


_REGIONS: tuple[Choice, ...] = (
    Choice("bac", _("the North")),
    Choice("trung", _("the Centre")),
    Choice("nam", _("the South")),
    Choice("trung_du_mien_nui_phia_bac", _("the Northern Midlands and Mountains")),
    Choice("dong_bang_song_hong", _("the Red River Delta")),
    Choice("bac_trung_bo", _("the North Central Coast")),
    Choice("duyen_hai_nam_trung_bo_va_tay_nguyen", _("the South Central Coast and Highlands")),
    Choice("dong_nam_bo", _("the Southeast")),
    Choice("dong_bang_song_cuu_long", _("the Mekong Delta")),
)

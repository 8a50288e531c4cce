"""Every condition as a sentence, with every operator and every shape of its values, in both languages.

``sentences.txt`` holds all of them, so that they can be read. After a change on purpose, write the file again with
``QUEN_WRITE_SENTENCES=1 bin/test src/quen/apps/audience/tests/test_sentences.py`` and read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from tests.cast import NOW

from quen.apps.audience import queries, registry
from quen.apps.audience.tests.factories import make_fields
from quen.apps.audience.types import Argument, ArgumentKind, ConditionType, Operator
from quen.apps.contacts.models import ContactSettings, Source, Tag
from quen.apps.groups.tests.factories import make_group
from quen.apps.segments.tests.factories import make_segment

SENTENCES = Path(__file__).with_name("sentences.txt")
_TEXTS = {"text": "Trà Sen", "number": 3, "integer": 3, "money": 500_000, "date": "2026-11-29"}
#: so many choices are each tried alone
_FEW = 4
#: a second value of a range
_UNTIL = {"number": 5, "integer": 5, "money": 900_000, "date": "2026-12-31", "day_of_year": "10-25"}


def values_of(argument: Argument) -> list[Any]:
    """Return the values with which an argument is tried: one and several choices, once and often."""
    match argument.kind:
        case ArgumentKind.CHOICES:
            choices = [choice.value for choice in argument.choices()] if argument.choices else []
            single = [[choice] for choice in (choices if len(choices) <= _FEW else choices[:1])]
            return [*single, choices[:2], choices[:3]]
        case ArgumentKind.DAY_OF_YEAR:
            return ["10-20" if argument.name == "from" else "10-25"]
        case _ if argument.name in ("times", "value") and argument.kind is ArgumentKind.INTEGER:
            return [1, 3] if argument.name == "times" or argument.unit else [25]
        case _ if argument.name in ("to", "value_at_most"):
            return [_UNTIL[argument.kind]]
        case _:
            return [30 if argument.unit else _TEXTS[argument.kind]]


def cases_of(operator: Operator) -> Iterator[dict[str, Any]]:
    """Yield the arguments with which an operator is tried."""
    required = [argument for argument in operator.arguments if argument.required]
    optional = [argument for argument in operator.arguments if not argument.required]
    plain = {argument.name: values_of(argument)[-1] for argument in required}
    if operator.one_of:
        low, high = ({argument.name: values_of(argument)[0]} for argument in optional)
        yield from (low, high, low | high)
        return
    for argument in required or ():
        for value in values_of(argument):
            yield plain | {argument.name: value}
    if not required:
        yield {}
    if not optional:
        return
    plain = {argument.name: values_of(argument)[0] for argument in required}
    given = {argument.name: values_of(argument)[-1] for argument in optional}
    yield from (plain | {name: value} for name, value in given.items())
    yield plain | {"from": given["from"], "to": given["to"]}
    yield plain | {"from": given["from"], "to": given["from"]}


def trees_of(condition_type: ConditionType) -> Iterator[dict[str, Any]]:
    """Yield the conditions of a type, and the negation of each operator."""
    for operator in condition_type.operators:
        if any(argument.choices and not argument.choices() for argument in operator.arguments):
            continue  # nothing to choose in this workspace
        case: dict[str, Any] = {}
        for case in cases_of(operator):
            yield {condition_type.family: condition_type.key, "op": operator.name, **case}
        yield {"not": {condition_type.family: condition_type.key, "op": operator.name, **case}}


def line_of(tree: dict[str, Any], workspace: Any) -> list[str]:
    """Return a tree with its sentence in Vietnamese and in English."""
    parsed = queries.parse(tree)
    lines = []
    for language in ("vi", "en"):
        with override(language):
            sentence = queries.describe_people(parsed, now=NOW, zone=workspace.zone)
            lines.append(f"  {language} {sentence}")
    inner = tree.get("not", tree)
    name = inner.get("field") or inner.get("event")
    arguments = {key: value for key, value in inner.items() if key not in ("field", "event", "op")}
    if isinstance(arguments.get("value"), list):
        arguments["value"] = len(arguments["value"])  # ids differ from run to run
    shape = ", ".join(f"{key} {value}" for key, value in arguments.items())
    return [f"{'not ' if inner is not tree else ''}{name} {inner['op']} {shape}".rstrip(), *lines]


@pytest.fixture
def everything(workspace: Any) -> Any:
    """A workspace with tags, sources, segments, fields of every format, and opening values."""
    make_fields()
    ContactSettings.objects.update_or_create(pk=1, defaults={"opening_values": True})
    for name in ("VIP", "Sỉ", "Mới"):
        Tag.objects.create(name=name)
        Source.objects.create(name=f"Hội chợ {name}", code=name)
        make_segment(name=f"Khách {name}")
        make_group(name=f"Nhóm {name}")
    return workspace


class TestSentences:
    def test_reads_like_a_person_wrote_it(self, everything: Any) -> None:
        lines = [
            line
            for condition_type in registry.condition_catalog().all()
            for tree in trees_of(condition_type)
            for line in line_of(tree, everything)
        ]
        text = "\n".join(lines) + "\n"
        if os.environ.get("QUEN_WRITE_SENTENCES"):
            SENTENCES.write_text(text)
        assert text == SENTENCES.read_text()

    def test_joins_parts_as_a_person_does(self, workspace: Any) -> None:
        agreed = {"field": "consent_email", "op": "is", "value": ["granted"]}
        kept = {"field": "status", "op": "is_not", "value": ["saved"]}
        tagged = {"field": "tags", "op": "any", "value": [Tag.objects.create(name="sapo thang 11").pk]}
        born = {"not": {"field": "birth_on", "op": "before", "value": "1990-01-01"}}
        imported = {"event": "contact_imported", "op": "at_least", "times": 1}
        day = {"from": "2026-11-29", "to": "2026-11-29"}
        for tree, vi, en in (
            ([], "Tất cả khách hàng", "All customers"),
            ([imported | day], "Khách nhập ngày 29/11/2026", "People imported on 29 Nov 2026"),
            (
                [agreed, kept],
                "Khách đồng ý nhận email và chưa lưu trữ",
                "People who agreed to email and not archived",
            ),
            (
                [agreed, kept, tagged],
                "Khách đồng ý nhận email, chưa lưu trữ, có thẻ sapo thang 11",
                "People who agreed to email, not archived, tagged sapo thang 11",
            ),
            (
                [born, kept],
                "Khách chưa lưu trữ, trừ khách sinh trước 01/01/1990",
                "People not archived, except people born before 1 Jan 1990",
            ),
            (
                {"any": [agreed, tagged, imported]},
                "Khách đồng ý nhận email, có thẻ sapo thang 11 hoặc được nhập từ tệp",
                "People who agreed to email, tagged sapo thang 11 or imported from a file",
            ),
        ):
            for language, sentence in (("vi", vi), ("en", en)):
                with override(language):
                    said = queries.describe_people(queries.parse(tree), now=NOW, zone=workspace.zone)
                    assert str(said) == sentence

    def test_has_no_raw_word_of_the_program(self, everything: Any) -> None:
        for line in SENTENCES.read_text().splitlines():
            if line.startswith("  "):
                assert not any(mark in line for mark in ("%(", "**", "  )", "None", "1 times")), line

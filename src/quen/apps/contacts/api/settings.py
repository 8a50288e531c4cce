"""Custom fields and sources."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import ConfigDict, Field

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import ApiModel
from quen.apps.contacts import models, queries, services
from quen.apps.contacts.types import ContactScope

router = Router(tags=["Fields"])
Format = Literal[
    "text",
    "long_text",
    "number",
    "date",
    "date_time",
    "yes_no",
    "single",
    "multiple",
    "email",
    "phone",
    "link",
    "special_day",
]


class FieldIn(ApiModel):
    """A custom field to define."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Size áo", "format": "single", "choices": ["S", "M", "L"]}}
    )

    name: Annotated[str, Field(min_length=1, max_length=120)]
    name_en: Annotated[str, Field(max_length=120)] = ""
    format: Format = "text"
    help: Annotated[str, Field(max_length=300)] = ""
    choices: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=500)] = []
    """Options of single and multiple choice."""
    required: bool = False
    unique: bool = False


class FieldOut(ApiModel):
    """A custom field."""

    key: str
    """How it is called in `fields` of a contact."""
    name: str
    name_en: str
    format: Format
    help: str
    choices: list[str]
    required: bool
    unique: bool


class FieldsOut(ApiModel):
    """The custom fields in use."""

    data: list[FieldOut]


class SourceOut(ApiModel):
    """Where contacts come from."""

    code: str
    name: str
    kind: str


class SourcesOut(ApiModel):
    """The sources in use."""

    data: list[SourceOut]


@router.get("/fields", response=FieldsOut, summary="List custom fields")
@needs(ContactScope.READ)
def list_fields(request: ApiRequest) -> dict[str, Any]:
    """List the custom fields in use, in their order."""
    return {"data": [_field(each) for each in queries.active_fields()]}


@router.post("/fields", response=FieldOut, summary="Define a custom field")
@needs(ContactScope.CONFIGURE)
def create_field(request: ApiRequest, body: FieldIn) -> dict[str, Any]:
    """Define a field for all contacts, last in order."""
    about(request, ())
    field = services.create_field(**body.model_dump(), actor=request.actor, now=request.now)
    return _field(field)


@router.get("/sources", response=SourcesOut, summary="List sources")
@needs(ContactScope.READ)
def list_sources(request: ApiRequest) -> dict[str, Any]:
    """List where contacts come from."""
    return {
        "data": [
            {"code": each.code, "name": each.name, "kind": each.kind} for each in queries.active_sources()
        ]
    }


def _field(field: models.Field) -> dict[str, Any]:
    return {
        "key": field.key,
        "name": field.name,
        "name_en": field.name_en,
        "format": field.format,
        "help": field.help,
        "choices": field.options.labels,
        "required": field.required,
        "unique": field.unique,
    }

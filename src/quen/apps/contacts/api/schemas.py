"""What operations on contacts take and return."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from quen.apps.api.types import ApiModel

Text = Annotated[str, Field(max_length=500)]
ShortList = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=50)]
TagList = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]
CustomFields = dict[str, Any]
_EXAMPLE: dict[str, Any] = {
    "full_name": "Nguyễn Thị Lan",
    "phone": "0905 123 456",
    "email": "lan@example.com",
    "birth_on": "1990-05-17",
    "province": "Đà Nẵng",
    "tags": ["VIP"],
    "fields": {"size_ao": "M"},
    "external_ids": {"kiotviet": "KH000123"},
}


class ContactIn(ApiModel):
    """A person as another system knows them. What is left out stays as it is; null empties where null is allowed."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    phone: Text = ""
    """Finds the person again. Any way of writing a number."""
    email: Text = ""
    """Finds the person again."""
    customer_code: Annotated[str, Field(max_length=200)] = ""
    """The shop's own code; finds the person again."""
    external_ids: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")], Annotated[str, Field(max_length=200)]],
        Field(max_length=10),
    ] = {}
    """Accounts in other systems by the system's name; each finds the person again."""
    other_phones: ShortList = []
    """Further numbers; added to those that are known."""
    other_emails: ShortList = []
    """Further emails; added to those that are known."""
    full_name: Text = ""
    family_name: Text = ""
    middle_name: Text = ""
    given_name: Text = ""
    call_name: Text = ""
    """What the person likes to be called."""
    salutation: Text | None = None
    birth_on: Text | None = None
    """YYYY-MM-DD; DD/MM without a year; "15/08 âm lịch" for a lunar date."""
    gender: Text | None = None
    company: Text | None = None
    language: Text | None = None
    country: Text | None = None
    province: Text | None = None
    """Name or code of the province or city; null empties city, too."""
    city: Text | None = None
    district: Text | None = None
    ward: Text | None = None
    address_line: Text | None = None
    note: Annotated[str, Field(max_length=20_000)] | None = None
    opening_spent: Annotated[str, Field(max_length=40)] | int | None = None
    opening_orders: int | None = None
    opening_points: int | None = None
    member_since: datetime | None = Field(default=None, json_schema_extra={"nullable": False})
    tags: TagList = []
    """Tags to add; none is removed."""
    fields: CustomFields = {}
    """Custom fields by key, see GET /fields; null empties one."""


#: values of ContactIn that null can empty
CLEARABLE = (
    "salutation",
    "birth_on",
    "gender",
    "company",
    "language",
    "country",
    "province",
    "city",
    "district",
    "ward",
    "address_line",
    "note",
    "opening_spent",
    "opening_orders",
    "opening_points",
)


class ContactPatch(ApiModel):
    """Values to change. What is left out stays as it is; null empties, unless the workspace requires the value."""

    model_config = ConfigDict(json_schema_extra={"example": {"company": "Hoa Mai", "note": None}})

    phone: Text | None = None
    email: Text | None = None
    customer_codes: ShortList = []
    """Replaces the customer codes."""
    other_phones: ShortList = []
    """Replaces the further numbers."""
    other_emails: ShortList = []
    """Replaces the further emails."""
    full_name: Text | None = None
    family_name: Text | None = None
    middle_name: Text | None = None
    given_name: Text | None = None
    call_name: Text | None = None
    salutation: Text | None = None
    birth_on: Text | None = None
    gender: Text | None = None
    company: Text | None = None
    language: Text | None = None
    country: Text | None = None
    province: Text | None = None
    city: Text | None = None
    district: Text | None = None
    ward: Text | None = None
    address_line: Text | None = None
    note: Annotated[str, Field(max_length=20_000)] | None = None
    opening_spent: Annotated[str, Field(max_length=40)] | int | None = None
    opening_orders: int | None = None
    opening_points: int | None = None
    fields: CustomFields = {}


class ContactOut(ApiModel):
    """A contact."""

    id: int
    version: int
    """Rises with every change: of two answers about a contact, the one with the higher version is the later."""
    merged_from: int | None = None
    """The id that was asked for, when that contact was merged into this one."""
    full_name: str
    family_name: str
    middle_name: str
    given_name: str
    call_name: str
    salutation: str
    phone: str | None
    """E.164, such as +84905123456."""
    email: str | None
    customer_codes: list[str]
    other_phones: list[str]
    other_emails: list[str]
    external_ids: dict[str, list[str]]
    birth_on: str | None
    birth_is_lunar: bool
    gender: str
    company: str
    language: str
    country: str
    province: str
    """Code of the province or city."""
    city: str
    district: str
    ward: str
    address_line: str
    note: str
    tags: list[str]
    fields: dict[str, Any]
    """Values of custom fields by key."""
    status: Literal["subscribed", "non_subscribed", "unsubscribed", "saved"]
    consents: dict[str, Literal["never_asked", "granted", "withdrawn", "blocked"]]
    """By channel: email, sms, zalo, chat, push, call."""
    source: str | None
    """Code of the source the person first came from."""
    spent: str
    """Amount in the workspace's currency, as text."""
    orders_count: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    opening_spent: str | None
    opening_orders: int | None
    opening_points: int | None
    incomplete: bool
    """Whether a value is missing that the workspace requires."""
    restricted_at: datetime | None
    """Since when the person's data may be kept, but not used."""
    member_since: datetime
    last_activity_at: datetime
    created_at: datetime
    updated_at: datetime


class RowError(ApiModel):
    """Why a row was refused, or which value of it was left out."""

    code: str
    text: str
    pointer: str
    """Where in the body, as a JSON pointer."""
    params: dict[str, Any] = {}


class RowResult(ApiModel):
    """What became of a row, at the place of the row in the call."""

    status: Literal["created", "updated", "unchanged", "refused"]
    contact_id: int | None = None
    errors: list[RowError] = []
    """Of a refused row: why."""
    warnings: list[RowError] = []
    """Values that were left out while the rest was written."""

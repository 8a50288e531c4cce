"""Adding and changing many contacts, or one, by what identifies them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import ApiModel, CheckedLater, InvalidRequest, field_error, pointer, unknown_name
from quen.apps.contacts import queries, services
from quen.apps.contacts.api.loading import document, fields_by_key
from quen.apps.contacts.api.schemas import CLEARABLE, ContactIn, ContactOut, RowError, RowResult
from quen.apps.contacts.importing.issues import MESSAGES, message_for
from quen.apps.contacts.models import Source
from quen.apps.contacts.rules.identifiers import read_identifiers
from quen.apps.contacts.rules.labels import field_id_of, field_key
from quen.apps.contacts.services.sources import ensure_source
from quen.apps.contacts.types import ContactInput, ContactScope, RowRefusal, SourceKind, UpsertOutcome
from quen.apps.import_export.registry import RowIssue
from quen.apps.import_export.types import ConflictPolicy
from quen.core.errors import NotFound

router = Router(tags=["Contacts"])
MAX_ROWS = 10_000
MAX_BYTES = 24 * 1024 * 1024
_PLAIN = tuple(
    name
    for name in ContactIn.model_fields
    if name not in ("customer_code", "external_ids", "other_phones", "other_emails", "tags", "fields")
)
_ROW = TypeAdapter(ContactIn)
_ROWS = TypeAdapter(list[ContactIn])
_RESULTS = TypeAdapter(list[RowResult])
_POINTERS = {"birth_day": "birth_on", "status": "consents"}
Policy = Annotated[
    Literal["overwrite", "fill", "skip"],
    Field(
        description="What happens to contacts that exist: overwrite, fill only what is empty, or skip them."
    ),
]


class UpsertOne(ApiModel):
    """A contact to add or change."""

    contact: ContactIn
    if_exists: Policy = "overwrite"
    source: Annotated[str, Field(max_length=60)] | None = None
    """Code of a source, see GET /sources; otherwise "api"."""


class UpsertedOne(ApiModel):
    """What became of it."""

    result: RowResult
    contact: ContactOut


class UpsertMany(ApiModel):
    """Contacts to add or change, up to 10,000."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "contacts": [
                    {"phone": "0905 123 456", "full_name": "Nguyễn Thị Lan", "tags": ["VIP"]},
                    {"email": "minh@example.com", "note": None},
                ]
            }
        }
    )

    contacts: Annotated[
        list[Annotated[Any, CheckedLater(ContactIn)]], Field(min_length=1, max_length=MAX_ROWS)
    ]
    if_exists: Policy = "overwrite"
    source: Annotated[str, Field(max_length=60)] | None = None
    """Code of a source, see GET /sources; otherwise "api"."""


class UpsertedMany(ApiModel):
    """What became of each row, at its place."""

    created: int
    updated: int
    unchanged: int
    refused: int
    results: list[RowResult]


@router.post("/contacts", response=UpsertedOne, summary="Add or change a contact")
@needs(ContactScope.WRITE)
def upsert_contact(request: ApiRequest, body: UpsertOne) -> dict[str, Any]:
    """Find the contact by phone, email, code or external id, and change it; add it if nobody is found.

    A value that is refused refuses the call. Tags are added, never removed.
    """
    upsert = _Upsert(request, body.if_exists, body.source, place=("contact",))
    result = upsert.write([body.contact])[0]
    if result.status == "refused":
        raise InvalidRequest([error.model_dump(exclude={"params"}) for error in result.errors])
    assert result.contact_id is not None
    about(request, [result.contact_id])
    return {"result": result, "contact": document(result.contact_id)}


@router.post("/contacts/bulk", response=UpsertedMany, summary="Add or change many contacts")
@needs(ContactScope.WRITE, max_bytes=MAX_BYTES)
def upsert_contacts(request: ApiRequest, body: UpsertMany) -> HttpResponse:
    """Add or change up to 10,000 contacts in one transaction. Each row has its result at its own place; a row that is
    refused leaves the others alone. Rows of one person are applied in their order.
    """
    about(request, ())
    upsert = _Upsert(request, body.if_exists, body.source, place=("contacts",))
    results = upsert.write(body.contacts)
    counts = Counter(each.status for each in results)
    head = ", ".join(f'"{name}": {counts[name]}' for name in ("created", "updated", "unchanged", "refused"))
    # Ten thousand results are written once, not checked again.
    return HttpResponse(
        b"{" + head.encode() + b', "results": ' + _RESULTS.dump_json(results) + b"}",
        content_type="application/json",
    )


class _Upsert:
    """One call that adds and changes contacts."""

    def __init__(
        self, request: ApiRequest, policy: str, source: str | None, *, place: tuple[str, ...]
    ) -> None:
        self._request, self._policy, self._place = request, ConflictPolicy(policy), place
        self._is_many = place == ("contacts",)
        self._source = self._read_source(source)
        self._fields = fields_by_key()
        self._keys = {field.pk: key for key, field in self._fields.items()}

    def write(self, rows: Sequence[Any]) -> list[RowResult]:
        """Write rows and return what became of each, in their order."""
        results: list[RowResult | None] = [None] * len(rows)
        inputs: list[ContactInput] = []
        places: list[int] = []
        for place, row in enumerate(self._read(rows)):
            found = row if isinstance(row, list) else self._input(row, place)
            if isinstance(found, list):
                results[place] = RowResult.model_construct(
                    status="refused", contact_id=None, errors=found, warnings=[]
                )
            else:
                inputs.append(found)
                places.append(place)
        outcome = services.upsert(
            rows=inputs,
            workspace=self._request.workspace,
            policy=self._policy,
            source=self._source,
            actor=self._request.actor,
            now=self._request.now,
        )
        self._report(outcome, places, results)
        return [each for each in results if each is not None]

    def _read_source(self, code: str | None) -> Source:
        if code is None or code == "api":
            return ensure_source(code="api", name="API", kind=SourceKind.API)
        found = queries.find_source(code)
        if found is None:
            raise InvalidRequest([{"pointer": "/source", "code": "not_found", "text": str(NotFound())}])
        return found

    def _read(self, rows: Sequence[Any]) -> list[Any]:
        """Return the rows as ContactIn, or what is wrong with a row; one bad row costs only itself."""
        if not self._is_many:
            return list(rows)
        try:
            return list(_ROWS.validate_python(rows))
        except ValidationError:
            return [self._read_one(row, place) for place, row in enumerate(rows)]

    def _read_one(self, row: Any, place: int) -> Any:
        try:
            return _ROW.validate_python(row)
        except ValidationError as wrong:
            return [
                self._error(found["code"], found["text"], place, *each["loc"])
                for each in wrong.errors(include_url=False, include_input=False)
                if (found := field_error(each))
            ]

    def _input(self, row: ContactIn, place: int) -> ContactInput | list[RowError]:
        unknown = [key for key in row.fields if key not in self._fields]
        if unknown:
            return [
                self._error("unknown_name", str(unknown_name(key)["text"]), place, "fields", key)
                for key in unknown
            ]
        given = row.model_fields_set
        identities = list(row.external_ids.items())
        if row.customer_code:
            identities.append(("code", row.customer_code))
        refused, further = self._further(row, place)
        if refused:
            return refused
        return ContactInput(
            **{
                name: value
                for name in given.intersection(_PLAIN)
                if (value := getattr(row, name)) is not None
            },
            identities=[*identities, *further],
            tags=row.tags,
            attrs={self._fields[key].pk: value for key, value in row.fields.items() if value is not None},
            clear=(
                *(name for name in CLEARABLE if name in given and getattr(row, name) in (None, "")),
                *(field_key(self._fields[key].pk) for key, value in row.fields.items() if value is None),
            ),
        )

    def _further(self, row: ContactIn, place: int) -> tuple[list[RowError], list[tuple[str, str]]]:
        """Return what is wrong with further numbers and emails, and those as identities."""
        refused: list[RowError] = []
        found: list[tuple[str, str]] = []
        for name, system in (("other_phones", "phone"), ("other_emails", "email")):
            for number, raw in enumerate(getattr(row, name)):
                try:
                    found += [(system, value) for value in read_identifiers(name, [raw])]
                except ValueError as wrong:
                    code = getattr(wrong, "code", "syntax")
                    refused.append(self._error(code, self._text(code), place, name, number))
        return refused, found

    def _report(self, outcome: UpsertOutcome, places: Sequence[int], results: list[RowResult | None]) -> None:
        seen: set[int] = set()
        for number, contact_id in sorted(outcome.contact_ids.items()):
            status = "unchanged"
            if contact_id in outcome.created_ids and contact_id not in seen:
                status = "created"
            elif contact_id in outcome.created_ids or contact_id in outcome.updated_ids:
                status = "updated"
            seen.add(contact_id)
            results[places[number]] = RowResult.model_construct(
                status=status, contact_id=contact_id, errors=[], warnings=[]
            )
        for refusal in outcome.refused:
            place = places[refusal.row]
            results[place] = RowResult.model_construct(
                status="refused", contact_id=None, errors=[self._issue(refusal, place)], warnings=[]
            )
        for warning in outcome.warnings:
            place = places[warning.row]
            result = results[place]
            if result is not None:
                result.warnings = [*result.warnings, self._issue(warning, place)]

    def _issue(self, refusal: RowRefusal, place: int) -> RowError:
        code = str(refusal.params.get("reason") or refusal.code)
        number = field_id_of(refusal.field)
        names: tuple[str, ...] = (_POINTERS.get(refusal.field, refusal.field),) if refusal.field else ()
        if number is not None:
            names = ("fields", self._keys.get(number, refusal.field))
        params: dict[str, Any] = {
            key: value for key, value in refusal.params.items() if key not in ("value", "reason", "existing")
        }
        if code == refusal.code:
            text = message_for(RowIssue(place, code, refusal.field, params | {"existing": "…"}))
        else:
            text = self._text(code)
        return self._error(code, text, place, *names, params=params)

    @staticmethod
    def _text(code: str) -> str:
        return str(MESSAGES.get(code, MESSAGES["syntax"]))

    def _error(
        self, code: str, text: str, place: int, *names: str | int, params: Mapping[str, Any] | None = None
    ) -> RowError:
        at: list[str | int] = [*self._place, place] if self._is_many else [*self._place]
        return RowError.model_construct(
            code=code, text=text, pointer=pointer([*at, *names]), params=dict(params or {})
        )

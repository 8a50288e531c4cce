"""The statements of one import, woven once from its columns: how staged values become or meet people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quen.apps.contacts.importing.stage import Shape, StagedColumn
from quen.apps.contacts.types import Consent, Status
from quen.apps.import_export.types import Existing
from quen.core import sql

_TRIED_CONTACT = """
        UNION ALL SELECT -t.row FROM import_tried t WHERE t.{0} = s.{0}"""
_TRIED_IDENTITY = """
        UNION ALL SELECT -t.row FROM import_tried_identity t
                   WHERE t.system = x.system AND t.external_id = x.external_id"""
#: what a person starts with, where the file brings nothing
_DEFAULTS = {
    "full_name": "''",
    "family_name": "''",
    "middle_name": "''",
    "given_name": "''",
    "call_name": "''",
    "salutation": "''",
    "sort_key": "'~'",
    "gender": "''",
    "birth_is_lunar": "false",
    "company": "''",
    "language": "''",
    "country": "''",
    "province": "''",
    "province_before": "''",
    "city": "''",
    "district": "''",
    "ward": "''",
    "address_line": "''",
    "note": "''",
    "status": str(Status.NON_SUBSCRIBED.value),
    "consent_email": "0",
    "consent_sms": "0",
    "consent_zalo": "0",
    "consent_chat": "0",
    "consent_push": "0",
    "consent_call": "0",
    "spent": "0",
    "orders_count": "0",
    "attrs": "'{}'",
    "first_source_id": "%(import_source)s",
    "latest_source_id": "%(import_source)s",
    "member_since": "%(now)s",
    "last_activity_at": "%(now)s",
    "created_at": "%(now)s",
    "updated_at": "%(now)s",
}
_REFUSED = f"({Consent.WITHDRAWN.value}, {Consent.BLOCKED.value})"
_SUB, _UNSUB, _NON, _SAVED = (
    status.value for status in (Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.NON_SUBSCRIBED, Status.SAVED)
)


@dataclass(frozen=True, slots=True)
class Statements:
    """Ready texts. consents: channels whose consent is staged."""

    stage: str
    fold_table: str
    changed_table: str
    copy: str
    match: str
    create: str
    create_bare: str
    fold: str
    changed: str
    update: str
    completed: str


def weave(
    shape: Shape, *, policy: str, required: Sequence[str], clear_bits: Mapping[str, int], trial: bool
) -> Statements:
    """Weave the statements for a shape and a policy. Only our own column names go into the texts."""
    policy_of = _Policy(shape, fills=policy == Existing.FILL, clear_bits=clear_bits)
    named = shape.named()
    described = ", ".join(f"{name} {type_}" for name, type_ in named)
    said = [(name, type_) for name, type_ in named if name not in ("row", "turn", "incomplete")]
    columns, values = _new_person(shape)
    consents = [f"consent_{channel}" for channel in shape.channels]
    jsonb_each = (
        "\n  LEFT JOIN LATERAL jsonb_each(f.attrs::jsonb) e ON f.attrs IS NOT NULL" if shape.attrs else ""
    )
    return Statements(
        stage=f"CREATE TEMP TABLE import_stage ({described})",
        fold_table="CREATE TEMP TABLE import_fold (contact_id int8, "
        + ", ".join(f"{name} {type_}" for name, type_ in said)
        + ")",
        changed_table="CREATE TEMP TABLE import_changed (contact_id int8"
        + "".join(f", {name} int2" for name in consents)
        + ")",
        copy=f"COPY import_stage ({', '.join(name for name, _type in named)}) FROM STDIN (FORMAT BINARY)",
        match=sql.text(
            "contacts/import_match",
            tried_phone=_TRIED_CONTACT.format("phone") if trial else "",
            tried_email=_TRIED_CONTACT.format("email") if trial else "",
            tried_identity=_TRIED_IDENTITY if trial else "",
        ),
        create=sql.text("contacts/import_create", columns=columns, values=values),
        create_bare=sql.text("contacts/import_create_bare", columns=columns, values=values),
        fold=sql.text(
            "contacts/import_fold",
            names="".join(f", {name}" for name, _type in said),
            singles="".join(f", f.{name}" for name, _type in said),
            folded="".join(f", {policy_of.preferred(name)}" for name, _type in said),
            more=jsonb_each,
        ),
        changed=sql.text(
            "contacts/import_changed",
            names="".join(f", {name}" for name in consents),
            held="".join(f", c.{name}" for name in consents),
            differs="\n    OR ".join(policy_of.differences()),
        ),
        update=sql.text("contacts/import_update", assignments=",\n       ".join(policy_of.assignments())),
        completed=sql.text("contacts/import_completed", complete=_complete(required)),
    )


def _new_person(shape: Shape) -> tuple[str, str]:
    values = dict(_DEFAULTS)
    for column in shape.people:
        values[column.name] = (
            f"coalesce(s.{column.name}, %(now)s)" if column.name == "member_since" else f"s.{column.name}"
        )
    if shape.wishes:
        values["status"] = f"coalesce(s.status, {_NON})"
    for channel in shape.channels:
        values[f"consent_{channel}"] = f"coalesce(s.consent_{channel}, 0)"
    if shape.attrs:
        values["attrs"] = "coalesce(s.attrs::jsonb, '{}')"
    if shape.source:
        values["first_source_id"] = values["latest_source_id"] = "coalesce(s.source, %(import_source)s)"
    values["incomplete"] = "s.incomplete"
    return ", ".join(values), ", ".join(values.values())


def _complete(required: Sequence[str]) -> str:
    tests = []
    for name in required:
        if name in ("phone", "email", "birth_day"):
            tests.append(f"c.{name} IS NOT NULL")
        else:
            tests.append(f"c.{name} <> ''")
    return " AND ".join(tests) or "true"


@dataclass(frozen=True)
class _Policy:
    """How the values of the file (f) meet those of a person (c)."""

    shape: Shape
    fills: bool
    clear_bits: Mapping[str, int]

    def preferred(self, name: str) -> str:
        """Of several rows of one person: the last that says something, or the first when only filling."""
        order = "ASC" if self.fills else "DESC"
        if name == "attrs":
            merging = "DESC" if self.fills else "ASC"
            return f"(jsonb_object_agg(e.key, e.value ORDER BY f.row {merging}) FILTER (WHERE e.key IS NOT NULL))::text"
        if name == "clears":
            return "bit_or(f.clears)"
        column = next((column for column in self.shape.people if column.name == name), None)
        if column is None:
            return f"(array_agg(f.{name} ORDER BY f.row {order}) FILTER (WHERE f.{name} IS NOT NULL))[1]"
        lead = self._lead(column)
        picked = f"(array_agg(f.{name} ORDER BY f.row {order}) FILTER (WHERE {lead.filled}))[1]"
        return f"coalesce({picked}, '{column.empty}')" if column.empty is not None else picked

    def assignments(self) -> list[str]:
        changes = self._changes()
        if self.shape.wishes:
            changes["status_before_saved"] = (
                f"CASE WHEN c.status = {_SAVED} AND f.status = {_UNSUB} THEN {_UNSUB}"
                f" WHEN c.status <> {_SAVED} AND ({changes['status']}) = {_SAVED} THEN c.status"
                " ELSE c.status_before_saved END"
            )
        source = "coalesce(f.source, %(import_source)s)" if self.shape.source else "%(import_source)s"
        changes["latest_source_id"] = f"coalesce({source}, c.latest_source_id)"
        return [f"{name} = {value}" for name, value in changes.items()]

    def differences(self) -> list[str]:
        return [f"c.{name} IS DISTINCT FROM {value}" for name, value in self._changes().items()] or ["false"]

    def _changes(self) -> dict[str, str]:
        changes = {column.name: self._new_value(column) for column in self.shape.people}
        if self.shape.wishes:
            changes["status"] = self._new_status()
        for channel in self.shape.channels:
            changes[f"consent_{channel}"] = self._new_consent(channel)
        if self.shape.attrs:
            mine = "coalesce(f.attrs::jsonb, '{}')"
            changes["attrs"] = f"{mine} || c.attrs" if self.fills else f"c.attrs || {mine}"
        return changes

    def _new_value(self, column: StagedColumn) -> str:
        lead = self._lead(column)
        if self.fills:
            takes = f"NOT ({lead.filled_in('c')}) AND {lead.filled}"
            if lead.empty is None:
                takes = f"c.{lead.name} IS NULL"
        else:
            takes = lead.filled
            if lead.name == "full_name":
                # Parts corrected by hand stay while the name is the same.
                takes = f"{takes} AND f.full_name <> c.full_name"
        if column.name == "sort_key":
            kept = "c.sort_key"
        else:
            kept = f"c.{column.name}"
        value = f"CASE WHEN {takes} THEN f.{column.name} ELSE {kept} END"
        bit = self.clear_bits.get(column.group, 0)
        if bit and self.shape.clears and not self.fills:
            empty = {"sort_key": "'~'"}.get(column.name, "''" if column.empty is not None else "NULL")
            value = f"CASE WHEN f.clears & {bit} <> 0 THEN {empty} ELSE {value} END"
        return value

    def _new_status(self) -> str:
        if self.fills:
            return (
                f"CASE WHEN f.status IS NULL OR c.status <> {_NON} OR c.consent_email <> 0 THEN c.status"
                " ELSE f.status END"
            )
        return (
            f"CASE WHEN f.status IS NULL OR c.status = {_SAVED} THEN c.status"
            f" WHEN c.status = {_UNSUB} AND f.status <> {_SAVED} THEN c.status"
            f" WHEN f.status = {_SUB} AND c.consent_email IN {_REFUSED} THEN c.status"
            " ELSE f.status END"
        )

    def _new_consent(self, channel: str) -> str:
        held, said = f"c.consent_{channel}", f"f.consent_{channel}"
        stays = f"{said} IS NULL OR {held} IN {_REFUSED}"
        if self.fills:
            stays = f"{said} IS NULL OR {held} <> 0"
        if channel == "email":
            stays += f" OR ({said} = {Consent.GRANTED.value} AND c.status IN ({_UNSUB}, {_SAVED}))"
            if self.fills:
                stays += f" OR c.status <> {_NON}"
        kept = held
        if channel == "email" and not self.fills and self.shape.wishes:
            # A plain No ends the subscription and the consent that stood with it.
            ended = f"f.status = {_NON} AND c.status = {_SUB} AND {held} = {Consent.GRANTED.value}"
            kept = f"CASE WHEN {ended} THEN {Consent.NEVER_ASKED.value} ELSE {held} END"
        return f"CASE WHEN {stays} THEN {kept} ELSE {said} END"

    def _lead(self, column: StagedColumn) -> StagedColumn:
        return next(other for other in self.shape.people if other.name == column.group)

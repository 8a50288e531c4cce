"""The SQL statements of one writer, built once from its columns: how staged values create or update contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from quen.apps.contacts.rules.statuses import imported_consent_case_sql, imported_status_case_sql
from quen.apps.contacts.services.staging.schema import ORIGINS, StagedColumn, StagingSchema
from quen.apps.contacts.types import Channel, Consent, Status
from quen.apps.import_export.types import ConflictPolicy
from quen.core import sql

#: initial values of a contact, where no column is staged
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
    "first_source_id": "%(source_id)s",
    "latest_source_id": "%(source_id)s",
    "member_since": "%(now)s",
    "last_activity_at": "%(now)s",
    "created_at": "%(now)s",
    "updated_at": "%(now)s",
}
_TAGGED = """
  LEFT JOIN (SELECT DISTINCT contact_id FROM upsert_added_tag) t ON t.contact_id = c.id"""
_REFUSED_CONSENTS = f"({Consent.WITHDRAWN.value}, {Consent.BLOCKED.value})"
_SUB, _UNSUB, _NON, _SAVED = (
    status.value for status in (Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.NON_SUBSCRIBED, Status.SAVED)
)


@dataclass(frozen=True, slots=True)
class UpsertStatements:
    """The SQL texts of one writer."""

    stage: str
    merged_table: str
    changed_table: str
    copy: str
    match: str
    create: str
    merge: str
    changed: str
    update: str
    mark_complete: str


def build_refusals(schema: StagingSchema) -> UpsertStatements:
    """Return the statements that apply nothing but refusals and withdrawals, whatever the policy says.

    Who refuses is not asked whether the shop overwrites, and a later row of a file may refuse what an earlier one of
    the same person agreed to.
    """
    answers = replace(schema, contact_columns=(), has_attrs=False, has_source=False, can_clear=False)
    only = f" AND EXISTS (SELECT 1 FROM upsert_stage s WHERE s.row = m.row AND ({refuses(schema)}))"
    return build_statements(
        answers, policy=ConflictPolicy.OVERWRITE, required=(), refusals_only=True, only=only
    )


def refuses(schema: StagingSchema) -> str:
    """Return SQL that is true where a row (s) refuses or withdraws; a plain No withdraws an earlier Yes (R-15)."""
    return " OR ".join(
        [f"s.consent_{channel} <> {Consent.GRANTED.value}" for channel in schema.channels] or ["false"]
    )


def refused(schema: StagingSchema) -> str:
    """Return SQL that is true where a contact (c) refuses now what they did not before its change (x)."""
    withdrawn = Consent.WITHDRAWN.value
    return " OR ".join(
        [
            f"(c.consent_{channel} = {withdrawn} AND x.consent_{channel} <> {withdrawn})"
            for channel in schema.channels
        ]
        or ["false"]
    )


def build_statements(
    schema: StagingSchema,
    *,
    policy: str,
    required: Sequence[str],
    refusals_only: bool = False,
    only: str = "",
) -> UpsertStatements:
    """Return the statements for a schema and a policy. Only our own column names are inserted into the SQL.

    refusals_only: apply no other answers.  only: SQL with a further condition on the matched rows that are merged.
    """
    rules = _MergeRules(
        schema,
        fill_only=policy == ConflictPolicy.FILL,
        clear_bits=schema.clear_bits(),
        refusals_only=refusals_only,
    )
    column_types = schema.column_types()
    column_definitions = ", ".join(f"{name} {type_}" for name, type_ in column_types)
    value_columns = [
        (name, type_) for name, type_ in column_types if name not in ("row", "pass", "incomplete")
    ]
    columns, values = _insert_columns(schema)
    consents = [f"consent_{channel}" for channel in schema.channels]
    jsonb_each = (
        "\n  LEFT JOIN LATERAL jsonb_each(f.attrs::jsonb) e ON f.attrs IS NOT NULL"
        if schema.has_attrs
        else ""
    )
    return UpsertStatements(
        stage=f"CREATE TEMP TABLE upsert_stage ({column_definitions})",
        merged_table="CREATE TEMP TABLE upsert_merged (contact_id int8, "
        + ", ".join(f"{name} {type_}" for name, type_ in value_columns)
        + ")",
        changed_table="CREATE TEMP TABLE upsert_changed (contact_id int8"
        + "".join(f", {name} int2" for name in consents)
        + ")",
        copy=f"COPY upsert_stage ({', '.join(name for name, _type in column_types)}) FROM STDIN (FORMAT BINARY)",
        match=sql.text("contacts/upsert_match"),
        create=sql.text("contacts/upsert_create", columns=columns, values=values),
        merge=sql.text(
            "contacts/upsert_merge",
            names="".join(f", {name}" for name, _type in value_columns),
            singles="".join(f", f.{name}" for name, _type in value_columns),
            merged="".join(f", {rules.preferred(name)}" for name, _type in value_columns),
            more=jsonb_each,
            only=only,
        ),
        changed=sql.text(
            "contacts/upsert_changed",
            names="".join(f", {name}" for name in consents),
            current="".join(f", c.{name}" for name in consents),
            differs="\n    OR ".join(rules.differences()),
            tagged="" if refusals_only else _TAGGED,
            gains="" if refusals_only else "\n    OR t.contact_id IS NOT NULL",
        ),
        update=sql.text("contacts/upsert_update", assignments=",\n       ".join(rules.assignments())),
        mark_complete=sql.text("contacts/upsert_mark_complete", complete=_complete(required)),
    )


def _insert_columns(schema: StagingSchema) -> tuple[str, str]:
    values = dict(_DEFAULTS)
    for column in schema.contact_columns:
        fallback = {"member_since": "%(now)s", "birth_is_lunar": "false"}.get(column.name)
        values[column.name] = f"coalesce(s.{column.name}, {fallback})" if fallback else f"s.{column.name}"
    if schema.has_status:
        values["status"] = f"coalesce(s.status, {_NON})"
    for channel in schema.channels:
        values[f"consent_{channel}"] = f"coalesce(s.consent_{channel}, 0)"
    if schema.has_attrs:
        attrs = "coalesce(s.attrs::jsonb, '{}')"
        values["attrs"] = f"jsonb_strip_nulls({attrs})" if schema.clears_attrs else attrs
    if schema.has_source:
        values["first_source_id"] = values["latest_source_id"] = "coalesce(s.source, %(source_id)s)"
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
class _MergeRules:
    """How staged values (f) are merged with those of a contact (c)."""

    schema: StagingSchema
    fill_only: bool
    clear_bits: Mapping[str, int]
    refusals_only: bool = False

    def preferred(self, name: str) -> str:
        """Return SQL for the value from several rows of one contact: the last that is not empty, or the first when
        only filling.
        """
        order = "ASC" if self.fill_only else "DESC"
        if name == "attrs":
            merge_order = "DESC" if self.fill_only else "ASC"
            merged = f"jsonb_object_agg(e.key, e.value ORDER BY f.row {merge_order})"
            return f"({merged} FILTER (WHERE e.key IS NOT NULL))::text"
        if name == "clears":
            return "bit_or(f.clears)"
        if (answer := self._answer_of(name)) is not None:
            # Whatever the order of the rows, a refusal in one of them holds.
            refusal = f"(f.{answer} IN {self._refusals(answer)}) DESC"
            chosen = f"array_agg(f.{name} ORDER BY {refusal}, f.row {order})"
            return f"({chosen} FILTER (WHERE f.{answer} IS NOT NULL))[1]"
        column = next((column for column in self.schema.contact_columns if column.name == name), None)
        if column is None:
            return f"(array_agg(f.{name} ORDER BY f.row {order}) FILTER (WHERE f.{name} IS NOT NULL))[1]"
        leader = self._leader(column)
        preferred = f"(array_agg(f.{name} ORDER BY f.row {order}) FILTER (WHERE {leader.is_filled}))[1]"
        return f"coalesce({preferred}, '{column.empty}')" if column.empty is not None else preferred

    def _answer_of(self, name: str) -> str | None:
        """Return the column with the answer that a staged column belongs to, None for other columns."""
        if name == "status" or name in {f"consent_{channel}" for channel in self.schema.channels}:
            return name
        origins = {
            f"{origin}_{channel}": f"consent_{channel}"
            for channel in self.schema.channels
            for origin, _type in ORIGINS
        }
        return origins.get(name)

    @staticmethod
    def _refusals(answer: str) -> str:
        return f"({_UNSUB})" if answer == "status" else _REFUSED_CONSENTS

    def assignments(self) -> list[str]:
        changes = self._new_values()
        if self.schema.has_status:
            changes["status_before_saved"] = (
                f"CASE WHEN c.status = {_SAVED} AND {self._refuses()} THEN {_UNSUB}"
                f" WHEN c.status <> {_SAVED} AND ({changes['status']}) = {_SAVED} THEN c.status"
                " ELSE c.status_before_saved END"
            )
        if not self.refusals_only:
            source = "coalesce(f.source, %(source_id)s)" if self.schema.has_source else "%(source_id)s"
            changes["latest_source_id"] = f"coalesce({source}, c.latest_source_id)"
        return [f"{name} = {value}" for name, value in changes.items()]

    def _refuses(self) -> str:
        """Return SQL that is true when the file ends what a saved contact had agreed to."""
        if "email" not in self.schema.channels:
            return f"f.status = {_UNSUB}"
        granted = f"c.consent_email = {Consent.GRANTED.value}"
        return f"(f.status = {_UNSUB} OR (f.status = {_NON} AND {granted}))"

    def differences(self) -> list[str]:
        return [f"c.{name} IS DISTINCT FROM {value}" for name, value in self._new_values().items()] or [
            "false"
        ]

    def _new_values(self) -> dict[str, str]:
        changes = {column.name: self._new_value(column) for column in self.schema.contact_columns}
        if self.schema.has_status:
            changes["status"] = self._new_status()
        for channel in self.schema.channels:
            changes[f"consent_{channel}"] = self._new_consent(channel)
        if self.schema.has_attrs:
            file_attrs = "coalesce(f.attrs::jsonb, '{}')"
            attrs = f"{file_attrs} || c.attrs" if self.fill_only else f"c.attrs || {file_attrs}"
            changes["attrs"] = f"jsonb_strip_nulls({attrs})" if self.schema.clears_attrs else attrs
        return changes

    def _new_value(self, column: StagedColumn) -> str:
        leader = self._leader(column)
        if self.fill_only:
            applies = f"NOT ({leader.is_filled_in('c')}) AND {leader.is_filled}"
            if leader.empty is None:
                applies = f"c.{leader.name} IS NULL"
        else:
            applies = leader.is_filled
            if leader.name == "full_name":
                # Name parts that were corrected by hand are kept while the full name is the same.
                applies = f"{applies} AND f.full_name <> c.full_name"
        if column.name == "sort_key":
            current = "c.sort_key"
        else:
            current = f"c.{column.name}"
        value = f"CASE WHEN {applies} THEN f.{column.name} ELSE {current} END"
        bit = self.clear_bits.get(column.group, 0)
        if bit and self.schema.can_clear and not self.fill_only:
            empty = {"sort_key": "'~'", "birth_is_lunar": "false"}.get(
                column.name, "''" if column.empty is not None else "NULL"
            )
            value = f"CASE WHEN f.clears & {bit} <> 0 THEN {empty} ELSE {value} END"
        return value

    def _new_status(self) -> str:
        status = imported_status_case_sql(
            current="c.status", given="f.status", consent="c.consent_email", only_empty=self.fill_only
        )
        kept = "f.status IS NULL"
        if self.refusals_only:
            kept = f"(f.status IN ({_UNSUB}, {_NON})) IS NOT TRUE"
        return f"CASE WHEN {kept} THEN c.status ELSE {status} END"

    def _new_consent(self, channel: str) -> str:
        current, given = f"c.consent_{channel}", f"f.consent_{channel}"
        consent = imported_consent_case_sql(
            current=current,
            given=given,
            status="c.status" if channel == Channel.EMAIL else None,
            only_empty=self.fill_only,
        )
        kept = f"{given} IS NULL"
        if self.refusals_only:
            kept = f"({given} <> {Consent.GRANTED.value}) IS NOT TRUE"
        return f"CASE WHEN {kept} THEN {current} ELSE {consent} END"

    def _leader(self, column: StagedColumn) -> StagedColumn:
        return next(other for other in self.schema.contact_columns if other.name == column.group)

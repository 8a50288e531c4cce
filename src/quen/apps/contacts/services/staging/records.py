"""What writing leaves beside the contacts: further addresses, entries of the consent log, and events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.contacts.services.staging.options import UpsertOptions
from quen.apps.contacts.services.staging.schema import ORIGINS, StagingSchema
from quen.apps.contacts.services.staging.stage import ContactStage
from quen.apps.contacts.types import Consent
from quen.apps.events import services as events
from quen.core.sql import Relation


class UpsertRecords:
    """Records the changes of one writer; a dry run records none."""

    def __init__(
        self, schema: StagingSchema, options: UpsertOptions, stage: ContactStage, *, is_dry_run: bool
    ) -> None:
        self._schema = schema
        self._options = options
        self._stage = stage
        self._is_dry_run = is_dry_run

    def created(self, number: int, params: Mapping[str, Any], now: datetime) -> None:
        """Record the new contacts of a pass."""
        self._log_consents("upsert_consent_created", params, rows="s")
        created = f"SELECT contact_id, row AS ref FROM upsert_created WHERE pass = {number:d}"
        self._record(self._options.created_event, created, self._options.created_data, now)

    def updated(self, number: int, now: datetime) -> None:
        """Record that the contacts of a pass changed."""
        updated = (
            "SELECT m.contact_id, max(m.row) AS ref FROM upsert_matched m JOIN upsert_changed x"
            f" ON x.contact_id = m.contact_id WHERE m.pass = {number:d} GROUP BY m.contact_id"
        )
        self._record(self._options.changed_event, updated, self._options.changed_data, now)

    def consents(self, params: Mapping[str, Any], now: datetime) -> None:
        """Record each consent that changed, as for one contact."""
        self._log_consents("upsert_consent_changed", params, rows="f")
        if self._is_dry_run:
            return
        for channel in self._schema.channels:
            for consent in (Consent.GRANTED, Consent.WITHDRAWN):
                changed = (
                    "SELECT x.contact_id FROM upsert_changed x JOIN contacts_contact c ON c.id = x.contact_id"
                    f" WHERE c.consent_{channel} <> x.consent_{channel} AND c.consent_{channel} = {consent.value}"
                )
                data = {"channel": channel, "to": consent.value, **self._options.consent_data}
                events.record_relation(
                    "consent_changed", Relation(changed, {}, ("contact_id",)), at=now, data=data
                )

    def statuses(self, now: datetime) -> None:
        """Notify consumers that statuses may have changed, which the refusals of rows do without an event."""
        if not self._is_dry_run:
            changed = Relation("SELECT contact_id FROM upsert_changed", {}, ("contact_id",))
            events.notify_changed(changed, fields=["status"], at=now)

    def addresses(self, batch: StagedBatch, contacts: str, params: Mapping[str, Any]) -> None:
        """Add the further addresses of rows; the default address stays, and none goes (CON-71)."""
        if not batch.addresses or self._is_dry_run:
            return
        columns = {
            "countries": "country",
            "provinces": "province",
            "provinces_before": "province_before",
            "cities": "city",
            "districts": "district",
            "wards": "ward",
            "lines": "address_line",
        }
        given = {key: [address[name] for _row, address in batch.addresses] for key, name in columns.items()}
        self._stage.run(
            "upsert_addresses",
            {**params, **given, "rows": [row for row, _address in batch.addresses]},
            contacts=contacts,
            unambiguous=" AND NOT m.ambiguous" if contacts == "upsert_matched" else "",
        )

    def _log_consents(self, statement: str, params: Mapping[str, Any], *, rows: str) -> None:
        if self._is_dry_run:
            return
        origins = [name for name, _type in ORIGINS] if self._schema.has_origins else []
        for channel in self._schema.channels:
            proof = {"channel": channel, "proof": self._options.proof_id}
            self._stage.run(
                statement,
                {**params, **proof},
                consent=f"consent_{channel}",
                origins="".join(f", {name}" for name in origins),
                values="".join(f", {rows}.{name}_{channel}" for name in origins),
                staged="".join(f", {name}_{channel}" for name in origins),
            )

    def _record(self, kind: str, contacts: str, data: Mapping[str, Any], now: datetime) -> None:
        if self._is_dry_run:
            return
        columns = ("contact_id", "ref") if self._options.with_row else ("contact_id",)
        text = contacts if self._options.with_row else f"SELECT contact_id FROM ({contacts}) contacts"
        events.record_relation(kind, Relation(text, {}, columns), at=now, data=dict(data))

"""What a row says about marketing, written into the staged row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from quen.apps.contacts.importing.refusals import Refusal
from quen.apps.contacts.types import Channel, Consent, Status

StagedRow = list[Any]
_EMAIL: Final = Channel.EMAIL.value


class RowScratch:
    """Positions after the staged columns: values of a row that are not columns of the staging table."""

    NAMES = (
        "phone2",
        "email2",
        "address2",
        "further",
        "identities",
        "tags",
        "labels",
        "attrs",
        "parts",
        "refusal",
    )

    def __init__(self, width: int) -> None:
        (
            self.phone2,
            self.email2,
            self.address2,
            self.further,
            self.identities,
            self.tags,
            self.labels,
            self.attrs,
            self.parts,
            self.refusal,
        ) = range(width, width + len(self.NAMES))


class Answers:
    """Writes what a row says about marketing. A refusal holds, whichever column says it, and whichever comes first."""

    def __init__(self, slots: Mapping[str, int], scratch: RowScratch) -> None:
        self._slots = slots
        self._scratch = scratch
        self._status = slots.get("status", -1)

    def grant(self, row: StagedRow, channel: str, column: int) -> None:
        if self._set(row, channel, Consent.GRANTED, column):
            self._set_status(row, channel, Status.SUBSCRIBED)

    def decline(self, row: StagedRow, channel: str, column: int) -> None:
        """Write a plain No: nothing for new contacts, the end of an earlier Yes for others."""
        if self._set(row, channel, Consent.NEVER_ASKED, column):
            self._set_status(row, channel, Status.NON_SUBSCRIBED)

    def refuse(
        self,
        row: StagedRow,
        channels: Iterable[str],
        refusal: Refusal,
        column: int,
        since: datetime | None = None,
    ) -> None:
        if refusal is Refusal.BOUNCE:
            self.doubt(row, channels)
        else:
            for channel in channels:
                self._set(row, channel, Consent.WITHDRAWN, column, since)
                self._set_status(row, channel, Status.UNSUBSCRIBED)
        if refusal is not Refusal.OPT_OUT and _EMAIL in channels:
            row[self._scratch.refusal] = max(row[self._scratch.refusal] or refusal, refusal)

    def doubt(self, row: StagedRow, channels: Iterable[str]) -> None:
        """Take back a subscription that the settings give to every row."""
        for channel in channels:
            slot = self._slots[f"consent_{channel}"]
            if row[slot] == Consent.GRANTED:
                row[slot] = None
                if channel == _EMAIL and row[self._status] == Status.SUBSCRIBED:
                    row[self._status] = None

    def _set(
        self, row: StagedRow, channel: str, consent: Consent, column: int, since: datetime | None = None
    ) -> bool:
        slot = self._slots[f"consent_{channel}"]
        if row[slot] == Consent.WITHDRAWN:
            return False
        row[slot] = consent.value
        row[self._slots[f"file_column_{channel}"]] = column
        row[self._slots[f"answered_at_{channel}"]] = since
        return True

    def _set_status(self, row: StagedRow, channel: str, status: Status) -> None:
        # Archived is a decision of the shop, over which only a refusal stands.
        if channel == _EMAIL and (status is Status.UNSUBSCRIBED or row[self._status] != Status.SAVED):
            row[self._status] = status.value

"""The labels of other apps that staged rows carry, such as groups: resolved to ids, and given to contacts."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from quen.apps.contacts import registry
from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.contacts.services.staging.names import key_of_new_tag
from quen.apps.contacts.services.staging.options import UpsertOptions
from quen.apps.contacts.services.staging.stage import ContactStage
from quen.apps.import_export.registry import RowIssue


class StagedLabels:
    """Gives the labels of a batch to its contacts; a dry run only remembers whom it would give which.

    ids: of the labels that have been resolved, by key and name.
    """

    def __init__(self, options: UpsertOptions, stage: ContactStage, *, is_dry_run: bool) -> None:
        self.ids: dict[tuple[str, str], int] = {}
        self._options = options
        self._stage = stage
        self._is_dry_run = is_dry_run
        self._given: set[tuple[str, int, int]] = set()
        self._announced: set[tuple[str, str]] = set()
        self._of_rows: dict[int, list[tuple[str, int]]] = {}

    def are_known(self, batch: StagedBatch) -> bool:
        """Return whether every name of a batch is resolved, so that giving it creates nothing."""
        return all((key, name) in self.ids for key, name in self._names(batch))

    def load(self, batch: StagedBatch, now: datetime) -> list[RowIssue]:
        """Take the labels of a batch. Return the rows that are the first to name one that is created."""
        issues = self._resolve(batch, now)
        self._of_rows = {}
        for row, key, name in batch.labels:
            self._of_rows.setdefault(row, []).append((key, self.ids[key, name]))
        return issues

    def give(self, number: int, now: datetime, *, to_created: bool) -> set[int]:
        """Give the contacts of a pass their labels and those of every row. Return who lacked one."""
        everyone = [(key, self.ids[key, name]) for key, name in self._names_of_all()]
        pairs: dict[str, set[tuple[int, int]]] = {}
        for row, contact_id in self._stage.contacts_of_pass(number, created=to_created):
            for key, label_id in (*everyone, *self._of_rows.get(row, ())):
                pairs.setdefault(key, set()).add((contact_id, label_id))
        gained: set[int] = set()
        for key, given in pairs.items():
            labels = registry.import_labels()[key]
            if not self._is_dry_run:
                gained |= labels.add(given, self._options.change_id, self._options.actor, now)
                continue
            new = {pair for pair in given if (key, *pair) not in self._given}
            # New contacts of a dry run have negative ids, and so have labels that do not exist yet.
            stored = {pair for pair in new if min(pair) > 0}
            missing = labels.absent(stored) | (new - stored)
            self._given |= {(key, *pair) for pair in given}
            gained |= {contact_id for contact_id, _label in missing}
        return gained

    def _names(self, batch: StagedBatch) -> set[tuple[str, str]]:
        return {*self._names_of_all(), *((key, name) for _row, key, name in batch.labels)}

    def _names_of_all(self) -> list[tuple[str, str]]:
        return [(key, name) for key, names in self._options.all_labels.items() for name in names]

    def _resolve(self, batch: StagedBatch, now: datetime) -> list[RowIssue]:
        missing: dict[str, list[str]] = {}
        for key, name in sorted(self._names(batch) - self.ids.keys()):
            missing.setdefault(key, []).append(name)
        issues: list[RowIssue] = []
        for key, names in missing.items():
            labels = registry.import_labels()[key]
            found = dict(labels.find(names))
            issues += self._first_to_name(batch, key, {name for name in names if name not in found})
            if not self._is_dry_run:
                found |= labels.ensure(names, self._options.actor, now)
            self.ids |= {(key, name): found.get(name) or key_of_new_tag(name) for name in names}
        return issues

    def _first_to_name(self, batch: StagedBatch, key: str, names: AbstractSet[str]) -> list[RowIssue]:
        """Return an issue for the first row of each name that is created; spellings of one name are one."""
        issues = []
        for row, of, name in batch.labels:
            if of == key and name in names and (key, name.upper()) not in self._announced:
                self._announced.add((key, name.upper()))
                issues.append(RowIssue(row, "new_label", key, {"value": name}))
        return issues


def names_of_all(settings: Mapping[str, object]) -> dict[str, list[str]]:
    """Return the names of the labels that the settings of an import give to every row, by key."""
    found = {}
    for key in registry.import_labels():
        given = settings.get(key)
        if isinstance(given, list) and given:
            found[key] = [str(name) for name in given]
    return found

"""A batch of staged rows becomes people: a bounded number of statements, whatever the number of rows.

The order within a batch: rows that bring an identifier for the first time meet the people already there or become
new ones (turn 1); rows that repeat an identifier of the batch then meet those (turn 2). What is left after that,
because the row before it was refused, gets turns of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.utils import OperationalError

from quen.apps.contacts.importing.prepare import PreparedPeople, clearly_others
from quen.apps.contacts.importing.tables import PeopleTables, lock_key
from quen.apps.contacts.types import Consent, Status
from quen.apps.events import services as events
from quen.apps.import_export.registry import BatchOutcome, Row, RowIssue
from quen.apps.import_export.types import Existing
from quen.core import sql
from quen.core.sql import Relation

#: the lock under which single people's unique values are written
_UNIQUE_LOCK: Final = 7_306_010
#: how often rows are matched again because somebody else was quicker
_TRIES: Final = 5
#: turns beyond the second exist only where rows of one batch share identifiers crosswise
_TURNS: Final = 200


@dataclass(slots=True)
class PeopleWriter(PeopleTables):
    """Writes one import. all_tags: tags of every row.  import_source: the source people come from."""

    def prepare(self, rows: Sequence[Row]) -> PreparedPeople:
        """Read cells into staged rows; no database."""
        return self.preparer.prepare(rows)

    def write(self, prepared: PreparedPeople, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction."""
        outcome = BatchOutcome(refused=list(prepared.refused), warnings=list(prepared.warnings))
        if not prepared.rows:
            return outcome
        self._execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": lock_key()})
        self._stage(prepared)
        self._turns(prepared, outcome, now)
        self._drop()
        self._measure()
        self._execute(
            "UPDATE contacts_change SET data = jsonb_set(data, '{instants}',"
            " coalesce(data -> 'instants', '[]') || to_jsonb(%(instant)s::text)), count = count + %(count)s"
            " WHERE id = %(change)s",
            {
                "instant": now.astimezone(UTC).strftime("%Y%m%d%H%M%S%f"),
                "count": outcome.created + outcome.updated,
                "change": self.change_id,
            },
        )
        return outcome

    def try_out(self, prepared: PreparedPeople) -> BatchOutcome:
        """Say what write would do. New people of the trial live in temporary tables until close."""
        outcome = BatchOutcome(refused=list(prepared.refused), warnings=list(prepared.warnings))
        if not self._trying:
            self._begin_trying()
        if prepared.rows:
            self._stage(prepared)
            self._turns(prepared, outcome, None)
            self._drop()
        return outcome

    def _turns(self, prepared: PreparedPeople, outcome: BatchOutcome, now: datetime | None) -> None:
        self._turn(1, prepared, outcome, now)
        turn = 2 if prepared.later else 0
        while turn:
            self._match(turn)
            postponed = self._postpone(prepared, turn)
            self._settle(turn, prepared, outcome, now)
            turn = turn + 1 if postponed else 0
            if turn > _TURNS:
                self._refuse_rest(outcome, turn)
                return

    def _turn(self, turn: int, prepared: PreparedPeople, outcome: BatchOutcome, now: datetime | None) -> None:
        self._match(turn)
        self._settle(turn, prepared, outcome, now)

    def _postpone(self, prepared: PreparedPeople, turn: int) -> bool:
        """Move rows to the next turn whose identifiers an earlier row of this turn may bring to somebody else.

        When people stay as they are, only new ones can change what a row meets.
        """
        rows = {row[0]: row for row in prepared.rows}
        systems: dict[int, list[Any]] = {}
        for number, system, external_id in prepared.identities:
            systems.setdefault(number, []).append((system, external_id))
        phone, email = self.preparer.slots["phone"], self.preparer.slots["email"]
        owners: dict[Any, int] = {}
        later = []
        met = self._rows(
            "SELECT row, contact_id FROM import_met WHERE turn = %(turn)s AND NOT two ORDER BY row",
            {"turn": turn},
        )
        for number, contact_id in met:
            if contact_id is not None and self.policy == Existing.SKIP:
                continue
            keys = [key for key in (rows[number][phone], rows[number][email]) if key] + systems.get(
                number, []
            )
            # Nobody yet: its own number, below those of the trial's people.
            owner = contact_id if contact_id is not None else -(1 << 62) - number
            if any(owners.get(key, owner) != owner for key in keys):
                later.append(number)
            else:
                owners |= dict.fromkeys(keys, owner)
        if later:
            self._execute("DELETE FROM import_met WHERE row = ANY(%(rows)s)", {"rows": later})
            self._execute(
                "UPDATE import_stage SET turn = %(turn)s WHERE row = ANY(%(rows)s)",
                {"turn": turn + 1, "rows": later},
            )
        return bool(later)

    def _refuse_rest(self, outcome: BatchOutcome, turn: int) -> None:
        found = self._rows("SELECT row FROM import_stage WHERE turn = %(turn)s", {"turn": turn})
        outcome.refused += [RowIssue(row, "two_people") for (row,) in found]

    def _settle(
        self, turn: int, prepared: PreparedPeople, outcome: BatchOutcome, now: datetime | None
    ) -> None:
        """Make the new people of a turn, then let the rows that met somebody meet them."""
        self._leave_out_taken(turn, outcome)
        made = self._try(turn, prepared) if now is None else self._create(turn, prepared, now)
        outcome.created += made
        if made and prepared.lacking:
            made_now = (
                "import_met WHERE turn = %(turn)s AND contact_id IS NULL"
                if now is None
                else "import_made WHERE turn = %(turn)s"
            )
            numbers = self._rows(f"SELECT row FROM {made_now} ORDER BY row", {"turn": turn})
            outcome.warnings += [
                RowIssue(row, "incomplete", prepared.lacking[row].partition(",")[0])
                for (row,) in numbers
                if row in prepared.lacking
            ]
        met = self._rows(
            "SELECT count(*) FILTER (WHERE two), count(*) FILTER (WHERE contact_id IS NOT NULL) FROM import_met"
            " WHERE turn = %(turn)s",
            {"turn": turn},
        )[0]
        if met[0]:
            found = self._rows(
                "SELECT row FROM import_met WHERE turn = %(turn)s AND two ORDER BY row", {"turn": turn}
            )
            outcome.refused += [RowIssue(row, "two_people") for (row,) in found]
        if met[1] > met[0]:
            self._warn(turn, outcome)
            self._meet(turn, prepared, outcome, now)

    def _leave_out_taken(self, turn: int, outcome: BatchOutcome) -> None:
        """Values that only one person may have; single writers of them wait, as imports do for each other."""
        for key in self.unique_fields:
            if not self.trial:
                self._execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _UNIQUE_LOCK})
            statement = sql.text("contacts/import_unique", field=str(int(key)))
            taken = self._rows(statement, {"turn": turn, "key": str(key)})
            outcome.warnings += [
                RowIssue(row, "value_not_unique", f"field_{key}") for (row,) in sorted(taken)
            ]

    def _create(self, turn: int, prepared: PreparedPeople, now: datetime) -> int:
        params = {"turn": turn, "now": now, "import_source": self.import_source}
        wanted = self._count_new(turn)
        if not wanted:
            return 0
        made = self._execute(self.statements.create, params)
        if made < wanted:
            made += self._execute(self.statements.create_bare, params)
        for _attempt in range(_TRIES):
            if made == wanted:
                break
            made += self._meet_the_quicker(turn, params)
            wanted = made + self._count_new_beside_made(turn)
        else:
            raise OperationalError("rows of an import settle with nobody")
        self._surround(turn, prepared, now)
        return made

    def _meet_the_quicker(self, turn: int, params: Mapping[str, Any]) -> int:
        """Match again what another writer kept from being made, and make what still meets nobody."""
        self._execute(
            "DELETE FROM import_met m WHERE turn = %(turn)s AND contact_id IS NULL"
            " AND NOT EXISTS (SELECT FROM import_made x WHERE x.row = m.row)",
            params,
        )
        away = {"turn": turn, "away": -turn}
        # Rows settled already step aside, so that the same statements see the rest alone.
        self._execute(
            "UPDATE import_stage s SET turn = %(away)s WHERE turn = %(turn)s"
            " AND EXISTS (SELECT FROM import_met m WHERE m.row = s.row)",
            away,
        )
        self._execute("UPDATE import_met SET turn = %(away)s WHERE turn = %(turn)s", away)
        self._execute(self.statements.match, {"turn": turn})
        made = self._execute(self.statements.create, params) if self._count_new(turn) else 0
        for table in ("import_stage", "import_met"):
            self._execute(f"UPDATE {table} SET turn = %(turn)s WHERE turn = %(away)s", away)
        return made

    def _surround(self, turn: int, prepared: PreparedPeople, now: datetime) -> None:
        """What belongs to new people: accounts, tags, consent, the way back, their first event."""
        here = {"turn": turn, "now": now, "change": self.change_id}
        self._execute(
            "INSERT INTO contacts_changerow (change_id, contact_id)"
            " SELECT %(change)s, contact_id FROM import_made WHERE turn = %(turn)s",
            here,
        )
        if prepared.identities:
            self._execute(_IDENTITIES.format(rows="import_made", but=""), here)
        if prepared.tags:
            self._execute(sql.text("contacts/import_tag_made"), here | {"all_tags": list(self.all_tags)})
        elif self.all_tags:
            self._execute(sql.text("contacts/import_tag_all"), here | {"all_tags": list(self.all_tags)})
        for channel in self.shape.channels:
            self._execute(
                "INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)"
                f" SELECT x.contact_id, %(channel)s, 'marketing', s.consent_{channel}, %(proof)s, %(now)s"
                f" FROM import_made x JOIN import_stage s ON s.row = x.row"
                f" WHERE x.turn = %(turn)s AND s.consent_{channel} <> 0",
                here | {"channel": channel, "proof": self._proof()},
            )
        self._keep_apart(prepared, "import_made", turn, now)
        self._tell(f"SELECT contact_id, row AS ref FROM import_made WHERE turn = {turn:d}", now)

    def _warn(self, turn: int, outcome: BatchOutcome) -> None:
        """Numbers that fit but whose name is another's (R-09), and refusals that stay (R-16)."""
        if "full_name" in self.preparer.slots:
            people = ["contacts_contact c ON c.id = m.contact_id"]
            people += ["import_tried c ON c.row = -m.contact_id"] if self.trial else []
            different = [
                found
                for held_by in people
                for found in self._rows(
                    "SELECT m.row, s.full_name, c.full_name FROM import_met m JOIN import_stage s ON s.row = m.row"
                    f" JOIN {held_by} WHERE m.turn = %(turn)s AND m.by_phone AND NOT m.two"
                    " AND s.full_name <> '' AND c.full_name <> '' AND s.full_name <> c.full_name",
                    {"turn": turn},
                )
            ]
            outcome.warnings += [
                RowIssue(row, "another_name", "full_name", {"value": name, "held": held})
                for row, name, held in different
                if clearly_others(name, held)
            ]
        if self.shape.wishes:
            stay = self._rows(
                "SELECT m.row, c.status FROM import_met m JOIN import_stage s ON s.row = m.row"
                " JOIN contacts_contact c ON c.id = m.contact_id"
                " WHERE m.turn = %(turn)s AND NOT m.two AND s.status = %(subscribed)s"
                " AND (c.status IN (%(unsubscribed)s, %(saved)s) OR c.consent_email IN (%(withdrawn)s, %(blocked)s))",
                {
                    "turn": turn,
                    "subscribed": Status.SUBSCRIBED.value,
                    "unsubscribed": Status.UNSUBSCRIBED.value,
                    "saved": Status.SAVED.value,
                    "withdrawn": Consent.WITHDRAWN.value,
                    "blocked": Consent.BLOCKED.value,
                },
            )
            outcome.warnings += [
                RowIssue(row, "saved_stays" if held == Status.SAVED else "unsubscribed_stays", "status")
                for row, held in stay
            ]
        if self.shape.wishes and self.policy != Existing.OVERWRITE:
            refusing = self._rows(
                "SELECT m.row FROM import_met m JOIN import_stage s ON s.row = m.row"
                " JOIN contacts_contact c ON c.id = m.contact_id"
                " WHERE m.turn = %(turn)s AND NOT m.two AND s.status = %(unsubscribed)s AND c.status = %(subscribed)s",
                {
                    "turn": turn,
                    "subscribed": Status.SUBSCRIBED.value,
                    "unsubscribed": Status.UNSUBSCRIBED.value,
                },
            )
            outcome.warnings += [RowIssue(row, "refusal_not_taken", "status") for (row,) in refusing]

    def _meet(self, turn: int, prepared: PreparedPeople, outcome: BatchOutcome, now: datetime | None) -> None:
        if self.policy != Existing.SKIP:
            for name in ("fold", "changed", "tagged"):
                self._execute(f"TRUNCATE import_{name}")
            if now is not None:
                # In the order of keys, so that two writers cannot wait for each other.
                self._execute(
                    "SELECT id FROM contacts_contact WHERE id IN (SELECT contact_id FROM import_met"
                    " WHERE turn = %(turn)s AND NOT two) ORDER BY id FOR NO KEY UPDATE",
                    {"turn": turn},
                )
            self._execute(self.statements.fold, {"turn": turn})
            self._execute("ANALYZE import_fold (contact_id)")
            if self.all_tags or prepared.tags:
                statement = "contacts/import_tag_try" if now is None else "contacts/import_tag_met"
                self._execute(sql.text(statement), {"turn": turn, "all_tags": list(self.all_tags)})
            self._execute(self.statements.changed)
            self._execute("ANALYZE import_changed (contact_id)")
        met, updated, repeated = self._rows(
            sql.text("contacts/import_repeated"), {"turn": turn, "change": self.change_id}
        )[0]
        outcome.updated += updated
        outcome.unchanged += met - updated
        outcome.repeated += repeated
        if now is not None and self.policy != Existing.SKIP:
            self._keep_apart(prepared, "import_met", turn, now)
            self._update(turn, now, changed=bool(updated))

    def _update(self, turn: int, now: datetime, *, changed: bool) -> None:
        here = {"turn": turn, "now": now, "change": self.change_id, "import_source": self.import_source}
        self._execute(_IDENTITIES.format(rows="import_met", but=" AND NOT m.two"), here)
        if not changed:
            return
        self._execute(sql.text("contacts/import_keep"), here)
        self._execute(self.statements.update, here)
        if self.required:
            self._execute(self.statements.completed)
        for channel in self.shape.channels:
            self._execute(
                "INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)"
                f" SELECT c.id, %(channel)s, 'marketing', c.consent_{channel}, %(proof)s, %(now)s"
                " FROM import_changed x JOIN contacts_contact c ON c.id = x.contact_id"
                f" WHERE c.consent_{channel} <> x.consent_{channel}",
                here | {"channel": channel, "proof": self._proof()},
            )
        self._tell(
            "SELECT m.contact_id, max(m.row) AS ref FROM import_met m JOIN import_changed x"
            f" ON x.contact_id = m.contact_id WHERE m.turn = {turn:d} GROUP BY m.contact_id",
            now,
        )

    def _keep_apart(self, prepared: PreparedPeople, table: str, turn: int, now: datetime) -> None:
        """Second numbers and addresses of new people; those that belong to somebody already are left."""
        if not prepared.kept_apart:
            return
        self._execute("CREATE TEMP TABLE import_apart (row int8, system text, external_id text)")
        self._copy(
            "COPY import_apart (row, system, external_id) FROM STDIN (FORMAT BINARY)",
            ["int8", "text", "text"],
            prepared.kept_apart,
        )
        self._execute(
            "INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)"
            " SELECT DISTINCT ON (a.system, a.external_id) m.contact_id, a.system, a.external_id, %(now)s"
            f" FROM import_apart a JOIN {table} m ON m.row = a.row"
            " WHERE m.turn = %(turn)s AND m.contact_id IS NOT NULL"
            " ORDER BY a.system, a.external_id, a.row ON CONFLICT DO NOTHING",
            {"now": now, "turn": turn},
        )
        self._execute("DROP TABLE import_apart")

    def _tell(self, people: str, now: datetime) -> None:
        events.record_relation(
            "contact_imported",
            Relation(people, {}, ("contact_id", "ref")),
            at=now,
            data={"import": self.import_id, "file": self.filename},
        )

    def _try(self, turn: int, prepared: PreparedPeople) -> int:
        name = "s.full_name" if "full_name" in self.preparer.slots else "''"
        made = self._execute(
            f"INSERT INTO import_tried (row, phone, email, full_name) SELECT s.row, s.phone, s.email, {name}"
            " FROM import_stage s JOIN import_met m ON m.row = s.row WHERE m.turn = %(turn)s AND m.contact_id IS NULL",
            {"turn": turn},
        )
        if prepared.identities:
            self._execute(
                "INSERT INTO import_tried_identity (row, system, external_id)"
                " SELECT x.row, x.system, x.external_id FROM import_identity x"
                " JOIN import_met m ON m.row = x.row WHERE m.turn = %(turn)s AND m.contact_id IS NULL",
                {"turn": turn},
            )
        return made


_IDENTITIES: Final = (
    "INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)"
    " SELECT DISTINCT ON (x.system, x.external_id) m.contact_id, x.system, x.external_id, %(now)s"
    " FROM import_identity x JOIN {rows} m ON m.row = x.row"
    " WHERE m.turn = %(turn)s AND m.contact_id IS NOT NULL{but}"
    " ORDER BY x.system, x.external_id, x.row ON CONFLICT DO NOTHING"
)

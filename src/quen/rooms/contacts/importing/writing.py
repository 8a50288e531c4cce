"""A batch of staged rows becomes people: a bounded number of statements, whatever the number of rows.

The order within a batch: rows that bring an identifier for the first time meet the people already there or become
new ones (turn 1); rows that repeat an identifier of the batch then meet those (turn 2). What is left after that,
because the row before it was refused, gets turns of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.utils import OperationalError
from psycopg.types.json import Jsonb

from quen.core import schemas, sql
from quen.core.sql import Relation
from quen.rooms.contacts.importing.prepare import PreparedPeople, Preparer, clearly_others
from quen.rooms.contacts.importing.stage import Shape
from quen.rooms.contacts.importing.statements import Statements
from quen.rooms.contacts.types import Consent, SourceKind, Status
from quen.rooms.events import services as events
from quen.rooms.exchange.registry import BatchOutcome, Row, RowIssue
from quen.rooms.exchange.types import Existing

#: imports of one workspace write their batches one after the other, so that they cannot deadlock on each other
_BATCH_LOCK: Final = 7_306_020
#: the lock under which single people's unique values are written
_UNIQUE_LOCK: Final = 7_306_010
#: how often rows are matched again because somebody else was quicker
_TRIES: Final = 5
#: a table the planner may still take for empty
_SMALL_TABLE: Final = 5_000
#: turns beyond the second exist only where rows of one batch share identifiers crosswise
_TURNS: Final = 200
_TABLES: Final = ("stage", "met", "made", "identity", "tag", "fold", "changed", "tagged")


@dataclass(slots=True)
class PeopleWriter:
    """Writes one import. all_tags: tags of every row.  import_source: the source people come from."""

    import_id: int
    filename: str
    shape: Shape
    statements: Statements
    preparer: Preparer
    policy: str
    all_tags: Sequence[int]
    import_source: int | None
    required: Sequence[str]
    unique_fields: Sequence[int] = ()
    change_id: int | None = None
    proof_id: int | None = None
    trial: bool = False
    _tag_ids: dict[str, int] = field(default_factory=dict)
    _source_ids: dict[str, int] = field(default_factory=dict)
    _trying: bool = False
    _measured: bool = False

    def prepare(self, rows: Sequence[Row]) -> PreparedPeople:
        """Read cells into staged rows; no database."""
        return self.preparer.prepare(rows)

    def write(self, prepared: PreparedPeople, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction."""
        outcome = BatchOutcome(refused=list(prepared.refused), warnings=list(prepared.warnings))
        if not prepared.rows:
            return outcome
        self._execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _lock_key()})
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

    def _measure(self) -> None:
        """Once a run, let the planner see a table that was empty a moment ago.

        Until then it takes an index made on an empty table for empty, and reads all of it for every row: the second
        batch into a new workspace took 4 s instead of 20 ms.
        """
        if self._measured:
            return
        self._measured = True
        known = self._rows("SELECT reltuples FROM pg_class WHERE oid = 'contacts_contact'::regclass", {})
        if known[0][0] < _SMALL_TABLE:
            self._execute("ANALYZE contacts_contact, contacts_contactidentity")

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

    def close(self) -> None:
        """Drop what trying needed."""
        if self._trying:
            self._execute("DROP TABLE IF EXISTS import_tried, import_tried_identity")
            self._trying = False

    def _begin_trying(self) -> None:
        self._execute("DROP TABLE IF EXISTS import_tried, import_tried_identity")
        self._execute("CREATE TEMP TABLE import_tried (row int8, phone text, email text, full_name text)")
        for column in ("row", "phone"):
            self._execute(f"CREATE INDEX ON import_tried ({column})")
        self._execute("CREATE INDEX ON import_tried (email)")
        self._execute("CREATE TEMP TABLE import_tried_identity (row int8, system text, external_id text)")
        self._execute("CREATE INDEX ON import_tried_identity (external_id)")
        self._trying = True

    def _stage(self, prepared: PreparedPeople) -> None:
        self._name_sources(prepared)
        self._execute(self.statements.stage)
        self._copy(self.statements.copy, [type_ for _name, type_ in self.shape.named()], prepared.rows)
        # Nobody counts temporary tables by themselves, and what is not counted is joined row by row.
        self._execute("ANALYZE import_stage (row, turn)")
        self._execute(
            "CREATE TEMP TABLE import_met (row int8, turn int2, contact_id int8, two bool, by_phone bool)"
        )
        self._execute("CREATE TEMP TABLE import_made (row int8, turn int2, contact_id int8)")
        self._execute("CREATE TEMP TABLE import_identity (row int8, system text, external_id text)")
        if prepared.identities:
            self._copy(
                "COPY import_identity (row, system, external_id) FROM STDIN (FORMAT BINARY)",
                ["int8", "text", "text"],
                prepared.identities,
            )
            self._execute("ANALYZE import_identity")
        self._execute("CREATE TEMP TABLE import_tag (row int8, tag_id int8)")
        if prepared.tags:
            ids = self._tags({name for _row, name in prepared.tags})
            pairs = dict.fromkeys((row, ids[name]) for row, name in prepared.tags)
            self._copy("COPY import_tag (row, tag_id) FROM STDIN (FORMAT BINARY)", ["int8", "int8"], pairs)
            self._execute("CREATE INDEX ON import_tag (row)")
        self._execute(self.statements.fold_table)
        self._execute(self.statements.changed_table)
        self._execute("CREATE TEMP TABLE import_tagged (contact_id int8, tag_id int8)")

    def _drop(self) -> None:
        self._execute("DROP TABLE " + ", ".join(f"import_{name}" for name in _TABLES))

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

    def _match(self, turn: int) -> None:
        self._execute(self.statements.match, {"turn": turn})
        self._execute("ANALYZE import_met")

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

    def _count_new(self, turn: int) -> int:
        found = self._rows(
            "SELECT count(*) FROM import_met WHERE turn = %(turn)s AND contact_id IS NULL", {"turn": turn}
        )
        return int(found[0][0])

    def _count_new_beside_made(self, turn: int) -> int:
        found = self._rows(
            "SELECT count(*) FROM import_met m WHERE turn = %(turn)s AND contact_id IS NULL"
            " AND NOT EXISTS (SELECT FROM import_made x WHERE x.row = m.row)",
            {"turn": turn},
        )
        return int(found[0][0])

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

    def _proof(self) -> int:
        assert self.proof_id is not None
        return self.proof_id

    def _tags(self, names: Iterable[str]) -> dict[str, int]:
        from quen.rooms.contacts import services

        missing = sorted({name for name in names if name not in self._tag_ids})
        if missing and self.trial:
            known = {name.upper(): pk for pk, name in self._rows("SELECT id, name FROM contacts_tag", {})}
            self._tag_ids |= {name: known.get(name.upper(), 0) for name in missing}
        else:
            for name in missing:
                self._tag_ids[name] = 0
            first = {name.upper(): name for name in reversed(missing)}
            made = dict(zip(first, services.ensure_tags(first.values()), strict=True)) if first else {}
            self._tag_ids |= {name: made[name.upper()] for name in missing}
        return self._tag_ids

    def _name_sources(self, prepared: PreparedPeople) -> None:
        """Put ids in the place of the names of sources."""
        if not self.shape.source:
            return
        at = self.preparer.slots["source"]
        for name in sorted({row[at] for row in prepared.rows if row[at]} - set(self._source_ids)):
            self._source_ids[name] = self._source(name)
        for row in prepared.rows:
            row[at] = self._source_ids.get(row[at]) if row[at] else None

    def _source(self, name: str) -> int:
        from django.utils.text import slugify

        from quen.core.text import fold
        from quen.rooms.contacts import services
        from quen.rooms.contacts.models import Source

        known = next((each for each in Source.objects.all() if each.name.upper() == name.upper()), None)
        if known is not None or self.trial:
            return known.pk if known else 0
        code = f"{SourceKind.IMPORT}-{slugify(fold(name))[:40] or 'file'}"
        return services.ensure_source(code=code, name=name, kind=SourceKind.IMPORT).pk

    def _execute(self, text: str, params: Mapping[str, Any] | None = None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(text, dict(params) if params else None)
            return int(cursor.rowcount)

    def _rows(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return sql.rows(Relation(text, params))

    def _copy(self, text: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with connection.cursor() as cursor, cursor.copy(text) as copy:
            copy.set_types(types)
            write = copy.write_row
            for row in rows:
                write(row)


_IDENTITIES: Final = (
    "INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)"
    " SELECT DISTINCT ON (x.system, x.external_id) m.contact_id, x.system, x.external_id, %(now)s"
    " FROM import_identity x JOIN {rows} m ON m.row = x.row"
    " WHERE m.turn = %(turn)s AND m.contact_id IS NOT NULL{but}"
    " ORDER BY x.system, x.external_id, x.row ON CONFLICT DO NOTHING"
)


def _lock_key() -> int:
    """A number for this workspace: PostgreSQL's advisory locks know no schemas."""
    import hashlib

    digest = hashlib.blake2b(f"{_BATCH_LOCK}:{schemas.current()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def open_data(import_id: int, filename: str) -> Jsonb:
    """What the record of the change says of its import."""
    return Jsonb({"import": import_id, "file": filename, "instants": []})

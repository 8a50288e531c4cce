"""The rules of docs/adding/sql.md, for SQL that also runs on Citus, as they show in the text of one statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_NOT_UPDATE: Final = r"(?<!FOR )(?<!KEY )(?<!DO )"
_UPDATES: Final = rf"\b{_NOT_UPDATE}UPDATE \S+ .*?\bSET\b"
_WRITES: Final = re.compile(rf"\b(INSERT INTO|DELETE FROM|MERGE INTO)\b|{_UPDATES}")
_LOCKS: Final = re.compile(r"\bFOR (NO KEY )?UPDATE\b|\bFOR (KEY )?SHARE\b")
_VOLATILE: Final = re.compile(
    r"\b(random|clock_timestamp|timeofday|gen_random_uuid|uuidv[47]|nextval|pg_current_xact_id|txid_current)\("
)
#: functions that DO UPDATE SET and RETURNING may call; before adding one, see that \df+ in psql calls it immutable
_IMMUTABLE: Final = re.compile(
    r"abs|array_append|array_cat|array_remove|ceil|coalesce|decode|encode|floor|greatest|jsonb_set|least|left|length"
    r"|lower|ltrim|md5|mod|nullif|replace|right|round|rtrim|sha256|split_part|substr|trim|upper"
)
_STABLE: Final = re.compile(
    r"\b(jsonb?_build_\w+|to_jsonb?|row_to_json|concat|concat_ws|format|convert_to|convert_from|to_char|age"
    r"|date_trunc|array_to_string)\["
)
#: adding a span to an instant, or taking it off, and reading it as a day or text hang on the time zone: they are stable
_STABLE_ON_INSTANT: Final = re.compile(r"\b(\w+_)?at(::(date|text)\b| \+ | - (interval\b|make_interval\[))")
_STABLE_ALONE: Final = re.compile(
    r"\b(now|statement_timestamp|current_setting|jsonb?_agg|jsonb?_object_agg)\["
)
_STABLE_IN_CHOICE: Final = re.compile(r"\b(coalesce\[[^\]]*|CASE\b.*)\b(now|statement_timestamp)\[")
_QUERY: Final = re.compile(r"(SELECT|WITH|INSERT|UPDATE|DELETE|VALUES)\b")
_JOINED: Final = re.compile(
    r"(?:^|, |\b(?P<outer>(?:LEFT|RIGHT|FULL) (?:OUTER )?)?(?:CROSS |INNER )?JOIN )"
    r"(?P<lateral>LATERAL )?(?P<name>[\w{}#.]+)(?P<call>\[)?"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One text of SQL as the rules read it: no comments, empty literals, ``{gap}`` for what Python puts in."""

    place: str
    text: str
    exempt: Mapping[str, str] = field(default_factory=dict)
    public: frozenset[str] = frozenset()
    workspace: frozenset[str] = frozenset()
    temporary: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()

    @property
    def stays_on_coordinator(self) -> bool:
        """Return whether it names tables or catalogs, and no table of a workspace."""
        catalog = re.search(r"\b(FROM|JOIN) (pg_catalog\.|pg_|information_schema)", self.text)
        return bool(self.public or self.temporary or catalog) and not self.workspace


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the page: its name there, what to write, and whether a statement breaks it."""

    name: str
    advice: str
    breaks: Callable[[Statement], object]
    everywhere: bool = False


def _found(pattern: str) -> Callable[[Statement], object]:
    compiled = re.compile(pattern)
    return lambda statement: compiled.search(statement.text)


def _queries(text: str) -> list[str]:
    """Return the queries of a statement, inner ones first. In their texts ``#1`` is the second one, ``[]`` brackets."""
    found: list[str] = []
    while inner := re.search(r"\(([^()]*)\)", text):
        query = inner[1].strip()
        if _QUERY.match(query):
            text = f"{text[: inner.start()]}#{len(found)}{text[inner.end() :]}"
            found.append(query)
        else:
            text = f"{text[: inner.start()]}[{query}]{text[inner.end() :]}"
    return [*found, text]


def _arguments(text: str, function: str, bracket: str = "()") -> Iterator[list[str]]:
    """Yield the arguments of each call of a function."""
    opening, closing = bracket[0], bracket[1]
    for call in re.finditer(rf"\b(?:{function})\{opening}", text):
        depth, arguments = 0, [""]
        for letter in text[call.end() :]:
            depth += {opening: 1, closing: -1}.get(letter, 0)
            if depth < 0:
                break
            if letter == "," and depth == 0:
                arguments.append("")
            else:
                arguments[-1] += letter
        yield [each.strip() for each in arguments]


def _joined(query: str) -> list[re.Match[str]]:
    """Return what a query reads: the tables of FROM or USING."""
    without_arguments = query
    while (shorter := re.sub(r"\[[^\[\]]+\]", "[]", without_arguments)) != without_arguments:
        without_arguments = shorter
    read = re.search(
        r"\b(?:FROM|USING) (?P<tables>.*?)(?= WHERE | GROUP BY | HAVING | ORDER BY | LIMIT | OFFSET | UNION "
        r"| ON CONFLICT | RETURNING |$)",
        without_arguments.replace("DELETE FROM", "DELETE"),
    )
    return list(_JOINED.finditer(read["tables"])) if read else []


def _hangs_on_session(statement: Statement) -> bool:
    text = statement.text
    return bool(
        re.search(r"\bset_config\(|\bSET (LOCAL |SESSION )?(TIME ZONE|timezone|pg_trgm\.)", text)
        or re.search(r"\bcurrent_setting\(.*\bFROM\b|\bFROM\b.*\bcurrent_setting\(", text)
        or re.search(r"\b(current_date|CURRENT_DATE|localtimestamp|LOCALTIMESTAMP|localtime\b(?!\())", text)
        or any(len(each) < 3 and "AT TIME ZONE" not in each[-1] for each in _arguments(text, "date_trunc"))
        or any(not re.search(r"AT TIME ZONE|::timestamp\b", each[0]) for each in _arguments(text, "to_char"))
        or any(len(each) < 2 for each in _arguments(text, r"(?<!array_)to_tsvector|\w*to_tsquery"))
        or (re.search(r" (<<?%|%>>?|%) (?!\d)", text) and "similarity(" not in text)
    )


def _conflict_is_mutable(statement: Statement) -> bool:
    """Return whether DO UPDATE SET calls what is not known as immutable."""
    for query in _queries(statement.text):
        action = query.partition(" DO UPDATE SET ")[2].partition(" RETURNING ")[0]
        if not _calls_immutable_only(action) or _STABLE_ON_INSTANT.search(action):
            return True
    return False


def _calls_immutable_only(text: str) -> bool:
    return all(map(_IMMUTABLE.fullmatch, re.findall(r"\b([a-z_]\w*)\[", text)))


def _change_is_stable(statement: Statement) -> bool:
    """Return whether UPDATE or DELETE calls a stable function with a column, or RETURNING any."""
    queries = _queries(statement.text)
    for query in queries:
        returned = query.partition(" RETURNING ")[2]
        changes = re.match(r"(WITH .*#\d+ )?(UPDATE|DELETE FROM) ", query)
        if returned and (changes or " VALUES " in query) and not _calls_immutable_only(returned):
            return True
        if not changes:
            continue
        inner = [queries[int(each["name"][1:])] for each in _joined(query) if each["name"].startswith("#")]
        text = " ".join([query, *inner])
        if _STABLE_ON_INSTANT.search(text) or _STABLE_IN_CHOICE.search(query):
            return True
        for arguments in _arguments(text, _STABLE.pattern.removesuffix(r"\["), "[]"):
            if re.search(r"[a-z]", re.sub(r"::\w+|\$1|\b[a-z_]+\[", "", " ".join(arguments))):
                return True
    return False


def _updates_by_volatile(statement: Statement) -> bool:
    """Return whether an UPDATE calls a volatile function; a step of its own may, and hand over what it gave."""
    queries = _queries(statement.text)
    return any(
        (update := re.search(rf"\b{_NOT_UPDATE}UPDATE \S+ .*?\bSET\b.*", query))
        and _VOLATILE.search(_whole(update[0], queries).replace("[", "("))
        for query in queries
    )


def _whole(query: str, queries: list[str]) -> str:
    """Return a query with the queries inside it."""
    return re.sub(r"#(\d+)", lambda inner: f"[{_whole(queries[int(inner[1])], queries)}]", query)


def _inserts(statement: Statement) -> Iterator[tuple[re.Match[str], frozenset[str], bool]]:
    """Yield each INSERT … SELECT, the earlier steps that it reads, and whether it is a step itself."""
    queries = _queries(statement.text)
    steps = frozenset(re.findall(r"\b(\w+) AS (?:NOT )?(?:MATERIALIZED )?[({]", statement.text))
    for number, query in enumerate(queries):
        insert = re.search(
            r"\bINSERT INTO (?P<table>\w+) (?:AS \w+ )?(?:\[(?P<columns>[^\[\]]*)\] )?(?P<select>SELECT .*)",
            query,
        )
        if insert:
            is_step = number < len(queries) - 1
            whole = _whole(insert["select"], queries)
            read = frozenset(re.findall(r"(?:\b(?:FROM|JOIN)|,) (\w+)\b", whole)) & steps
            yield insert, read, is_step


def _is_done_by_node(statement: Statement, insert: re.Match[str]) -> bool:
    """Return whether Citus has it done by the workspace's node: keys are given, and only tables that are there read."""
    selected = _whole(insert["select"].partition(" ON CONFLICT ")[0], _queries(statement.text))
    tables = set(re.findall(r"\b(?:FROM|JOIN) (\w+)\b", selected))
    gives_keys = insert["table"] not in statement.numbered or "id" in re.findall(
        r"\w+", insert["columns"] or ""
    )
    return gives_keys and bool(tables & statement.workspace) and not tables & statement.temporary


def _is_sent_everywhere(statement: Statement) -> bool:
    """Return whether a step that inserts reads earlier steps, and Citus can't leave it to the workspace's node."""
    return any(
        is_step and steps and not _is_done_by_node(statement, insert)
        for insert, steps, is_step in _inserts(statement)
    )


def _insert_is_stable(statement: Statement) -> bool:
    """Return whether an INSERT … SELECT that a node does itself calls a stable function."""
    for insert, _steps, _is_step in _inserts(statement):
        if _is_done_by_node(statement, insert):
            selected = _whole(insert["select"].partition(" ON CONFLICT ")[0], _queries(statement.text))
            own = re.sub(r"\bWITH .*", "", selected)
            if _STABLE.search(own) or _STABLE_ALONE.search(own) or _STABLE_ON_INSTANT.search(own):
                return True
    return False


def _reads_workspace_by_temporary(statement: Statement) -> bool:
    if not (statement.temporary and statement.workspace):
        return False
    in_lateral = re.findall(r"\bLATERAL #(\d+)", " ".join(queries := _queries(statement.text)))
    return "EXISTS (SELECT" in statement.text or any(
        " UNION " in queries[int(number)] for number in in_lateral
    )


def _draws_in_workspace(statement: Statement) -> bool:
    """Return whether a node draws: nextval beside a workspace table, and no INSERT that keeps it from there."""
    return "INSERT INTO" not in statement.text and any(
        "nextval[" in query and any(not each["call"] for each in _joined(query))
        for query in _queries(statement.text)
    )


def _numbers_a_join(statement: Statement) -> bool:
    """Return whether keys are drawn for rows of an inner join of workspace tables and nothing else."""
    steps = set(re.findall(r"\b(\w+) AS (?:NOT )?(?:MATERIALIZED )?\(", statement.text)) | statement.temporary
    queries = _queries(statement.text)

    def is_made(table: re.Match[str]) -> bool:
        """Return whether it is no workspace table: a function, an earlier step, a subquery of those alone."""
        name = table["name"]
        if name.startswith("#"):
            return all(map(is_made, _joined(queries[int(name[1:])])))
        return bool(table["call"] or table["lateral"]) or name in steps

    for query in queries:
        insert = re.search(r"\bINSERT INTO (\w+) (?:AS \w+ )?\[([^\[\]]*)\] SELECT ", query)
        draws = insert and insert[1] in statement.numbered and "id" not in re.findall(r"\w+", insert[2])
        tables = _joined(query)
        joined = sum(not each["outer"] for each in tables) > 1
        if joined and (draws or "nextval[" in query) and not any(map(is_made, tables)):
            return True
    return False


RULES: Final = (
    Rule(
        "one-side",
        "a statement reads either public or workspace tables: read the ids first, then ask with them",
        lambda statement: statement.public and statement.workspace,
    ),
    Rule(
        "sequences",
        "keys are drawn by the identity of the table: no RESTART, no ALTER SEQUENCE; setval only with a value at hand",
        _found(r"\bsetval\(.*\bSELECT\b|\bRESTART\b|\bALTER SEQUENCE\b"),
    ),
    Rule(
        "no-triggers",
        "no triggers on workspace tables: a stored generated column, or the service in the same transaction",
        _found(r"\bCREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER\b"),
    ),
    Rule(
        "no-functions",
        "no functions and DO blocks: they run where no workspace table is; send the statements themselves",
        _found(r"\bCREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b|\bDO (LANGUAGE \w+ )?\$"),
    ),
    Rule(
        "locks-alone",
        "an advisory lock is taken by a statement without FROM, or it is taken on another machine: core.locks",
        _found(r"\bpg_(try_)?advisory_\w+\(.*\bFROM\b|\bFROM\b.*\bpg_(try_)?advisory_\w+\("),
    ),
    Rule(
        "no-session",
        "the answer depends on a setting of the session, which stays on the coordinator: say zone, configuration or"
        " similarity in the statement",
        _hangs_on_session,
    ),
    Rule(
        "no-volatile",
        "no volatile function in UPDATE: compute the value in Python; now() is fine",
        _updates_by_volatile,
    ),
    Rule(
        "insert-select",
        "no SELECT inside VALUES: INSERT … SELECT",
        _found(
            r"\bINSERT INTO [\w{}.]+ (AS \w+ )?(\([^()]*\) )?VALUES (?!.*\bON CONFLICT\b.*\(SELECT\b).*\(SELECT\b"
        ),
    ),
    Rule("no-cursors", "no WHERE CURRENT OF: by key", _found(r"\bWHERE CURRENT OF\b")),
    Rule(
        "numbers-first",
        "a node draws numbers of its own range: draw them by a statement without tables, and pass them",
        _draws_in_workspace,
    ),
    Rule(
        "plain-migrations",
        "Citus cannot do this on workspace tables: keep the name of a constraint, make the column an identity when"
        " creating it, detach a partition plainly",
        _found(
            r"\bRENAME CONSTRAINT\b|\bSET STATISTICS\b|\bDETACH PARTITION \S+ CONCURRENTLY\b|\bADD GENERATED\b"
        ),
    ),
    Rule(
        "lock-first",
        "no row locks inside a writing statement: a SELECT … ORDER BY id FOR UPDATE before it, in the same transaction",
        lambda statement: _WRITES.search(statement.text) and _LOCKS.search(statement.text),
    ),
    Rule(
        "select-something",
        "no empty select list: EXISTS (SELECT 1 FROM …)",
        _found(r"\bSELECT FROM\b"),
        everywhere=True,
    ),
    Rule(
        "temporary-tables",
        "a temporary table meets workspace tables in joins only: no EXISTS, no UNION inside LATERAL",
        _reads_workspace_by_temporary,
    ),
    Rule(
        "number-rows",
        "keys cannot be drawn for the rows of a join: join in a MATERIALIZED CTE first",
        _numbers_a_join,
    ),
    Rule(
        "immutable-conflict",
        "DO UPDATE SET calls immutable functions only (jsonb_set, not jsonb_build_object): compute in the SELECT and"
        " use excluded",
        _conflict_is_mutable,
    ),
    Rule(
        "stable-columns",
        "UPDATE and DELETE call no stable function with a column, nor now() in CASE or coalesce, and RETURNING none:"
        " compute in a MATERIALIZED CTE",
        _change_is_stable,
    ),
    Rule(
        "stable-inserts",
        "an INSERT … SELECT that a node does itself calls no stable function (now(), current_setting,"
        " jsonb_build_object, to_jsonb): compute in a MATERIALIZED CTE, or pass the value",
        _insert_is_stable,
    ),
    Rule(
        "node-inserts",
        "an INSERT in a CTE that reads an earlier CTE gives the keys and reads a table of the workspace, too: else"
        " every node must be up",
        _is_sent_everywhere,
    ),
    Rule(
        "one-statement",
        "a migration's RunSQL sends one statement: give it a list",
        lambda statement: "/migrations/" in statement.place and ";" in statement.text,
        everywhere=True,
    ),
)

"""``quen cluster check``: everything a cluster needs, node by node and workspace by workspace, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import Error, connection

from quen.apps.accounts import queries as accounts
from quen.cli.cluster import catalog, conversion
from quen.cli.cluster.catalog import ClusterNode, NodeAnswer, SchemaPlace
from quen.cli.commands.doctor import FAIL, OK, WARN, DoctorCheck
from quen.cli.i18n import _
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: which versions of Citus go with which PostgreSQL, as they were tried
SUPPORTED_PAIRS: Mapping[int, int] = {15: 13, 18: 14}
#: transactions that write on two nodes at once hold one each until both have committed
_PREPARED_TRANSACTIONS = 200
#: these must be the same on all nodes: a statement of ours runs on any of them
_EQUAL = ("postgresql", "citus", "collation", "text_search")
_MB = 1024 * 1024


@dataclass
class ClusterReport:
    """The result of all checks, with what programs want to know of nodes and workspaces."""

    checks: list[DoctorCheck] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    workspaces: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Return whether nothing is missing and nothing waits for a decision."""
        return all(check.state == OK for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return everything as one JSON value."""
        return {"citus": True, "well": self.is_well, **asdict(self)}


def check() -> ClusterReport:
    """Check the cluster. A node that is dead is reported and stops nothing else."""
    report = ClusterReport()
    nodes, answers = catalog.nodes(), catalog.ask_nodes()
    coordinator = next((node for node in nodes if node.is_coordinator), None)
    facts = answers.get(coordinator.node_id if coordinator else 0, NodeAnswer({})).facts
    report.checks += _versions(facts)
    report.checks += _layout(nodes, coordinator)
    found = _workspaces(report)
    places = catalog.places([workspace.schema_name for workspace in found])
    sizes = catalog.sizes(list(places))
    by_group = {node.group_id: node for node in nodes}
    for node in nodes:
        answer = answers.get(node.node_id, NodeAnswer({}, "" if node.is_active else "inactive"))
        here = [
            w.name
            for w in found
            if w.schema_name in places and node.group_id in places[w.schema_name].group_ids
        ]
        report.checks += _node(node, answer, facts, here)
        report.nodes.append(
            {
                "node": node.address,
                "coordinator": node.is_coordinator,
                "takes_workspaces": node.takes_workspaces,
                "active": node.is_active,
                "reachable": bool(answer.facts),
                "workspaces": len(here),
            }
        )
    reachable = {node.group_id for node in nodes if node.node_id in answers and answers[node.node_id].facts}
    for workspace in found:
        place = places.get(workspace.schema_name)
        node_ = by_group.get(place.group_ids[0]) if place and place.group_ids else None
        is_reachable = node_ is None or node_.group_id in reachable
        size = sizes.get(workspace.schema_name) if is_reachable else None
        report.checks += _workspace(workspace, place, node_, is_reachable, size)
        report.workspaces.append(
            {
                "slug": workspace.slug,
                "schema": workspace.schema_name,
                "placed": bool(place and place.is_placed),
                "node": node_.address if node_ else None,
                "reachable": is_reachable,
                "bytes": size,
                "paused": workspace.paused_at is not None,
            }
        )
    return report


def in_words(size: int | None) -> str:
    """Return a size in MB, for people."""
    return _("size unknown") if size is None else _("%(size).1f MB") % {"size": size / _MB}


def _workspaces(report: ClusterReport) -> list[Workspace]:
    try:
        return accounts.all_workspaces() if schemas.workspace_schemas() else []
    except Error as error:
        text = _("The workspaces can't be read: %(reason)s") % {"reason": str(error).splitlines()[0]}
        report.checks.append(DoctorCheck("workspaces", FAIL, text, _("Run bin/up to update the database.")))
        return []


def _versions(facts: Mapping[str, Any]) -> Iterator[DoctorCheck]:
    if not facts:
        text = _("The coordinator can't connect to itself.")
        yield DoctorCheck("citus", FAIL, text, _advice_for_connections())
        return
    major = int(str(facts["citus"]).partition(".")[0])
    versions = {"citus": str(facts["citus"]).partition("-")[0], "postgresql": facts["postgresql"]}
    if SUPPORTED_PAIRS.get(facts["postgresql"]) == major:
        text = _("Citus %(citus)s on PostgreSQL %(postgresql)d")
        yield DoctorCheck("citus", OK, text % versions)
    else:
        text = _("Citus %(citus)s on PostgreSQL %(postgresql)d: nobody has tried Quen on this pair.")
        yield DoctorCheck(
            "citus",
            FAIL,
            text % versions,
            _("Use PostgreSQL 15 with Citus 13, or PostgreSQL 18 with Citus 14."),
        )
    if facts["schema_based_sharding"] != "on":
        yield DoctorCheck(
            "sharding",
            FAIL,
            _("citus.enable_schema_based_sharding is off."),
            _alter(_("the coordinator"), "citus.enable_schema_based_sharding", "on", restart=False),
        )


def _layout(nodes: list[ClusterNode], coordinator: ClusterNode | None) -> Iterator[DoctorCheck]:
    if coordinator is None:
        yield DoctorCheck(
            "coordinator",
            FAIL,
            _("Citus doesn't know the address under which the other nodes reach the coordinator."),
            _("On the coordinator, as an administrator: %(sql)s")
            % {"sql": "SELECT citus_set_coordinator_host('HOST', 5432);"},
        )
    if not any(node.takes_workspaces and node.is_active for node in nodes):
        yield DoctorCheck(
            "nodes",
            FAIL,
            _("No node takes workspaces."),
            _("On the coordinator, as an administrator: %(sql)s")
            % {"sql": "SELECT citus_add_node('HOST', 5432);"},
        )


def _node(
    node: ClusterNode, answer: NodeAnswer, coordinator: Mapping[str, Any], workspaces: list[str]
) -> Iterator[DoctorCheck]:
    if not node.is_active:
        sql = f"SELECT citus_activate_node('{node.host}', {node.port});"
        text = _("%(node)s is disabled.") % {"node": node.address}
        advice = _("On the coordinator, as an administrator: %(sql)s") % {"sql": sql}
        yield DoctorCheck("node", FAIL, text, advice)
        return
    if not answer.facts:
        text = _("%(node)s doesn't respond to the coordinator (%(reason)s).")
        if workspaces:
            text = _(
                "%(node)s doesn't respond to the coordinator (%(reason)s). Standing still: %(workspaces)s."
            )
        names = {"node": node.address, "reason": answer.error, "workspaces": ", ".join(workspaces)}
        yield DoctorCheck("node", FAIL, text % names, _advice_for_connections())
        return
    faults = [*node_faults(node.address, answer.facts, coordinator)]
    yield from faults
    if not faults:
        text = (
            _("%(node)s, the coordinator: all settings are right")
            if node.is_coordinator
            else _("%(node)s: all settings are right, workspaces: %(count)d")
        )
        yield DoctorCheck("node", OK, text % {"node": node.address, "count": len(workspaces)})


def node_faults(node: str, facts: Mapping[str, Any], coordinator: Mapping[str, Any]) -> Iterator[DoctorCheck]:
    """Yield what is wrong on a node that answered."""
    connections = int(coordinator.get("max_connections", facts["max_connections"]))
    if not facts["loads_citus"]:
        text = _("%(node)s doesn't load Citus when it starts.")
        advice = _alter(node, "shared_preload_libraries", "citus")
        yield DoctorCheck("node", FAIL, text % {"node": node}, advice)
    if facts["wal_level"] != "logical":
        text = _("%(node)s: wal_level is %(value)s, so workspaces can't be moved while they are used.")
        values = {"node": node, "value": facts["wal_level"]}
        yield DoctorCheck("node", FAIL, text % values, _alter(node, "wal_level", "logical"))
    if facts["synchronous_commit"] == "off":
        text = _(
            "%(node)s: synchronous_commit is off: a workspace that moves loses what is written meanwhile."
        )
        yield DoctorCheck(
            "node", FAIL, text % {"node": node}, _alter(node, "synchronous_commit", "on", restart=False)
        )
    if facts["max_connections"] < connections:
        text = _(
            "%(node)s: max_connections is %(value)d, on the coordinator %(wanted)d; sessions may fail here."
        )
        values = {"node": node, "value": facts["max_connections"], "wanted": connections}
        yield DoctorCheck("node", FAIL, text % values, _alter(node, "max_connections", connections))
    if facts["max_prepared_transactions"] < _PREPARED_TRANSACTIONS:
        text = _(
            "%(node)s: max_prepared_transactions is %(value)d; transactions on several nodes need up to %(wanted)d."
        )
        values = {
            "node": node,
            "value": facts["max_prepared_transactions"],
            "wanted": _PREPARED_TRANSACTIONS,
        }
        advice = _alter(node, "max_prepared_transactions", _PREPARED_TRANSACTIONS)
        yield DoctorCheck("node", FAIL, text % values, advice)
    if facts["time_zone"] not in ("UTC", "Etc/UTC"):
        text = _("%(node)s: the time zone is %(value)s, so days would begin at another hour.")
        values = {"node": node, "value": facts["time_zone"]}
        yield DoctorCheck("node", FAIL, text % values, _alter(node, "timezone", "UTC", restart=False))
    for name in _EQUAL:
        if coordinator and facts[name] != coordinator[name]:
            text = _("%(node)s: %(name)s is %(value)s, on the coordinator %(wanted)s.")
            names = {"node": node, "name": name, "value": facts[name], "wanted": coordinator[name]}
            yield DoctorCheck("node", FAIL, text % names, _("They must be equal on all nodes."))
    for extension in schemas.EXTENSIONS:
        if extension not in (facts["extensions"] or ()):
            text = _("%(node)s: the extension %(name)s is missing.") % {"node": node, "name": extension}
            sql = f"CREATE EXTENSION {extension};"
            advice = _("On %(node)s, in the database %(database)s, as an administrator: %(sql)s")
            names = {"node": node, "database": connection.settings_dict["NAME"], "sql": sql}
            yield DoctorCheck("node", FAIL, text, advice % names)
    if facts["is_superuser"]:
        text = _("%(node)s: the role %(role)s, with which Quen works, is a superuser.")
        advice = _("On %(node)s, as an administrator: %(sql)s")
        names = {"node": node, "role": facts["role"], "sql": f'ALTER ROLE "{facts["role"]}" NOSUPERUSER;'}
        yield DoctorCheck("node", FAIL, text % names, advice % names)


def _workspace(
    workspace: Workspace,
    place: SchemaPlace | None,
    node: ClusterNode | None,
    is_reachable: bool,
    size: int | None,
) -> Iterator[DoctorCheck]:
    names = {
        "name": workspace.name,
        "slug": workspace.slug,
        "schema": workspace.schema_name,
        "node": node.address if node else "",
        "size": in_words(size),
    }
    if place is None:
        text = _("“%(name)s”: its schema %(schema)s doesn't exist.")
        yield DoctorCheck("workspace", FAIL, text % names, _("Restore it from a backup: quen restore"))
        return
    if not place.is_distributed:
        text = _("“%(name)s” is not placed on a node: its tables (%(size)s) are still on the coordinator.")
        yield DoctorCheck("workspace", FAIL, text % names, f"quen cluster adopt {workspace.slug}")
    elif not place.is_placed:
        text = _("“%(name)s” is only partly placed: %(count)d of its tables are not with the others.")
        advice = f"quen cluster leave {workspace.slug} && quen cluster adopt {workspace.slug}"
        yield DoctorCheck("workspace", FAIL, text % {**names, "count": len(place.local)}, advice)
    elif not is_reachable:
        text = _(
            "“%(name)s” stands still: it is on %(node)s, which doesn't respond. Opens and clicks are stored;"
            " everything goes on when the node is back."
        )
        yield DoctorCheck("workspace", FAIL, text % names, _("Start %(node)s.") % names)
    else:
        yield DoctorCheck("workspace", OK, _("“%(name)s” is on %(node)s, %(size)s") % names)
    if place.keyless:
        text = _("“%(name)s” can't be moved: no primary key in %(tables)s.")
        tables = {**names, "tables": ", ".join(place.keyless)}
        yield DoctorCheck(
            "workspace", FAIL, text % tables, _("Tables of Quen have one: remove these tables.")
        )
    if conversion.was_interrupted(workspace):
        text = _("“%(name)s” is paused: quen cluster adopt, or leave, is at work or was interrupted.") % names
        verb = "adopt" if place.is_distributed else "leave"
        yield DoctorCheck("workspace", WARN, text, f"quen cluster {verb} {workspace.slug}")
    elif workspace.paused_at is not None:
        text = _("“%(name)s” is paused.") % names
        yield DoctorCheck("workspace", WARN, text, f"quen workspace resume {workspace.slug}")


def _advice_for_connections() -> str:
    return _(
        "Start it. If it runs: the coordinator must be able to connect to it as the role of DATABASE_URL"
        " (pg_hba.conf, password, TLS)."
    )


def _alter(node: str, name: str, value: object, *, restart: bool = True) -> str:
    names = {"node": node, "sql": f"ALTER SYSTEM SET {name} = '{value}';"}
    if restart:
        return _("On %(node)s, as an administrator: %(sql)s Then restart it.") % names
    return _("On %(node)s, as an administrator: %(sql)s SELECT pg_reload_conf();") % names

"""What a backup and a restore need of a Citus cluster's nodes. Without Citus nothing is asked, and nothing refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from quen.cli.base import EXIT_UNAVAILABLE, CommandError
from quen.cli.cluster import catalog
from quen.cli.i18n import _
from quen.core import citus, schemas


@contextmanager
def unmoved(schema: str | None = None) -> Iterator[None]:
    """Raise CommandError at the end of a block when the workspace, or any, was moved to another node meanwhile.

    What is read on the new node is newer than what was read before.
    """
    before = citus.nodes()
    yield
    after = citus.nodes()
    moved = sorted(
        name
        for name, node in before.items()
        if name in after and after[name] != node and schema in (None, name)
    )
    if moved:
        text = _("No backup: %(schemas)s moved to another node meanwhile. Run the command again.")
        raise CommandError(text % {"schemas": ", ".join(moved)}, code="moved")


def check_reachable() -> None:
    """Raise CommandError when a node does not answer."""
    _facts()


def check_ready() -> None:
    """Raise CommandError, saying what is missing, unless workspaces can be placed on every node."""
    check_facts(_facts())


def check_facts(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise CommandError when nodes lack an extension, or have versions that don't go together.

    found: what each node says of itself.
    """
    from quen.cli.cluster.checks import SUPPORTED_PAIRS

    for node, facts in found.items():
        for extension in schemas.EXTENSIONS:
            if extension not in facts["extensions"]:
                text = _(
                    "Nothing was restored: the extension %(extension)s is missing on %(node)s. Let an"
                    " administrator create it there (CREATE EXTENSION %(extension)s)."
                )
                raise CommandError(text % {"extension": extension, "node": node}, code="no_extension")
    versions = {node: (facts["postgresql"], str(facts["citus"])) for node, facts in found.items()}
    if len(set(versions.values())) > 1:
        listed = ", ".join(f"{node}: {_pair(*version)}" for node, version in versions.items())
        text = _("Nothing was restored: the nodes have different versions (%(versions)s).")
        raise CommandError(text % {"versions": listed}, code="different_versions")
    for postgresql, version in set(versions.values()):
        if SUPPORTED_PAIRS.get(postgresql) != int(version.partition("-")[0].partition(".")[0]):
            pairs = ", ".join(
                f"PostgreSQL {ours} + Citus {theirs}" for ours, theirs in SUPPORTED_PAIRS.items()
            )
            text = _("Nothing was restored: Quen doesn't support %(pair)s, only %(pairs)s.")
            names = {"pair": _pair(postgresql, version), "pairs": pairs}
            raise CommandError(text % names, code="unsupported_versions")


def _facts() -> dict[str, dict[str, Any]]:
    """Return what the nodes say of themselves, by "host:port". Raises CommandError when one does not answer."""
    if not citus.is_citus():
        return {}
    addresses = {node.node_id: node.address for node in catalog.nodes()}
    found = {}
    for node_id, answer in catalog.ask_nodes().items():
        address = addresses.get(node_id, _("the coordinator"))
        if not answer.facts:
            text = _(
                "The node %(node)s can't be reached (%(reason)s). It must run, and have the coordinator's database"
                " and role. See quen cluster check."
            )
            reason = answer.error.partition("\n")[0]
            names = {"node": address, "reason": reason}
            raise CommandError(text % names, code="node_away", exit_code=EXIT_UNAVAILABLE)
        found[address] = answer.facts
    return found


def _pair(postgresql: int, version: str) -> str:
    return f"PostgreSQL {postgresql} + Citus {version}"

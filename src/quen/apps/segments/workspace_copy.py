"""Copy segments into a workspace created from another one.

Conditions refer to tags, sources and segments by id, and ids differ between workspaces, so they are copied by name. A
segment that refers to something the new workspace lacks, such as the source of one landing page, is not copied.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from quen.apps.audience import registry as audience
from quen.apps.audience.types import Argument, Condition, Group, InvalidTree, Join, Node
from quen.apps.contacts import services as contacts
from quen.apps.segments import queries, services
from quen.apps.segments.rules.references import dependency_order
from quen.apps.segments.types import SegmentNameTaken
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

log = logging.getLogger(__name__)


def copy_segments(*, source: Workspace, target: Workspace, now: Any) -> None:
    """Create the segments of ``source`` in ``target``, each after those it refers to."""
    tags: set[str] = set()
    with schemas.use(source.schema_name):
        catalog = audience.condition_catalog()
        segments = {segment.pk: segment for segment in queries.segments()}
        ordered = dependency_order({pk: segment.dependencies["segments"] for pk, segment in segments.items()})
        drafts = [
            (
                segments[pk].name,
                segments[pk].description,
                _with_names(queries.tree_of(segments[pk]), catalog, tags),
            )
            for pk in ordered
        ]
    contacts.ensure_tags(sorted(tags))
    for draft in drafts:
        try:
            services.create_defaults([draft], now=now)
        except SegmentNameTaken:
            continue
        except InvalidTree as refusal:
            log.info("segment %r is not copied: %s", draft[0], refusal.code)


def _with_names(node: Node, catalog: audience.WorkspaceConditionCatalog, tags: set[str]) -> dict[str, Any]:
    """Return the JSON of a node with ids replaced by names. Names of tags are added to ``tags``."""
    if isinstance(node, Group):
        children = [_with_names(child, catalog, tags) for child in node.children]
        return {node.join.value: children[0] if node.join is Join.NOT else children}
    plain = node.as_json()
    for name, values in _values_as_names(node, catalog).items():
        plain[name] = values
        if node.key == "tags":
            tags.update(values)
    return plain


def _values_as_names(
    condition: Condition, catalog: audience.WorkspaceConditionCatalog
) -> dict[str, list[str]]:
    try:
        condition_type = catalog.find(condition.family, condition.key)
    except InvalidTree:  # an archived field: the copy has no such field, and the segment is left out
        return {}
    operator = condition_type.operator(condition.op) if condition_type else None
    found = {}
    for argument in operator.arguments if operator else ():
        values = condition.get(argument.name)
        if isinstance(values, tuple) and any(isinstance(value, int) for value in values) and argument.choices:
            labels = {choice.value: str(choice.label) for choice in argument.choices()}
            found[argument.name] = [labels.get(value) or _unoffered(argument, value) for value in values]
    return found


def _unoffered(argument: Argument, value: Any) -> str:
    """Return how a value is written that is kept and not offered, such as a group that is not in use."""
    label = argument.unoffered(value) if argument.unoffered is not None else None
    return str(value if label is None else label)

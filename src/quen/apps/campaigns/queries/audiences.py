"""The contacts of an audience as one Relation, and the audience in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from quen.apps.audience import queries as conditions
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import audiences
from quen.apps.campaigns.types import Audience, AudienceItem, AudienceItemKind
from quen.apps.contacts import queries as contacts
from quen.apps.delivery import queries as delivery
from quen.apps.groups import queries as groups
from quen.apps.segments import queries as segments
from quen.apps.team.access import workspace_path
from quen.core import sql
from quen.core.errors import DomainError
from quen.core.sql import Relation

NOT_OPENED = "not_opened"
#: metrics of a dispatch whose contacts can be targeted again
DISPATCH_METRICS = ("sent", "opened", "clicked", NOT_OPENED)
_NO_CONTACTS = Relation("SELECT NULL::bigint AS contact_id WHERE false", {}, ("contact_id",))


@dataclass(frozen=True, slots=True)
class AudienceChip:
    """One item of an audience as the screens show it.

    prefix: a word before the text, such as "Tag".  size: contacts in it, where known without counting.
    missing: what it refers to no longer exists.
    """

    position: int
    kind: str
    text: str
    size: int | None = None
    href: str = ""
    missing: bool = False
    prefix: str = ""


def audience_of(campaign: Campaign) -> Audience:
    """Return the audience of a campaign. Raises InvalidAudienceItem."""
    return audiences.parse_audience(campaign.audience)


def contacts_of(campaign: Campaign, *, now: datetime, zone: ZoneInfo) -> Relation:
    """Return the contacts a campaign targets, each once (column ``contact_id``). Consent is not checked here.

    Raises NotFound when an item no longer exists, InvalidTree when its conditions can't be read any more.
    """
    return contacts_in(audience_of(campaign), now=now, zone=zone)


def contacts_in(audience: Audience, *, now: datetime, zone: ZoneInfo) -> Relation:
    """Return the contacts of an audience. Exclusions win over inclusions (R-10).

    Raises InvalidTree for an excluded segment with a condition that can't be used: it would exclude too few.
    """
    included = _union(_relations(audience.include, now=now, zone=zone))
    if included is None:
        return _NO_CONTACTS
    for item in audience.exclude:
        if item.kind is AudienceItemKind.SEGMENT:
            segments.ensure_whole(item.value, now=now, zone=zone)
    excluded = _union(_relations(audience.exclude, now=now, zone=zone))
    if excluded is None:
        return included
    composed = sql.compose(
        "SELECT included.contact_id FROM {included} included"
        " WHERE NOT EXISTS (SELECT 1 FROM {excluded} excluded WHERE excluded.contact_id = included.contact_id)",
        included=included,
        excluded=excluded,
    )
    return Relation(composed.text, composed.params, ("contact_id",))


def _relations(items: Iterable[AudienceItem], *, now: datetime, zone: ZoneInfo) -> list[Relation]:
    """Return one Relation for all conditions and tags together, one per segment, one of groups, one of contacts."""
    found: list[Relation] = []
    trees: list[object] = []
    tags: list[int] = []
    in_groups: list[int] = []
    single: list[int] = []
    for item in items:
        match item.kind:
            case AudienceItemKind.EVERYONE:
                return [conditions.relation(conditions.all_contacts(), now=now, zone=zone)]
            case AudienceItemKind.SEGMENT:
                found.append(segments.members(segments.get_segment(item.value).pk))
            case AudienceItemKind.GROUP:
                in_groups.append(groups.get_group(item.value).pk)
            case AudienceItemKind.TAG:
                tags.append(contacts.get_tag(item.value).pk)
            case AudienceItemKind.CONTACT:
                single.append(item.value)
            case AudienceItemKind.TREE:
                trees.append(item.value)
            case AudienceItemKind.DISPATCH:
                found.append(dispatch_contacts(*item.value))
    if in_groups:
        found.append(groups.members(*in_groups))
    if tags:
        trees.append({"field": "tags", "op": "any", "value": [str(tag) for tag in tags]})
    if trees:
        found.append(conditions.relation(conditions.parse({"any": trees}), now=now, zone=zone))
    if single:
        merged = contacts.survivors(single)
        found.append(contacts.relation_of_ids(sorted({merged.get(pk, pk) for pk in single})))
    return found


def _union(relations: Sequence[Relation]) -> Relation | None:
    if not relations:
        return None
    if len(relations) == 1:
        return relations[0]
    parts = {f"part{number}": relation for number, relation in enumerate(relations)}
    union = " UNION ".join(f"SELECT contact_id FROM {{{name}}} {name}" for name in parts)
    composed = sql.compose(union, **parts)
    return Relation(composed.text, composed.params, ("contact_id",))


def dispatch_contacts(dispatch_id: int, metric: str) -> Relation:
    """Return the contacts counted by a metric of an earlier dispatch. Raises NotFound.

    "not_opened" (R-39) is: delivered, opened neither by a person nor by a bot (an open by a bot proves nothing
    either way), and not clicked.
    """
    dispatch = delivery.get_dispatch(dispatch_id)
    if metric != NOT_OPENED:
        return delivery.contacts_counted(dispatch.pk, metric)
    names = ("sent", "bounced", "opened", "opened_by_bot", "clicked")
    composed = sql.compose(
        "SELECT contact_id FROM {sent} a"
        " EXCEPT SELECT contact_id FROM {bounced} b EXCEPT SELECT contact_id FROM {opened} c"
        " EXCEPT SELECT contact_id FROM {opened_by_bot} d EXCEPT SELECT contact_id FROM {clicked} e",
        **{name: delivery.contacts_counted(dispatch.pk, name) for name in names},
    )
    return Relation(composed.text, composed.params, ("contact_id",))


class AudienceNames:
    """The names of audience items. Each is loaded once; segments, the most common, in one query."""

    def __init__(self, audiences: Iterable[Audience], *, now: datetime, zone: ZoneInfo) -> None:
        self._now, self._zone = now, zone
        self._cache: dict[str, AudienceChip] = {}
        items = [item for audience in audiences for item in (*audience.include, *audience.exclude)]
        wanted = {item.value for item in items if item.kind is AudienceItemKind.SEGMENT}
        self._segments = (
            {each.pk: each for each in segments.segments().filter(pk__in=wanted)} if wanted else {}
        )

    def chips(self, items: Sequence[AudienceItem]) -> list[AudienceChip]:
        """Return the items as chips, in the same order."""
        return [replace(self._chip(item), position=position) for position, item in enumerate(items)]

    def _chip(self, item: AudienceItem) -> AudienceChip:
        key = f"{item.kind} {item.value}"
        if key not in self._cache:
            try:
                self._cache[key] = self._find(item)
            except DomainError as refusal:
                self._cache[key] = AudienceChip(0, item.kind, str(refusal), missing=True)
        return self._cache[key]

    def _find(self, item: AudienceItem) -> AudienceChip:
        match item.kind:
            case AudienceItemKind.SEGMENT:
                segment = self._segments.get(item.value) or segments.get_segment(item.value)
                size = None if segment.computing else segment.size
                return AudienceChip(
                    0, item.kind, segment.name, size, workspace_path(f"/segments/{segment.pk}/")
                )
            case AudienceItemKind.GROUP:
                group = groups.get_group(item.value)
                prefix = _("Group") if group.active else _("Group, not in use")
                size, href = groups.size_of(group.pk), workspace_path(f"/groups/{group.pk}/")
                return AudienceChip(0, item.kind, group.name, size, href, prefix=prefix)
            case AudienceItemKind.TAG:
                return AudienceChip(0, item.kind, contacts.get_tag(item.value).name, prefix=_("Tag"))
            case AudienceItemKind.CONTACT:
                contact = contacts.get_contact(item.value)
                return AudienceChip(
                    0, item.kind, str(contact), None, workspace_path(f"/contacts/{contact.pk}/")
                )
            case AudienceItemKind.TREE:
                tree = conditions.parse(item.value)
                text = conditions.describe_people(tree, now=self._now, zone=self._zone)
                return AudienceChip(0, item.kind, str(text))
            case AudienceItemKind.DISPATCH:
                dispatch = delivery.get_dispatch(item.value[0])
                return AudienceChip(0, item.kind, _metric_text(item.value[1]) % {"name": dispatch.name})
        return AudienceChip(0, item.kind, _("Everyone"))


def _metric_text(metric: str) -> str:
    if metric == NOT_OPENED:
        return _("received “%(name)s” but didn't open it")
    if metric == "opened":
        return _("opened “%(name)s”")
    if metric == "clicked":
        return _("clicked in “%(name)s”")
    return _("received “%(name)s”")


def describe_audience(audience: Audience, names: AudienceNames, *, limit: int = 2) -> str:
    """Return an audience in a few words, for lists. limit: items named on each side."""
    if not audience.include:
        return _("No recipients yet")
    text = _list_names(audience.include, names, limit)
    if audience.exclude:
        excluded = _list_names(audience.exclude, names, limit, follows=True)
        return _("%(items)s, excluding %(excluded)s") % {"items": text, "excluded": excluded}
    return text


def _list_names(
    items: Sequence[AudienceItem], names: AudienceNames, limit: int, *, follows: bool = False
) -> str:
    chips = names.chips(items[:limit])
    text = ", ".join(_inside(each) if follows or number else each.text for number, each in enumerate(chips))
    more = len(items) - limit
    if more <= 0:
        return text
    return _("%(items)s and %(more)d more") % {"items": text, "more": more}


def _inside(chip: AudienceChip) -> str:
    """Return the text of a chip within a sentence: conditions begin with a small letter there, names stay."""
    return chip.text[:1].lower() + chip.text[1:] if chip.kind == AudienceItemKind.TREE else chip.text

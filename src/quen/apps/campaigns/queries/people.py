"""Who a campaign means: its pieces as one Relation, and its pieces in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from quen.apps.audience import queries as conditions
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import audiences
from quen.apps.campaigns.types import Audience, Pick, PickKind
from quen.apps.contacts import queries as contacts
from quen.apps.delivery import queries as delivery
from quen.apps.segments import queries as segments
from quen.apps.team.access import address
from quen.core import sql
from quen.core.errors import DomainError
from quen.core.sql import Relation

NOT_OPENED = "not_opened"
#: figures of a launch whose people may be written to again
LAUNCH_FIGURES = ("handed_over", "opened", "clicked", NOT_OPENED)
_NOBODY = Relation("SELECT NULL::bigint AS contact_id WHERE false", {}, ("contact_id",))


@dataclass(frozen=True, slots=True)
class PickShown:
    """A piece of an audience as a chip. size: people in it, where that is known without counting.

    gone: what it names is not there any more.
    """

    place: int
    kind: str
    text: str
    size: int | None = None
    href: str = ""
    gone: bool = False


def audience_of(campaign: Campaign) -> Audience:
    """Give who is meant, as pieces."""
    return audiences.read(campaign.audience)


def people(campaign: Campaign, *, now: datetime, zone: ZoneInfo) -> Relation:
    """Give everybody a campaign means, each once, column ``contact_id``: no consent is asked here.

    Raises NotFound when a piece is gone, a TreeRefused when its conditions can't be read any more.
    """
    return people_of(audience_of(campaign), now=now, zone=zone)


def people_of(audience: Audience, *, now: datetime, zone: ZoneInfo) -> Relation:
    """Give everybody an audience means. What is excluded wins (R-10)."""
    meant = _union(_relations(audience.include, now=now, zone=zone))
    if meant is None:
        return _NOBODY
    without = _union(_relations(audience.exclude, now=now, zone=zone))
    if without is None:
        return meant
    composed = sql.compose(
        "SELECT meant.contact_id FROM {meant} meant"
        " WHERE NOT EXISTS (SELECT 1 FROM {without} without WHERE without.contact_id = meant.contact_id)",
        meant=meant,
        without=without,
    )
    return Relation(composed.text, composed.params, ("contact_id",))


def _relations(picks: Iterable[Pick], *, now: datetime, zone: ZoneInfo) -> list[Relation]:
    """Give one Relation for all conditions and tags together, one a segment, one for single people."""
    found: list[Relation] = []
    trees: list[object] = []
    tags: list[int] = []
    single: list[int] = []
    for pick in picks:
        match pick.kind:
            case PickKind.EVERYONE:
                return [conditions.relation(conditions.everyone(), now=now, zone=zone)]
            case PickKind.SEGMENT:
                found.append(segments.members(segments.get_segment(pick.value).pk))
            case PickKind.TAG:
                tags.append(contacts.get_tag(pick.value).pk)
            case PickKind.CONTACT:
                single.append(pick.value)
            case PickKind.TREE:
                trees.append(pick.value)
            case PickKind.LAUNCH:
                found.append(launch_people(*pick.value))
    if tags:
        trees.append({"field": "tags", "op": "any", "value": [str(tag) for tag in tags]})
    if trees:
        found.append(conditions.relation(conditions.parse({"any": trees}), now=now, zone=zone))
    if single:
        found.append(contacts.people(sorted(set(single))))
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


def launch_people(launch_id: int, figure: str) -> Relation:
    """Give those at a figure of something sent before. Raises NotFound.

    "not_opened" (R-39): it arrived, nobody opened it, and no machine did either, for then nobody knows.
    """
    launch = delivery.get_launch(launch_id)
    if figure != NOT_OPENED:
        return delivery.contacts_at(launch.pk, figure)
    names = ("handed_over", "bounced", "opened", "opened_by_machine", "clicked")
    composed = sql.compose(
        "SELECT contact_id FROM {handed_over} a"
        " EXCEPT SELECT contact_id FROM {bounced} b EXCEPT SELECT contact_id FROM {opened} c"
        " EXCEPT SELECT contact_id FROM {opened_by_machine} d EXCEPT SELECT contact_id FROM {clicked} e",
        **{name: delivery.contacts_at(launch.pk, name) for name in names},
    )
    return Relation(composed.text, composed.params, ("contact_id",))


def segments_used(campaign: Campaign) -> set[int]:
    """Give the segments a campaign names."""
    audience = audience_of(campaign)
    picks = (*audience.include, *audience.exclude)
    return {pick.value for pick in picks if pick.kind is PickKind.SEGMENT}


class Names:
    """What pieces are called, each asked for once; segments, the most common, all at once."""

    def __init__(self, audiences: Iterable[Audience], *, now: datetime, zone: ZoneInfo) -> None:
        self._now, self._zone = now, zone
        self._kept: dict[str, PickShown] = {}
        picks = [pick for audience in audiences for pick in (*audience.include, *audience.exclude)]
        wanted = {pick.value for pick in picks if pick.kind is PickKind.SEGMENT}
        self._segments = (
            {each.pk: each for each in segments.segments().filter(pk__in=wanted)} if wanted else {}
        )

    def shown(self, picks: Sequence[Pick]) -> list[PickShown]:
        """Give pieces as chips."""
        return [replace(self._named(pick), place=place) for place, pick in enumerate(picks)]

    def _named(self, pick: Pick) -> PickShown:
        key = f"{pick.kind} {pick.value}"
        if key not in self._kept:
            try:
                self._kept[key] = self._find(pick)
            except DomainError as refusal:
                self._kept[key] = PickShown(0, pick.kind, str(refusal), gone=True)
        return self._kept[key]

    def _find(self, pick: Pick) -> PickShown:
        match pick.kind:
            case PickKind.SEGMENT:
                segment = self._segments.get(pick.value) or segments.get_segment(pick.value)
                size = None if segment.counting else segment.size
                return PickShown(0, pick.kind, segment.name, size, address(f"/segments/{segment.pk}/"))
            case PickKind.TAG:
                return PickShown(0, pick.kind, contacts.get_tag(pick.value).name)
            case PickKind.CONTACT:
                person = contacts.get_contact(pick.value)
                return PickShown(0, pick.kind, str(person), None, address(f"/contacts/{person.pk}/"))
            case PickKind.TREE:
                tree = conditions.parse(pick.value)
                words = conditions.sentence(tree, now=self._now, zone=self._zone)
                return PickShown(0, pick.kind, str(words).strip())
            case PickKind.LAUNCH:
                launch = delivery.get_launch(pick.value[0])
                return PickShown(0, pick.kind, _figure_words(pick.value[1]) % {"name": launch.name})
        return PickShown(0, pick.kind, _("Everyone"))


def _figure_words(figure: str) -> str:
    if figure == NOT_OPENED:
        return _("received “%(name)s” and did not open it")
    if figure == "opened":
        return _("opened “%(name)s”")
    if figure == "clicked":
        return _("clicked in “%(name)s”")
    return _("received “%(name)s”")


def sentence(audience: Audience, names: Names, *, most: int = 2) -> str:
    """Say who is meant in a few words, for lists."""
    if not audience.include:
        return _("Nobody chosen yet")
    words = _some(audience.include, names, most)
    if audience.exclude:
        without = _some(audience.exclude, names, most)
        return _("%(words)s, without %(without)s") % {"words": words, "without": without}
    return words


def _some(picks: Sequence[Pick], names: Names, most: int) -> str:
    words = ", ".join(each.text for each in names.shown(picks[:most]))
    more = len(picks) - most
    if more <= 0:
        return words
    return _("%(words)s and %(more)d more") % {"words": words, "more": more}

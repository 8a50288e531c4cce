"""Reads of the duplicates app."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q, QuerySet

from quen.apps.duplicates.models import DuplicatePair
from quen.apps.duplicates.rules.judging import SURE
from quen.apps.duplicates.types import PairKind, PairState
from quen.core.errors import NotFound

#: sure pairs of one act; what is left over is offered afterwards
MOST_SURE = 2_000


def pairs_to_decide() -> QuerySet[DuplicatePair]:
    """Return the pairs that may be one person, surest first; those put off come last."""
    pairs = DuplicatePair.objects.filter(kind=PairKind.PERSON, state=PairState.OPEN)
    return pairs.order_by(F("later_at").asc(nulls_first=True), "-score", "id")


def families() -> QuerySet[DuplicatePair]:
    """Return the pairs that share a number and are probably a family."""
    return DuplicatePair.objects.filter(kind=PairKind.FAMILY, state=PairState.OPEN).order_by("-score", "id")


def sure_pairs(*, limit: int = MOST_SURE) -> list[DuplicatePair]:
    """Return pairs that agree in phone, email and name, no contact twice among them. limit: of one act."""
    pairs = pairs_to_decide().annotate(sure=F("signs").bitand(int(SURE))).filter(sure=int(SURE))
    taken: set[int] = set()
    chosen: list[DuplicatePair] = []
    for pair in pairs[:limit]:
        ids = {pair.first_contact_id, pair.second_contact_id}
        if not ids & taken:
            chosen.append(pair)
            taken |= ids
    return chosen


def get_pair(pair_id: int) -> DuplicatePair:
    """Return a pair that is still to be decided. Raises NotFound."""
    pair = DuplicatePair.objects.filter(pk=pair_id).first()
    if pair is None:
        raise NotFound()
    return pair


def find_pair(pair_id: int) -> DuplicatePair | None:
    """Return a pair, None once it is merged."""
    return DuplicatePair.objects.filter(pk=pair_id).first()


def pair_of(ids: Iterable[int]) -> DuplicatePair | None:
    """Return the pair of two contacts, None where they were not found to be alike."""
    first, second = sorted(ids)
    return DuplicatePair.objects.filter(first_contact_id=first, second_contact_id=second).first()


def pairs_of_contact(contact_id: int) -> QuerySet[DuplicatePair]:
    """Return the pairs of one contact that may be one person, surest first."""
    mine = Q(first_contact_id=contact_id) | Q(second_contact_id=contact_id)
    return pairs_to_decide().filter(mine)

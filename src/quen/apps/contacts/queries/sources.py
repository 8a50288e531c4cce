"""Where contacts come from."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from quen.apps.contacts.models import Contact, Source
from quen.core.errors import NotFound


def active_sources() -> QuerySet[Source]:
    """Return the sources in use, by name."""
    return Source.objects.filter(active=True).order_by("name", "id")


def sources_with_counts() -> list[tuple[Source, int]]:
    """Return every source with the number of contacts that first came from it."""
    counts = dict(
        Contact.objects.order_by()
        .exclude(first_source=None)
        .values_list("first_source")
        .annotate(contacts=Count("pk"))
        .values_list("first_source", "contacts")
    )
    return [(source, counts.get(source.pk, 0)) for source in Source.objects.order_by("-active", "name", "id")]


def find_source(code: str) -> Source | None:
    """Return a source by its code."""
    return Source.objects.filter(code=code).first()


def get_source(source_id: int) -> Source:
    """Return a source. Raises NotFound."""
    found = Source.objects.filter(pk=source_id).first()
    if found is None:
        raise NotFound()
    return found

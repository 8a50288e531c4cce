"""Names of tags and sources in staged rows, resolved to ids once per writer."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from django.utils.text import slugify

from quen.apps.contacts.models import Source, Tag
from quen.apps.contacts.services.sources import ensure_source
from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.contacts.services.tags import ensure_tags
from quen.apps.contacts.types import SourceKind
from quen.core.text import fold


class StagedNames:
    """Creates tags and sources by name; a dry run creates none.

    tag_ids: ids of the tags that have been resolved, by name.
    """

    def __init__(self, *, is_dry_run: bool) -> None:
        self.tag_ids: dict[str, int] = {}
        self._source_ids: dict[str, int] = {}
        self._is_dry_run = is_dry_run

    def resolve_tags(self, names: Iterable[str]) -> None:
        """Add the ids of tags to tag_ids."""
        missing = sorted({name for name in names if name not in self.tag_ids})
        if not missing:
            return
        if self._is_dry_run:
            known = {name.upper(): pk for pk, name in Tag.objects.values_list("pk", "name")}
            for name in missing:
                self.tag_ids[name] = known.get(name.upper()) or key_of_new_tag(name)
            return
        first = {name.upper(): name for name in reversed(missing)}
        created = dict(zip(first, ensure_tags(first.values()), strict=True))
        self.tag_ids |= {name: created[name.upper()] for name in missing}

    def resolve_sources(self, batch: StagedBatch, *, at: int) -> None:
        """Replace the names of sources by their ids. at: where they stand in a row."""
        for name in sorted(
            {row[at] for row in batch.rows if isinstance(row[at], str)} - set(self._source_ids)
        ):
            self._source_ids[name] = self._resolve_source(name)
        for row in batch.rows:
            # A batch that is written again has the ids already.
            row[at] = self._source_ids.get(row[at], row[at]) if row[at] else None

    def _resolve_source(self, name: str) -> int:
        sources = Source.objects.all()
        existing = next((source for source in sources if source.name.upper() == name.upper()), None)
        if existing is not None or self._is_dry_run:
            return existing.pk if existing else 0
        code = f"{SourceKind.IMPORT}-{slugify(fold(name))[:40] or 'file'}"
        return ensure_source(code=code, name=name, kind=SourceKind.IMPORT).pk


def key_of_new_tag(name: str) -> int:
    """Return the key that a dry run gives to a tag that does not exist yet; it is nobody's."""
    return -1 - crc32(name.upper().encode())

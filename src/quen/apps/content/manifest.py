"""What the content app declares."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.apps.content.merge_tags.contact import ContactTags
from quen.apps.content.merge_tags.shop import ShopTags
from quen.apps.content.types import ContentRight
from quen.apps.manifest import Manifest
from quen.apps.team.types import EVERYBODY, MARKETING, DeclaredRight

MANIFEST = Manifest(
    pages="content/",
    manual_page="content",
    rights=(
        DeclaredRight(ContentRight.VIEW, _("View message content"), EVERYBODY),
        DeclaredRight(ContentRight.EDIT, _("Edit message content"), MARKETING),
    ),
    merge_tags=(ContactTags(), ShopTags()),
)

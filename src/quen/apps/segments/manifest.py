"""What the segments app declares."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.apps.manifest import Manifest
from quen.apps.segments.types import SegmentRight
from quen.apps.team.types import MARKETING, DeclaredRight

MANIFEST = Manifest(
    pages="segments/",
    rights=(DeclaredRight(SegmentRight.EDIT, _("Save and change segments"), MARKETING),),
)

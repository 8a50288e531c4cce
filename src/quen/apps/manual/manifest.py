"""What the manual declares: the page that the help button opens."""

from __future__ import annotations

from quen.apps.manifest import Manifest

MANIFEST = Manifest(pages="help/", layout_links={"help": "manual:index"})

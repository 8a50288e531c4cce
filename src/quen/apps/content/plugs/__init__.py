"""What the content room plugs into the rooms below, and into its own socket."""

from quen.apps.content.plugs import contact_tags, shop_tags
from quen.apps.content.registry import plug_tags


def register() -> None:
    """Plug everything in."""
    plug_tags(contact_tags.ContactTags())
    plug_tags(shop_tags.ShopTags())

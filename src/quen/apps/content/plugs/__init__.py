"""What the content room plugs into the rooms below, and into its own socket."""

from quen.apps.content.plugs import contact_tags, shop_tags
from quen.apps.content.registry import register_merge_tags


def register() -> None:
    """Plug everything in."""
    register_merge_tags(contact_tags.ContactTags())
    register_merge_tags(shop_tags.ShopTags())

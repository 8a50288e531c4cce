"""What the channels room plugs into the rooms below, and its own adapters."""

from quen.apps.channels import services
from quen.apps.channels.adapters import sandbox, smtp
from quen.apps.channels.plugs import log_messages, navigation
from quen.apps.team import registry as team


def register() -> None:
    """Plug everything in."""
    sandbox.register()
    smtp.register()
    navigation.register()
    log_messages.register()
    team.on_new_workspace("channels", services.prepare_workspace)

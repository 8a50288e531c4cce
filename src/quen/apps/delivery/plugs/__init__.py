"""What the delivery room plugs into the rooms below."""


def register() -> None:
    """Plug everything in."""
    from quen.apps.delivery.plugs import customers, kinds, navigation, restoring, sentences, tracking

    kinds.register()
    tracking.register()
    customers.register()
    navigation.register()
    sentences.register()
    restoring.register()

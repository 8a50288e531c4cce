"""What the ingest room plugs into the rooms below."""


def register() -> None:
    """Plug everything in."""

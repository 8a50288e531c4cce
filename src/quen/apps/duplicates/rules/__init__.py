"""Which contacts may be one person."""

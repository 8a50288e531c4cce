"""Pages of the team room, one file a subject."""

"""Pages of the segments room."""

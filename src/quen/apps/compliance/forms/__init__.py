"""Forms of the compliance room."""

"""Forms of the compliance app."""

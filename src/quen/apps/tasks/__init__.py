"""The tasks app."""

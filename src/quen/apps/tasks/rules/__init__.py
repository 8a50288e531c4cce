"""Rules of the tasks app."""

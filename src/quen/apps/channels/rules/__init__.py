"""Pure functions of the channels app."""

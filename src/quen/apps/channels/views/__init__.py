"""Views of the channels app."""

"""Views of the delivery app."""

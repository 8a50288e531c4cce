"""Views of the signup app."""

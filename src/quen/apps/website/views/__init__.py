"""Views of the website app."""

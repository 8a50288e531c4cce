"""Views of segments."""

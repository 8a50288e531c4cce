"""Views of the channels room."""

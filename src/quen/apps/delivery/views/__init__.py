"""Views of the delivery room."""

"""Screens of the compliance room."""

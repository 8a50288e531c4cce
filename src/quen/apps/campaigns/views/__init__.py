"""Screens of the campaigns room."""

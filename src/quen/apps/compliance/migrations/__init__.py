"""Migrations of the compliance room."""

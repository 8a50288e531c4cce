"""Migrations of the channels room."""

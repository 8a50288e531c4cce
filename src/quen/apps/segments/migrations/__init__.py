"""Migrations of the segments room."""

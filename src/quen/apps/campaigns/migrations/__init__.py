"""Migrations of the campaigns room."""

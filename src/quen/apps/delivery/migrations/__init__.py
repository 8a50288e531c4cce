"""Migrations of the delivery room."""

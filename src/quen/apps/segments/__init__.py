"""Saved audiences and their members, kept current."""

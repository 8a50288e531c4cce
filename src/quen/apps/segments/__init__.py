"""Segments: saved audiences whose members are kept current."""

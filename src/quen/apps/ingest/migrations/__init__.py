"""Migrations of the ingest room."""

"""Tests of the ingest app."""

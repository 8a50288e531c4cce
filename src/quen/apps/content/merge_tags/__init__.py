"""Merge tags, one family per module."""

"""Contacts that may be one person."""

"""Texts of messages with merge tags, compiled once and rendered for many contacts."""

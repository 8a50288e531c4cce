"""Backup and restore of everything, or of one workspace, as one file."""

"""Backups: everything or one workspace in one file, and the way back."""

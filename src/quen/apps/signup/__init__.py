"""The signup app."""

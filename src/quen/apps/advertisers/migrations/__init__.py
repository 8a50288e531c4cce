"""Migrations of the advertisers app."""

"""Tests of the signup app."""

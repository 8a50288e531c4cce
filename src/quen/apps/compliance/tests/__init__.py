"""Tests of the compliance app."""

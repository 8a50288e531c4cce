"""Tests of the delivery app."""

"""Tests of the advertisers app."""

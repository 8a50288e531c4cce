"""Tests of the data_requests app."""

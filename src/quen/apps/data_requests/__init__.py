"""The data_requests app."""

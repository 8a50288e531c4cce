"""Advertisers: workspaces of one legal entity, and what the law counts for all of them."""

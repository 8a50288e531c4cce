"""Components, page layout and responses. Knows nothing of the domain."""

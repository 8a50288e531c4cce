"""Email as bytes: RFC 5322 and MIME."""

"""One message to many, once."""

"""Pure rules of the delivery app."""

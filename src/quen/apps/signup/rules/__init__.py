"""Pure rules of the signup app."""

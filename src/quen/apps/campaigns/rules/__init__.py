"""Pure sums of the campaigns room."""
